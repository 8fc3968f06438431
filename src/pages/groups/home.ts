import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Core } from '../../core.ts'
import { Refusal } from '../../shared/refusal.ts'
import { answerSignedIn } from '../frame.ts'
import { wordsFor } from '../language.ts'
import { viewerOf } from '../sign-in.ts'
import { titleOf } from './frame.ts'

/** Which of their groups somebody wants to see; who has one goes straight on. */
export const groupsHome = (core: Core) =>
  new Hono().get('/', async (c) => {
    const viewer = await viewerOf(core, c)
    if (!viewer) throw new Refusal('signed_out')
    const groups = await core.memberships.groupsOf(viewer.person)
    if (groups.length === 1) return c.redirect(`/groups/${groups[0]?.id}`)
    const words = wordsFor(c)
    const { text } = words
    return answerSignedIn(c, words, {
      viewer,
      place: text('frame.groups'),
      places: [{ href: '/me', text: text('frame.me') }],
      title: text(groups.length > 0 ? 'home.which' : 'home.none'),
      main: html`<section class="panel">${
        groups.length > 0
          ? html`<ul class="links">${groups.map((group) => html`<li><a href="/groups/${group.id}"><bdi>${titleOf(words, group)}</bdi></a></li>\n`)}</ul>`
          : html`<p>${text('home.noneText')}</p>`
      }</section>`,
    })
  })
