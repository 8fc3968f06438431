import { setTimeout as sleep } from 'node:timers/promises'
import { openSql } from '../../db/drivers.ts'
import type { Database } from '../../db/postgres.ts'
import { isUnavailable } from '../../db/unavailable.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Answer, Item, Result } from './batch.ts'
import type { Command } from './commands.ts'
import { returnAll, sweep } from './expiry.ts'
import type { Request } from './rows.ts'
import { type Connection, type Failure, openStore } from './store.ts'

export interface LedgerOptions {
  /** Told after each batch: how many commands, how many seconds, how many refusals by code. */
  measure?(batch: { size: number; seconds: number; refusals: Refusal[] }): void
  /** Told after each commit. */
  committed?(): void
  /** Told when the books can be written again after they could not. */
  recovered?(): void
}

export interface Ledger {
  /**
   * Carries out one command and answers after the commit.
   * @throws Refusal; OutcomeUnknown where the connection broke at the commit, and no key makes a retry safe or none of them
   * told the outcome; what `isUnavailable` knows where the database can't be reached or written, and nothing happened
   */
  submit(command: Command, request?: Request): Promise<Result>
  /** Gives back all that is past its time; answers how many transfers. Several processes may do it side by side. */
  sweep(db: Database, stopped?: () => boolean): Promise<number>
  /** Gives back all that is open, whatever its time, while no service runs; answers how many transfers. */
  returnAll(db: Database): Promise<number>
  /** Commands that wait for a free connection. */
  waiting(): number
  /** Ends well where the books can be reached, and written where a write has just failed; else throws. */
  probe(): Promise<void>
  /** Takes no more commands, and ends when those under way are answered: within the deadline of their queries. */
  close(): Promise<void>
}

/** The commit may or may not have happened: asking again with the same key tells. */
export class OutcomeUnknown extends Error {}

const CONNECTIONS = 3
const BATCH = 128
const MOST_WAITING = 20_000
const TRIES = 6
const TRIES_TOGETHER = 3
/** For one query, in seconds; a batch asks five times at most. */
const QUERY_SECONDS = 5
/** A batch that takes longer than this holds up no other one, in milliseconds. */
const SLOW_MS = 100
/** Before a batch whose connection broke is tried again, in milliseconds; each further pause is twice as long. */
const FIRST_PAUSE_MS = 50

/**
 * The one door for all that moves money. Commands that come while a batch is under way wait, and leave together as
 * the next one, at once where they fill it; one batch is one transaction.
 */
export function openLedger(url: string, { measure, committed, recovered }: LedgerOptions = {}): Ledger {
  const waiting: Waiting[] = []
  const connections = Array.from({ length: CONNECTIONS }, () => openConnection(url))
  const free = [...connections]
  const store = openStore()
  /** When the batch that is under way on a connection has left. */
  const departures = new Map<Connection, number>()
  let departing: NodeJS.Immediate | undefined
  let overtaking: NodeJS.Timeout | undefined
  let pausing = 0
  let failing = false
  let closing: (() => void) | undefined

  function submit(command: Command, request?: Request): Promise<Result> {
    if (closing) return Promise.reject(new Error('The ledger is closed.'))
    if (waiting.length >= MOST_WAITING) return Promise.reject(new Refusal('too_many_requests'))
    return new Promise((resolve, reject) => {
      waiting.push({
        item: { command, ...(request && { request }) },
        resolve,
        reject,
        tries: 0,
        single: false,
        unknown: undefined,
      })
      soon()
    })
  }

  /** After what the event loop has at hand: all that comes with one look at the sockets leaves together. */
  function soon() {
    departing ??= setImmediate(depart)
  }

  function depart() {
    departing = undefined
    while (waiting.length > 0) {
      // Beside what is under way only a full batch leaves: two small ones cost more than one that has waited a little.
      if (waiting.length < BATCH && isBusy()) return overtake()
      const connection = free.pop()
      if (!connection) return
      void carryOut(connection, next())
    }
    if (closing && free.length === connections.length && pausing === 0) closing()
  }

  /** Whether a batch is under way that may be expected to end soon. */
  function isBusy(): boolean {
    const young = performance.now() - SLOW_MS
    for (const departed of departures.values()) if (departed > young) return true
    return false
  }

  function overtake() {
    overtaking ??= setTimeout(() => {
      overtaking = undefined
      depart()
    }, SLOW_MS)
  }

  function next(): Waiting[] {
    if (waiting[0]?.single) return waiting.splice(0, 1)
    const stop = waiting.slice(0, BATCH).findIndex((one) => one.single)
    return waiting.splice(0, stop < 0 ? BATCH : stop)
  }

  async function carryOut(connection: Connection, batch: Waiting[]) {
    const started = performance.now()
    departures.set(connection, started)
    const items = batch.map(({ item }) => item)
    const isRetry = batch.some((one) => one.tries > 0)
    const outcome = await store.process(connection, items, isRetry)
    departures.delete(connection)
    free.push(connection)
    if (outcome.kind !== 'answered') recover(batch, outcome)
    else {
      if (outcome.wrote) {
        succeed()
        committed?.()
      }
      answer(batch, outcome.answers, (performance.now() - started) / 1000)
    }
    soon()
  }

  function answer(batch: Waiting[], answers: Answer[], seconds: number) {
    const refusals: Refusal[] = []
    answers.forEach((one, index) => {
      const { resolve, reject } = batch[index] as Waiting
      if (one instanceof Refusal) {
        refusals.push(one)
        reject(one)
      } else resolve(one)
    })
    measure?.({ size: batch.length, seconds, refusals })
  }

  /**
   * What failed is decided again, on the rows as they are then. What the database keeps refusing goes one by one, so that
   * a culprit fails alone; where the connection was to blame, they stay together. Where the database lacks room or
   * connections, to ask again at once would only add to that; and who closes waits for no database.
   */
  function recover(batch: Waiting[], { kind, error }: Failure) {
    const isOutage = isUnavailable(error)
    const isFinal = kind === 'exhausted' || (isOutage && closing !== undefined)
    const again = batch.flatMap((one): Waiting[] => {
      const unknown =
        kind === 'unknown'
          ? new OutcomeUnknown('The connection broke at the commit.', { cause: error })
          : one.unknown
      const tries = one.tries + 1
      const isSafe = !unknown || one.item.request !== undefined
      const single = one.single || (kind === 'conflict' && tries >= TRIES_TOGETHER)
      if (isSafe && tries < TRIES && !isFinal) return [{ ...one, unknown, tries, single }]
      one.reject(unknown ?? error)
      return []
    })
    if (isOutage && again.length < batch.length) failing = true
    if (isOutage && again.length > 0) void pause(again)
    else waiting.unshift(...again)
  }

  async function pause(batch: Waiting[]) {
    pausing += 1
    await sleep(FIRST_PAUSE_MS * 2 ** (Math.max(...batch.map(({ tries }) => tries)) - 1))
    pausing -= 1
    waiting.unshift(...batch)
    soon()
  }

  async function probe() {
    const { sql } = free.at(-1) ?? (connections[0] as Connection)
    if (!failing) return void (await sql`select 1`)
    await sql.unsafe(WRITE_PROBE)
    succeed()
  }

  function succeed() {
    if (failing) recovered?.()
    failing = false
  }

  return {
    submit,
    sweep: (db, stopped) => sweep({ db, submit, remember: store.remember }, stopped),
    returnAll: (db) => returnAll({ db, submit }),
    waiting: () => waiting.length,
    probe,
    async close() {
      if (!closing)
        await new Promise<void>((resolve) => {
          closing = resolve
          soon()
        })
      clearTimeout(overtaking)
      await Promise.all(connections.map(({ sql }) => sql.end({ timeout: 5 })))
    },
  }
}

interface Waiting {
  item: Item
  tries: number
  /** Leaves in a batch of its own. */
  single: boolean
  /** Set once a try of it may have been written. */
  unknown: OutcomeUnknown | undefined
  resolve(result: Result): void
  reject(error: unknown): void
}

function openConnection(url: string): Connection {
  const connection: Connection = {
    warned: false,
    sql: openSql(url, {
      max: 1,
      query_timeout: QUERY_SECONDS,
      onnotice: (notice) => {
        if (notice.code === '01000') connection.warned = true
      },
      connection: {
        application_name: 'passalong ledger',
        // Everything here goes by primary key. A plan made while the tables were small must not be kept when they have grown.
        // ('off', as the driver leaves out what is false.)
        plan_cache_mode: 'force_generic_plan',
        enable_seqscan: 'off',
        enable_hashjoin: 'off',
        enable_mergejoin: 'off',
      },
    }),
  }
  return connection
}

/** Takes up a megabyte of the disk for a moment: a smaller write may find room where the next batch finds none. */
const WRITE_PROBE = 'create temporary table probe on commit drop as select from generate_series(1, 40000)'
