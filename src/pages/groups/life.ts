import { type Context, Hono } from 'hono'
import { validate } from 'uuid'
import { type Life, lifeOf } from '../../books/life.ts'
import { addNote, MAX_ADMIN_NOTE } from '../../books/notes.ts'
import type { Core } from '../../core.ts'
import type { Identity } from '../../people/identity.ts'
import type { ExternalKey } from '../../shared/keys.ts'
import { keyOf } from '../../shared/keys.ts'
import { Refusal } from '../../shared/refusal.ts'
import { wordsFor } from '../language.ts'
import { formOf } from '../sign-in.ts'
import { type Admin, adminOf } from './access.ts'
import { answerGroupPage } from './frame.ts'
import { lifeMain, titleOfLife } from './life-view.ts'

/** One transfer's whole life, for admins of the group that it was made in, and what they note about it. */
export const lifePages = (core: Core) =>
  new Hono()
    .get('/:group/transfers/:transfer', async (c) => {
      const admin = await adminOf(core, c)
      return show(core, c, admin, await find(core, c, admin))
    })
    .post('/:group/transfers/:transfer/notes', async (c) => {
      const admin = await adminOf(core, c)
      const life = await find(core, c, admin)
      const { id } = life.transfer
      const text = (await formOf(c))('text') ?? ''
      const isTooLong = text.length > MAX_ADMIN_NOTE
      if (isTooLong || !(await addNote(core.db, id, admin.viewer, text)))
        return show(core, c, admin, life, { text, isTooLong })
      return c.redirect(`/groups/${admin.group.id}/transfers/${id}#notes`, 303)
    })

/** @throws Refusal `route_not_found`, also for a transfer that stands in other books */
async function find(core: Core, c: Context, { group }: Admin): Promise<Life> {
  const id = c.req.param('transfer') ?? ''
  const life = validate(id) ? await lifeOf(core, group, id) : undefined
  if (!life) throw new Refusal('route_not_found')
  return life
}

async function show(
  core: Core,
  c: Context,
  admin: Admin,
  life: Life,
  refused?: { text: string; isTooLong: boolean },
) {
  const words = wordsFor(c)
  return answerGroupPage(c, words, {
    admin,
    groups: await core.memberships.groupsOf(admin.viewer.person),
    tab: 'books',
    title: titleOfLife(words, life, core.assets),
    main: lifeMain(words, {
      life,
      group: admin.group,
      assets: core.assets,
      admins: await known(core, [
        ...life.notes.map(({ by }) => by),
        ...(life.payout?.approvedBy.map(({ by }) => by) ?? []),
      ]),
      now: new Date(),
      refused,
    }),
    status: refused && 400,
  })
}

/** Whoever has noted or approved something, by `keyOf`. */
async function known(core: Core, keys: ExternalKey[]): Promise<Map<string, Identity>> {
  const found = await Promise.all(keys.map(({ messenger, id }) => core.people.find(messenger, id)))
  return new Map(found.flatMap((one) => (one ? [[keyOf(one), one]] : [])))
}
