import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { type ApiClient, body } from '../client.ts'

/** The bot in a workspace. */
export interface Installation {
  token: string
  /** The bot's own id there. */
  bot: string
}

/** Where the bot is installed. */
export interface Installations {
  /** @returns undefined where it isn't */
  of(workspace: string): Promise<Installation | undefined>
  keep(workspace: string, installation: Installation): Promise<void>
  remove(workspace: string): Promise<void>
  /** To be called where a token was not taken: what is kept is read again. */
  drop(workspace: string): void
}

/** How long another process may go on without what one has learned, in milliseconds. */
const CACHE_MS = 10_000
const Stored = z.object({ token: z.string(), bot: z.string() })

/** The one workspace of a token that was set. */
export const oneInstallation = (own: () => { workspace: string; installation: Installation } | undefined) =>
  ({
    async of(workspace) {
      const known = own()
      return known?.workspace === workspace ? known.installation : undefined
    },
    async keep() {},
    async remove() {},
    drop() {},
  }) satisfies Installations

/**
 * Workspaces that have installed the bot. Their tokens are in the database, encrypted with a key that follows from the app's secret: neither
 * the core nor a copy of the database can read them.
 */
export function openInstallations(api: ApiClient, secret: string): Installations {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'passalong slack installations', 32))
  const cache = new LRUCache<string, { installation: Installation | undefined }>({ max: 1000, ttl: CACHE_MS })
  const route = api.messengers[':messenger'].installations[':workspace']
  const paramOf = (workspace: string) => ({ messenger: 'slack', workspace })

  return {
    async of(workspace) {
      const known = cache.get(workspace)
      if (known) return known.installation
      const { sealed } = await body(route.$get({ param: paramOf(workspace) }))
      const installation = sealed === null ? undefined : unseal(sealed, workspace, key)
      cache.set(workspace, { installation })
      return installation
    },
    async keep(workspace, installation) {
      const json = { sealed: seal(JSON.stringify(installation), workspace, key) }
      await body(route.$put({ param: paramOf(workspace), json }))
      cache.delete(workspace)
    },
    async remove(workspace) {
      await body(route.$delete({ param: paramOf(workspace) }))
      cache.delete(workspace)
    },
    drop: (workspace) => void cache.delete(workspace),
  }
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM. It belongs to its workspace: put into the row of another one, it is none. */
function seal(text: string, workspace: string, key: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(workspace))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** Undefined where another secret has sealed it: then the workspace has to install the app again. */
function unseal(sealed: string, workspace: string, key: Buffer): Installation | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  const start = NONCE_BYTES + TAG_BYTES
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(workspace))
      .setAuthTag(bytes.subarray(NONCE_BYTES, start))
    const text = Buffer.concat([decipher.update(bytes.subarray(start)), decipher.final()]).toString('utf8')
    return Stored.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
