import { labelOf, type Named } from '../shared/names.ts'
import type { Words } from './language.ts'

/** What to call somebody on a page, which everybody may see; `null` is the issuer. */
export const nameOf = ({ text }: Words, who: Named | null): string =>
  who ? (labelOf(who, undefined) ?? text('somebody')) : text('issuer')
