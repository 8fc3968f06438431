import { or, type SQL, sql } from 'drizzle-orm'
import { fromDrizzle } from 'pg-boss'
import type { Logger } from 'pino'
import type { Database } from '../../db/postgres.ts'
import { outbox, type outboxEvent, transfers } from '../../db/schema.ts'
import type { Recipient, Transfer } from '../ledger/commands.ts'
import { toRecipient } from '../ledger/rows.ts'
import { repeat } from '../shared/repeat.ts'
import { throttle } from '../shared/throttle.ts'
import type { Notifier } from './notifier.ts'
import type { NewJob, Queue } from './queue.ts'

export type Event = (typeof outboxEvent.enumValues)[number]

/** Something that happened to a transfer, which may have gone on since. */
export interface Happened {
  event: Event
  /** The entry that it rests on, and whose account that moved money out of, or into. */
  entry: string
  account: string
  /** As it stands now. */
  transfer: Pick<Transfer, 'id' | 'state' | 'fromAccount' | 'recipient' | 'shares'>
}

/** Whoever has something done because of what happened. */
export interface Subscriber {
  /** The events that it is told of: all of a kind, or those whose transfer meets a condition, at least. */
  follows: Partial<Record<Event, SQL | true>>
  /** What messengers are to do, in the order in which it happened. */
  jobsFor(happened: Happened[]): Promise<NewJob[]>
}

/** Batches of the ledger, of many events each. */
const AT_ONCE = 20

export interface Pauses {
  /** Between two looks into the outbox where nobody tells that there is something. */
  lookMs: number
  /** Between two looks where one follows the other: what happens meanwhile goes together. */
  spaceMs: number
}

/** What the notifier call it that something is in the outbox. */
const OUTBOX = 'outbox'

/** Tells whoever empties the outbox that there is something in it. */
export const notifyDispatch = (notifier: Notifier) => notifier.notify(OUTBOX)

/**
 * Takes what the ledger has written into the outbox, hands it to the subscribers, and queues what they order, in one
 * transaction: nothing is lost, or done twice.
 */
export function startDispatch(
  { db, queue, notifier, log }: { db: Database; queue: Queue; notifier: Notifier; log: Logger },
  subscribers: Subscriber[],
  { lookMs, spaceMs }: Pauses,
): { stop(): Promise<void> } {
  const wanted = wantedBy(subscribers)

  async function dispatch(): Promise<boolean> {
    const { batches, jobs } = await db.transaction(async (tx) => {
      const { batches, happened } = read(await tx.execute<Row>(take(wanted)))
      const all = await Promise.all(
        subscribers.map(async (subscriber) => {
          const its = happened.filter(({ event }) => subscriber.follows[event])
          return its.length > 0 ? subscriber.jobsFor(its) : []
        }),
      )
      const jobs = all.flat()
      if (jobs.length > 0) await queue.add(jobs, fromDrizzle(tx, sql))
      return { batches, jobs }
    })
    queue.announce(jobs)
    return batches === AT_ONCE
  }

  const dispatching = repeat(dispatch, lookMs, (error) =>
    log.error({ err: error }, 'what happened could not be handed on; it is tried again'),
  )
  const off = notifier.on(OUTBOX, throttle(dispatching.wake, spaceMs))
  return {
    stop() {
      off()
      return dispatching.stop()
    },
  }
}

/** Asked of the database, so that the many transfers whose making interests nobody never come here. */
const wantedBy = (subscribers: Subscriber[]): SQL =>
  or(
    ...subscribers.flatMap(({ follows }) =>
      Object.entries(follows).map(([event, which]) =>
        which === true ? sql`event = ${event}` : sql`(event = ${event} and ${which})`,
      ),
    ),
  ) ?? sql`false`

/** `= any (array[…])` leaves the planner one way to go, by the key. */
const take = (wanted: SQL) => sql`
  with taken as (
    delete from ${outbox}
    where id = any (array(select id from ${outbox} order by id limit ${AT_ONCE} for update skip locked))
    returning events, transfers, entries, accounts
  ), happened as (
    select event, entry, account, ${transfers.id} as transfer, state, from_account, recipient, to_account, to_handle, shares
    from taken, unnest(events, taken.transfers, entries, accounts) as happened (event, transfer, entry, account)
    join ${transfers} on ${transfers.id} = any (array[happened.transfer])
    where ${wanted}
  )
  select batches, happened.* from (select count(*)::int as batches from taken) counted left join happened on true
  order by entry`

/** The one row that says how many batches were taken, or that with each event. */
type Row = { batches: number } & (
  | { event: null }
  | {
      event: Event
      entry: string
      account: string
      transfer: string
      state: Transfer['state']
      from_account: string
      recipient: Recipient['kind']
      to_account: string | null
      to_handle: string | null
      shares: number
    }
)

const read = (rows: Row[]): { batches: number; happened: Happened[] } => ({
  batches: rows[0]?.batches ?? 0,
  happened: rows.flatMap((row) =>
    row.event === null
      ? []
      : {
          event: row.event,
          entry: row.entry,
          account: row.account,
          transfer: {
            id: row.transfer,
            state: row.state,
            fromAccount: row.from_account,
            recipient: toRecipient({
              kind: row.recipient,
              account: row.to_account,
              handle: row.to_handle,
            }),
            shares: row.shares,
          },
        },
  ),
})
