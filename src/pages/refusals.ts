import type { Refusal } from '../shared/refusal.ts'
import type { Words } from './language.ts'
import { en, type Texts } from './texts/en.ts'

/** The sentence for a refusal, for whoever has filled in a form or pressed a button. */
export function sentenceOf({ text }: Words, { code, details }: Pick<Refusal, 'code' | 'details'>): string {
  const key = `refusal.${code}`
  const inWords = Object.fromEntries(Object.entries(details).map(([name, value]) => [name, String(value)]))
  return key in en ? text(key as keyof Texts, inWords) : text('refusal.other', { code })
}
