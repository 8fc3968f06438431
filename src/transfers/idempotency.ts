import { hash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { requests } from '../../db/schema.ts'
import type { Request, StoredRequest } from '../ledger/rows.ts'

/**
 * The key of a request with the fingerprint of its content: what was validated, without labels. Whoever has an id is that
 * id, under whatever handle, name or language they go when the request is sent again.
 *
 * Fingerprints are kept for good, so the content of an action must stay what it is, with its fields in the same order:
 * a key of before, sent again, would else be refused as one that was used with another content.
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
  // Until November 2026 labels counted, and such answers are still there.
  const former = () => hash('sha256', JSON.stringify([action, content]), 'hex')
  return { client, key, fingerprint, former }
}

/** Of people and groups their ids alone. A handle without an id says whom it is for, in any case of its letters. */
function withoutLabels(_field: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('messenger' in value)) return value
  if ('id' in value) return { messenger: value.messenger, id: value.id }
  return 'handle' in value ? { ...value, handle: String(value.handle).toLowerCase() } : value
}

/** What a keyed request was answered with, if it was. */
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
