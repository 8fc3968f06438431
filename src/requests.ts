import { createHash } from 'node:crypto'
import type { Core } from './core.ts'
import type { Actor } from './ledger/rules.ts'
import type { Request } from './ledger/store.ts'
import type { Introduction } from './people.ts'

/** The key of a request with the fingerprint of its content; the content is what was validated. */
export function keyed(
  client: string,
  action: string,
  { key, ...content }: { key?: string | undefined },
): Request | undefined {
  if (key === undefined) return undefined
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([action, content]))
    .digest()
  return { client, key, fingerprint }
}

/** The person who acts, as the rules want to know them. */
export async function actor(core: Core, by: Introduction): Promise<Actor> {
  const { person, handle } = await core.people.meet(by)
  return {
    person,
    ...(handle && { handle: handleKey(by.messenger, handle) }),
    assets: new Set(core.assetsFor(by.messenger).map((asset) => asset.code)),
  }
}

/** How a transfer names somebody of whom only the handle is known. */
export const handleKey = (messenger: string, handle: string) => `${messenger}:${handle.toLowerCase()}`
