import { amountOf, approvalsIn, approveButton, type DrawnCard, treasuryOf } from './card.ts'
import type { PayoutView } from './client.ts'
import type { Button } from './messenger.ts'
import { type Texts, texts } from './texts/index.ts'

/**
 * The card of a payout to many, in its present state: one button for everybody who is on its list.
 * @param here the messenger in which it is shown
 */
export function drawPayout(payout: PayoutView, language: string, here: string): DrawnCard {
  const t = texts(language)
  const { id, asset, total, people, counts, expiresAt } = payout
  const isOpen = counts.open > 0
  return {
    transfer: id,
    state: isOpen ? 'open' : counts.collected > 0 ? 'collected' : 'returned',
    language,
    amount: amountOf({ amount: total, asset }),
    title: `${treasuryOf(payout.group, t)} → ${t('card.people', { count: people })}`,
    note: payout.note,
    status: statusOf(payout, t, here),
    expiresAt: isOpen && expiresAt ? new Date(expiresAt) : null,
    link: null,
    code: null,
    alternative: '',
    buttons: isOpen ? buttonsOf(payout, t) : [],
  }
}

function statusOf(payout: PayoutView, t: Texts, here: string): string {
  const { people, counts } = payout
  const progress = t('card.progress', { collected: counts.collected, count: people })
  if (counts.open === 0) return counts.collected < people ? `${progress} ${t('card.restIsBack')}` : progress
  const awaiting = waitsFor(payout)
  return awaiting
    ? approvalsIn({ ...payout, approvals: awaiting }, t, here)
    : `${t('card.forListed')}\n${progress}`
}

const buttonsOf = (payout: PayoutView, t: Texts): Button[] => [
  waitsFor(payout)
    ? approveButton(payout.id, t)
    : { label: t('card.share'), action: { do: 'share', payout: payout.id } },
  { label: t('card.cancel'), action: { do: 'withdraw', payout: payout.id } },
]

const waitsFor = ({ approvals }: PayoutView) =>
  approvals && approvals.by.length < approvals.needed ? approvals : undefined
