import { or, type SQL, sql } from 'drizzle-orm'
import { fromDrizzle } from 'pg-boss'
import type { Logger } from 'pino'
import type { Database, Transaction } from '../../db/postgres.ts'
import { asks, outbox, type outboxEvent, payouts, transfers } from '../../db/schema.ts'
import type { Recipient, Settlement, Transfer } from '../ledger/commands.ts'
import { recipientOf } from '../ledger/transfer-rows.ts'
import { repeat } from '../shared/repeat.ts'
import { throttle } from '../shared/throttle.ts'
import type { Notifier } from './notifier.ts'
import type { NewJob, Queue } from './queue.ts'

/** The kinds of events, as the outbox stores them. */
export type Event = (typeof outboxEvent.enumValues)[number]

/** Something that happened to a transfer, which may have gone on since. */
export interface Happened {
  event: Event
  /** Its place among all events: the row of the outbox, and the turn in it. */
  batch: bigint
  turn: number
  at: Date
  /** Of the entry that it rests on: where the money came from, or went. With event and transfer it names that entry. */
  account: string
  /** As it is now: it may have changed since. */
  transfer: Pick<
    Transfer,
    | 'id'
    | 'state'
    | 'asset'
    | 'groupId'
    | 'fromAccount'
    | 'recipient'
    | 'shares'
    | 'settlement'
    | 'confirms'
    | 'payoutId'
    | 'refundOf'
    | 'askId'
    | 'awaits'
  > & {
    /** It was given for a pool. */
    isPooled: boolean
  }
}

/** Makes jobs of events. */
export interface Subscriber {
  /** The kinds of events that it gets; with a condition on the transfer, at least those that meet it. */
  follows: Partial<Record<Event, SQL | true>>
  /**
   * @param happened in the order in which it happened
   * @param within the transaction that takes the events, for what a subscriber queues itself
   * @returns jobs for messengers, in the same order
   */
  jobsFor(happened: Happened[], within: Transaction): Promise<NewJob[]>
}

/** Rows of the outbox that are taken in one transaction; each has the events of one batch of the ledger. */
const AT_ONCE = 20

/** How often the outbox is read. */
export interface Pauses {
  /** The poll interval, where no notification comes. */
  pollMs: number
  /** The shortest pause after a notification: events of the meantime are taken together. */
  throttleMs: number
}

/** The notifier's topic. */
const OUTBOX = 'outbox'

/** Notifies the dispatcher that there is something in the outbox. */
export const notifyDispatch = (notifier: Notifier) => notifier.notify(OUTBOX)

interface Needs {
  db: Database
  queue: Queue
  notifier: Notifier
  log: Logger
  /** Called after each look into the outbox. */
  dispatched?: () => void
}

/**
 * Takes events from the outbox, hands them to the subscribers, and queues the jobs that they make, in one transaction: no event
 * is lost or handled twice.
 */
export function startDispatch(
  { db, queue, notifier, log, dispatched }: Needs,
  subscribers: Subscriber[],
  { pollMs, throttleMs }: Pauses,
): { stop(): Promise<void> } {
  const wanted = wantedBy(subscribers)

  async function dispatch(): Promise<boolean> {
    const { batches, jobs } = await db.transaction(async (tx) => {
      const { batches, happened } = read(await tx.execute<Row>(take(wanted)))
      const all = await Promise.all(
        subscribers.map(async (subscriber) => {
          const its = happened.filter(({ event }) => subscriber.follows[event])
          return its.length > 0 ? subscriber.jobsFor(its, tx) : []
        }),
      )
      const jobs = all.flat()
      if (jobs.length > 0) await queue.add(jobs, fromDrizzle(tx, sql))
      return { batches, jobs }
    })
    queue.announce(jobs)
    dispatched?.()
    return batches === AT_ONCE
  }

  const dispatching = repeat(dispatch, pollMs, (error) =>
    log.error({ err: error }, 'what happened could not be handed on; it is tried again'),
  )
  const off = notifier.on(OUTBOX, throttle(dispatching.wake, throttleMs))
  return {
    stop() {
      off()
      return dispatching.stop()
    },
  }
}

/** A condition for the database, so that events which no subscriber follows are never read. */
const wantedBy = (subscribers: Subscriber[]): SQL =>
  or(
    ...subscribers.flatMap(({ follows }) =>
      Object.entries(follows).map(([event, which]) =>
        which === true ? sql`event = ${event}` : sql`(event = ${event} and ${which})`,
      ),
    ),
  ) ?? sql`false`

/** `= any (array[…])` makes the planner use the primary keys. */
const take = (wanted: SQL) => sql`
  with taken as (
    delete from ${outbox}
    where id = any (array(select id from ${outbox} order by id limit ${AT_ONCE} for update skip locked))
    returning id as batch, at, events, transfers, accounts
  ), happened as (
    select batch, turn::int, taken.at, event, coalesce(account, from_account) as account, ${transfers.id} as transfer, state, asset,
      ${transfers.groupId}, from_account, recipient, to_account, to_handle, list_name, shares, settlement, confirms, payout_id, refund_of, ask_id,
      case when ask_id is not null then 1
        else (select approvals - approved from ${payouts} where ${payouts.id} = any (array[payout_id])) end as awaits,
      (select kind = 'pool' from ${asks} where ${asks.id} = any (array[ask_id])) as is_pooled
    from taken, unnest(events, taken.transfers, accounts) with ordinality as happened (event, transfer, account, turn)
    join ${transfers} on ${transfers.id} = any (array[happened.transfer])
    where ${wanted}
  )
  select batches, happened.* from (select count(*)::int as batches from taken) counted left join happened on true
  order by batch, turn`

/** One row for each event; without events one row that tells how many batches were taken. */
type Row = { batches: number } & (
  | { event: null }
  | {
      batch: string
      turn: number
      at: string
      event: Event
      account: string
      transfer: string
      state: Transfer['state']
      asset: string
      group_id: string | null
      from_account: string
      recipient: Recipient['kind']
      to_account: string | null
      to_handle: string | null
      list_name: string | null
      shares: number
      settlement: Settlement | null
      confirms: boolean
      payout_id: string | null
      refund_of: string | null
      ask_id: string | null
      awaits: number | null
      is_pooled: boolean | null
    }
)

const read = (rows: Row[]): { batches: number; happened: Happened[] } => ({
  batches: rows[0]?.batches ?? 0,
  happened: rows.flatMap((row) =>
    row.event === null
      ? []
      : {
          event: row.event,
          batch: BigInt(row.batch),
          turn: row.turn,
          at: new Date(row.at),
          account: row.account,
          transfer: {
            id: row.transfer,
            state: row.state,
            asset: row.asset,
            groupId: row.group_id,
            fromAccount: row.from_account,
            recipient: recipientOf(row),
            shares: row.shares,
            settlement: row.settlement,
            confirms: row.confirms,
            payoutId: row.payout_id,
            refundOf: row.refund_of,
            askId: row.ask_id,
            awaits: row.awaits ?? 0,
            isPooled: row.is_pooled ?? false,
          },
        },
  ),
})
