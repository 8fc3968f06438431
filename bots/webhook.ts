import { bodyLimit } from 'hono/body-limit'

const MAX_BYTES = 1024 * 1024

/** Refuses bodies of more than a megabyte, or of more than so many bytes. */
export const limitBody = (maxSize = MAX_BYTES) => bodyLimit({ maxSize, onError: (c) => c.body(null, 413) })

/** What JSON says; undefined where it is none. */
export function parsed(json: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof json === 'string' ? json : Buffer.from(json).toString('utf8'))
  } catch {
    return undefined
  }
}

/** Whether work has succeeded. */
export const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  )
