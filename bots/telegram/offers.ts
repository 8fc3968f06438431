import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { LANGUAGES } from '../texts/index.ts'

/** What somebody has typed in inline mode, before anything has moved. */
export interface Offer {
  /** Whose money it is: Telegram's number for them. */
  sender: string
  language: string
  /** When it is over. */
  until: Date
  /** As of a `/send`: `20 CREDIT @ben lunch`. A note that doesn't fit ends with `…`. */
  words: string
}

/** An offer that was read from a button, under the name that makes it happen once. */
export type SignedOffer = Offer & { id: string }

export interface Offers {
  /** The offer as the data of a button, 64 bytes at most; nothing where its words are too long for that. */
  sign(offer: Offer): string | undefined
  /** The offer in a button's data, if we have made it: what comes back may be made up by anybody. */
  read(data: string): SignedOffer | undefined
}

const MOST_BYTES = 64
/** Characters of the signature, 6 bits each: guesses go through Telegram, one tap for each. */
const SIGNATURE = 10
const FORM =
  /^i:(?<signature>[\w-]+):(?<id>(?<sender>[0-9a-z]+):(?<until>[0-9a-z]+):[\w-]{3})(?<language>\d):(?<words>.+)$/

/**
 * Offers live in their button alone: nobody keeps what most people type and never send, and a restart or another
 * process changes nothing.
 */
export function openOffers(token: string): Offers {
  const key = createHmac('sha256', token).update('inline offers').digest()
  const signatureOf = (rest: string) =>
    createHmac('sha256', key).update(rest).digest('base64url').slice(0, SIGNATURE)

  return {
    sign({ sender, language, until, words }) {
      const seconds = Math.floor(until.getTime() / 1000).toString(36)
      const random = randomBytes(3).toString('base64url').slice(0, 3)
      const number = LANGUAGES.findIndex((known) => known === language)
      const head = `${BigInt(sender).toString(36)}:${seconds}:${random}${number}:`
      const fitting = cut(words, MOST_BYTES - `i::${head}`.length - SIGNATURE)
      if (fitting === undefined) return undefined
      return `i:${signatureOf(head + fitting)}:${head}${fitting}`
    },
    read(data) {
      const parts = FORM.exec(data)?.groups
      if (!parts) return undefined
      const { signature = '', id = '', sender = '', until = '', language, words = '' } = parts
      const expected = Buffer.from(signatureOf(data.slice(`i:${signature}:`.length)))
      const shown = Buffer.from(signature)
      if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return undefined
      return {
        id,
        sender: String(Number.parseInt(sender, 36)),
        language: LANGUAGES[Number(language)] ?? 'en',
        until: new Date(Number.parseInt(until, 36) * 1000),
        words,
      }
    },
  }
}

/** As much of the note as fits; amount, asset and person are never cut. */
function cut(words: string, mostBytes: number): string | undefined {
  if (Buffer.byteLength(words) <= mostBytes) return words
  const [order, note = ''] = splitNote(words)
  const characters = [...`${order} ${note}`]
  while (Buffer.byteLength(characters.join('')) > mostBytes - Buffer.byteLength('…')) characters.pop()
  const fitting = characters.join('')
  if (fitting.length > order.length + 1) return `${fitting}…`
  return Buffer.byteLength(order) <= mostBytes ? order : undefined
}

/** `20 CREDIT @ben` and the note after it. */
export function splitNote(words: string): [order: string, note: string | undefined] {
  const order = /^\S+ \S+(?: @\S+)?/.exec(words)?.[0] ?? words
  return [order, words.slice(order.length + 1) || undefined]
}
