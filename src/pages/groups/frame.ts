import type { Context } from 'hono'
import { answerSignedIn, type SignedInPage } from '../frame.ts'
import type { Words } from '../language.ts'
import type { Admin } from './access.ts'

/** The pages of a group, with what follows its id in their addresses. */
const TABS = { books: '', treasury: '/treasury', rules: '/rules', trail: '/trail' } as const

/** A page of a group's books, for an admin. */
export interface GroupPage extends Pick<SignedInPage, 'title' | 'main' | 'head' | 'status'> {
  admin: Admin
  /** All groups that the viewer was last known to admin. */
  groups: Pick<Admin['group'], 'id' | 'title'>[]
  tab: keyof typeof TABS
}

/** Answers a page of a group: with its title, the way to the viewer's other groups, and tabs to the group's other pages. */
export function answerGroupPage(c: Context, words: Words, { admin, groups, tab, ...page }: GroupPage) {
  const { viewer, group, isOperator } = admin
  const { text } = words
  const pathOf = (id: string, one: keyof typeof TABS) => `/groups/${id}${TABS[one]}`
  return answerSignedIn(c, words, {
    ...page,
    viewer,
    place: titleOf(words, group),
    places: [
      ...groups
        .filter(({ id }) => id !== group.id)
        .map((other) => ({ href: pathOf(other.id, tab), text: titleOf(words, other) })),
      { href: '/me', text: text('frame.me') },
      ...(isOperator ? [{ href: '/operators', text: text('frame.operators') }] : []),
    ],
    tabs: (Object.keys(TABS) as (keyof typeof TABS)[]).map((one) => ({
      href: pathOf(group.id, one),
      text: text(`frame.${one}`),
      isCurrent: one === tab,
    })),
  })
}

/** What to call a group; its chat may have told no title. */
export const titleOf = ({ text }: Words, { title }: { title: string | null }): string =>
  title ?? text('frame.untitled')
