import { hash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import type { Database } from '../db/postgres.ts'
import { requests } from '../db/schema.ts'
import type { Core } from './core.ts'
import type { Actor } from './ledger/rules.ts'
import type { Request, StoredRequest } from './ledger/store.ts'
import type { ChatUpdate } from './people/groups.ts'
import type { IdentityUpdate, KnownIdentity } from './people/identity.ts'

/**
 * The key of a request with the fingerprint of its content: what was validated, without labels. Whoever has an id is that
 * id, under whatever handle, name or language they go when the request is sent again.
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

/**
 * Who acts, as the rules want to know them.
 * @param handle what the messenger says with this very request, if it does; the one that we last saw may have changed hands
 */
export const actorOf = (core: Core, { person, messenger }: KnownIdentity, handle?: string | null): Actor => ({
  person,
  ...(handle !== undefined && { handle: handle && handleKey(messenger, handle) }),
  assets: core.assetCodesFor(messenger),
})

/** How a transfer names somebody of whom only the handle is known. */
export const handleKey = (messenger: string, handle: string) => `${messenger}:${handle.toLowerCase()}`

/**
 * Writes the labels that a request has told, now that it has gone well: one that is refused leaves none behind. Where
 * there is no news there is nothing to wait for. A label stops no money: one that can't be written is told again some time.
 */
export function learn(
  core: Core,
  people: IdentityUpdate[],
  group?: ChatUpdate | null,
): Promise<unknown> | undefined {
  const learning = [...people.map(core.people.learn), group ? core.groups.learn(group) : undefined]
  const writes = learning.filter((write) => write !== undefined)
  if (writes.length === 0) return undefined
  return Promise.all(writes).catch((error: unknown) =>
    core.log.warn({ err: error }, 'labels that were told could not be written'),
  )
}
