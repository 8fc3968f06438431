import { APP } from './person-ids.ts'
import { cleanText, isolated, short } from './text.ts'

/** Somebody who is to be named; the id may not be known yet. */
export interface Named {
  messenger: string
  id?: string | null | undefined
  handle?: string | null | undefined
  name?: string | null | undefined
}

/** Characters of a name, where the caller sets no other limit. */
const MAX_NAME_LENGTH = 40

/**
 * What to call somebody so that they can't be mistaken for somebody else: people choose their names freely, so a name never
 * stands without the handle or the id. `Ben (@ben)`, `@ben`, `Ben (#123)`; of another messenger `Ben (Discord: ben)`; an app `shop (app)`.
 * @param here the messenger where it is read, which would link `@ben` to a user of its own; undefined: on a page
 * @param most characters of the name
 * @returns undefined where there is neither name nor handle, as an id alone is not shown to everybody
 */
export function labelOf(
  { messenger, id, ...who }: Named,
  here: string | undefined,
  most = MAX_NAME_LENGTH,
): string | undefined {
  // Its operator has chosen the name, and nobody else can.
  if (messenger === APP) return id ? `${isolated(id)} (app)` : undefined
  const name = who.name && cleanText(who.name.replace(SIGNS, ''))
  const handle = who.handle && cleanText(who.handle)
  const isElsewhere = here !== undefined && here !== messenger
  const mark = handle ? `${isElsewhere ? '' : '@'}${isolated(handle)}` : `#${id}`
  const known = isElsewhere ? `${capitalised(messenger)}: ${mark}` : mark
  if (!name) return handle ? known : undefined
  const shown = isolated(short(name, most))
  // Between letters from right to left the sign of a handle would go to its other end.
  return shown === short(name, most) ? `${shown} (${known})` : `${shown} (\u2066${known}\u2069)`
}

/** A messenger's name as a title: `Telegram`. */
export const capitalised = (messenger: string): string =>
  TITLES[messenger] ?? messenger.charAt(0).toUpperCase() + messenger.slice(1)

/** Titles with more than one capital. */
const TITLES: Record<string, string | undefined> = {
  dingtalk: 'DingTalk',
  line: 'LINE',
  qq: 'QQ',
  wechat: 'WeChat',
  wecom: 'WeCom',
  xmpp: 'XMPP',
}

/** The signs that mark handles and ids, and our own arrows, with combining marks on them: a name must not imitate those. */
const SIGNS = /[@＠﹫#＃﹟→←]\p{M}*/gu
