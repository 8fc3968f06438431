import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../../db/postgres.ts'
import { audit } from '../../src/ledger/audit.ts'
import { clientOf, newcomer, type Person } from './service.ts'

/** After so long an answer is none, in milliseconds. */
export const HUNG_MS = 30_000

/**
 * Callers that send and collect with keys, one thing after the other, and ask again until they are answered.
 * @param pauseMs between two transfers of a caller
 */
export async function startLoad(
  url: string,
  token: string,
  count: number,
  { isAlive = (): boolean => true, pauseMs = 0 } = {},
) {
  const client = clientOf(
    (path, init) => fetch(url + path, { ...init, signal: AbortSignal.timeout(HUNG_MS) }),
    token,
  )
  const people = Array.from({ length: count }, (_, index) => newcomer(`P${index}`))
  for (const person of people) await client.issue(person, '1000')
  /** Notes of transfers, each with who was told that it was theirs. */
  const sent = new Map<string, { id: string; collectedBy?: string }>()
  const counts = { acknowledged: 0, hung: 0 }
  let running = false
  let silence = { since: 0, longest: 0 }
  /** Notes how long nobody was answered. */
  const breakSilence = () => {
    const now = performance.now()
    silence = { since: now, longest: Math.max(silence.longest, now - silence.since) }
  }
  let callers: Promise<void>[] = []
  let succeeded: ((startedAt: number) => void) | undefined
  let awaited = { answers: Number.POSITIVE_INFINITY, reached: () => {} }

  async function insist<T>(ask: () => Promise<T>): Promise<T | undefined> {
    while (isAlive()) {
      const startedAt = performance.now()
      try {
        const answer = await ask()
        counts.acknowledged += 1
        breakSilence()
        succeeded?.(startedAt)
        if (counts.acknowledged >= awaited.answers) awaited.reached()
        return answer
      } catch (error) {
        const { name, code } = error as Error & { code?: string }
        if (name === 'TimeoutError') counts.hung += 1
        const mayRetry = code === undefined || ['unavailable', 'outcome_unknown', 'overloaded'].includes(code)
        if (name !== 'TimeoutError' && !mayRetry) throw error
        await sleep(20)
      }
    }
    return undefined
  }

  async function call(from: Person, to: Person) {
    while (running) {
      const key = randomUUID()
      const made = await insist(() => client.send(from, '0.01', { note: key, key }))
      if (!made) return
      const { id } = made
      sent.set(key, { id })
      const collected = await insist(() => client.collect(made.code, to, { key: `${key}-claim` }))
      if (collected) sent.set(key, { id, collectedBy: to.id })
      if (pauseMs > 0) await sleep(pauseMs)
    }
  }

  return {
    begin() {
      counts.acknowledged = 0
      running = true
      callers = people.map((from, index) => call(from, people[(index + 1) % count] as Person))
      // What they fail with is told at the end.
      for (const caller of callers) caller.catch(() => undefined)
    },
    /** Ends when so many more are answered. */
    answers: (more: number) =>
      new Promise<void>((reached) => {
        awaited = { answers: counts.acknowledged + more, reached }
      }),
    /** The longest time in which nobody was answered since this was last asked, in seconds. */
    longestSilence(): number {
      breakSilence()
      const { longest } = silence
      silence = { since: performance.now(), longest: 0 }
      return longest / 1000
    },
    /** How long it takes until something is done that was asked for from now on, in milliseconds. */
    nextSuccess(): Promise<number> {
      const since = performance.now()
      const next = new Promise<number>((resolve) => {
        succeeded = (startedAt) => {
          if (startedAt >= since) resolve(performance.now() - since)
        }
      })
      const dead = async () => {
        while (isAlive() && performance.now() - since < 2 * HUNG_MS) await sleep(100)
        return Number.POSITIVE_INFINITY
      }
      return Promise.race([next, dead()])
    },
    async end() {
      running = false
      const ends = await Promise.allSettled(callers)
      const errors = ends.flatMap((end): Error[] => (end.status === 'rejected' ? [end.reason] : []))
      return { ...counts, refused: errors.map(({ message }) => `Somebody was refused: ${message}`) }
    },
    /** Whether what was answered stands in the books, once each. */
    async check(database: string): Promise<string[]> {
      const { db, sql, close } = connect(database)
      try {
        const rows = await sql<{ id: string; note: string; state: string; by: string | null }[]>`
          select t.id, t.note, t.state, i.id as by from transfers t
          left join entries e on e.transfer_id = t.id and e.kind = 'collect'
          left join accounts a on a.id = e.account_id
          left join identities i on i.person_id = a.person_id
          where t.note is not null`
        const byNote = Map.groupBy(rows, ({ note }) => note)
        const faults = [...byNote].flatMap(([note, some]) =>
          some.length > 1 ? `${note} was sent ${some.length} times.` : [],
        )
        for (const [note, { id, collectedBy }] of sent) {
          const [row] = byNote.get(note) ?? []
          if (row?.id !== id) faults.push(`${note} was answered, and is not in the books.`)
          else if (collectedBy !== undefined && row?.by !== collectedBy)
            faults.push(`${note} was answered as collected, and is ${row?.state}.`)
        }
        return [...faults, ...(await audit(db)).faults]
      } finally {
        await close()
      }
    },
  }
}
