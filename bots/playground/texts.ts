import { english, translations } from '../../src/texts/index.ts'
import { supported } from '../texts/index.ts'

/** The texts around the chats. `{{name}}` is replaced by a detail. */
export type Words = typeof english.bots.playground

/** The texts of a language, or of the nearest one that there is. */
export const wordsOf = (language: string | undefined): Words => ({
  ...english.bots.playground,
  ...translations[supported(language)].bots?.playground,
})

/** A text with its details. */
export const fill = (text: string, details: Record<string, string>): string =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => details[name] ?? '')
