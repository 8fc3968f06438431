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
        : t('card.forPerson', { name: nameOf(transfer.to, t) })
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
