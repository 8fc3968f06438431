import { html } from 'hono/html'
import type { Identity } from '../people.ts'
import type { Html, Words } from './language.ts'

/** Somebody, whose id may not be known yet; `null` is the issuer. */
type Somebody = (Omit<Identity, 'id'> & { id: string | null }) | null

/** What people call somebody: the name they gave, their handle, or at the least their number. */
export const nameOf = ({ text }: Words, who: Somebody): string =>
  who ? (who.name ?? (who.handle ? `@${who.handle}` : `#${who.id}`)) : text('issuer')

/** The name with the handle, because anybody can give themselves any name. Neither turns the text around it. */
export const fullNameOf = (words: Words, who: Somebody): Html =>
  who?.name && who.handle
    ? html`<bdi>${who.name}</bdi> (<bdi>@${who.handle}</bdi>)`
    : html`<bdi>${nameOf(words, who)}</bdi>`
