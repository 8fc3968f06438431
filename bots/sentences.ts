import { Refused } from './client.ts'
import { Misunderstood } from './commands/send.ts'
import { type TextKey, type Texts, texts } from './texts/index.ts'

/** What the bot needs of a logger. */
export interface Log {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** A refusal as people are told it, if there are words for it. */
export function sentenceOf({ code, details }: Refused, t: Texts): string | undefined {
  const key = code.includes('.') ? code : `refusals.${code}`
  // A refusal says no more than that: who reads it, and where the money is, make other words of it.
  const context = [details.state, details.reader].filter(Boolean).join('_')
  const sentence = t(key as TextKey, { ...details, context })
  return sentence === key ? undefined : sentence
}

/**
 * What went wrong, for the one who asked; what nobody foresaw is logged, and said plainly.
 * @param what is said of it in the log
 */
export function inWords(error: unknown, language: string, log: Log, what: object): string {
  const t = texts(language)
  const refused = error instanceof Misunderstood ? error.refused : error
  const sentence = refused instanceof Refused && sentenceOf(refused, t)
  if (sentence) return error instanceof Misunderstood ? `${sentence}\n${error.explanation}` : sentence
  log.error({ err: refused, ...what }, 'a command could not be carried out')
  return t('refusals.unknown')
}
