import { BREAKS, type Break, breakUnderLoad } from '../support/breaks.ts'

/**
 * `npm run prove` breaks the connections to the database under load, in every way, over and over: three rounds, or as many as are
 * asked for (`npm run prove 20`). It ends with 1 where an operation that was answered is not in the books, or twice, where
 * somebody was not answered, where `/readyz` did not tell the truth, or where the first success took longer than five
 * seconds.
 */
const FIRST_SUCCESS_MS = 5000
const rounds = Number(process.argv[2] ?? 3)

const ways = Object.keys(BREAKS) as Break[]
let broken = 0
for (let round = 1; round <= rounds; round++) {
  console.log(`\nRound ${round} of ${rounds}`)
  const outcomes = await breakUnderLoad(ways, console.log)
  broken += outcomes.filter(
    ({ faults, firstSuccess }) => faults.length > 0 || firstSuccess > FIRST_SUCCESS_MS,
  ).length
}
const breaks = rounds * ways.length
console.log(
  `\n${broken === 0 ? 'All held' : 'IT DID NOT HOLD'}: ${breaks} breaks, ${broken} of them not as it should be.`,
)
process.exitCode = broken === 0 ? 0 : 1
