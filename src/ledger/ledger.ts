import postgres, { type Sql, type TransactionSql } from 'postgres'
import { Refusal } from '../refusal.ts'
import { type Answer, type Item, processBatch } from './batch.ts'
import type { Command, Transfer } from './rules.ts'
import type { Request } from './store.ts'

export interface LedgerOptions {
  /** Runs inside the transaction that ended these transfers: what must be known if and only if it did. */
  announce(tx: TransactionSql, closedTransfers: string[]): Promise<void>
  /** Told after each batch: how many commands, how many seconds, how many refusals by code. */
  measure?(batch: { size: number; seconds: number; refusals: Refusal[] }): void
}

export interface Ledger {
  /**
   * Carries out one command and answers after the commit, with the transfer as it then stands.
   * @throws Refusal, or OutcomeUnknown where the connection broke at the commit and no key makes a retry safe
   */
  submit(command: Command, request?: Request): Promise<Transfer>
  /** Commands that wait for a free lane. */
  waiting(): number
  /** Takes no more commands, and ends when those under way are answered. */
  close(): Promise<void>
}

/** The commit may or may not have happened: asking again with the same key tells. */
export class OutcomeUnknown extends Error {}

const LANES = 2
const BATCH = 128
const MOST_WAITING = 20_000
const TRIES = 4

/**
 * The one door for all that moves money. Commands that come while the lanes are busy wait, and leave together as one
 * batch when a lane is free; one batch is one transaction. Nothing waits for a timer.
 */
export function openLedger(url: string, { announce, measure }: LedgerOptions): Ledger {
  const waiting: Waiting[] = []
  const free = Array.from({ length: LANES }, () => openLane(url))
  const lanes = [...free]
  const known = new Set<string>()
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
      })
      queueMicrotask(depart)
    })
  }

  function depart() {
    while (waiting.length > 0) {
      const lane = free.pop()
      if (!lane) return
      void drive(lane, next())
    }
    if (closing && free.length === lanes.length) closing()
  }

  function next(): Waiting[] {
    if (waiting[0]?.alone) return waiting.splice(0, 1)
    const stop = waiting.findIndex((one) => one.alone)
    return waiting.splice(0, stop < 0 ? BATCH : Math.min(stop, BATCH))
  }

  async function drive(lane: Lane, batch: Waiting[]) {
    const started = performance.now()
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
      free.push(lane)
      depart()
    }
  }

  async function transact(lane: Lane, batch: Waiting[]): Promise<Answer[]> {
    lane.warned = false
    let committing = false
    try {
      const { answers, opened } = await lane.sql.begin(async (tx) => {
        const done = await processBatch(
          tx,
          batch.map(({ item }) => item),
          (id) => known.has(id),
        )
        if (done.closed.length > 0) await announce(tx, done.closed)
        committing = true
        return done
      })
      // 01000 at the commit: a synchronous replica was given up on, and nobody knows whether it has the money.
      if (lane.warned) throw new OutcomeUnknown('The commit was not confirmed by a replica.')
      remember(opened)
      return answers
    } catch (error) {
      throw committing && !rolledBack(error)
        ? new OutcomeUnknown('The connection broke at the commit.', { cause: error })
        : error
    }
  }

  /** What failed is tried again: together where the weather was to blame, else one by one, so that a culprit fails alone. */
  function recover(batch: Waiting[], error: unknown) {
    const unknown = error instanceof OutcomeUnknown
    const together = unknown || transient(error)
    const again = batch.filter((one) => {
      one.tries += 1
      const safe = !unknown || one.item.request !== undefined
      const retry = safe && one.tries < TRIES && (together || batch.length > 1)
      if (!retry) one.reject(error)
      return retry
    })
    waiting.unshift(...again.map((one) => ({ ...one, alone: !together })))
  }

  function remember(accounts: string[]) {
    if (known.size > 1_000_000) known.clear()
    for (const account of accounts) known.add(account)
  }

  return {
    submit,
    waiting: () => waiting.length,
    async close() {
      if (!closing)
        await new Promise<void>((resolve) => {
          closing = resolve
          depart()
        })
      await Promise.all(lanes.map((lane) => lane.sql.end({ timeout: 5 })))
    },
  }
}

interface Waiting {
  item: Item
  tries: number
  /** Leaves in a batch of its own, because a batch with it has failed. */
  alone: boolean
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
    sql: postgres(url, {
      max: 1,
      onnotice: (notice) => {
        if (notice.code === '01000') lane.warned = true
      },
      // The delivery queue hands over JSON that is text already.
      types: { json: { to: 114, from: [114, 3802], serialize: String, parse: JSON.parse } },
      connection: {
        application_name: 'passalong ledger',
        // Everything here goes by primary key. A plan made while the tables were small must not be kept when they have grown.
        // ('off', as the driver leaves out what is false.)
        enable_seqscan: 'off',
        enable_hashjoin: 'off',
        enable_mergejoin: 'off',
      },
    }),
  }
  return lane
}

const sqlState = (error: unknown) => (error instanceof postgres.PostgresError ? error.code : undefined)

/** Constraint, data, deadlock and serialisation errors: the server said that nothing happened. */
const rolledBack = (error: unknown) => /^(22|23|25|40|42)/.test(sqlState(error) ?? '')

/** Worth the same try again: deadlocks, a key that another process has just stored, and a server that was away. */
function transient(error: unknown) {
  const state = sqlState(error)
  if (state === '23505') return (error as postgres.PostgresError).table_name === 'requests'
  if (state !== undefined) return /^(40|57|08)/.test(state)
  return /^(CONNECTION_|ECONN|EPIPE|CONNECT_TIMEOUT)/.test(String((error as { code?: unknown })?.code))
}
