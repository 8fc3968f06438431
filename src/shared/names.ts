import { cleanText, isolated, short } from './text.ts'

/** Somebody, whose id may not be known yet. */
export interface Named {
  messenger: string
  id?: string | null | undefined
  handle?: string | null | undefined
  name?: string | null | undefined
}

/** Characters of a name where there is room for it. */
const MOST_NAME = 40

/**
 * What to call somebody so that nobody can be taken for somebody else: any name can be chosen, so it never stands
 * without the handle or the number. `Ben (@ben)`, `@ben`, `Ben (#123)`; of another messenger `Ben (Discord: ben)`.
 * @param here the messenger where it is read, which would take `@ben` for one of its own; none: on a page
 * @param most characters of the name
 * @returns undefined where there is neither name nor handle: a number alone is not for everybody's eyes
 */
export function labelOf(
  { messenger, id, ...who }: Named,
  here: string | undefined,
  most = MOST_NAME,
): string | undefined {
  const name = who.name && cleanText(who.name.replace(SIGNS, ''))
  const handle = who.handle && cleanText(who.handle)
  const isElsewhere = here !== undefined && here !== messenger
  const mark = handle ? `${isElsewhere ? '' : '@'}${isolated(handle)}` : `#${id}`
  const known = isElsewhere ? `${capitalised(messenger)}: ${mark}` : mark
  if (name) return `${isolated(short(name, most))} (${known})`
  return handle ? known : undefined
}

/** A messenger's name as people write it, where nobody tells what it is called. */
export const capitalised = (messenger: string): string =>
  messenger.charAt(0).toUpperCase() + messenger.slice(1)

/** What handles, numbers and our own sentences are told by, with the marks on them. */
const SIGNS = /[@＠﹫#＃﹟→←]\p{M}*/gu
