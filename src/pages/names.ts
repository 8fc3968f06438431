import { html } from 'hono/html'
import type { Party, Receiver } from '../books/parties.ts'
import type { Identity } from '../people/identity.ts'
import { capitalised, labelOf, type Named } from '../shared/names.ts'
import { isolated, short } from '../shared/text.ts'
import type { TransferView } from '../transfers/view.ts'
import { bdi, type Html, type Words } from './language.ts'

/** What to call somebody on a page, which everybody may see; `null` is the issuer. */
export const nameOf = ({ text }: Words, who: Named | null): string =>
  who ? (labelOf(who, undefined) ?? text('somebody')) : text('issuer')

/** What to call whoever a transfer came from: a treasury, or as `nameOf` says. */
export function senderOf(words: Words, { from, treasury }: Pick<TransferView, 'from' | 'treasury'>): string {
  if (treasury?.end !== 'from') return nameOf(words, from)
  const { title } = treasury.group ?? {}
  return title
    ? words.text('treasuryOf', { group: isolated(short(title, MAX_TITLE)) })
    : words.text('treasury')
}

/** The most characters of a group's title. */
const MAX_TITLE = 40

/**
 * What to call somebody on a page for those who may see their id, which stands in where there is nothing else.
 * @param here the messenger of the chat that the page is about
 */
export const nameOrId = (who: Identity, here: string | undefined): string =>
  labelOf(who, here) ?? `${who.messenger === here ? '' : `${capitalised(who.messenger)}: `}#${who.id}`

/** What to call whoever a transfer came from, is for, or was collected by. @param here as above */
export function partyName({ text }: Words, party: Receiver | Party, here: string | undefined): Html {
  switch (party.kind) {
    case 'person':
      return bdi(nameOrId(party.identity, here))
    case 'handle':
      return bdi(labelOf(party, here) ?? '')
    case 'group':
      return html`${text('books.treasury')}`
    case 'issuer':
      return html`${text('issuer')}`
    case 'anyone':
      return html`${text('books.anyone')}`
    case 'several':
      return html`${text('books.several', { claimed: String(party.claimed), shares: String(party.shares) })}`
  }
}
