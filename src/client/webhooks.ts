import type { WebhookEvent as Told } from './api.ts'

/**
 * What a webhook tells, and the `id` by which it is known again where it comes more than once. A newer service may tell of more: leave out what
 * you don't know.
 */
export type WebhookEvent = Told & { id: string }

/** A webhook that isn't from the service, or is too old. Answer it 400. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError'
}

/**
 * Verifies a webhook as Standard Webhooks has it (https://www.standardwebhooks.com), and answers what it tells.
 * @param message.secret as `whsec_…`; several while one takes the place of another
 * @param message.headers those of the request, as `fetch` or Node has them
 * @param message.body as it came, byte by byte: not what was parsed of it
 * @throws WebhookError where it isn't signed by the secret, or not within five minutes of now
 */
export async function verifyWebhook({ secret, headers, body }: Message): Promise<WebhookEvent> {
  const keys = await Promise.all([secret].flat().map(keyOf))
  const bytes = bytesOf(body)
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  )
  if (!id || !timestamp || !signatures)
    throw new WebhookError('It has no webhook-id, no webhook-timestamp, or no webhook-signature.')
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS)
    throw new WebhookError('Its webhook-timestamp is not within five minutes of now.')
  const signed = joined(encoder.encode(`${id}.${timestamp}.`), bytes)
  // It takes as long whatever is wrong.
  for (const signature of signaturesIn(signatures))
    for (const key of keys)
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return { ...eventIn(bytes), id }
  throw new WebhookError('None of its signatures is by the secret.')
}

interface Message {
  secret: string | readonly string[]
  headers: { get(name: string): string | null } | Record<string, string | string[] | undefined>
  body: string | Uint8Array
}

const TOLERANCE_SECONDS = 5 * 60

const encoder = new TextEncoder()

async function keyOf(secret: string) {
  const key = typeof secret === 'string' ? fromBase64(secret.replace(/^whsec_/, '')) : undefined
  // No error of what reads it, as that may tell it.
  if (!key?.length) throw new TypeError('A secret has to be whsec_ and base64 after that.')
  return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  if (typeof body === 'string') return encoder.encode(body)
  if (body instanceof Uint8Array) return body
  throw new TypeError('The body has to be as it came, a string or bytes, and not what was parsed of it.')
}

function headerOf(headers: Message['headers'], name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const value = Object.entries(headers).find(([one]) => one.toLowerCase() === name)?.[1]
  return typeof value === 'string' ? value : undefined
}

/** Those of the version that is known here; of others there may be some, too. */
const signaturesIn = (header: string): Uint8Array<ArrayBuffer>[] =>
  header.split(' ').flatMap((one) => (one.startsWith('v1,') ? (fromBase64(one.slice(3)) ?? []) : []))

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

function eventIn(bytes: Uint8Array): WebhookEvent {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new WebhookError('Its body is not JSON.')
  }
}
