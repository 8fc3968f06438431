import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * The envelopes in which WeChat tells of messages, and takes answers:
 * https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
 */
export interface Envelopes {
  /** Whether whoever has signed these parts knows the account's token. */
  isSigned(signature: string | undefined, ...parts: (string | undefined)[]): boolean
  /** What is in an envelope; undefined where none of ours was put into it for this account. */
  open(encrypted: string): string | undefined
  /** Encrypts and signs an answer. */
  seal(message: string): Sealed
}

interface Sealed {
  encrypted: string
  signature: string
  timestamp: string
  nonce: string
}

/** Before the message stand 16 random bytes and its length in four; after it the account's id. */
const RANDOM = 16
const HEAD = RANDOM + 4
/** What is encrypted is filled up to a multiple of it, in bytes. AES itself would do with 16. */
const BLOCK = 32

export function openEnvelopes({ appId, token, encodingAesKey }: Keys): Envelopes {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64')
  const iv = key.subarray(0, 16)
  const sign = (...parts: string[]) =>
    createHash('sha1')
      .update([token, ...parts].sort().join(''))
      .digest('hex')

  return {
    isSigned(signature = '', ...parts) {
      if (parts.some((part) => part === undefined)) return false
      const [given, due] = [Buffer.from(signature), Buffer.from(sign(...(parts as string[])))]
      return given.length === due.length && timingSafeEqual(given, due)
    },
    open(encrypted) {
      try {
        const cipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
        const filled = Buffer.concat([cipher.update(encrypted, 'base64'), cipher.final()])
        const clear = filled.subarray(0, filled.length - (filled.at(-1) ?? 0))
        const end = HEAD + clear.readUInt32BE(RANDOM)
        return clear.subarray(end).toString() === appId ? clear.subarray(HEAD, end).toString() : undefined
      } catch {
        return undefined
      }
    },
    seal(message) {
      const bytes = Buffer.from(message)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      const clear = Buffer.concat([randomBytes(RANDOM), length, bytes, Buffer.from(appId)])
      const fill = BLOCK - (clear.length % BLOCK)
      const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
      const filled = Buffer.concat([clear, Buffer.alloc(fill, fill)])
      const encrypted = Buffer.concat([cipher.update(filled), cipher.final()]).toString('base64')
      const timestamp = String(Math.floor(Date.now() / 1000))
      const nonce = randomBytes(8).toString('hex')
      return { encrypted, signature: sign(timestamp, nonce, encrypted), timestamp, nonce }
    },
  }
}

interface Keys {
  appId: string
  token: string
  encodingAesKey: string
}
