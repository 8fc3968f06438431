import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'

/** What a request to the webhook says of its origin. */
export interface Proof {
  /** In seconds since the epoch. */
  timestamp: string | undefined
  nonce: string | undefined
  signature: string | undefined
}

/** How far the time of a request may be from ours, in seconds. */
const FRESH_SECONDS = 300

/**
 * Whether whoever has sent these bytes knows the encrypt key, and has done so just now. It counts the bytes as they came: JSON that is
 * written anew may differ from what was signed.
 * https://open.feishu.cn/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case
 */
export function isGenuine(raw: Uint8Array, { timestamp, nonce, signature }: Proof, key: string): boolean {
  if (!timestamp || nonce === undefined || !signature) return false
  const age = Date.now() / 1000 - Number(timestamp)
  // Of what is no number this isn't true, either.
  if (!(Math.abs(age) <= FRESH_SECONDS)) return false
  const due = createHash('sha256').update(`${timestamp}${nonce}${key}`).update(raw).digest()
  const given = Buffer.from(signature, 'hex')
  return given.length === due.length && timingSafeEqual(given, due)
}

/** What stands in the `encrypt` of a body, as text; undefined where it was encrypted by another key, or not at all. */
export function decrypt(encrypted: string, key: string): string | undefined {
  const bytes = Buffer.from(encrypted, 'base64')
  const secret = createHash('sha256').update(key).digest()
  try {
    const decipher = createDecipheriv('aes-256-cbc', secret, bytes.subarray(0, 16))
    return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
