import { Refused } from './client.ts'
import { Misunderstood } from './commands/send.ts'
import type { Log } from './log.ts'
import { type TextKey, type Texts, texts } from './texts/index.ts'

/**
 * The sentence for a refusal, or undefined where there is none for its code. The code is the key of a text: `refusals.<code>`,
 * or the code itself where it has a dot, as those of the bots do.
 */
export function sentenceOf({ code, details }: Refused, t: Texts): string | undefined {
  const key = code.includes('.') ? code : `refusals.${code}`
  // The same refusal has other words for the sender, by the transfer's state (`expired_returned_sender`), and where nobody has a handle.
  const context = [details.state, details.reader, details.instead].filter(Boolean).join('_')
  const sentence = t(key as TextKey, { ...details, context })
  return sentence === key ? undefined : sentence
}

/**
 * The sentence for a refusal that a whole chat reads: it doesn't tell the sender's balance.
 * @param words.gone the text in place of `press.stale`
 */
export function publicSentenceOf(
  { code }: Refused,
  t: Texts,
  { gone = 'press.stale' }: { gone?: TextKey } = {},
): string {
  if (code === 'press.stale') return t(gone)
  return t(code.includes('.') ? (code as TextKey) : 'inline.notCovered')
}

/**
 * The sentence why a command failed, for the one who gave it. Errors that are no refusals are logged; their sentence is
 * `refusals.unknown`.
 * @param about what the log says along with the error
 */
export function explain(error: unknown, language: string, log: Log, about: object): string {
  const t = texts(language)
  const refused = error instanceof Misunderstood ? error.refused : error
  const sentence = refused instanceof Refused && sentenceOf(refused, t)
  if (sentence) return error instanceof Misunderstood ? `${sentence}\n${error.explanation}` : sentence
  log.error({ err: refused, ...about }, 'a command could not be carried out')
  return t('refusals.unknown')
}

/**
 * Throws an error about an offer again, with a code of its own where the sentence of its code would be wrong: a refused
 * offer has moved no money, so none goes back to its sender.
 */
export function throwAboutOffer(error: unknown): never {
  const code = error instanceof Refused ? OFFER_CODES[error.code] : undefined
  throw error instanceof Refused && code
    ? new Refused({ code, detail: error.message, details: error.details })
    : error
}

const OFFER_CODES: Record<string, TextKey | undefined> = {
  offer_not_found: 'press.stale',
  offer_elsewhere: 'press.stale',
  not_sender: 'offers.notSender',
  expired: 'offers.expired',
  cancelled: 'offers.cancelled',
}
