import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Core } from '../../core.ts'
import type { KnownMessenger } from '../../delivery/messengers.ts'
import { type LastAudit, lastAudit } from '../../operations/audit-schedule.ts'
import { type Circulation, circulationOf } from '../../operators/circulation.ts'
import type { OpeningSetting } from '../../operators/opening.ts'
import { badge, notice } from '../components.ts'
import { type Html, type Words, wordsFor } from '../language.ts'
import { operatorOf } from './access.ts'
import { answerOperatorPage } from './frame.ts'

/** What operators see first: whether all is well, and where the money is. */
export const overviewPages = (core: Core) =>
  new Hono().get('/', async (c) => {
    const operator = await operatorOf(core, c)
    const words = wordsFor(c)
    const [circulation, audit, messengers, opening] = await Promise.all([
      circulationOf(core.db),
      lastAudit(core.db),
      core.messengers.known(),
      core.opening.read(),
    ])
    const isUsed = ({ issued }: Circulation) => issued > 0n
    return answerOperatorPage(c, {
      operator,
      tab: 'overview',
      title: words.text('operators.overview'),
      main: html`${servicePanel(words, { audit, messengers, opening })}
${circulation.filter(isUsed).map((one) => assetPanel(words, core, one))}
${unused(
  words,
  circulation.filter((one) => !isUsed(one)),
)}
<p class="actions"><a class="button quiet" href="/operators/balances.csv" download>${words.text('overview.balances')}</a></p>`,
    })
  })

interface Service {
  audit: LastAudit | undefined
  messengers: KnownMessenger[]
  opening: OpeningSetting
}

function servicePanel(words: Words, { audit, messengers, opening }: Service): Html {
  const { text } = words
  const running = messengers.map(
    ({ title, alive }) =>
      html`<bdi>${title}</bdi> ${badge(alive ? 'active' : 'off', text(alive ? 'overview.alive' : 'overview.away'))}\n`,
  )
  return html`<section class="panel"><h2>${text('overview.service')}</h2>
${audit && audit.faults > 0 ? notice(auditIn(words, audit), 'bad') : ''}
<dl class="facts">
<div><dt>${text('overview.opening')}</dt><dd><a href="/operators/opening">${text(`opening.${opening.step}`)}</a></dd></div>
<div><dt>${text('overview.audit')}</dt><dd>${auditIn(words, audit)}</dd></div>
<div><dt>${text('overview.messengers')}</dt><dd>${running.length > 0 ? running : text('overview.noMessengers')}</dd></div>
</dl></section>`
}

function auditIn({ text, moment }: Words, audit: LastAudit | undefined): string {
  if (!audit) return text('overview.auditNone')
  const at = moment(new Date(audit.at))
  return audit.faults === 0
    ? text('overview.auditRight', { at })
    : text('overview.auditWrong', { faults: String(audit.faults), at })
}

/** Where the money of an asset is: as a table that adds up. */
function assetPanel(words: Words, { assets }: Core, one: Circulation): Html {
  const { text } = words
  const { asset, issued, withdrawn, people, treasuries, open, openTransfers } = one
  const sum = (minor: bigint) => words.number(assets.formatted(minor, asset))
  const row = (label: string, amount: string) =>
    html`<tr><th scope="row">${label}</th><td class="number">${amount}</td></tr>\n`
  const out = issued - withdrawn
  const difference = people + treasuries + open - out
  return html`<section class="panel"><h2>${asset}</h2>
<table><caption>${text('overview.circulation')}</caption><tbody>
${row(text('overview.issued'), sum(issued))}${row(text('overview.withdrawn'), `${withdrawn > 0n ? '−' : ''}${sum(withdrawn)}`)}</tbody>
<tbody>${row(text('overview.sum'), sum(out))}</tbody>
<tbody>${row(text('overview.held'), sum(people))}${row(text('overview.treasuries'), sum(treasuries))}${row(
    text('overview.open', { transfers: words.number(openTransfers) }),
    sum(open),
  )}</tbody></table>
${
  difference === 0n
    ? html`<p class="soft">${text('overview.addsUp', { sum: sum(out) })}</p>`
    : notice(text('overview.differs', { difference: sum(difference), asset }), 'bad')
}</section>
`
}

const unused = ({ text }: Words, some: Circulation[]): Html =>
  some.length === 0
    ? html``
    : html`<p class="soft">${text('overview.unused', { assets: some.map(({ asset }) => asset).join(', ') })}</p>`
