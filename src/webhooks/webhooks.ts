import { and, asc, count, eq, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { webhookDeliveries, webhooks } from '../../db/schema.ts'
import { newId } from '../shared/ids.ts'
import { Refusal } from '../shared/refusal.ts'
import { EVENT_TYPES, type EventType } from './events.ts'
import { webhookSecret } from './signature.ts'

/** A webhook as its program sees it. Times are RFC 3339. */
export interface WebhookView {
  id: string
  url: string
  events: EventType[]
  /** `failing`: every attempt since `failingSince` has failed; `off`: nothing is sent any more. */
  state: 'on' | 'failing' | 'off'
  createdAt: string
  failingSince: string | null
  offAt: string | null
}

/** Each of them is sent every event. */
export const MOST_WEBHOOKS = 20

/** @throws Refusal `too_many_webhooks` */
export async function createWebhook(
  db: Database,
  { token, url, events }: { token: string; url: string; events?: EventType[] | undefined },
): Promise<WebhookView> {
  return db.transaction(async (tx) => {
    // Two that are made at the same moment see each other.
    await tx.execute(sql`select from tokens where name = ${token} for no key update`)
    const [there] = await tx.select({ count: count() }).from(webhooks).where(eq(webhooks.token, token))
    if ((there?.count ?? 0) >= MOST_WEBHOOKS) throw new Refusal('too_many_webhooks', { most: MOST_WEBHOOKS })
    const [made] = await tx
      .insert(webhooks)
      .values({ id: newId(), token, url, events: events ?? null })
      .returning()
    return viewOf(made as Row)
  })
}

/** The webhooks of a token, the oldest first. */
export async function webhooksOf(db: Database, token: string): Promise<WebhookView[]> {
  const rows = await db.select().from(webhooks).where(eq(webhooks.token, token)).orderBy(asc(webhooks.id))
  return rows.map(viewOf)
}

/** All webhooks, by their tokens, each with how much waits for it. */
export async function allWebhooks(
  db: Database,
): Promise<(WebhookView & { token: string; waiting: number })[]> {
  const waiting = db
    .select({ webhookId: webhookDeliveries.webhookId, count: count().as('count') })
    .from(webhookDeliveries)
    .where(eq(webhookDeliveries.state, 'waiting'))
    .groupBy(webhookDeliveries.webhookId)
    .as('waiting')
  const rows = await db
    .select({ webhook: webhooks, waiting: waiting.count })
    .from(webhooks)
    .leftJoin(waiting, eq(waiting.webhookId, webhooks.id))
    .orderBy(asc(webhooks.token), asc(webhooks.id))
  return rows.map(({ webhook, waiting }) => ({
    token: webhook.token,
    ...viewOf(webhook),
    waiting: waiting ?? 0,
  }))
}

/** Which webhook, and whose: a program may name none of another's. */
export interface Which {
  id: string
  /** Undefined: the operator asks. */
  token?: string
}

/** @throws Refusal `webhook_not_found` */
export async function webhookOf(db: Database, which: Which): Promise<WebhookView> {
  const [row] = await db.select().from(webhooks).where(is(which))
  return viewOf(found(row))
}

/** Ends a webhook, with all that waits for it. @throws Refusal `webhook_not_found` */
export async function deleteWebhook(db: Database, which: Which): Promise<void> {
  found((await db.delete(webhooks).where(is(which)).returning({ id: webhooks.id }))[0])
}

/** The secret that a webhook's messages are signed with now. @throws Refusal `webhook_not_found` */
export async function secretOf(
  { db, secretKey }: { db: Database; secretKey: string },
  which: Which,
): Promise<string> {
  const [row] = await db.select().from(webhooks).where(is(which))
  const { id, secretNumber } = found(row)
  return webhookSecret(secretKey, id, secretNumber)
}

/** Makes another secret; the one before signs, too, for a day. @throws Refusal `webhook_not_found` */
export async function renewSecret(needs: { db: Database; secretKey: string }, which: Which): Promise<string> {
  const made = { secretNumber: sql`${webhooks.secretNumber} + 1`, secretAt: sql`now()` }
  found((await needs.db.update(webhooks).set(made).where(is(which)).returning({ id: webhooks.id }))[0])
  return secretOf(needs, which)
}

/** Turns a webhook on again: what waits for it is sent at once. @throws Refusal `webhook_not_found` */
export async function turnOn(db: Database, which: Which): Promise<WebhookView> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(webhooks)
      .set({ offAt: null, failingSince: null })
      .where(is(which))
      .returning()
    const webhook = found(row)
    await tx
      .update(webhookDeliveries)
      .set({ nextAt: sql`now()` })
      .where(and(eq(webhookDeliveries.webhookId, webhook.id), eq(webhookDeliveries.state, 'waiting')))
    return viewOf(webhook)
  })
}

/** Sends nothing there any more, until it is turned on. @throws Refusal `webhook_not_found` */
export async function turnOff(db: Database, which: Which): Promise<WebhookView> {
  const [row] = await db
    .update(webhooks)
    .set({ offAt: sql`coalesce(${webhooks.offAt}, now())` })
    .where(is(which))
    .returning()
  return viewOf(found(row))
}

type Row = typeof webhooks.$inferSelect

const is = ({ id, token }: Which) =>
  token === undefined ? eq(webhooks.id, id) : and(eq(webhooks.id, id), eq(webhooks.token, token))

function found<T>(row: T | undefined): T {
  if (!row) throw new Refusal('webhook_not_found')
  return row
}

const viewOf = ({ id, url, events, createdAt, failingSince, offAt }: Row): WebhookView => ({
  id,
  url,
  events: (events as EventType[] | null) ?? [...EVENT_TYPES],
  state: offAt ? 'off' : failingSince ? 'failing' : 'on',
  createdAt: createdAt.toISOString(),
  failingSince: failingSince?.toISOString() ?? null,
  offAt: offAt?.toISOString() ?? null,
})
