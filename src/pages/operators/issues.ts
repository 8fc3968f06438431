import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { validate } from 'uuid'
import type { Core } from '../../core.ts'
import { Note } from '../../http/shapes.ts'
import { accountOf, ISSUER } from '../../ledger/accounts.ts'
import { type IssueFault, type IssuesAsked, issueAll, planIssues } from '../../operators/issues.ts'
import { takeBack } from '../../operators/take-back.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { Refusal } from '../../shared/refusal.ts'
import { balancesOf } from '../../transfers/history.ts'
import { notice, textField } from '../components.ts'
import { form, uploadIn } from '../forms.ts'
import { type Words, wordsFor } from '../language.ts'
import { nameOrId } from '../names.ts'
import { readRows } from '../rows.ts'
import { formOf } from '../sign-in.ts'
import { operatorOf } from './access.ts'
import { answerOperatorPage } from './frame.ts'
import { type Fields, issuesForm, outcomes, preview, type RowFault, type Wrong } from './issues-view.ts'
import { pathOf } from './people.ts'
import { problemOf, readReason } from './reason.ts'

/** The most rows of one list. */
const MAX_ROWS = 10_000

/** Issues and withdrawals for many, from a list; and one issue that is to be taken back. */
export const issuesPages = (core: Core) =>
  new Hono()
    .get('/issues', async (c) => {
      const operator = await operatorOf(core, c)
      return answerForm(core, c, operator, { direction: 'in', asset: '', key: '', reason: '', rows: '' })
    })
    .post('/issues', async (c) => {
      const operator = await operatorOf(core, c)
      const { fields, asked, wrong } = await read(c, operator)
      if (wrong) return answerForm(core, c, operator, fields, wrong)
      const { planned, faults } = await planIssues(core, asked)
      if (faults.length > 0) return answerForm(core, c, operator, fields, inWords(wordsFor(c), faults))
      return answerOperatorPage(c, {
        operator,
        tab: 'issues',
        title: wordsFor(c).text('issues.preview'),
        main: preview(wordsFor(c), core.assets, fields, planned),
      })
    })
    .post('/issues/make', async (c) => {
      const operator = await operatorOf(core, c)
      const { fields, asked, wrong } = await read(c, operator)
      if (wrong) return answerForm(core, c, operator, fields, wrong)
      const { planned, faults } = await planIssues(core, asked)
      if (faults.length > 0) return answerForm(core, c, operator, fields, inWords(wordsFor(c), faults))
      const made = await issueAll(core, asked, planned)
      return answerOperatorPage(c, {
        operator,
        tab: 'issues',
        title: wordsFor(c).text('issues.title'),
        main: outcomes(wordsFor(c), core.assets, asked.direction, planned, made),
      })
    })
    .get('/issues/:id', async (c) => answerTakeBack(core, c, await operatorOf(core, c)))
    .post('/issues/:id', async (c) => {
      const operator = await operatorOf(core, c)
      const words = wordsFor(c)
      const reason = readReason((await formOf(c))('reason'))
      if (!reason) return answerTakeBack(core, c, operator, { reason: words.text('operators.reasonMissing') })
      try {
        await takeBack(core, { id: idIn(c), reason, by: operator })
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return answerTakeBack(core, c, operator, { whole: problemOf(words, error) })
      }
      const { holder } = await issuedIn(core, c)
      return c.redirect(`${pathOf(holder.person)}?done=back`, 303)
    })

/** The list as it was filled in, or uploaded, with what is wrong with it in itself. */
async function read(
  c: Context,
  by: KnownIdentity,
): Promise<{ fields: Fields; asked: IssuesAsked; wrong: Wrong | undefined }> {
  const words = wordsFor(c)
  const typed = await formOf(c)
  const [asset = '', key = '', reason = '', pasted = ''] = ['asset', 'key', 'reason', 'rows'].map(typed)
  const direction = typed('direction') === 'out' ? 'out' : 'in'
  const uploaded = await uploadIn(c)
  const rows = uploaded || pasted
  const { rows: listed, unread } = readRows(rows)
  const errors: Wrong['errors'] = {}
  if (uploaded === undefined) errors.file = words.text('pay.fileUnreadable')
  if (uploaded && pasted.trim()) errors.file = words.text('pay.fileAndRows')
  if (!/^[\x21-\x7e]{1,100}$/.test(key)) errors.key = words.text('issues.keyWrong')
  if (!readReason(reason)) errors.reason = words.text('operators.reasonMissing')
  if (listed.length + unread.length === 0) errors.rows = words.text('issues.noRows')
  if (listed.length > MAX_ROWS) errors.rows = words.text('issues.tooMany', { most: words.number(MAX_ROWS) })
  const faults: RowFault[] = [
    ...unread.map(({ line, problem, typed }) => ({
      line,
      problem: words.text(`rows.${problem}`, { typed }),
    })),
    ...listed.flatMap(({ line, note }) =>
      Note.safeParse(note).success ? [] : { line, problem: words.text('issues.rowReason') },
    ),
  ]
  const isWrong = faults.length > 0 || Object.keys(errors).length > 0
  const asked: IssuesAsked = {
    direction,
    rows: listed.map(({ line, who, amount, note }) => ({
      line,
      who,
      amount,
      asset,
      reason: readReason(note),
    })),
    reason: readReason(reason) ?? '',
    key,
    by,
  }
  return {
    fields: { direction, asset, key, reason, rows },
    asked,
    wrong: isWrong ? { errors, faults } : undefined,
  }
}

const inWords = (words: Words, faults: IssueFault[]): Wrong => ({
  errors: {},
  faults: faults.map(({ line, refusal }) => ({ line, problem: problemOf(words, refusal) })),
})

const answerForm = (core: Core, c: Context, operator: KnownIdentity, fields: Fields, wrong?: Wrong) =>
  answerOperatorPage(c, {
    operator,
    tab: 'issues',
    title: wordsFor(c).text('issues.title'),
    main: issuesForm(wordsFor(c), core.config.assets, fields, wrong),
    status: wrong && 422,
  })

const idIn = (c: Context): string => {
  const id = c.req.param('id') ?? ''
  if (!validate(id)) throw new Refusal('route_not_found')
  return id
}

/** The issue that the address names, and who has got it. @throws Refusal `route_not_found` */
async function issuedIn(core: Core, c: Context) {
  const issued = await core.transfers.byId(idIn(c))
  const account = issued?.claims[0]?.account
  const holder = account && (await core.people.ofAccounts([account])).get(account)
  if (!holder || issued?.fromAccount !== accountOf(ISSUER, issued.asset).id)
    throw new Refusal('route_not_found')
  return { issued, holder }
}

async function answerTakeBack(
  core: Core,
  c: Context,
  operator: KnownIdentity,
  errors: { reason?: string; whole?: string } = {},
) {
  const words = wordsFor(c)
  const { text, rich, moment } = words
  const { issued, holder } = await issuedIn(core, c)
  const { asset, amount, createdAt } = issued
  const held = (await balancesOf(core.db, holder.person)).find((one) => one.asset === asset)
  const sum = (minor: bigint) => `${words.number(core.assets.formatted(minor, asset))} ${asset}`
  const typed = c.req.method === 'POST' ? (await formOf(c))('reason') : undefined
  return answerOperatorPage(c, {
    operator,
    tab: 'people',
    title: text('takeBack.title'),
    main: html`${errors.whole ? notice(errors.whole, 'bad') : ''}
<section class="panel"><p>${rich('takeBack.text', { amount: sum(amount), who: nameOrId(holder, undefined), at: moment(createdAt) })}</p>
<p>${text('takeBack.there', { balance: sum(held?.balance ?? 0n) })}</p>
${form(
  `/operators/issues/${issued.id}`,
  textField({
    name: 'reason',
    label: text('operators.reason'),
    hint: text('peopleSeen.reasonHint'),
    value: typed,
    error: errors.reason,
    most: 200,
    required: true,
  }),
  html`<button class="button danger">${text('takeBack.button')}</button>
<a class="button quiet" href="${pathOf(holder.person)}">${text('treasury.back')}</a>`,
)}</section>`,
    status: errors.reason || errors.whole ? 422 : undefined,
  })
}
