import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { validate } from 'uuid'
import type { Core } from '../../../core.ts'
import { changeList, deleteList, makeList } from '../../../groups/list-changes.ts'
import { membersIn, textOf } from '../../../groups/list-text.ts'
import { findList, findMembers, type Member, memberKey, type PeopleList } from '../../../groups/lists.ts'
import { label } from '../../../http/shapes.ts'
import { everybodyIn } from '../../../people/everybody.ts'
import { Refusal } from '../../../shared/refusal.ts'
import { areaField, checkField, notice, textField } from '../../components.ts'
import { button, type Errors, form } from '../../forms.ts'
import { type Html, type Words, wordsFor } from '../../language.ts'
import { sentenceOf } from '../../refusals.ts'
import { formOf } from '../../sign-in.ts'
import { type Admin, adminOf } from '../access.ts'
import { answerTreasury, treasuryPath } from './page.ts'

/** The lists of people that a group keeps: for payouts, and of those who may send. */
export const listPages = (core: Core) =>
  new Hono()
    .get('/:group/treasury/lists/new', async (c) =>
      answer(core, c, await adminOf(core, c), undefined, { name: '', people: '', everybody: false }),
    )
    .post('/:group/treasury/lists/new', async (c) => save(core, c, await adminOf(core, c)))
    .get('/:group/treasury/lists/:list', async (c) => {
      const admin = await adminOf(core, c)
      const list = await find(core, c, admin)
      const people = textOf(list.members, await findMembers(core.db, list.members))
      return answer(core, c, admin, list, { name: list.name, people, everybody: false })
    })
    .post('/:group/treasury/lists/:list', async (c) => {
      const admin = await adminOf(core, c)
      return save(core, c, admin, await find(core, c, admin))
    })
    .post('/:group/treasury/lists/:list/delete', async (c) => {
      const admin = await adminOf(core, c)
      const { group, viewer } = admin
      const list = await find(core, c, admin)
      try {
        await deleteList(core, { groupId: group.id, by: viewer, id: list.id })
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'list_in_use') throw error
        const people = textOf(list.members, await findMembers(core.db, list.members))
        const errors = { whole: sentenceOf(wordsFor(c), error) }
        return answer(core, c, admin, list, { name: list.name, people, everybody: false }, errors)
      }
      return c.redirect(treasuryPath(group.id), 303)
    })

interface Fields {
  name: string
  people: string
  /** Adds everybody who has ever used the bot in the group. */
  everybody: boolean
}

const Name = label(60)

async function save(core: Core, c: Context, admin: Admin, list?: PeopleList) {
  const words = wordsFor(c)
  const { group, viewer } = admin
  const typed = await formOf(c)
  const fields = {
    name: typed('name') ?? '',
    people: typed('people') ?? '',
    everybody: typed('everybody') !== undefined,
  }
  const errors: Errors<keyof Fields> = {}
  const name = Name.safeParse(fields.name).data
  if (!name) errors.name = words.text('lists.nameMissing')
  const { members, faults } = await membersIn(core, group.id, fields.people)
  const all = fields.everybody ? withAll(members, await everybodyIn(core.db, group.id)) : members
  if (faults.length > 0)
    errors.people = faults
      .map(
        ({ line, refusal }) =>
          `${words.text('pay.line', { line: String(line) })} ${sentenceOf(words, refusal)}`,
      )
      .join(' ')
  else if (all.length === 0) errors.people = words.text('lists.nobody')
  if (!name || Object.keys(errors).length > 0) return answer(core, c, admin, list, fields, errors)
  const change = { groupId: group.id, by: viewer, name, members: all }
  try {
    if (list) await changeList(core, { ...change, id: list.id })
    else await makeList(core, change)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'list_name_taken') throw error
    return answer(core, c, admin, list, fields, { name: sentenceOf(words, error) })
  }
  return c.redirect(treasuryPath(group.id), 303)
}

/** The members, and after them those whom they lack. */
function withAll(members: Member[], everybody: { messenger: string; id: string }[]): Member[] {
  const named = new Map(members.map((one) => [memberKey(one), one]))
  for (const { messenger, id } of everybody) {
    const member = { messenger, id }
    if (!named.has(memberKey(member))) named.set(memberKey(member), member)
  }
  return [...named.values()]
}

/** The list that the address names. @throws Refusal `list_not_found` */
function find({ db }: Core, c: Context, { group }: Admin): Promise<PeopleList> {
  const id = c.req.param('list') ?? ''
  if (!validate(id)) throw new Refusal('list_not_found')
  return findList(db, group.id, id)
}

const answer = (
  core: Core,
  c: Context,
  admin: Admin,
  list: PeopleList | undefined,
  fields: Fields,
  errors: Errors<keyof Fields> = {},
) =>
  answerTreasury(core, c, admin, {
    title: list?.name ?? wordsFor(c).text('lists.make'),
    main: main(wordsFor(c), treasuryPath(admin.group.id), list, fields, errors),
    status: Object.keys(errors).length > 0 ? 422 : undefined,
  })

function main(
  words: Words,
  path: string,
  list: PeopleList | undefined,
  fields: Fields,
  errors: Errors<keyof Fields>,
): Html {
  const { text } = words
  const address = `${path}/lists/${list?.id ?? 'new'}`
  return html`${errors.whole ? notice(errors.whole, 'bad') : ''}
<section class="panel">${form(
    address,
    html`${textField({ name: 'name', label: text('lists.name'), value: fields.name, error: errors.name, required: true, most: 60 })}
${areaField({ name: 'people', label: text('lists.who'), value: fields.people, error: errors.people, hint: text('lists.hint'), rows: 10 })}
${checkField({ name: 'everybody', label: text('lists.everybody'), checked: fields.everybody })}`,
    html`<button class="button">${text('treasury.save')}</button>
${list ? html`<a class="button quiet" href="${path}/pay-many?list=${list.id}">${text('lists.pay')}</a>` : ''}`,
  )}</section>
${list ? html`<div class="actions">${button(`${address}/delete`, text('lists.delete'), 'danger')}</div>` : ''}`
}
