import type { Context } from 'hono'
import { html } from 'hono/html'
import { answerSignedIn, type SignedInPage } from '../frame.ts'
import type { Html, Words } from '../language.ts'
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
  return answerSignedIn(c, words, {
    ...page,
    viewer,
    place: html`${switchBetween(words, group, groups, tab)}
<span class="elsewhere">${isOperator ? html`<a href="/operators">${words.text('frame.operators')}</a>` : ''}
<a href="/me">${words.text('frame.me')}</a></span>`,
    tabs: (Object.keys(TABS) as (keyof typeof TABS)[]).map((one) => ({
      href: `/groups/${group.id}${TABS[one]}`,
      text: words.text(`frame.${one}`),
      isCurrent: one === tab,
    })),
  })
}

/** What to call a group; its chat may have told no title. */
export const titleOf = ({ text }: Words, { title }: { title: string | null }): string =>
  title ?? text('frame.untitled')

/** The group's title; where the viewer has other groups, it opens the list of them. */
function switchBetween(
  words: Words,
  group: Admin['group'],
  groups: GroupPage['groups'],
  tab: keyof typeof TABS,
): Html {
  const others = groups.filter(({ id }) => id !== group.id)
  const title = html`<bdi>${titleOf(words, group)}</bdi>`
  if (others.length === 0) return html`<p class="group">${title}</p>`
  return html`<details class="group switch">
<summary>${title}</summary>
<nav aria-label="${words.text('frame.switch')}">
${others.map((other) => html`<a href="/groups/${other.id}${TABS[tab]}"><bdi>${titleOf(words, other)}</bdi></a>\n`)}</nav>
</details>`
}
