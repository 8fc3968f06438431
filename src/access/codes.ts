import { hash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/**
 * The bearer secret of a transfer: 30 or 31 url-safe characters. It is never stored, as it follows from the transfer's id and the
 * secret key. The first 8 characters are the time in the id, in milliseconds, so that young transfers lie close together in the
 * index, however many old ones there are; the secret is in the 132 bits after them.
 * @param reissues how often the transfer got another code: each time the one before is dead
 */
export function codeOf(secretKey: string, transferId: string, reissues = 0): string {
  const turn = reissues === 0 ? '' : ` ${reissues}`
  const secret = hmacOf(secretKey, `transfer code ${transferId}${turn}`).slice(0, 22)
  const code = timeOf(transferId).toString('base64url') + secret
  return code.endsWith('-') || code.endsWith('_') ? code + END : code
}

/** Chat programs cut `-` and `_` off the end of a link, so a code that would end in one gets this appended. */
const END = '0'
const withoutEnd = (code: string) =>
  code.length === 31 && /[_-]0$/.test(code) ? code.slice(0, -END.length) : code

/** Whether a code is one of the first versions': 22 characters of secret, without a time before them. */
export const isShort = (code: string): boolean => code.length === 22

/** The shape of a code, whether or not it opens a transfer. */
export const CODE_SHAPE = /^[\w-]{22,64}$/

/** Whether a text has the shape of a code. */
export const isCode = (text: string): boolean => CODE_SHAPE.test(text)

/** What the database stores of a code: its time and the SHA-256 of its secret, in hexadecimal digits. */
export function codeHashOf(code: string): string {
  const secret = withoutEnd(code).slice(8)
  return Buffer.from(code.slice(0, 8), 'base64url').toString('hex') + hash('sha256', secret, 'hex')
}

/** What the database stores of a short code: its SHA-256, in hexadecimal digits. */
export const shortHashOf = (code: string): string => hash('sha256', code, 'hex')

/** What the database stores of a token, a ticket or a session: its SHA-256. */
export const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer')

/** A random secret: 256 bits, url-safe. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** The first 48 bits of a UUID of version 7 (RFC 9562). */
const timeOf = (id: string) => Buffer.from(id.slice(0, 8) + id.slice(9, 13), 'hex')

/**
 * HMAC-SHA-256 (RFC 2104), in base64url. Made of its two hashes, as an `Hmac` object of Node's costs more than both and is
 * garbage to collect.
 */
function hmacOf(key: string, message: string): string {
  const { inner, outer } = pads.memo(key)
  const length = Buffer.byteLength(message)
  if (length > MAX_BYTES) throw new RangeError('A message that is cut off would have the secret of another.')
  inner.write(message, BLOCK_BYTES)
  outer.write(hash('sha256', inner.subarray(0, BLOCK_BYTES + length), 'hex'), BLOCK_BYTES, 'hex')
  return hash('sha256', outer, 'base64url')
}

const BLOCK_BYTES = 64
const MAX_BYTES = 128
/** The key as HMAC's inner and outer block, each with room behind it for what is hashed with it. */
const pads = new LRUCache<string, { inner: Buffer; outer: Buffer }>({
  max: 10,
  memoMethod(key) {
    const bytes = Buffer.from(key)
    const block = Buffer.alloc(BLOCK_BYTES)
    block.set(bytes.length > BLOCK_BYTES ? hash('sha256', bytes, 'buffer') : bytes)
    const padded = (mask: number, room: number) =>
      Buffer.concat([block.map((byte) => byte ^ mask), Buffer.alloc(room)])
    return { inner: padded(0x36, MAX_BYTES), outer: padded(0x5c, 32) }
  },
})
