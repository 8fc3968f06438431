import { audit } from '../../../../src/ledger/audit.ts'
import { randomFrom } from '../random.ts'
import { type Step, stepBy } from '../steps.ts'
import { Beside } from './beside.ts'
import { balancesOf } from './parties.ts'
import { openStage, type Stage } from './stage.ts'

/** How many worlds are walked through beside each other, and how many steps each of them has: some five thousand requests. */
const WORLDS = 25
const STEPS = 400
/** How many rounds are played on the same books, which grow with each. */
const ROUNDS_OF_BOOKS = 10

/** What all worlds of a round do together, or one of them alone. */
type Move =
  | { do: 'time'; ms: number; isToEnd: boolean; sweeps: boolean }
  | { do: 'retry'; turn: number }
  | Step

/**
 * Plays rounds, each by the next seed, until so many requests were sent.
 * @returns what came of them, and how often; and what was not as it should be, with the fewest steps that it takes
 */
export async function playRounds(seed: number, requests: number) {
  const outcomes = new Map<string, number>()
  const sent = () => [...outcomes.values()].reduce((sum, some) => sum + some, 0)
  let failure: string | undefined
  for (let next = seed; sent() < requests && !failure; ) {
    const stage = await openStage()
    try {
      const end = next + ROUNDS_OF_BOOKS
      while (next < end && sent() < requests && !failure) failure = await round(stage, next++, outcomes)
    } finally {
      await stage.close()
    }
  }
  return { outcomes, failure }
}

/** Walks through worlds beside each other: their steps are under way together, and time passes for all of them. */
async function round(stage: Stage, seed: number, outcomes: Map<string, number>): Promise<string | undefined> {
  const all = await Promise.all(Array.from({ length: WORLDS }, () => Beside.open(stage)))
  const moves = Array.from({ length: STEPS }, (_, index) =>
    all.map((_one, turn) => moveOf(seed, turn, index)),
  )
  const failed = await failureOf(stage, all, moves, outcomes)
  if (failed) return toldInFewest(stage, seed, failed)
  const { faults } = await audit(stage.core.db)
  return faults.length > 0 ? `SEED=${seed} has it again: ${faults.join(' ')}` : undefined
}

/** At the same steps time passes for all worlds. */
function moveOf(seed: number, turn: number, index: number): Move {
  if (index % 6 === 5) {
    const { pick, between, once } = randomFrom(seed * 1009 + index)
    const ms = pick([500 * between(1, 16), 1000 * between(1, 60), 1000 * between(1, 20), 1])
    return { do: 'time', ms: once(40) ? 3_600_000 : ms, isToEnd: once(2), sweeps: once(2) }
  }
  const random = randomFrom((seed + turn * 7919) * 1013 + index)
  if (random.once(20)) return { do: 'retry', turn: random.below(60) }
  for (;;) {
    const step = stepBy(random)
    if (step.do !== 'wait' && step.do !== 'return') return step
  }
}

interface Failed {
  moves: Move[]
  message: string
}

async function failureOf(
  stage: Stage,
  all: Beside[],
  moves: Move[][],
  outcomes = new Map<string, number>(),
): Promise<Failed | undefined> {
  const count = (outcome: string | undefined) =>
    outcome && outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  const accounts = all.flatMap((one) => one.accounts)
  let failed: Failed | undefined
  for (const [index, now] of moves.entries()) {
    const [first] = now
    const fails = (turn: number) => (error: Error) => {
      failed ??= {
        moves: moves.slice(0, index + 1).map((some) => some[turn] as Move),
        message: error.message,
      }
    }
    if (first?.do === 'time') {
      // To the very moment at which something ends, where it is before that.
      const left = Math.min(first.ms, ...all.flatMap((one) => one.untilEnd() ?? []))
      await stage.clock.move(first.isToEnd ? left : first.ms)
      for (const one of all) one.tick()
      if (first.sweeps) {
        await stage.core.ledger.sweep(stage.core.db)
        for (const [turn, one] of all.entries())
          try {
            one.sweep()
          } catch (error) {
            fails(turn)(error as Error)
          }
      }
    } else
      await Promise.all(
        all.map(async (one, turn) => {
          const move = now[turn] as Move
          if (move.do !== 'time')
            count(
              await (move.do === 'retry' ? one.retry(move.turn) : one.take(move)).catch(fails(turn) as never),
            )
        }),
      )
    if (failed) return failed
    const balances = await balancesOf(stage, accounts)
    for (const [turn, one] of all.entries())
      try {
        one.checkBalances(balances)
      } catch (error) {
        fails(turn)(error as Error)
      }
    if (failed) return failed
  }
  await Promise.all(
    all.map((one, turn) =>
      one.checkAll().catch((error: Error) => {
        failed ??= { moves: moves.map((some) => some[turn] as Move), message: error.message }
      }),
    ),
  )
  return failed
}

/** Without the steps that it doesn't take to fail: each try is another world of the same service. */
async function toldInFewest(stage: Stage, seed: number, { moves, message }: Failed): Promise<string> {
  const fails = async (some: Move[]) =>
    failureOf(
      stage,
      [await Beside.open(stage)],
      some.map((move) => [move]),
    )
  const told = [`SEED=${seed} has it again: ${message}`]
  let last = await fails(moves)
  if (!last) return [...told, 'Alone that world does not fail.', ...moves.map(inWords)].join('\n')
  let fewest = last.moves
  for (let size = Math.ceil(fewest.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let end = fewest.length; end > 0; end -= size) {
      const fewer = fewest.toSpliced(Math.max(0, end - size), Math.min(size, end))
      const again = await fails(fewer)
      if (again) [fewest, last] = [again.moves, again]
    }
  return [...told, ...fewest.map(inWords), last.message].join('\n')
}

const inWords = (move: Move) =>
  JSON.stringify(move, (_key, value) =>
    typeof value === 'bigint' ? String(value) : (value?.owner?.id ?? value?.code ?? value),
  )
