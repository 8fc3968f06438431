import { createHmac, hash, randomBytes } from 'node:crypto'

/**
 * The bearer secret of a transfer, 30 url-safe characters. It is never stored: it follows from the id.
 * The first 8 are the time in the id, in milliseconds, so that the database finds young transfers close together,
 * however many old ones there are; the secret is in the 132 bits after them.
 */
export const codeOf = (secretKey: string, transferId: string): string =>
  timeOf(transferId).toString('base64url') +
  createHmac('sha256', secretKey).update(`transfer code ${transferId}`).digest('base64url').slice(0, 22)

export const isCode = (text: string): boolean => /^[\w-]{22,64}$/.test(text)

/** What the database holds of a code: its time, and the hash of its secret, in hexadecimal digits. */
export const codeHashOf = (code: string): string =>
  Buffer.from(code.slice(0, 8), 'base64url').toString('hex') + hash('sha256', code.slice(8), 'hex')

/** What the database holds of a secret. */
export const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer')

/** A secret that follows from nothing: 256 bits, url-safe. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** The first 48 bits of a UUID of version 7 (RFC 9562). */
const timeOf = (id: string) => Buffer.from(id.slice(0, 8) + id.slice(9, 13), 'hex')
