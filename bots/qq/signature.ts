import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

/** The key that a bot shares with QQ: made of its secret, so either side can sign. */
export interface Key {
  /**
   * Whether whoever has sent these bytes has the key, and has done so just now.
   * https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/sign.html
   */
  isGenuine(raw: Uint8Array, proof: Proof): boolean
  /**
   * Signs what QQ asks for to see whether an address is ours. It may ask without a proof of its own, so anybody can; and what is signed has the form
   * of what is signed of an event, its time and its body. So nothing is signed but what no event could be: digits, and letters and
   * digits behind them, where the body of an event has a bracket.
   * @returns undefined where that, or the time, is not as it should be
   */
  answerTo(check: Check): string | undefined
}

/** What a request says of its origin. */
export interface Proof {
  /** In seconds since the epoch. */
  timestamp: string | undefined
  /** In hexadecimal. */
  signature: string | undefined
}

export interface Check {
  plain_token: string
  /** In seconds since the epoch. */
  event_ts: string
}

/** How far the time of a request may be from ours, in seconds. */
const FRESH_SECONDS = 300
const SEED_BYTES = 32
/** What stands before the seed of an Ed25519 key in DER. https://www.rfc-editor.org/rfc/rfc8410#section-7 */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** @param secret the bot's */
export function openKey(secret: string): Key {
  const own = privateKeyOf(secret)
  const open = createPublicKey(own)

  return {
    isGenuine(raw, { timestamp, signature }) {
      if (!timestamp || !signature || !isFresh(timestamp)) return false
      return verify(null, Buffer.concat([Buffer.from(timestamp), raw]), open, Buffer.from(signature, 'hex'))
    },
    answerTo({ plain_token: token, event_ts: at }) {
      if (!isFresh(at) || !/^[A-Za-z\d]{1,64}$/.test(token)) return undefined
      return sign(null, Buffer.from(at + token), own).toString('hex')
    },
  }
}

/** The secret, repeated, is the seed. */
function privateKeyOf(secret: string): KeyObject {
  const seed = Buffer.alloc(SEED_BYTES, secret)
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
}

const isFresh = (seconds: string): boolean =>
  /^\d{10}$/.test(seconds) && Math.abs(Date.now() / 1000 - Number(seconds)) <= FRESH_SECONDS
