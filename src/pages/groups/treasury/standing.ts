import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { validate } from 'uuid'
import { z } from 'zod'
import type { Core } from '../../../core.ts'
import { listsOf } from '../../../groups/lists.ts'
import { Note } from '../../../http/shapes.ts'
import {
  changeStanding,
  makeStanding,
  type StandingTerms,
  setStandingState,
} from '../../../payouts/standing.ts'
import { findStanding, runsOf, type StandingView } from '../../../payouts/standing-view.ts'
import { Refusal } from '../../../shared/refusal.ts'
import { type Errors, money } from '../../forms.ts'
import { type Words, wordsFor } from '../../language.ts'
import { sentenceOf } from '../../refusals.ts'
import { formOf } from '../../sign-in.ts'
import { type Admin, adminOf } from '../access.ts'
import { answerTreasury, treasuryPath } from './page.ts'
import { type StandingFields, standingForm, standingMain } from './standing-view.ts'

const RUNS = 50

/** Standing payouts: set up, changed, paused and ended, with what has come of them. */
export const standingPages = (core: Core) =>
  new Hono()
    .get('/:group/treasury/standing/new', async (c) => {
      const admin = await adminOf(core, c)
      const { asset } = await core.rules.of(admin.group.id)
      return answerNew(core, c, admin, { ...NEW, list: c.req.query('list') ?? '', asset: asset ?? '' })
    })
    .post('/:group/treasury/standing/new', async (c) => {
      const admin = await adminOf(core, c)
      const { group, viewer: by } = admin
      const fields = await fieldsIn(c)
      const wrong = await tried(wordsFor(c), fields, (terms) =>
        makeStanding(core, { groupId: group.id, by, terms }),
      )
      return wrong ? answerNew(core, c, admin, fields, wrong) : c.redirect(treasuryPath(group.id), 303)
    })
    .get('/:group/treasury/standing/:standing', async (c) => {
      const admin = await adminOf(core, c)
      const standing = await find(core, c, admin)
      return answerOne(core, c, admin, standing, fieldsOf(standing))
    })
    .post('/:group/treasury/standing/:standing', async (c) => {
      const admin = await adminOf(core, c)
      const { group, viewer: by } = admin
      const standing = await find(core, c, admin)
      const fields = await fieldsIn(c)
      const wrong = await tried(wordsFor(c), fields, (terms) =>
        changeStanding(core, { groupId: group.id, by, id: standing.id, terms }),
      )
      if (wrong) return answerOne(core, c, admin, standing, fields, wrong)
      return c.redirect(treasuryPath(group.id, 'standing', standing.id), 303)
    })
    .post('/:group/treasury/standing/:standing/:what{pause|resume|end}', async (c) => {
      const admin = await adminOf(core, c)
      const { group, viewer: by } = admin
      const { id } = await find(core, c, admin)
      const state = STATES[c.req.param('what') as keyof typeof STATES]
      await setStandingState(core, { groupId: group.id, by, id, state })
      return c.redirect(treasuryPath(group.id, 'standing', id), 303)
    })

const STATES = { pause: 'paused', resume: 'active', end: 'ended' } as const

const NEW: StandingFields = {
  list: '',
  amount: '',
  asset: '',
  note: '',
  every: 'week',
  weekday: '1',
  monthday: '1',
  hour: '9',
}

async function fieldsIn(c: Context): Promise<StandingFields> {
  const typed = await formOf(c)
  return Object.fromEntries(
    Object.keys(NEW).map((name) => [name, typed(name) ?? '']),
  ) as unknown as StandingFields
}

const fieldsOf = ({ list, amount, asset, note, every, day, hour }: StandingView): StandingFields => ({
  list: list?.id ?? '',
  amount,
  asset,
  note: note ?? '',
  every,
  weekday: every === 'week' ? String(day) : NEW.weekday,
  monthday: every === 'month' ? String(day) : NEW.monthday,
  hour: String(hour),
})

/** Numbers as the form's choices have them: anything else was not chosen there. */
const Choices = z.object({
  list: z.uuid(),
  every: z.enum(['week', 'month']),
  weekday: z.coerce.number().int().min(1).max(7),
  monthday: z.coerce.number().int().min(1).max(31),
  hour: z.coerce.number().int().min(0).max(23),
})

/** Does something with the terms that were filled in. @returns what is wrong with them, where something is */
async function tried(
  words: Words,
  fields: StandingFields,
  act: (terms: StandingTerms) => Promise<unknown>,
): Promise<Errors<keyof StandingFields> | undefined> {
  const choices = Choices.safeParse(fields)
  if (!choices.success) return { whole: words.text('wrong.title') }
  const note = Note.safeParse(fields.note)
  if (!note.success) return { note: words.text('pay.noteTooLong') }
  const { list: listId, every, weekday, monthday, hour } = choices.data
  const day = every === 'week' ? weekday : monthday
  try {
    const { amount, asset } = fields
    await act({ listId, amount, asset: asset || undefined, note: note.data, every, day, hour })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { [FIELDS[error.code] ?? 'amount']: sentenceOf(words, error) }
  }
  return undefined
}

const FIELDS: { [code in Refusal['code']]?: keyof StandingFields | 'whole' } = {
  list_not_found: 'list',
  unknown_asset: 'asset',
  asset_unclear: 'asset',
  standing_not_found: 'whole',
}

/** The standing payout that the address names. @throws Refusal `standing_not_found` */
function find(core: Core, c: Context, { group }: Admin): Promise<StandingView> {
  const id = c.req.param('standing') ?? ''
  if (!validate(id)) throw new Refusal('standing_not_found')
  return findStanding(core, group.id, id)
}

const offeredTo = async (core: Core, { viewer, group }: Admin) => ({
  lists: await listsOf(core.db, group.id),
  assets: core.assets.of(viewer.messenger),
  timeZone: group.timeZone,
})

async function answerNew(
  core: Core,
  c: Context,
  admin: Admin,
  fields: StandingFields,
  errors?: Errors<keyof StandingFields>,
) {
  const words = wordsFor(c)
  const path = treasuryPath(admin.group.id)
  const offered = await offeredTo(core, admin)
  return answerTreasury(core, c, admin, {
    title: words.text('standing.make'),
    main: html`<section class="panel"><p class="soft">${words.text('standing.text')}</p>
${standingForm(words, `${path}/standing/new`, path, offered, fields, errors)}</section>`,
    status: errors && 422,
  })
}

async function answerOne(
  core: Core,
  c: Context,
  admin: Admin,
  standing: StandingView,
  fields: StandingFields,
  errors?: Errors<keyof StandingFields>,
) {
  const words = wordsFor(c)
  const path = treasuryPath(admin.group.id)
  const [runs, offered] = await Promise.all([runsOf(core, standing.id, RUNS), offeredTo(core, admin)])
  const change = standingForm(words, `${path}/standing/${standing.id}`, path, offered, fields, errors)
  const each = { amount: money(words, standing.amount, standing.asset), list: standing.list?.name ?? '–' }
  return answerTreasury(core, c, admin, {
    title: words.text('standing.each', each),
    main: standingMain(words, admin, standing, runs, change),
    status: errors && 422,
  })
}
