import { APP } from '../src/shared/person-ids.ts'
import { amountOf, type DrawnCard, nameOf, titled } from './card.ts'
import type { AskView } from './client.ts'
import type { Button } from './messenger.ts'
import { type Texts, texts } from './texts/index.ts'

type Part = AskView['parts'][number]

/**
 * The card of an ask, in its present state: who is asked for how much, and who has paid.
 * @param here the messenger in which it is shown
 */
export function drawAsk(ask: AskView, language: string, here: string): DrawnCard {
  const t = texts(language)
  const { id, kind, asset, total, note, parts, state } = ask
  const isOpen = state === 'open'
  const [only, another] = parts
  const to = kind === 'request' && only && !another ? only.from : null
  const own = ownPart(ask, t, here)
  return {
    of: 'ask',
    transfer: id,
    state: STATES[state],
    language,
    amount: amountOf({ amount: total, asset }),
    title: titleOf(ask, t, here),
    note,
    status: statusOf(ask, t, here),
    to: isOpen ? to : null,
    ...(own && { hint: own }),
    expiresAt: isOpen ? new Date(ask.expiresAt) : null,
    link: null,
    code: null,
    alternative: '',
    buttons: isOpen ? buttonsOf(ask, t) : [],
  }
}

const STATES = { open: 'open', paid: 'collected', ended: 'cancelled', expired: 'returned' } as const

function titleOf({ kind, by, parts }: AskView, t: Texts, here: string): string {
  if (kind === 'pool') return t('pool.title', { name: nameOf(by, t, here) })
  const whom =
    parts.length > 1
      ? t('card.people', { count: parts.length })
      : nameOf(parts[0]?.from ?? null, t, here, 'ask.anyone')
  return titled(t('ask.asks', { name: nameOf(by, t, here) }), whom)
}

function statusOf(ask: AskView, t: Texts, here: string): string {
  const { kind, parts, state, by } = ask
  if (kind === 'pool') return poolStatus(ask, t, here)
  const [only, another] = parts as [Part, ...Part[]]
  const asker = nameOf(by, t, here)
  const end = { paid: t('ask.paidAll'), ended: t('ask.ended', { name: asker }), expired: t('ask.expired') }
  if (another) {
    const lines = parts.map((part) => {
      const name = nameOf(part.paidBy ?? part.from, t, here)
      return `${part.paidAt ? '✅' : '▫️'} ${part.amount} ${name}`
    })
    return [...lines, state === 'open' ? t('ask.forListed', { name: asker }) : end[state]].join('\n')
  }
  // Who has paid is nobody else's business where whoever has its address can look.
  if (state === 'paid' && !ask.page) return t('ask.paid', { name: nameOf(only.paidBy, t, here) })
  if (state !== 'open') return end[state]
  return only.from ? t('ask.forPerson', { name: nameOf(only.from, t, here) }) : t('ask.forAnyone')
}

/** The most who have given for a pool that are named, the latest first. */
const MOST_NAMED = 10

function poolStatus(ask: AskView, t: Texts, here: string): string {
  const { state, paid, total, asset, parts, by } = ask
  const name = nameOf(by, t, here)
  const gifts = parts
    .slice(0, MOST_NAMED)
    .map(({ amount, paidBy }) => `${state === 'paid' ? '✅' : '▫️'} ${amount} ${nameOf(paidBy, t, here)}`)
  const more = parts.length > MOST_NAMED ? [t('pool.more', { count: parts.length - MOST_NAMED })] : []
  const ends = {
    open: t('pool.open', { name }),
    paid: t('pool.reached', { name }),
    ended: t('pool.ended', { name }),
    expired: t('pool.short'),
  }
  const soFar = t('pool.soFar', { bar: barOf(paid, total), paid, total: amountOf({ amount: total, asset }) })
  return [
    ...(state === 'open' ? [soFar, ...gifts, ...more] : state === 'paid' ? [...gifts, ...more] : []),
    ends[state],
  ].join('\n')
}

/** How far it is, in ten steps. The last one is full only where nothing is missing. */
function barOf(paid: string, total: string): string {
  const full = Math.floor((10 * Number(paid)) / Number(total))
  return '▰'.repeat(full) + '▱'.repeat(10 - full)
}

/** Whether the part of who asked is counted in, where a sum is shared out. */
function ownPart({ kind, by, own, parts, asset }: AskView, t: Texts, here: string): string | undefined {
  if (kind === 'pool') return undefined
  const name = nameOf(by, t, here)
  if (own) return t('ask.own', { name, amount: amountOf({ amount: own, asset }) })
  return parts.length > 1 ? t('ask.noOwn', { name }) : undefined
}

function buttonsOf({ id, kind, by, parts, offers }: AskView, t: Texts): Button[] {
  // A program that asks reads no cards.
  const end: Button[] = by?.messenger === APP ? [] : [{ label: t('ask.end'), action: { do: 'end', ask: id } }]
  if (kind === 'pool') {
    const gifts = offers.map((amount, index): Button => {
      const isRest = index === offers.length - 1
      return {
        label: t(isRest ? 'pool.giveRest' : 'pool.give', { amount }),
        action: { do: 'give', ask: id, amount },
      }
    })
    return [...gifts, ...end]
  }
  const isAnybodyNamed = parts.some(({ from }) => from)
  return [
    { label: t('ask.pay'), action: { do: 'pay', ask: id } },
    ...(isAnybodyNamed ? [{ label: t('ask.remind'), action: { do: 'remind', ask: id } } as const] : []),
    ...end,
  ]
}
