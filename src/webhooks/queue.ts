import { and, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { webhookDeliveries } from '../../db/schema.ts'
import type { EventType } from './events.ts'
import type { Outcome } from './post.ts'
import { OVERLAP_HOURS } from './signature.ts'

/** A delivery that was taken to be sent, with what that needs of its webhook. */
export interface Due {
  id: string
  type: EventType
  subject: string
  accountId: string | null
  at: Date
  webhookId: string
  url: string
  secretNumber: number
  /** Whether the secret before signs, too. */
  isSecretNew: boolean
}

/** What became of a delivery. */
export interface Attempt extends Outcome {
  delivery: Pick<Due, 'id' | 'webhookId'>
  at: Date
  milliseconds: number
}

/** A webhook that was turned off. */
export interface TurnedOff {
  id: string
  token: string
  url: string
}

/** How many are under way to one webhook at a time, in one process; to one that fails, one. */
const AT_A_TIME = 10
/** Whoever has taken a delivery and has not noted what became of it by then has ended. */
const LEASE_SECONDS = 60
/** The pauses after failures, in seconds; after more of them the last one. */
const PAUSES = [5, 15, 60, 5 * 60, 15 * 60, 30 * 60, 3600, 2 * 3600, 4 * 3600, 6 * 3600, 8 * 3600, 12 * 3600]
/** For so long something is tried, and so long a webhook may take nothing before it is turned off. */
export const PATIENCE_HOURS = 72
/** After a shorter outage what has waited comes soon enough by its pauses: not at each success where one thing alone is never taken. */
const OUTAGE_SECONDS = 60

/**
 * Takes up to `limit` deliveries that are due. Of each transfer and ask the first one alone, and none before what has happened earlier is
 * queued, which another process may be doing at this moment.
 * @param underWay how many are, by webhook
 */
export async function takeDue(
  db: Database,
  limit: number,
  underWay: ReadonlyMap<string, number>,
): Promise<Due[]> {
  const rows = await db.execute<{
    id: string
    type: EventType
    subject: string
    account_id: string | null
    at: string
    webhook_id: string
    url: string
    secret_number: number
    is_secret_new: boolean
  }>(sql`
    with due as (
      select d.id from (select * from webhooks where off_at is null order by random()) w
      join tokens t on t.name = w.token and may && '{read,all}' and (ends_at is null or ends_at > now())
      left join jsonb_each_text(${JSON.stringify(Object.fromEntries(underWay))}::jsonb) busy (webhook, count) on busy.webhook = w.id::text
      cross join lateral (
        select id from webhook_deliveries d
        where webhook_id = w.id and state = 'waiting' and next_at <= now()
          and batch < coalesce((select min(id) from outbox), ${LAST}::bigint)
          and not exists (
            select from webhook_deliveries before
            where before.webhook_id = d.webhook_id and before.subject = d.subject and before.state = 'waiting'
              and (before.batch, before.turn, before.id) < (d.batch, d.turn, d.id))
        order by next_at
        limit greatest(0, case when w.failing_since is null then ${AT_A_TIME}::int else 1 end - coalesce(busy.count::int, 0))
        for update skip locked
      ) d
      limit ${limit}
    )
    update webhook_deliveries d set next_at = now() + make_interval(secs => ${LEASE_SECONDS})
    from webhooks w
    where d.id = any (array(select id from due)) and w.id = d.webhook_id
    returning d.id, type, subject, account_id, at, webhook_id, url, secret_number,
      secret_number > 1 and secret_at > now() - make_interval(hours => ${OVERLAP_HOURS}) as is_secret_new`)
  return rows.map(({ account_id, webhook_id, secret_number, is_secret_new, at, ...row }) => ({
    ...row,
    at: new Date(at),
    accountId: account_id,
    webhookId: webhook_id,
    secretNumber: secret_number,
    isSecretNew: is_secret_new,
  }))
}

/** The largest number that an event can have. */
const LAST = String(2n ** 63n - 1n)

/** Gives deliveries back that were not tried. */
export async function giveBack(db: Database, ids: string[]): Promise<void> {
  if (ids.length > 0)
    await db.update(webhookDeliveries).set({ nextAt: sql`now()` }).where(inArray(webhookDeliveries.id, ids))
}

/**
 * Notes attempts: what has arrived is done, what has not comes again after a pause, for three days. A webhook that takes something again is
 * sent at once what has waited for it; one that has taken nothing for three days is turned off.
 */
export async function noteAttempts(db: Database, attempts: Attempt[]): Promise<TurnedOff[]> {
  if (attempts.length === 0) return []
  return db.transaction(async (tx) => {
    const rows = await tx.execute<NotedWebhook>(note(attempts))
    const back = rows.flatMap(({ id, is_back }) => (is_back ? id : []))
    if (back.length > 0)
      await tx
        .update(webhookDeliveries)
        .set({ nextAt: sql`now()` })
        .where(
          and(
            inArray(webhookDeliveries.webhookId, back),
            eq(webhookDeliveries.state, 'waiting'),
            gt(webhookDeliveries.failures, 0),
          ),
        )
    return rows.flatMap(({ id, token, url, is_off }) => (is_off ? { id, token, url } : []))
  })
}

type NotedWebhook = { id: string; token: string; url: string; is_back: boolean; is_off: boolean }

/** One row for each webhook that is failing by now, or is there again. A webhook may have ended meanwhile, with its deliveries. */
const note = (attempts: Attempt[]) => sql`
  with made as (
    select d.id as delivery, d.webhook_id as webhook, made.* from jsonb_to_recordset(${rowsOf(attempts)}::jsonb)
      made (id uuid, at timestamptz, milliseconds int, status int, error text, arrived bool, gone bool)
    join webhook_deliveries d on d.id = made.id
  ), logged as (
    insert into webhook_attempts (delivery_id, at, milliseconds, status, error)
    select delivery, at, milliseconds, status, error from made on conflict do nothing
  ), moved as (
    update webhook_deliveries d set
      state = case when arrived then 'delivered' when failing_since < now() - make_interval(hours => ${PATIENCE_HOURS}) then 'failed' else 'waiting' end,
      failures = case when arrived then 0 else failures + 1 end,
      failing_since = case when not arrived then coalesce(failing_since, now()) end,
      next_at = now() + make_interval(secs =>
        (string_to_array(${PAUSES.join()}, ',')::int[])[least(failures + 1, ${PAUSES.length}::int)] * (0.9 + 0.2 * random()))
    from made where d.id = made.delivery
  ), told as (
    select webhook, bool_or(arrived) as arrived, bool_or(gone) as gone from made group by webhook
  ), before as (
    select w.id, failing_since, arrived, gone from webhooks w join told on told.webhook = w.id order by w.id for no key update of w
  )
  update webhooks w set
    failing_since = case when not arrived then coalesce(before.failing_since, now()) end,
    off_at = case when off_at is null and not arrived
      and (gone or before.failing_since < now() - make_interval(hours => ${PATIENCE_HOURS})) then now() else off_at end
  from before
  where w.id = before.id and (not arrived or before.failing_since is not null)
  returning w.id, token, url, arrived and before.failing_since < now() - make_interval(secs => ${OUTAGE_SECONDS}) as is_back, coalesce(off_at = now(), false) as is_off`

const rowsOf = (attempts: Attempt[]) =>
  JSON.stringify(
    attempts.map(({ delivery, at, milliseconds, status, error }) => ({
      id: delivery.id,
      at: at.toISOString(),
      milliseconds,
      status,
      error,
      arrived: hasArrived(status),
      gone: status === GONE,
    })),
  )

/** Whoever answers that wants nothing any more (RFC 9110, 15.5.11). */
const GONE = 410

/** Whether a program has taken what it was sent, by the status that it has answered. */
export const hasArrived = (status: number | null): boolean => status !== null && status >= 200 && status < 300

/** So long it is kept what a webhook was told, and what waits for one that is off. */
export const KEPT_DAYS = 30
const CHUNK = 1000

/** Deletes the oldest of what is not kept any more. @returns whether there may be more */
export async function deleteOld(db: Database): Promise<boolean> {
  const deleted = await db.execute(sql`
    delete from webhook_deliveries where id = any (array(
      select id from webhook_deliveries where at < now() - make_interval(days => ${KEPT_DAYS})
      order by at limit ${CHUNK} for update skip locked))`)
  return deleted.count === CHUNK
}
