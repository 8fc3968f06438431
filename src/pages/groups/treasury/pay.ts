import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { Core } from '../../../core.ts'
import { listsOf } from '../../../groups/lists.ts'
import { Key } from '../../../http/shapes.ts'
import type { Request } from '../../../ledger/rows.ts'
import { makePayout } from '../../../payouts/make.ts'
import type { Plan } from '../../../payouts/plan.ts'
import { treasuryOf } from '../../../payouts/treasury.ts'
import { Refusal } from '../../../shared/refusal.ts'
import { findMade, keyed } from '../../../transfers/idempotency.ts'
import { wordsFor } from '../../language.ts'
import { sentenceOf } from '../../refusals.ts'
import { formOf } from '../../sign-in.ts'
import { type Admin, adminOf } from '../access.ts'
import { answerTreasury, treasuryPath } from './page.ts'
import { type Asked, check, readMany, rowsIn, type Wrong } from './pay-form.ts'
import { type ManyFields, manyForm, type OneFields, oneForm, preview } from './pay-view.ts'

/** A payout is asked for by a form, checked and shown whole, and made once that is confirmed. */
export const payPages = (core: Core) =>
  new Hono()
    .get('/:group/treasury/pay', async (c) => {
      const admin = await adminOf(core, c)
      return answerOne(core, c, admin, {
        who: '',
        amount: '',
        note: '',
        asset: await usualAsset(core, admin),
      })
    })
    .post('/:group/treasury/pay', async (c) => {
      const admin = await adminOf(core, c)
      const typed = await formOf(c)
      const [who = '', amount = '', asset = '', note = ''] = ['who', 'amount', 'asset', 'note'].map(typed)
      const rows = [{ line: 1, who: who.trim(), amount, note: '' }]
      const checked = await check(core, wordsFor(c), admin, { rows, faults: [], asset, note })
      if ('plan' in checked) return answerPreview(core, c, admin, checked.plan)
      return answerOne(core, c, admin, { who, amount, asset, note }, checked)
    })
    .get('/:group/treasury/pay-many', async (c) => {
      const admin = await adminOf(core, c)
      const [to, asset] = [c.req.query('list') ?? 'rows', await usualAsset(core, admin)]
      return answerMany(core, c, admin, { to, each: '', rows: '', note: '', asset })
    })
    .post('/:group/treasury/pay-many', async (c) => {
      const admin = await adminOf(core, c)
      const { fields, asked, errors } = await readMany(core, c, admin)
      const checked = await check(core, wordsFor(c), admin, asked, errors)
      if ('plan' in checked) return answerPreview(core, c, admin, checked.plan)
      return answerMany(core, c, admin, fields, checked)
    })
    .post('/:group/treasury/payouts', async (c) => {
      const admin = await adminOf(core, c)
      const words = wordsFor(c)
      const typed = await formOf(c)
      const [rows = '', asset = '', note = ''] = ['rows', 'asset', 'note'].map(typed)
      const key = Key.safeParse(typed('key')).data ?? randomUUID()
      const { group, viewer } = admin
      const content = { key, group: group.id, person: viewer.person, rows, asset, note }
      const request = keyed('pages', 'payout', content)
      // Sent again, it is not checked again: the treasury has less by now.
      const before = request && (await findMade(core.db, request, 'payout'))
      if (before) return c.redirect(treasuryPath(group.id, 'payouts', before), 303)
      const asked: Asked = { ...rowsIn(words, rows), asset, note }
      let checked = await check(core, words, admin, asked)
      if ('plan' in checked) {
        const made = await make(core, checked.plan, request)
        if (typeof made === 'string') return c.redirect(treasuryPath(group.id, 'payouts', made), 303)
        checked = { errors: { whole: sentenceOf(words, made) }, faults: [] }
      }
      return answerMany(core, c, admin, { to: 'rows', each: '', rows, asset, note }, checked)
    })

/** @returns the id of the payout, or why it was refused */
async function make(core: Core, plan: Plan, request: Request | undefined): Promise<string | Refusal> {
  try {
    return await makePayout(core, plan, { request })
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** The asset that is meant where none is named. */
async function usualAsset(core: Core, { viewer, group }: Admin): Promise<string> {
  const { asset } = await core.rules.of(group.id)
  return asset ?? core.assets.of(viewer.messenger)[0]?.code ?? ''
}

async function answerOne(core: Core, c: Context, admin: Admin, fields: OneFields, wrong?: Wrong) {
  const words = wordsFor(c)
  const content = { path: treasuryPath(admin.group.id), assets: core.assets.of(admin.viewer.messenger) }
  return answerTreasury(core, c, admin, {
    title: words.text('pay.one'),
    main: oneForm(words, content, fields, wrong),
    status: wrong && 422,
  })
}

async function answerMany(core: Core, c: Context, admin: Admin, fields: ManyFields, wrong?: Wrong) {
  const words = wordsFor(c)
  const content = {
    path: treasuryPath(admin.group.id),
    assets: core.assets.of(admin.viewer.messenger),
    lists: await listsOf(core.db, admin.group.id),
  }
  return answerTreasury(core, c, admin, {
    title: words.text('pay.many'),
    main: manyForm(words, content, fields, wrong),
    status: wrong && 422,
  })
}

async function answerPreview(core: Core, c: Context, admin: Admin, plan: Plan) {
  const words = wordsFor(c)
  const holdings = await treasuryOf(core.db, admin.group.id)
  const held = holdings.find(({ asset }) => asset === plan.asset.code)
  return answerTreasury(core, c, admin, {
    title: words.text('preview.title'),
    main: preview(words, {
      path: treasuryPath(admin.group.id),
      plan,
      left: held ? held.balance - held.planned - plan.total : 0n,
      key: randomUUID(),
    }),
  })
}
