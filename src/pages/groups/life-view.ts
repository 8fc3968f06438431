import { html } from 'hono/html'
import type { Life, Move } from '../../books/life.ts'
import { MAX_ADMIN_NOTE } from '../../books/notes.ts'
import type { Party } from '../../books/parties.ts'
import type { Assets } from '../../money/assets.ts'
import type { Identity } from '../../people/identity.ts'
import { type ExternalKey, keyOf } from '../../shared/keys.ts'
import { capitalised } from '../../shared/names.ts'
import { areaField, badge, scrolling } from '../components.ts'
import { bdi, type Html, type Words } from '../language.ts'
import { nameOrId, partyName } from '../names.ts'
import { treasuryPath } from './treasury/page.ts'

/** What the page of a transfer shows. */
export interface LifeContent {
  life: Life
  group: { id: string; timeZone: string }
  assets: Assets
  /** Whoever has noted or approved something, by `keyOf`. */
  admins: Map<string, Identity>
  now: Date
  /** A note that could not be taken. */
  refused: { text: string; isTooLong: boolean } | undefined
}

/** `20.00 CREDIT`, as the title of a transfer's page. */
export const titleOfLife = (words: Words, { transfer }: Life, assets: Assets): string =>
  `${words.number(assets.formatted(transfer.amount, transfer.asset))} ${transfer.asset}`

/** A transfer's facts, what happened to it, each movement of its money, and what admins have noted. */
export function lifeMain(words: Words, content: LifeContent): Html {
  const { text } = words
  return html`<section class="panel"><h2 class="unseen">${text('life.facts')}</h2>
${facts(words, content)}
</section>
<section class="panel"><h2>${text('life.story')}</h2>
<p class="soft">${text('books.zone', { zone: content.group.timeZone })}</p>
<ol class="story">
${story(words, content).map(
  ({ at, what }) =>
    html`<li><time datetime="${at.toISOString()}">${words.local(at, content.group.timeZone)}</time><div>${what}</div></li>\n`,
)}</ol>
</section>
<section class="panel"><h2>${text('life.entries')}</h2>
${scrolling(text('life.entries'), entriesTable(words, content))}
</section>
<section class="panel" id="notes"><h2>${text('life.notes')}</h2>
${notes(words, content)}
</section>`
}

function facts(words: Words, { life, group, assets, now }: LifeContent): Html {
  const { text } = words
  const { transfer, from, to, chat, madeBy, payout, ask } = life
  const here = chat?.messenger
  const fact = (name: string, value: Html | string) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`
  const isOpen = transfer.state === 'open'
  const ends = transfer.closedAt ?? transfer.expiresAt
  const linkTo = (party: Party | Life['to']) =>
    party.kind === 'person'
      ? html`<a href="/groups/${group.id}?person=${party.identity.person}">${partyName(words, party, here)}</a>`
      : partyName(words, party, here)
  return html`<dl class="facts">
${fact(text('books.state'), html`${badge(transfer.state, text(`state.${transfer.state}`))}${isOpen && transfer.awaits > 0 ? html` ${badge('waiting', transfer.askId ? text('life.awaitsGoal') : text('life.awaits', { approvals: String(transfer.awaits) }))}` : ''}`)}
${fact(text('life.from'), linkTo(from))}
${madeBy ? fact(text('life.madeBy'), bdi(nameOrId(madeBy, here))) : ''}
${fact(text('life.to'), linkTo(to))}
${payout ? fact(text('life.payout'), html`<a href="${treasuryPath(group.id, 'payouts', payout.id)}">${text('life.payoutOf', { amount: `${words.number(assets.formatted(payout.total, transfer.asset))} ${transfer.asset}` })}</a>`) : ''}
${transfer.refundOf ? fact(text('life.refundOf'), html`<a href="/groups/${group.id}/transfers/${transfer.refundOf}">${text('life.refundOfThis')}</a>`) : ''}
${ask ? fact(text('life.ask'), text('life.askOf', { amount: `${words.number(assets.formatted(ask.total, transfer.asset))} ${transfer.asset}` })) : ''}
${transfer.note ? fact(text('books.note'), html`<span dir="auto">${transfer.note}</span>`) : ''}
${chat ? fact(text('life.chat'), html`${bdi(chat.title ?? text('frame.untitled'))} · ${capitalised(chat.messenger)}`) : ''}
${fact(text(isOpen ? (now < ends ? 'life.until' : 'life.expired') : 'life.ended'), words.moment(ends, group.timeZone))}
</dl>`
}

/** What happened to it, the first first: money that moved, cards that were posted, approvals, what else was done about it, refunds. */
function story(words: Words, content: LifeContent): { at: Date; what: Html }[] {
  const { life, assets } = content
  const { transfer, chat, payout } = life
  const { rich } = words
  const here = chat?.messenger
  const amountOf = (minor: bigint) =>
    `${words.number(assets.formatted(minor < 0n ? -minor : minor, transfer.asset))} ${transfer.asset}`
  const moved = life.entries.map((move) => ({
    at: move.at,
    what: html`${rich(`life.${move.kind === 'return' ? returnedAs(move) : move.kind}`, {
      who: partyName(words, move.party, here),
      amount: amountOf(move.amount),
    })}${messengerOf(move.party)}`,
  }))
  const posted = life.cards.map(({ messenger, chat: place, since, drawn }) => ({
    at: since,
    what: html`${rich(place ? 'life.card' : 'life.cardElsewhere', { chat: place?.title ?? words.text('frame.untitled'), messenger: capitalised(messenger) })} ${badge(drawn, words.text(`state.${drawn}`))}`,
  }))
  const approved = (payout?.approvedBy ?? []).map(({ by, at }) => ({
    at,
    what: rich('life.approved', { who: adminName(content, by) }),
  }))
  const refunded = life.refunds.map(({ id, at, amount, party }) => ({
    at,
    what: html`${rich('life.refunded', { who: partyName(words, party, here), amount: amountOf(amount) })} <a href="/groups/${content.group.id}/transfers/${id}">${words.text('life.refund')}</a>`,
  }))
  const changed = life.changes.map(({ what, at }) => ({ at, what: html`${words.text(`life.${what}`)}` }))
  return [...moved, ...posted, ...approved, ...changed, ...refunded].toSorted(
    (a, b) => a.at.getTime() - b.at.getTime(),
  )
}

/** By which way it went back. */
const returnedAs = ({ leaves }: Move) =>
  leaves === 'cancelled' || leaves === 'declined' ? leaves : ('returned' as const)

const messengerOf = (party: Party) =>
  party.kind === 'person' ? html` <span class="soft">· ${capitalised(party.identity.messenger)}</span>` : ''

function entriesTable(words: Words, { life, group, assets }: LifeContent): Html {
  const { text } = words
  const { transfer, chat } = life
  const amountOf = (minor: bigint) =>
    `${minor > 0n ? '+' : ''}${words.number(assets.formatted(minor, transfer.asset))}`
  return html`<table class="cards">
<caption>${text('life.entriesText')}</caption>
<thead><tr><th scope="col">${text('life.at')}</th><th scope="col">${text('life.account')}</th><th scope="col">${text('life.kind')}</th><th scope="col" class="number">${transfer.asset}</th><th scope="col">${text('life.leaves')}</th></tr></thead>
<tbody>
${life.entries.map(
  ({ at, kind, amount, leaves, party }) =>
    html`<tr><td data-label="${text('life.at')}"><time datetime="${at.toISOString()}">${words.local(at, group.timeZone)}</time></td><td data-label="${text('life.account')}">${partyName(words, party, chat?.messenger)}</td><td data-label="${text('life.kind')}">${text(`entry.${kind}`)}</td><td class="number" data-label="${transfer.asset}">${amountOf(amount)}</td><td data-label="${text('life.leaves')}">${badge(leaves, text(`state.${leaves}`))}</td></tr>\n`,
)}</tbody></table>`
}

function notes(words: Words, content: LifeContent): Html {
  const { text } = words
  const { life, group, refused } = content
  const error = refused && text(refused.isTooLong ? 'life.noteTooLong' : 'life.noteEmpty')
  return html`<p class="soft">${text('life.notesText')}</p>
${
  life.notes.length > 0
    ? html`<ol class="story">${life.notes.map(
        ({ by, at, text: note }) =>
          html`<li><span><bdi>${adminName(content, by)}</bdi><br><time datetime="${at.toISOString()}">${words.local(at, group.timeZone)}</time></span><div dir="auto">${note}</div></li>\n`,
      )}</ol>`
    : ''
}
<form method="post" action="/groups/${group.id}/transfers/${life.transfer.id}/notes">
${areaField({ name: 'text', label: text('life.note'), value: refused?.text, error, required: true, rows: 3, most: MAX_ADMIN_NOTE })}
<p class="actions"><button class="button">${text('life.addNote')}</button></p>
</form>`
}

const adminName = ({ admins, life }: LifeContent, by: ExternalKey): string =>
  nameOrId(admins.get(keyOf(by)) ?? { ...by, handle: null, name: null }, life.chat?.messenger)
