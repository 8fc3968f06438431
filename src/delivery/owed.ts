import { sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { type Job, QUEUE } from './queue.ts'

/** What a messenger is still to do about something. */
export interface Owed {
  messenger: string
  job: Job
  /** The chat that it is posted in, or where the card hangs that is drawn anew. */
  chat: string | null
  since: Date
  /** How often it was tried in vain, and why that failed last, if a messenger has said so. */
  tries: number
  reason: string | null
  /** When it is tried next; `null`: it is under way. */
  nextAt: Date | null
}

/** The deliveries that wait, or are under way, about a transfer, an ask or a payout, by its id; the oldest first. */
export async function owedAbout(db: Database, id: string): Promise<Owed[]> {
  const rows = await db.execute<{
    messenger: string
    data: Job
    chat: string | null
    created_on: Date | string
    start_after: Date | string
    retry_count: number
    reason: string | null
    state: string
  }>(sql`
    select substr(name, length(${QUEUE}) + 1) as messenger, data, created_on, start_after, retry_count,
      output ->> 'reason' as reason, state::text, coalesce(data -> 'target' ->> 'chat', (
        select chat from cards where cards.id = (data ->> 'card')::uuid
        union all select chat from payout_cards p where p.id = (data ->> 'card')::uuid
        union all select chat from ask_cards a where a.id = (data ->> 'card')::uuid)) as chat
    from pgboss.job
    where starts_with(name, ${QUEUE}) and state < 'completed'
      and ${id} in (data ->> 'transfer', data ->> 'ask', data ->> 'payout')
    order by created_on, id`)
  return rows.map(({ messenger, data, chat, retry_count, reason, state, ...row }) => ({
    messenger,
    job: data,
    chat,
    since: new Date(row.created_on),
    // pg-boss counts a retry when it is taken.
    tries: state === 'retry' ? retry_count + 1 : retry_count,
    reason,
    nextAt: state === 'active' ? null : new Date(row.start_after),
  }))
}

/** Whether something happened to a transfer that was not handed on to the messengers yet. */
export async function isUndispatched(db: Database, transferId: string): Promise<boolean> {
  const [row] = await db.execute(sql`select from outbox where ${transferId} = any (transfers) limit 1`)
  return row !== undefined
}
