import { eq, lt, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { phraseGuesses } from '../../db/schema.ts'
import { inTurn, slowHashOf } from '../access/phrases.ts'
import { Refusal } from '../shared/refusal.ts'

/** Whose guess it is: a person's, by our id, and where: in a group, by the id of its root. */
export interface Guesser {
  person: string
  group?: string | undefined
}

/** How often phrases may be tried: so many times in a window, then with pauses that double, in seconds. */
interface Limit {
  free: number
  pause: number
  window: number
}

const HOUR = 3600

/** The most wrong guesses follow: 15 of a person a day, 38 an hour in a group, 511 an hour over all. */
export const GUESS_LIMITS = {
  person: { free: 5, pause: 60, window: 24 * HOUR },
  group: { free: 30, pause: 10, window: HOUR },
  all: { free: 500, pause: 1, window: HOUR },
} as const satisfies Record<string, Limit>

/**
 * Tries a phrase. The guess is counted before it is tried, over all processes, and given back where it was right: so a process that
 * ends midway has counted it. All of it waits for its turn, so that a crowd that knows the phrase isn't taken for one that guesses.
 * @param use gets its slow hash; where it throws one of `WRONG`, the guess stays counted
 * @throws Refusal `phrase_paused`, `overloaded`, and whatever `use` throws
 */
export function tryPhrase<T>(
  { db, secretKey }: { db: Database; secretKey: string },
  guesser: Guesser,
  phrase: string,
  use: (slow: Buffer) => Promise<T>,
): Promise<T> {
  return inTurn(async () => {
    const subjects = subjectsOf(guesser)
    await count(db, subjects)
    let isWrong = false
    try {
      return await use(await slowHashOf(secretKey, phrase))
    } catch (error) {
      isWrong = error instanceof Refusal && WRONG.has(error.code)
      throw error
    } finally {
      if (!isWrong) await giveBack(db, [...subjects.keys()])
    }
  })
}

/** A phrase that can't be chosen, as another one has it, is a guess at that one. */
const WRONG = new Set<string>(['phrase_unknown', 'phrase_taken'])

/** In the order in which their rows are locked: the one that all share for the shortest time. */
const subjectsOf = ({ person, group }: Guesser): Map<string, Limit> =>
  new Map<string, Limit>([
    [`person:${person}`, GUESS_LIMITS.person],
    ...(group ? [[`group:${group}`, GUESS_LIMITS.group] as const] : []),
    ['all', GUESS_LIMITS.all],
  ])

/** Counts a guess for each subject, or, where one of them has to wait, for none. */
async function count(db: Database, subjects: Map<string, Limit>): Promise<void> {
  const seconds = await db.transaction(async (tx) => {
    const rows = []
    for (const [subject, limit] of subjects)
      rows.push({ subject, limit, ...(await lock(tx, subject, limit)) })
    const wait = Math.max(...rows.map((row) => row.wait))
    if (wait > 0) return wait
    for (const { subject, limit, tried, isOver } of rows) {
      const pause = tried + 1 < limit.free ? 0 : limit.pause * 2 ** (tried + 1 - limit.free)
      await tx
        .update(phraseGuesses)
        .set({
          tried: tried + 1,
          until: sql`clock_timestamp() + ${pause} * interval '1 second'`,
          ...(isOver && { since: sql`clock_timestamp()` }),
        })
        .where(eq(phraseGuesses.subject, subject))
    }
    // Once an hour, who has tried something more than a day ago is forgotten.
    if (rows.at(-1)?.isOver)
      await tx.delete(phraseGuesses).where(lt(phraseGuesses.since, sql`clock_timestamp() - interval '1 day'`))
    return 0
  })
  if (seconds > 0)
    throw new Refusal('phrase_paused', { minutes: Math.ceil(seconds / 60) }, Math.ceil(seconds))
}

/** What was tried in the present window, and for how many seconds more it pauses. */
async function lock(tx: Transaction, subject: string, { window }: Limit) {
  const { tried, since, until } = phraseGuesses
  await tx.insert(phraseGuesses).values({ subject }).onConflictDoNothing()
  const [row] = await tx
    .select({
      tried,
      age: sql<number>`extract(epoch from clock_timestamp() - ${since})::float8`,
      pause: sql<number>`extract(epoch from ${until} - clock_timestamp())::float8`,
    })
    .from(phraseGuesses)
    .where(eq(phraseGuesses.subject, subject))
    .for('update')
  const isOver = !row || row.age >= window
  return isOver
    ? { tried: 0, wait: 0, isOver }
    : { tried: row.tried, wait: Math.min(row.pause, window - row.age), isOver }
}

async function giveBack(db: Database, subjects: string[]): Promise<void> {
  // One by one, so that no more than one of them is ever locked.
  for (const subject of subjects)
    await db
      .update(phraseGuesses)
      .set({ tried: sql`greatest(${phraseGuesses.tried} - 1, 0)`, until: sql`clock_timestamp()` })
      .where(eq(phraseGuesses.subject, subject))
}
