import { hash } from 'node:crypto'
import type { Core } from './core.ts'
import type { Actor } from './ledger/rules.ts'
import type { Request } from './ledger/store.ts'
import type { Met } from './people.ts'

/** The key of a request with the fingerprint of its content; the content is what was validated. */
export function keyed(
  client: string,
  action: string,
  body: { key?: string | undefined },
): Request | undefined {
  if (body.key === undefined) return undefined
  const { key, ...content } = body
  return { client, key, fingerprint: hash('sha256', JSON.stringify([action, content]), 'hex') }
}

/**
 * Who acts, as the rules want to know them.
 * @param handle what the messenger says with this very request, if it does; the one that we last saw may have changed hands
 */
export const actorOf = (core: Core, { person, messenger }: Met, handle?: string | null): Actor => ({
  person,
  ...(handle !== undefined && { handle: handle && handleKey(messenger, handle) }),
  assets: core.assetCodesFor(messenger),
})

/** How a transfer names somebody of whom only the handle is known. */
export const handleKey = (messenger: string, handle: string) => `${messenger}:${handle.toLowerCase()}`
