import { and, eq } from 'drizzle-orm'
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { validate } from 'uuid'
import { payouts } from '../../../../db/schema.ts'
import type { Core } from '../../../core.ts'
import { approve } from '../../../payouts/approve.ts'
import { cancelPayout } from '../../../payouts/cancel.ts'
import { itemsOf, type PayoutView, payoutView } from '../../../payouts/view.ts'
import type { Identity } from '../../../people/identity.ts'
import { Refusal } from '../../../shared/refusal.ts'
import { notice } from '../../components.ts'
import { money } from '../../forms.ts'
import { wordsFor } from '../../language.ts'
import { sentenceOf } from '../../refusals.ts'
import { type Admin, adminOf } from '../access.ts'
import { answerTreasury, treasuryPath } from './page.ts'
import { payoutMain } from './payout-view.ts'

const ITEMS = 50

/** The page of a payout, where admins approve it, and take back what nobody has collected. */
export const payoutPages = (core: Core) =>
  new Hono()
    .get('/:group/treasury/payouts/:payout', async (c) => show(core, c, await adminOf(core, c)))
    .post('/:group/treasury/payouts/:payout/approve', async (c) => {
      const admin = await adminOf(core, c)
      const { id: payoutId } = await find(core, c, admin)
      return answered(core, c, admin, () => approve(core, { payoutId, by: admin.viewer }))
    })
    .post('/:group/treasury/payouts/:payout/cancel', async (c) => {
      const admin = await adminOf(core, c)
      const { group, viewer } = admin
      const { id: payoutId } = await find(core, c, admin)
      return answered(core, c, admin, () => cancelPayout(core, { groupId: group.id, payoutId, by: viewer }))
    })

/** Leads back to the payout, or shows it with what was refused. */
async function answered(core: Core, c: Context, admin: Admin, act: () => Promise<void>) {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 404) throw error
    return show(core, c, admin, error)
  }
  return c.redirect(treasuryPath(admin.group.id, 'payouts', c.req.param('payout') ?? ''), 303)
}

async function show(core: Core, c: Context, admin: Admin, refused?: Refusal) {
  const words = wordsFor(c)
  const { viewer } = admin
  const payout = await find(core, c, admin)
  const cursor = Number(/^\d{1,6}$/.exec(c.req.query('after') ?? '')?.[0] ?? 0)
  const named = { limit: ITEMS, messenger: viewer.messenger }
  const [page, refusals] = await Promise.all([
    itemsOf(core, payout.id, { ...named, cursor }),
    itemsOf(core, payout.id, { ...named, state: 'refused' }),
  ])
  const isViewer = (who: Identity | null) => who?.messenger === viewer.messenger && who.id === viewer.id
  return answerTreasury(core, c, admin, {
    title: words.text('payout.title', { amount: money(words, payout.total, payout.asset) }),
    head: html`<script src="/progress.js" type="module"></script>
${payout.madeAt ? '' : html`<noscript><meta http-equiv="refresh" content="3"></noscript>`}`,
    main: html`${refused ? notice(sentenceOf(words, refused), 'bad') : ''}
${payoutMain(words, admin, {
  payout,
  ...page,
  isFirst: cursor === 0,
  refused: refusals.items,
  isOwn: isViewer(payout.madeBy),
  hasApproved: payout.approvals?.by.some(isViewer) ?? false,
})}`,
    status: refused && (refused.status as ContentfulStatusCode),
  })
}

/** The payout that the address names, where it is the group's. @throws Refusal `payout_not_found` */
async function find(core: Core, c: Context, { group, viewer }: Admin): Promise<PayoutView> {
  const id = c.req.param('payout') ?? ''
  const isTheirs = and(eq(payouts.id, id), eq(payouts.groupId, group.id))
  if (!validate(id) || (await core.db.$count(payouts, isTheirs)) === 0) throw new Refusal('payout_not_found')
  return payoutView(core, id, viewer.messenger)
}
