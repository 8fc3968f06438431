import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Core } from '../../core.ts'
import { receiptsOf, rootsPage } from '../../roots/receipts.ts'
import { answerSignedIn } from '../frame.ts'
import { wordsFor } from '../language.ts'
import { answerPage } from '../layout.ts'
import { placesOf } from '../me/places.ts'
import { nameOf } from '../names.ts'
import { viewerOf } from '../sign-in.ts'
import { PROOF_SCRIPT, receiptPanels, rootsPanel } from './view.ts'

const LATEST = 10

/** What is owed in all, for anybody; and for who is signed in the receipts which prove that theirs is counted in it. */
export const proofPages = (core: Core) =>
  new Hono().get('/', async (c) => {
    const words = wordsFor(c)
    const { text } = words
    const title = text('proof.title')
    const about = html`<p>${text('proof.about')}</p>`
    const latest = rootsPanel(words, (await rootsPage(core.db, undefined, LATEST)).items)
    const viewer = await viewerOf(core, c)
    if (!viewer)
      return answerPage(c, words, {
        title,
        head: html`<link rel="stylesheet" href="/books.css">`,
        main: html`<main class="books"><h1>${title}</h1>
${about}
<p>${text('proof.signIn')}</p>
${latest}</main>`,
      })
    return answerSignedIn(c, words, {
      viewer,
      place: nameOf(words, viewer),
      places: [{ href: '/me', text: text('frame.me') }, ...(await placesOf(core, words, viewer))],
      title,
      head: PROOF_SCRIPT,
      main: html`${about}
${receiptPanels(words, await receiptsOf(core.db, viewer.person), 'proof.ownerHint')}
${latest}`,
    })
  })
