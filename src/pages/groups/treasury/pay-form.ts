import type { Context } from 'hono'
import type { Core } from '../../../core.ts'
import { findList, memberKey } from '../../../groups/lists.ts'
import { Note } from '../../../http/shapes.ts'
import { type Fault, type Plan, planPayout } from '../../../payouts/plan.ts'
import { everybodyIn } from '../../../people/everybody.ts'
import { keyOf } from '../../../shared/keys.ts'
import { type Errors, uploadIn } from '../../forms.ts'
import { type Words, wordsFor } from '../../language.ts'
import { sentenceOf } from '../../refusals.ts'
import { type Row, readRows } from '../../rows.ts'
import { formOf } from '../../sign-in.ts'
import type { Admin } from '../access.ts'
import type { ManyFields } from './pay-view.ts'

/** A payout as it was asked for. */
export interface Asked {
  rows: Row[]
  /** Rows that can't be read, and are not among them. */
  faults: RowFault[]
  asset: string
  note: string
}

/** What is wrong with a row, in words. */
export interface RowFault {
  line: number
  about: 'who' | 'amount' | 'note'
  problem: string
}

/** What is wrong with a form, by its fields, and with its rows. */
export interface Wrong {
  errors: Errors<'who' | 'amount' | 'to' | 'each' | 'rows' | 'file' | 'asset' | 'note'>
  faults: RowFault[]
}

/** Checks a payout that was asked for, and names all that is wrong with it at once. */
export async function check(
  core: Core,
  words: Words,
  { group, viewer }: Admin,
  { rows, faults, asset, note }: Asked,
  errors: Wrong['errors'] = {},
): Promise<{ plan: Plan } | Wrong> {
  const notes = [note, ...rows.map((row) => row.note)].map((text) => Note.safeParse(text))
  const tooLong = { about: 'note', problem: words.text('pay.noteTooLong') } as const
  const found: Wrong = {
    errors: { ...(notes[0]?.success === false && { note: tooLong.problem }), ...errors },
    faults: [
      ...faults,
      ...rows.flatMap(({ line }, index) => (notes[index + 1]?.success ? [] : { line, ...tooLong })),
    ],
  }
  const plan = await planPayout(core, {
    groupId: group.id,
    by: viewer,
    items: rows.map(({ who, amount }, index) => ({ to: who, amount, note: notes[index + 1]?.data })),
    asset: asset || undefined,
    note: notes[0]?.data,
  })
  if ('faults' in plan) addFaults(words, plan.faults, rows, found)
  else if (found.faults.length === 0 && Object.keys(found.errors).length === 0) return { plan }
  return found
}

/** Adds what is wrong with a plan: by the line of a row, and beside the field that it is about. */
function addFaults(words: Words, faults: Fault[], rows: Row[], { errors, faults: all }: Wrong): void {
  const lineOf = (row: number) => rows[row - 1]?.line ?? row
  for (const { row, code, details } of faults) {
    const told = code === 'listed_twice' ? { row: lineOf(Number(details.row)) } : details
    const problem = sentenceOf(words, { code, details: told })
    if (row === null) errors[FIELDS[code] ?? 'whole'] ??= problem
    else all.push({ line: lineOf(row), about: ABOUT_PEOPLE.has(code) ? 'who' : 'amount', problem })
  }
  all.sort((one, other) => one.line - other.line)
}

const FIELDS: { [code in Fault['code']]?: keyof Wrong['errors'] } = {
  unknown_asset: 'asset',
  asset_unclear: 'asset',
  payout_size: 'rows',
}

const ABOUT_PEOPLE = new Set<Fault['code']>([
  'unknown_person',
  'person_unclear',
  'listed_twice',
  'wrong_asset',
])

/** Rows as they were pasted, uploaded, or handed on by the page that is to be confirmed. */
export function rowsIn(words: Words, text: string, each = ''): Pick<Asked, 'rows' | 'faults'> {
  const { rows, unread } = readRows(text)
  return {
    rows: rows.map((row) => ({ ...row, amount: row.amount || each })),
    faults: unread.map(({ line, problem, typed }) => ({
      line,
      about: 'who',
      problem: words.text(`rows.${problem}`, { typed }),
    })),
  }
}

/** Reads the form for many: rows that were pasted or uploaded, or the people on a list, or everybody. */
export async function readMany(
  core: Core,
  c: Context,
  admin: Admin,
): Promise<{ fields: ManyFields; asked: Asked; errors: Wrong['errors'] }> {
  const words = wordsFor(c)
  const typed = await formOf(c)
  const [to = 'rows', each = '', pasted = '', asset = '', note = ''] = [
    'to',
    'each',
    'rows',
    'asset',
    'note',
  ].map(typed)
  const uploaded = await uploadIn(c)
  const errors: Wrong['errors'] = {}
  if (uploaded === undefined) errors.file = words.text('pay.fileUnreadable')
  if (uploaded && pasted.trim()) errors.file = words.text('pay.fileAndRows')
  const rows = uploaded || pasted
  const fields = { to, each, rows, asset, note }
  if (to === 'rows') return { fields, asked: { ...rowsIn(words, rows, each), asset, note }, errors }
  if (rows.trim()) errors.rows = words.text('pay.listAndRows')
  if (!each.trim()) errors.each = words.text('pay.eachMissing')
  const people = await peopleOf(core, admin, to)
  const asRows = people.map((who, index) => ({ line: index + 1, who, amount: each, note: '' }))
  return { fields, asked: { rows: asRows, faults: [], asset, note }, errors }
}

/** Everybody who has ever used the bot in the group, or the people on a list, as rows name them. */
async function peopleOf({ db }: Core, { group }: Admin, to: string): Promise<string[]> {
  if (to === 'everybody') return (await everybodyIn(db, group.id)).map(keyOf)
  return (await findList(db, group.id, to)).members.map(memberKey)
}
