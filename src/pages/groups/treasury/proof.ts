import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Core } from '../../../core.ts'
import { receiptsOfGroup } from '../../../roots/receipts.ts'
import { wordsFor } from '../../language.ts'
import { PROOF_SCRIPT, receiptPanels } from '../../proof/view.ts'
import { adminOf } from '../access.ts'
import { answerTreasury } from './page.ts'

/** The receipts which prove that a treasury is counted in what is owed to all. */
export const treasuryProof = (core: Core) =>
  new Hono().get('/:group/treasury/proof', async (c) => {
    const admin = await adminOf(core, c)
    const words = wordsFor(c)
    return answerTreasury(core, c, admin, {
      title: words.text('proof.treasury'),
      head: PROOF_SCRIPT,
      main: html`<p>${words.text('proof.about')}</p>
${receiptPanels(words, await receiptsOfGroup(core.db, admin.group.id), 'proof.ownerGroup')}`,
    })
  })
