import { setTimeout as sleep } from 'node:timers/promises'
import { openSql } from '../../db/drivers.ts'
import type { Database } from '../../db/postgres.ts'
import { isUnavailable } from '../../db/unavailable.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Answer, Change, Item, Result } from './batch.ts'
import type { Bounds } from './bounds.ts'
import type { Command } from './commands.ts'
import { returnAll, sweep } from './expiry.ts'
import type { Request } from './rows.ts'
import { type Connection, type Failure, type Named, openStore } from './store.ts'

/** Callbacks of a ledger. */
export interface LedgerOptions {
  /**
   * Called before a batch is written, with whom and what it names for the first time, perhaps: who is in no books yet is to be written then.
   * undefined: there is nothing to wait for.
   */
  introduce?(named: Named): Promise<unknown> | undefined
  /** Called after each batch, with its number of commands and its refusals. */
  measure?(batch: { size: number; seconds: number; refusals: Refusal[] }): void
  /** What asks for a command that is submitted at this moment, such as a request by its id: told with what came of it. */
  origin?(): string | undefined
  /** What the token of the program that asks for a command at this moment is held to. */
  bounds?(): Bounds | undefined
  /** Called after each commit, with what it has changed. */
  committed?(changes: Change[]): void
  /** Called when the books can be written again after an outage. */
  recovered?(): void
}

/** The only code that moves money. */
export interface Ledger {
  /**
   * Carries out one command and answers after the commit.
   * @throws Refusal; OutcomeUnknown where the connection broke at the commit, and there is no key to retry with, or the retries
   * failed, too; an error for which `isUnavailable` is true where the database can't be reached or written, and nothing happened
   */
  submit(command: Command, request?: Request): Promise<Result>
  /** Returns all expired transfers. Several processes may do so at the same time. @returns how many */
  sweep(db: Database, stopped?: () => boolean): Promise<number>
  /** Returns all open transfers, expired or not, while nothing new is made. @returns how many */
  returnAll(db: Database, stopped?: () => boolean): Promise<number>
  /** How many commands wait for a free connection. */
  waiting(): number
  /** A health check: throws where the books can't be read, or, after a failed write, can't be written. */
  probe(): Promise<void>
  /** Accepts no more commands, and ends when those under way are answered, which their query timeout limits. */
  close(): Promise<void>
}

/** The commit may or may not have happened: a retry with the same idempotency key tells. */
export class OutcomeUnknown extends Error {}

const CONNECTIONS = 3
const BATCH = 128
const MOST_WAITING = 20_000
const TRIES = 6
const TRIES_TOGETHER = 3
/** The timeout of a query; a batch makes five queries at most. */
const QUERY_SECONDS = 4
/** A batch that takes longer than this no longer delays the next one. */
const SLOW_MS = 100
/** The first pause of the exponential backoff, after a connection broke. */
const FIRST_PAUSE_MS = 50

/**
 * Opens the ledger. Commands that come while a batch is under way wait, and become the next batch, which starts earlier where
 * they fill it. A batch is one transaction.
 */
export function openLedger(
  url: string,
  { introduce, measure, origin, bounds, committed, recovered }: LedgerOptions = {},
): Ledger {
  const waiting: Waiting[] = []
  const connections = Array.from({ length: CONNECTIONS }, () => openConnection(url))
  const free = [...connections]
  const store = openStore(introduce)
  /** When the batch that is under way on a connection was started. */
  const departures = new Map<Connection, number>()
  let departing: NodeJS.Immediate | undefined
  let overtaking: NodeJS.Timeout | undefined
  let pausing = 0
  let failing = false
  let closing: (() => void) | undefined

  function submit(command: Command, request?: Request): Promise<Result> {
    if (closing) return Promise.reject(new Error('The ledger is closed.'))
    if (waiting.length >= MOST_WAITING) return Promise.reject(new Refusal('overloaded'))
    const from = origin?.()
    const held = bounds?.()
    return new Promise((resolve, reject) => {
      waiting.push({
        item: {
          command,
          ...(request && { request }),
          ...(from !== undefined && { origin: from }),
          ...(held && { bounds: held }),
        },
        resolve,
        reject,
        tries: 0,
        single: isSingle(command),
        unknown: undefined,
      })
      soon()
    })
  }

  /** By `setImmediate`, so that all requests which the event loop reads in one turn become one batch. */
  function soon() {
    departing ??= setImmediate(depart)
  }

  function depart() {
    departing = undefined
    while (waiting.length > 0) {
      // While a batch is under way only a full one is started: two small batches cost more than one that has waited a little.
      if (waiting.length < BATCH && isBusy()) return overtake()
      const connection = free.pop()
      if (!connection) return
      void carryOut(connection, next())
    }
    if (closing && free.length === connections.length && pausing === 0) closing()
  }

  /** Whether a batch is under way that is expected to end soon. */
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
        committed?.(outcome.wrote)
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
   * Retries the commands of a failed batch. After repeated conflicts each becomes a batch of its own, so that a command which can
   * never be written fails by itself; where the connection broke, they stay together. There is no retry where the database lacks
   * room, connections or time, as that would make it worse, nor during an outage once the ledger is being closed.
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
    returnAll: (db, stopped) => returnAll({ db, submit, remember: store.remember }, stopped),
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

/** Whether it makes a batch of its own from the start. */
const isSingle = (command: Command): boolean =>
  command.do === 'extend' || command.do === 'reissue' || (command.do === 'return' && command.settles === true)

interface Waiting {
  item: Item
  tries: number
  /** Becomes a batch of its own. */
  single: boolean
  /** Set once a try of it may have been committed. */
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
        // Every query here goes by primary keys. A plan that was made while the tables were small must not be kept when they have
        // grown. ('off' and not false, which the driver would leave out.)
        plan_cache_mode: 'force_generic_plan',
        enable_seqscan: 'off',
        enable_hashjoin: 'off',
        enable_mergejoin: 'off',
        // By what that makes a plan cost, a server with LLVM would compile each one, for seconds.
        jit: 'off',
      },
    }),
  }
  return connection
}

/** Writes a megabyte to the disk for a moment, as a smaller write may still find room where the next batch finds none. */
const WRITE_PROBE = 'create temporary table probe on commit drop as select from generate_series(1, 40000)'
