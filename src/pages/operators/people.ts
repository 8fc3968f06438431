import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { validate } from 'uuid'
import type { Core } from '../../core.ts'
import { Key } from '../../http/shapes.ts'
import type { Hold } from '../../ledger/commands.ts'
import { issueAll, issuesOf, planIssues } from '../../operators/issues.ts'
import { findPeople, hold, identitiesOf } from '../../operators/people.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { keyOf } from '../../shared/keys.ts'
import { Refusal } from '../../shared/refusal.ts'
import { cleanText } from '../../shared/text.ts'
import { balancesOf } from '../../transfers/history.ts'
import { notice, textField } from '../components.ts'
import { bdi, wordsFor } from '../language.ts'
import { nameOrId } from '../names.ts'
import { formOf } from '../sign-in.ts'
import { operatorOf } from './access.ts'
import { answerOperatorPage } from './frame.ts'
import { type PersonContent, type PersonErrors, personMain } from './person-view.ts'
import { problemOf, readReason } from './reason.ts'

const ISSUES = 20

/** People: found by what somebody knows of them, and each with a page of their own. */
export const peoplePages = (core: Core) =>
  new Hono()
    .get('/people', async (c) => {
      const operator = await operatorOf(core, c)
      const words = wordsFor(c)
      const asked = cleanText(c.req.query('words') ?? '', 200) ?? ''
      const found = asked ? await findPeople(core.db, asked) : []
      if (found.length === 1) return c.redirect(pathOf(found[0]?.person ?? ''))
      const { text, rich } = words
      return answerOperatorPage(c, {
        operator,
        tab: 'people',
        title: text('operators.people'),
        main: html`${asked && found.length === 0 ? notice(rich('peopleSeen.none', { words: asked }), 'bad') : ''}
<section class="panel"><form>
${textField({ name: 'words', label: text('peopleSeen.search'), hint: text('peopleSeen.searchHint'), value: asked, type: 'search', most: 200, required: true })}
<div class="actions"><button class="button">${text('peopleSeen.find')}</button></div></form></section>
${
  found.length > 0
    ? html`<section class="panel"><h2>${rich('peopleSeen.several', { words: asked })}</h2>
<ul class="links">${found.map((one) => html`<li><a href="${pathOf(one.person)}">${bdi(nameOrId(one, undefined))}</a></li>\n`)}</ul></section>`
    : ''
}`,
      })
    })
    .get('/people/:person', async (c) => {
      const operator = await operatorOf(core, c)
      return answer(core, c, operator, await personIn(core, c))
    })
    .post('/people/:person/hold', async (c) => {
      const operator = await operatorOf(core, c)
      const identities = await personIn(core, c)
      const typed = await formOf(c)
      const reason = readReason(typed('holdReason'))
      if (!reason) {
        const problem = wordsFor(c).text('operators.reasonMissing')
        return answer(core, c, operator, identities, { holdReason: problem })
      }
      const asked = HOLDS.get(typed('hold') ?? '')
      if (asked === undefined) throw new Refusal('invalid_request', { problem: 'hold' })
      await hold(core, { whose: identities[0], hold: asked, reason, by: operator })
      return c.redirect(`${pathOf(identities[0].person)}?done=hold`, 303)
    })
    .post('/people/:person/move', async (c) => {
      const operator = await operatorOf(core, c)
      const identities = await personIn(core, c)
      const problem = await move(core, c, operator, identities)
      if (problem) return answer(core, c, operator, identities, problem)
      return c.redirect(`${pathOf(identities[0].person)}?done=move`, 303)
    })

const HOLDS = new Map<string, Hold | null>([
  ['none', null],
  ['send', 'send'],
  ['all', 'all'],
])

export const pathOf = (person: string) => `/operators/people/${person}`

type Identities = [KnownIdentity, ...KnownIdentity[]]

/** The person whom the address names. @throws Refusal `route_not_found` */
async function personIn({ db }: Core, c: Context): Promise<Identities> {
  const id = c.req.param('person') ?? ''
  const [first, ...more] = validate(id) ? await identitiesOf(db, id) : []
  if (!first) throw new Refusal('route_not_found')
  return [first, ...more]
}

/** Issues to a person, or withdraws from them. @returns what is wrong, where nothing moved */
async function move(
  core: Core,
  c: Context,
  by: KnownIdentity,
  identities: Identities,
): Promise<PersonErrors | undefined> {
  const words = wordsFor(c)
  const typed = await formOf(c)
  const [amount = '', asset = ''] = ['amount', 'asset'].map(typed)
  const reason = readReason(typed('reason'))
  if (!reason) return { reason: words.text('operators.reasonMissing') }
  const whose = identities.find(({ messenger }) => core.assets.codesOf(messenger).has(asset)) ?? identities[0]
  const asked = {
    direction: typed('direction') === 'out' ? ('out' as const) : ('in' as const),
    rows: [{ line: 1, who: keyOf(whose), amount, asset }],
    reason,
    key: Key.safeParse(typed('key')).data ?? randomUUID(),
    by,
  }
  const { planned, faults } = await planIssues(core, asked)
  const [outcome] = faults[0] ? [faults[0].refusal] : await issueAll(core, asked, planned)
  if (!(outcome instanceof Error)) return undefined
  return { [outcome instanceof Refusal ? 'amount' : 'whole']: problemOf(words, outcome) }
}

async function answer(
  core: Core,
  c: Context,
  operator: KnownIdentity,
  identities: Identities,
  errors: PersonErrors = {},
) {
  const words = wordsFor(c)
  const [shown] = identities
  const before = c.req.query('before')
  const cursor = before !== undefined && /^\d{1,18}$/.test(before) ? before : undefined
  const [balances, held, issues] = await Promise.all([
    balancesOf(core.db, shown.person),
    core.people.holdOf(shown.person),
    issuesOf(core.db, shown.person, cursor, ISSUES),
  ])
  const typed = c.req.method === 'POST' ? await formOf(c) : () => undefined
  const messengers = [...new Set(identities.map(({ messenger }) => messenger))]
  const content: PersonContent = {
    path: pathOf(shown.person),
    identities,
    balances,
    held,
    issues: issues.items,
    pages: { isFirst: cursor === undefined, next: issues.next },
    assets: core.assets,
    offered: messengers.flatMap((messenger) => core.assets.of(messenger)),
    typed,
    key: typed('key') ?? randomUUID(),
    done: c.req.query('done'),
  }
  return answerOperatorPage(c, {
    operator,
    tab: 'people',
    title: nameOrId(shown, undefined),
    main: personMain(words, content, errors),
    status: Object.keys(errors).length > 0 ? 422 : undefined,
  })
}
