import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { validate } from 'uuid'
import type { Core } from '../../../core.ts'
import { Key, Note } from '../../../http/shapes.ts'
import { contribute } from '../../../payouts/contribute.ts'
import type { KnownIdentity } from '../../../people/identity.ts'
import { Refusal } from '../../../shared/refusal.ts'
import { balancesOf } from '../../../transfers/history.ts'
import { keyed } from '../../../transfers/idempotency.ts'
import { notice, textField } from '../../components.ts'
import { assetField, type Errors, form, money } from '../../forms.ts'
import { answerSignedIn } from '../../frame.ts'
import { wordsFor } from '../../language.ts'
import { sentenceOf } from '../../refusals.ts'
import { formOf, viewerOf } from '../../sign-in.ts'
import { titleOf } from '../frame.ts'
import { treasuryPath } from './page.ts'

interface Fields {
  amount: string
  asset: string
  note: string
  key: string
}

/** Whoever is in the group puts money of their own into its treasury. */
export const givePages = (core: Core) =>
  new Hono()
    .get('/:group/treasury/give', async (c) => {
      const member = await memberOf(core, c)
      const asset = core.assets.of(member.viewer.messenger)[0]?.code ?? ''
      return answer(core, c, member, { amount: '', asset, note: '', key: randomUUID() })
    })
    .post('/:group/treasury/give', async (c) => {
      const member = await memberOf(core, c)
      const { viewer, group } = member
      const typed = await formOf(c)
      const key = Key.safeParse(typed('key')).data ?? randomUUID()
      const fields = {
        amount: typed('amount') ?? '',
        asset: typed('asset') ?? '',
        note: typed('note') ?? '',
        key,
      }
      const note = Note.safeParse(fields.note)
      const words = wordsFor(c)
      if (!note.success) return answer(core, c, member, fields, { note: words.text('pay.noteTooLong') })
      const { amount, asset } = fields
      const content = { key, person: viewer.person, group: group.id, amount, asset, note: note.data }
      try {
        await contribute(core, {
          amount,
          asset: asset || undefined,
          from: { messenger: viewer.messenger, id: viewer.id },
          groupId: group.id,
          note: note.data,
          request: keyed('pages', 'contribute', content),
        })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const field = error.code.includes('asset') ? 'asset' : 'amount'
        return answer(core, c, member, fields, { [field]: sentenceOf(words, error) })
      }
      return c.redirect(`${treasuryPath(group.id, 'give')}?given`, 303)
    })

/** Somebody who is signed in and in the group, as far as its messengers tell. */
interface Member {
  viewer: KnownIdentity
  group: { id: string; title: string | null }
}

async function memberOf(core: Core, c: Context): Promise<Member> {
  const viewer = await viewerOf(core, c)
  if (!viewer) throw new Refusal('signed_out')
  const asked = c.req.param('group') ?? ''
  const id = validate(asked) ? await core.groups.rootOf(asked) : undefined
  const chat = id && (await core.groups.chatsOf([id])).get(id)
  const isThere = chat && id && (await core.memberships.isMember(id, viewer.person)) !== false
  if (!isThere) throw new Refusal('not_member')
  return { viewer, group: { id, title: chat.title } }
}

async function answer(
  core: Core,
  c: Context,
  { viewer, group }: Member,
  fields: Fields,
  errors: Errors<keyof Fields> = {},
) {
  const words = wordsFor(c)
  const { text } = words
  const [held, groups] = await Promise.all([
    balancesOf(core.db, viewer.person),
    core.memberships.groupsOf(viewer.person),
  ])
  const balances = held
    .filter(({ balance }) => balance > 0n)
    .map(({ asset, balance }) => money(words, core.assets.formatted(balance, asset), asset))
  const inputs = html`<input type="hidden" name="key" value="${fields.key}">
<div class="fields">
${textField({ name: 'amount', label: text('pay.amount'), value: fields.amount, error: errors.amount, inputMode: 'decimal', required: true, hint: text('give.have', { balances: balances.join(', ') || '0' }) })}
${assetField(words, core.assets.of(viewer.messenger), fields.asset, errors.asset)}
${textField({ name: 'note', label: text('pay.note'), value: fields.note, error: errors.note, most: 200 })}
</div>`
  const isDone = c.req.method === 'GET' && c.req.query('given') !== undefined
  return answerSignedIn(c, words, {
    viewer,
    place: titleOf(words, group),
    places: [
      ...groups.map((one) => ({ href: treasuryPath(one.id), text: titleOf(words, one) })),
      { href: '/me', text: text('frame.me') },
    ],
    title: text('give.title'),
    main: html`${isDone ? notice(text('give.done'), 'good') : ''}
<section class="panel"><p>${text('give.text')}</p>
${form(treasuryPath(group.id, 'give'), inputs, html`<button class="button">${text('give.button')}</button>`)}</section>`,
    status: Object.keys(errors).length > 0 ? 422 : undefined,
  })
}
