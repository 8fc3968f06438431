import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { openSql } from '../../db/drivers.ts'
import { isUnavailable } from '../../db/unavailable.ts'
import { Refusal } from '../refusal.ts'
import { type Answer, type Item, processBatch } from './batch.ts'
import { openMemory } from './memory.ts'
import type { Command, Transfer } from './rules.ts'
import type { LoadedTransfer, Request } from './store.ts'

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
   * Carries out one command and answers after the commit, with the transfer as it then stands.
   * @throws Refusal; OutcomeUnknown where the connection broke at the commit, and no key makes a retry safe or none of them
   * told the outcome; what `isUnavailable` knows where the database can't be reached or written, and nothing happened
   */
  submit(command: Command, request?: Request): Promise<Transfer>
  /** Takes in open transfers that the caller has just read, so that a command about them needs no look of its own. */
  remember(transfers: LoadedTransfer[]): void
  /** Commands that wait for a free lane. */
  waiting(): number
  /** Ends well where the books can be reached, and written where a write has just failed; else throws. */
  probe(): Promise<void>
  /** Takes no more commands, and ends when those under way are answered: within the deadline of their queries. */
  close(): Promise<void>
}

/** The commit may or may not have happened: asking again with the same key tells. */
export class OutcomeUnknown extends Error {}

const LANES = 3
const BATCH = 128
const MOST_WAITING = 20_000
const TRIES = 6
const TRIES_IN_COMPANY = 3
/** For one query, in seconds; a batch asks four times at most. */
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
  const free = Array.from({ length: LANES }, () => openLane(url))
  const lanes = [...free]
  const memory = openMemory()
  /** When the batch of each lane that is under way has left. */
  const departures = new Map<Lane, number>()
  let departing: NodeJS.Immediate | undefined
  let overtaking: NodeJS.Timeout | undefined
  let pausing = 0
  let failing = false
  let closing: (() => void) | undefined

  function submit(command: Command, request?: Request): Promise<Transfer> {
    if (closing) return Promise.reject(new Error('The ledger is closed.'))
    if (waiting.length >= MOST_WAITING) return Promise.reject(new Refusal('too_many_requests'))
    return new Promise((resolve, reject) => {
      waiting.push({
        item: { command, ...(request && { request }) },
        resolve,
        reject,
        tries: 0,
        alone: false,
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
      const lane = free.pop()
      if (!lane) return
      void drive(lane, next())
    }
    if (closing && free.length === lanes.length && pausing === 0) closing()
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
    if (waiting[0]?.alone) return waiting.splice(0, 1)
    const stop = waiting.slice(0, BATCH).findIndex((one) => one.alone)
    return waiting.splice(0, stop < 0 ? BATCH : stop)
  }

  async function drive(lane: Lane, batch: Waiting[]) {
    const started = performance.now()
    departures.set(lane, started)
    try {
      const answers = await transact(lane, batch)
      const refusals: Refusal[] = []
      answers.forEach((answer, index) => {
        if (answer instanceof Refusal) refusals.push(answer)
        settle(batch[index] as Waiting, answer)
      })
      measure?.({ size: batch.length, seconds: (performance.now() - started) / 1000, refusals })
    } catch (error) {
      recover(batch, error)
    } finally {
      departures.delete(lane)
      free.push(lane)
      soon()
    }
  }

  async function transact(lane: Lane, batch: Waiting[]): Promise<Answer[]> {
    lane.warned = false
    let writing = false
    try {
      const answers = await processBatch(
        lane.sql,
        batch.map(({ item }) => item),
        memory,
        batch.some((one) => one.tries > 0),
        () => {
          writing = true
        },
      )
      // 01000 at the commit: a synchronous replica was given up on, and nobody knows whether it has the money.
      if (lane.warned) throw new OutcomeUnknown('The commit was not confirmed by a replica.')
      if (writing) {
        succeed()
        committed?.()
      }
      return answers
    } catch (error) {
      throw writing && !nothingHappened(error)
        ? new OutcomeUnknown('The connection broke at the commit.', { cause: error })
        : error
    }
  }

  /**
   * What failed is decided again, on the rows as they are then. What the database keeps refusing goes one by one, so that
   * a culprit fails alone; where the connection was to blame, they stay together. Where the database lacks room or
   * connections, to ask again at once would only add to that; and who closes waits for no database.
   */
  function recover(batch: Waiting[], error: unknown) {
    const unavailable = isUnavailable(error)
    const isFinal = lacksResources(error) || (unavailable && closing)
    const again = batch.flatMap((one): Waiting[] => {
      const unknown = error instanceof OutcomeUnknown ? error : one.unknown
      const tries = one.tries + 1
      const isSafe = !unknown || one.item.request !== undefined
      if (isSafe && tries < TRIES && !isFinal)
        return [
          { ...one, unknown, tries, alone: one.alone || (rolledBack(error) && tries >= TRIES_IN_COMPANY) },
        ]
      one.reject(unknown ?? error)
      return []
    })
    if (unavailable && again.length < batch.length) failing = true
    if (unavailable && again.length > 0) void pause(again)
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
    const { sql } = free.at(-1) ?? (lanes[0] as Lane)
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
    remember: memory.remember,
    waiting: () => waiting.length,
    probe,
    async close() {
      if (!closing)
        await new Promise<void>((resolve) => {
          closing = resolve
          soon()
        })
      clearTimeout(overtaking)
      await Promise.all(lanes.map((lane) => lane.sql.end({ timeout: 5 })))
    },
  }
}

interface Waiting {
  item: Item
  tries: number
  /** Leaves in a batch of its own. */
  alone: boolean
  /** Set once a try of it may have been written. */
  unknown: OutcomeUnknown | undefined
  resolve(transfer: Transfer): void
  reject(error: unknown): void
}

const settle = (one: Waiting, answer: Answer) =>
  answer instanceof Refusal ? one.reject(answer) : one.resolve(answer)

interface Lane {
  sql: Sql
  warned: boolean
}

/** A connection of its own, so that what the server says at a commit is about this lane's batch. */
function openLane(url: string): Lane {
  const lane: Lane = {
    warned: false,
    sql: openSql(url, {
      max: 1,
      query_timeout: QUERY_SECONDS,
      onnotice: (notice) => {
        if (notice.code === '01000') lane.warned = true
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
  return lane
}

/** Takes up a megabyte of the disk for a moment: a smaller write may find room where the next batch finds none. */
const WRITE_PROBE = 'create temporary table probe on commit drop as select from generate_series(1, 40000)'

const sqlState = (error: unknown) => (error instanceof postgres.PostgresError ? error.code : '')

/** Constraint, data, deadlock and serialisation errors: the server said that nothing happened. */
const rolledBack = (error: unknown) => /^(22|23|25|40|42)/.test(sqlState(error))

/** A full disk, no memory, no connection left: the server said that nothing happened, and that nothing can. */
const lacksResources = (error: unknown) => sqlState(error).startsWith('53')

/** There was no connection to ask by: nobody listened, or the server was only just starting. */
function wasNotAsked(error: unknown): boolean {
  const { code = '', syscall = '' } = error as NodeJS.ErrnoException
  return ['connect', 'getaddrinfo'].includes(syscall) || ['CONNECT_TIMEOUT', '57P03'].includes(code)
}

const nothingHappened = (error: unknown) => rolledBack(error) || lacksResources(error) || wasNotAsked(error)
