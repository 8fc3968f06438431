import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { copyOfTree } from './copy.ts'

/**
 * The control of the tests: bugs are planted, each alone in a copy of the tree, and the tests that it takes must fail. Ends with 1 where one of
 * them is not found.
 */
interface Bug {
  what: string
  file: string
  /** This, which stands there once, becomes that. */
  from: string
  to: string
  /** Must fail by it. */
  test: string
}

const RULES = 'src/ledger/rules.ts'
const MODEL = 'test/ledger/rules.test.ts'

const BUGS: Bug[] = [
  {
    what: 'no lock: two who choose the same words at the same moment do not see each other',
    file: 'db/migrations/0022_phrases.sql',
    from: "perform pg_advisory_xact_lock(hashtextextended(encode(new.phrase_hash, 'hex'), 0));",
    to: '',
    test: 'test/transfers/phrases.test.ts',
  },
  {
    what: 'no lock: of guesses at the same moment each counts on what was there before',
    file: 'src/transfers/guesses.ts',
    from: ".for('update')",
    to: '',
    test: 'test/transfers/phrases.test.ts',
  },
  {
    what: 'no limit of guesses',
    file: 'src/transfers/guesses.ts',
    from: 'await count(db, subjects)',
    to: '',
    test: 'test/transfers/phrases.test.ts',
  },
  {
    what: 'no unique key of a request: the same one twice at the same moment',
    file: 'db/migrations/0000_tables.sql',
    from: ',\n\tCONSTRAINT "requests_client_key_pk" PRIMARY KEY("client","key")',
    to: '',
    test: 'test/ledger/keys.test.ts',
  },
  {
    what: 'expiry ignored by the rules',
    file: RULES,
    from: 'if (now >= transfer.expiresAt) return new',
    to: 'if (now < transfer.createdAt) return new',
    test: MODEL,
  },
  {
    what: 'expiry ignored by the database',
    file: 'db/migrations/0026_lists_of_takers.sql',
    from: '(clock_timestamp() < t.expires_at) = (e.leaves',
    to: "(e.leaves <> 'returned') = (e.leaves",
    test: 'test/ledger/books.test.ts',
  },
  {
    what: 'key ignored: a retry is done again',
    file: 'src/ledger/batch.ts',
    from: 'key === undefined ? undefined : requests.get(key)',
    to: 'key === undefined || requests.size >= 0 ? undefined : requests.get(key)',
    test: 'test/ledger/cut-replies.test.ts',
  },
  {
    what: 'a share given back twice',
    file: RULES,
    from: 'if (refundOf && state.hasRefunded(refundOf, from.id))',
    to: 'if (refundOf && !state.hasRefunded(refundOf, from.id) && amount < 0n)',
    test: MODEL,
  },
  {
    what: 'shares rounded up instead of down',
    file: RULES,
    from: 'remaining / BigInt(shares - claimed)',
    to: '(remaining + BigInt(shares - claimed) - 1n) / BigInt(shares - claimed)',
    test: MODEL,
  },
  {
    what: 'a wrong sign: what funds a transfer comes into the account',
    file: RULES,
    from: 'amount: -amount,',
    to: 'amount,',
    test: MODEL,
  },
  {
    what: 'a stale read: a refusal that rests on what the process remembers',
    file: 'src/ledger/store.ts',
    from: 'return decided?.answers.some((answer) => answer instanceof Refusal) ? undefined : decided',
    to: 'return decided',
    test: 'test/ledger/side-by-side.test.ts',
  },
  {
    what: 'a balance that is not looked at',
    file: RULES,
    from: 'if (!from.mayGoBelowZero && from.balance < amount)',
    to: 'if (!from.mayGoBelowZero && from.balance < 0n)',
    test: MODEL,
  },
  {
    what: 'what is for somebody is for anybody',
    file: RULES,
    from: 'return recipient.account === account ? undefined : new Refusal(otherwise)',
    to: 'return undefined',
    test: MODEL,
  },
  {
    what: 'an answer before the commit',
    file: 'src/ledger/store.ts',
    from: 'await Promise.all([write(sql, writes), ...(isLocked ? [sql`commit`] : [])])',
    to: 'void Promise.all([write(sql, writes), ...(isLocked ? [sql`commit`] : [])]).catch(() => undefined)',
    test: 'test/ledger/outages.test.ts',
  },
]

const { copy, remove } = await copyOfTree()
try {
  let missed = 0
  for (const bug of BUGS) {
    const foundBy = await tryOut(bug)
    if (foundBy.length === 0) missed += 1
    console.log(`${foundBy.length > 0 ? 'found' : 'NOT FOUND'}: ${bug.what} (${bug.file}, by ${bug.test})`)
    for (const name of foundBy) console.log(`    ${name}`)
  }
  console.log(`${BUGS.length - missed} of ${BUGS.length} planted bugs were found.`)
  process.exitCode = missed === 0 ? 0 : 1
} finally {
  await remove()
}

/** The names of the tests that fail by a bug. */
async function tryOut({ file, from, to, test }: Bug): Promise<string[]> {
  const right = await readFile(join(copy, file), 'utf8')
  if (right.split(from).length !== 2) throw new Error(`"${from}" does not stand in ${file} once.`)
  await writeFile(
    join(copy, file),
    right.replace(from, () => to),
  )
  const report = join(copy, 'report.json')
  try {
    // One failure is enough.
    const shown = ['--bail=1', '--reporter=json', `--outputFile=${report}`]
    const words = ['node_modules/vitest/vitest.mjs', 'run', test, ...shown]
    const { PROVE: _, ...env } = process.env
    await promisify(execFile)(process.execPath, words, { cwd: copy, env, maxBuffer: 2 ** 28 }).catch(() => {})
    const { testResults } = JSON.parse(await readFile(report, 'utf8')) as Report
    const results = testResults.flatMap(({ assertionResults }) => assertionResults)
    if (results.length === 0) throw new Error(`No test of ${test} was run.`)
    return results.flatMap(({ status, fullName }) => (status === 'failed' ? fullName : []))
  } finally {
    await rm(report, { force: true })
    await writeFile(join(copy, file), right)
  }
}

interface Report {
  testResults: { assertionResults: { status: string; fullName: string }[] }[]
}
