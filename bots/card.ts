import { opensElsewhere } from '../src/shared/link.ts'
import { labelOf, type Named } from '../src/shared/names.ts'
import type { TransferView } from './client.ts'
import type { Button } from './messenger.ts'
import { type Texts, texts } from './texts/index.ts'

/** What a transfer looks like in a chat, in one language. A messenger lays it out. */
export interface DrawnCard {
  transfer: string
  state: TransferView['state']
  language: string
  /** `20.00 CREDIT` */
  amount: string
  /** `Ada (@ada) → @ben` */
  title: string
  note: string | null
  /** How it stands, in words: whom it is for, or what became of it. */
  status: string
  /** Whom it is for, while it is open. */
  to?: TransferView['to']
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

/**
 * Draws a transfer as it stands.
 * @param here the messenger in which it is shown
 */
export function drawCard(transfer: TransferView, language: string, here: string): DrawnCard {
  const t = texts(language)
  const open = transfer.state === 'open'
  const amount = amountOf(transfer)
  return {
    transfer: transfer.id,
    state: transfer.state,
    language,
    amount,
    title: titleOf(transfer, t, here),
    note: transfer.note,
    status: statusOf(transfer, t, here),
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
function statusOf(transfer: TransferView, t: Texts, here: string): string {
  const named = (key: 'card.forPerson' | 'card.collected', who: Named | null) => {
    const name = who && labelOf(who, here)
    return name ? t(key, { name }) : t(`${key}Unnamed`)
  }
  switch (transfer.state) {
    case 'open':
      if (!transfer.to) return t('card.forAnyone')
      // A handle can change hands, so the card says that it is what counts.
      if (transfer.to.id === null && transfer.to.messenger === here)
        return t('card.forHandle', { handle: transfer.to.handle })
      return named('card.forPerson', transfer.to)
    case 'collected':
      return named('card.collected', transfer.collectedBy)
    case 'cancelled':
      return t('card.cancelled')
    case 'declined':
      return t('card.declined')
    case 'returned':
      return t('card.returned')
  }
}

/** The status of a card for somebody, as what stands before their name and after it. */
export function aroundName(t: Texts): [before: string, after: string] {
  const [before = '', after = ''] = t('card.forPerson', { name: '\0' }).split('\0')
  return [before, after]
}

export const amountOf = (transfer: { amount: string; asset: string }): string =>
  `${transfer.amount} ${transfer.asset}`

/** From whom, to whom: `Ada (@ada) → Ben (@ben)`. */
export const titleOf = ({ from, to }: Pick<TransferView, 'from' | 'to'>, t: Texts, here: string): string =>
  `${nameOf(from, t, here)} → ${nameOf(to, t, here, 'card.anyone')}`

/**
 * What to call somebody before others.
 * @param here the messenger in which it is read
 * @param nobody what `null` means
 */
export const nameOf = (
  who: Named | null,
  t: Texts,
  here: string,
  nobody: 'card.issuer' | 'card.anyone' = 'card.issuer',
): string => (who ? (labelOf(who, here) ?? t('card.somebody')) : t(nobody))

/** What to call somebody in the books, and before those who dealt with them: at the least their number. */
export const nameInBooks = (
  who: Named | null,
  t: Texts,
  here: string,
  nobody: 'card.issuer' | 'card.anyone' = 'card.issuer',
  most?: number,
): string => (who ? (labelOf(who, here, most) ?? `#${who.id}`) : t(nobody))

/** Whether an open card's link leads somewhere for everybody: where it doesn't, nobody shall be sent after it. */
export const leadsSomewhere = ({ link }: DrawnCard): boolean => link !== null && opensElsewhere(link)

/** What to type to the bot in place of opening the link. */
export const collectLine = ({ code }: DrawnCard): string => `/collect ${code}`
