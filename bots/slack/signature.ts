import { createHmac, timingSafeEqual } from 'node:crypto'

/** How far the time of a request may be from ours, in seconds. */
const FRESH_SECONDS = 300

/**
 * Whether whoever has sent these bytes knows the signing secret, and has done so just now. It counts the bytes as they came.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 * @param timestamp in seconds since the epoch
 */
export function isGenuine(
  raw: Uint8Array,
  { timestamp, signature }: { timestamp: string | undefined; signature: string | undefined },
  secret: string,
): boolean {
  if (!timestamp || !signature) return false
  const age = Date.now() / 1000 - Number(timestamp)
  // Of what is no number this isn't true, either.
  if (!(Math.abs(age) <= FRESH_SECONDS)) return false
  const due = Buffer.from(
    `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(raw).digest('hex')}`,
  )
  const given = Buffer.from(signature)
  return given.length === due.length && timingSafeEqual(given, due)
}
