import { createHash, createHmac, randomBytes } from 'node:crypto'

/** The bearer secret of a transfer: 132 bits in 22 url-safe characters. It is never stored: it follows from the id. */
export const codeOf = (secretKey: string, transferId: string): string =>
  createHmac('sha256', secretKey).update(`transfer code ${transferId}`).digest('base64url').slice(0, 22)

export const isCode = (text: string): boolean => /^[\w-]{22}$/.test(text)

/** What the database holds of a secret. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/** A secret that follows from nothing: 256 bits, url-safe. */
export const newSecret = (): string => randomBytes(32).toString('base64url')
