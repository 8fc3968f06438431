import { hash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { AWAIT_REPLICA } from '../../db/replica.ts'
import { requests } from '../../db/schema.ts'
import type { Request, StoredRequest } from '../ledger/rows.ts'
import { Refusal } from '../shared/refusal.ts'

/**
 * A request's idempotency key with the fingerprint of its validated content. Labels don't count, as people may have another
 * handle, name or language when the request is sent again.
 *
 * Fingerprints are stored for months (`IDEMPOTENCY_DAYS`), so the content of an action must keep its fields and their order: else an
 * old request that is sent again would be refused with `key_reused`.
 * @param client whose key it is
 * @param action what is asked for; part of the fingerprint
 * @returns undefined where the request names no key
 */
export function keyed(
  client: string,
  action: string,
  body: { key?: string | undefined },
): Request | undefined {
  if (body.key === undefined) return undefined
  const { key, ...content } = body
  const fingerprint = hash('sha256', JSON.stringify([action, content], withoutLabels), 'hex')
  // Until November 2026 labels counted, and such fingerprints are still stored.
  const former = () => hash('sha256', JSON.stringify([action, content]), 'hex')
  return { client, key, fingerprint, former }
}

/** Keeps only the ids of people and groups. A handle without an id is the recipient itself, so it is kept, in lower case. */
function withoutLabels(_field: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('messenger' in value)) return value
  if ('id' in value) return { messenger: value.messenger, id: value.id }
  return 'handle' in value ? { ...value, handle: String(value.handle).toLowerCase() } : value
}

/** What a request with this key was answered, if there was one. */
export async function findAnswer(
  db: Database,
  client: string,
  key: string,
): Promise<StoredRequest['answer'] | undefined> {
  const [row] = await db
    .select({ answer: requests.answer })
    .from(requests)
    .where(and(eq(requests.client, client), eq(requests.key, key)))
  return row?.answer as StoredRequest['answer'] | undefined
}

/** What requests make that is no transfer, by its id. */
type Made = 'payout' | 'ask'

/**
 * Notes what a request makes as its answer.
 * @returns the id of what it made before, if it did: then nothing is to be made
 * @throws Refusal `key_reused`
 */
export async function noteMade(
  tx: Transaction,
  { client, key, fingerprint }: Request,
  answer: { [Name in Made]?: string },
): Promise<string | undefined> {
  const noted = await tx
    .insert(requests)
    .values({ client, key, fingerprint, answer })
    .onConflictDoNothing()
    .returning({ key: requests.key })
  const [name] = Object.keys(answer) as [Made]
  return noted.length > 0 ? undefined : madeBefore(tx, { client, key, fingerprint }, name)
}

/**
 * The id of what a request has made before, if it has, once that is answered as surely as it was then.
 * @throws Refusal `key_reused` where another request has had its key
 */
export async function findMade(db: Database, request: Request, name: Made): Promise<string | undefined> {
  const id = await madeBefore(db, request, name)
  if (id) await db.execute(AWAIT_REPLICA)
  return id
}

async function madeBefore(
  db: Pick<Database, 'select'>,
  { client, key, fingerprint }: Request,
  name: Made,
): Promise<string | undefined> {
  const [first] = await db
    .select()
    .from(requests)
    .where(and(eq(requests.client, client), eq(requests.key, key)))
  if (!first) return undefined
  const id = (first.answer as { [Name in Made]?: string })[name]
  if (first.fingerprint !== fingerprint || !id) throw new Refusal('key_reused')
  return id
}
