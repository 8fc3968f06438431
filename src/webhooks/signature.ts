import { createHmac } from 'node:crypto'

/** For so long the secret before the present one signs, too: a program takes the new one in the meantime. */
export const OVERLAP_HOURS = 24

/**
 * The secret that a webhook's messages are signed with: `whsec_` and 32 bytes in base64, as Standard Webhooks has them. It is never stored,
 * as it follows from the webhook's id, the secret's number and the server's key.
 */
export const webhookSecret = (secretKey: string, webhookId: string, number: number): string =>
  `whsec_${createHmac('sha256', secretKey).update(`webhook secret ${webhookId} ${number}`).digest('base64')}`

/**
 * The headers of a signed message (https://www.standardwebhooks.com): `webhook-id` is the same in each attempt, `webhook-timestamp` is that of
 * the attempt, in seconds.
 */
export function signedHeaders(
  secrets: string[],
  { id, seconds, body }: { id: string; seconds: number; body: string },
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
  })
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  }
}
