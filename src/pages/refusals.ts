import type { Refusal } from '../shared/refusal.ts'
import { english } from '../texts/index.ts'
import type { TextKey, Words } from './language.ts'

/** The sentence for a refusal, for whoever has filled in a form or pressed a button. */
export function sentenceOf({ text }: Words, { code, details }: Pick<Refusal, 'code' | 'details'>): string {
  const key = `refusal.${code}`
  const inWords = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, String(value)]))
  return key in english.pages ? text(key as TextKey, inWords) : text('refusal.other', { code })
}
