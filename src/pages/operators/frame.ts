import type { Context } from 'hono'
import type { KnownIdentity } from '../../people/identity.ts'
import { answerSignedIn, type SignedInPage } from '../frame.ts'
import { wordsFor } from '../language.ts'

/** The pages of operators, with what follows in their addresses. */
const TABS = {
  overview: '',
  groups: '/groups',
  people: '/people',
  issues: '/issues',
  opening: '/opening',
  inbox: '/inbox',
  trail: '/trail',
} as const

/** A page for operators. */
export interface OperatorPage extends Pick<SignedInPage, 'title' | 'main' | 'status'> {
  operator: KnownIdentity
  tab: keyof typeof TABS
}

/** Answers a page for operators, with tabs to the others. */
export function answerOperatorPage(c: Context, { operator, tab, ...page }: OperatorPage) {
  const words = wordsFor(c)
  const { text } = words
  return answerSignedIn(c, words, {
    ...page,
    viewer: operator,
    place: text('operators.title'),
    places: [
      { href: '/groups', text: text('frame.groups') },
      { href: '/me', text: text('frame.me') },
    ],
    tabs: (Object.keys(TABS) as (keyof typeof TABS)[]).map((one) => ({
      href: `/operators${TABS[one]}`,
      text: text(`operators.${one}`),
      isCurrent: one === tab,
    })),
  })
}
