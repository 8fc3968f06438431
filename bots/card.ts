import type { Identity, Transfer } from './core.ts'
import type { Button } from './messenger.ts'
import { type Texts, texts } from './texts/index.ts'

/** What a transfer looks like in a chat, in one language. A messenger lays it out. */
export interface Card {
  transfer: string
  state: Transfer['state']
  language: string
  /** `20.00 CREDIT` */
  amount: string
  /** `Ada → @ben` */
  title: string
  note: string | null
  /** How it stands, in words: whom it is for, or what became of it. */
  status: string
  /** Whom it is for, while it is open. */
  to?: Transfer['to']
  /** Whether who it is for is to be mentioned by it; `false`: not even where the messenger does so by itself. */
  mention?: boolean
  /** What only those who see this very card are told, in words. */
  hint?: string
  /** Who could not be told in private, in words. */
  unreached?: string
  /** Set while it is open: a messenger may count the time itself. */
  expiresAt: Date | null
  /** Set while it is open. */
  link: string | null
  code: string | null
  /** What the QR picture says to somebody who can't see it. */
  alternative: string
  buttons: Button[]
}

/** Draws a transfer as it stands. */
export function drawCard(transfer: Transfer, language: string): Card {
  const t = texts(language)
  const open = transfer.state === 'open'
  const amount = amountOf(transfer)
  return {
    transfer: transfer.id,
    state: transfer.state,
    language,
    amount,
    title: `${nameOf(transfer.from, t)} → ${nameOf(transfer.to, t, 'card.anyone')}`,
    note: transfer.note,
    status: statusOf(transfer, t),
    to: open ? transfer.to : null,
    expiresAt: open ? new Date(transfer.expiresAt) : null,
    link: open ? transfer.link : null,
    code: open ? transfer.code : null,
    alternative: t('card.alternative', { amount, link: transfer.link }),
    buttons: open
      ? [
          { label: t('card.collect'), action: { do: 'collect', transfer: transfer.id } },
          { label: t('card.openLink'), url: transfer.link },
          { label: t('card.cancel'), action: { do: 'cancel', transfer: transfer.id } },
          ...(transfer.to
            ? [{ label: t('card.decline'), action: { do: 'decline', transfer: transfer.id } } as const]
            : []),
        ]
      : [],
  }
}

/** How a transfer stands, in words. */
function statusOf(transfer: Transfer, t: Texts): string {
  switch (transfer.state) {
    case 'open':
      if (!transfer.to) return t('card.forAnyone')
      // A handle can change hands, so the card says that it is what counts.
      return transfer.to.id === null
        ? t('card.forHandle', { handle: transfer.to.handle })
        : aroundName(transfer.to, t).join('')
    case 'collected':
      return t('card.collected', { name: nameOf(transfer.collectedBy, t) })
    case 'cancelled':
      return t('card.cancelled')
    case 'declined':
      return t('card.declined')
    case 'returned':
      return t('card.returned')
  }
}

/** The status of a card for somebody, as what stands before their name, the name, and what stands behind it. */
export function aroundName(to: Transfer['to'], t: Texts): [before: string, name: string, after: string] {
  const [before = '', after = ''] = t('card.forPerson', { name: '\0' }).split('\0')
  return [before, nameOf(to, t), after]
}

export const amountOf = (transfer: { amount: string; asset: string }): string =>
  `${transfer.amount} ${transfer.asset}`

/** What people call somebody: the name they gave, their handle, or at the least their number. */
export function nameOf(
  who: (Omit<Identity, 'id'> & { id: string | null }) | null,
  t: Texts,
  nobody: 'card.issuer' | 'card.anyone' = 'card.issuer',
): string {
  if (!who) return t(nobody)
  return who.name ?? (who.handle ? `@${who.handle}` : `#${who.id}`)
}
