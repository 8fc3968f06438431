import { and, asc, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { webhookAttempts, webhookDeliveries, webhooks } from '../../db/schema.ts'
import { Refusal } from '../shared/refusal.ts'
import type { EventType } from './events.ts'
import type { Which } from './webhooks.ts'

/** What a webhook is to be told, or was, with each attempt. Times are RFC 3339. */
export interface DeliveryView {
  id: string
  type: EventType
  /** The id of the transfer, or of the ask, by the type. */
  subject: string
  /** When it happened. */
  timestamp: string
  /** `failed`: three days of attempts were in vain. */
  state: 'waiting' | 'delivered' | 'failed'
  /** When it is tried next, if nothing of the same transfer or ask has to come first. */
  nextAt: string | null
  attempts: {
    at: string
    milliseconds: number
    /** That of HTTP; `null`: no answer came, for the reason in `error`. */
    status: number | null
    error: string | null
  }[]
}

/** What a webhook is to be told, or was, the newest first. @param cursor that of the page before */
export async function deliveriesOf(
  db: Database,
  webhookId: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ items: DeliveryView[]; next: string | null }> {
  const { id } = webhookDeliveries
  const rows = await db
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.webhookId, webhookId), cursor ? lt(id, cursor) : undefined))
    .orderBy(desc(id))
    .limit(limit + 1)
  const shown = rows.slice(0, limit)
  const next = rows.length > limit ? (shown.at(-1)?.id ?? null) : null
  return { items: await viewsOf(db, shown), next }
}

/**
 * Sends something once more, also where it has arrived. What waits of the same transfer or ask comes after it.
 * @param of whose it is to be; undefined: the operator asks
 * @throws Refusal `webhook_delivery_not_found`
 */
export async function redeliver(db: Database, id: string, of?: Required<Which>): Promise<DeliveryView> {
  const [row] = await db
    .update(webhookDeliveries)
    .set({ state: 'waiting', nextAt: sql`now()`, failures: 0, failingSince: null })
    .where(and(eq(webhookDeliveries.id, id), of && inArray(webhookDeliveries.webhookId, idOf(db, of))))
    .returning()
  if (!row) throw new Refusal('webhook_delivery_not_found')
  const [view] = await viewsOf(db, [row])
  return view as DeliveryView
}

const idOf = (db: Database, { id, token }: Required<Which>) =>
  db
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(and(eq(webhooks.id, id), eq(webhooks.token, token)))

async function viewsOf(
  db: Database,
  rows: (typeof webhookDeliveries.$inferSelect)[],
): Promise<DeliveryView[]> {
  const ids = rows.map(({ id }) => id)
  const attempts = await db
    .select()
    .from(webhookAttempts)
    .where(inArray(webhookAttempts.deliveryId, ids))
    .orderBy(asc(webhookAttempts.at))
  const byDelivery = Map.groupBy(attempts, ({ deliveryId }) => deliveryId)
  return rows.map(({ id, type, subject, at, state, nextAt }) => ({
    id,
    type: type as EventType,
    subject,
    timestamp: at.toISOString(),
    state,
    nextAt: state === 'waiting' ? nextAt.toISOString() : null,
    attempts: (byDelivery.get(id) ?? []).map(({ at, milliseconds, status, error }) => ({
      at: at.toISOString(),
      milliseconds,
      status,
      error,
    })),
  }))
}
