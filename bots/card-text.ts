import { type DrawnCard, endOf, linkLines } from './card.ts'
import { texts } from './texts/index.ts'
import { timeIn } from './texts/moment.ts'

/** A card as plain text, for messengers without buttons and markup. */
export function cardAsPlainText(card: DrawnCard): string {
  const t = texts(card.language)
  const when = card.expiresAt && timeIn(card.expiresAt.toISOString(), card.language)
  return [
    card.amount,
    card.title,
    card.note && `“${card.note}”`,
    card.status,
    when && t(endOf(card), { when }),
    card.unreached,
    ...linkLines(card),
    card.hint,
    ...(card.choices ?? []),
  ]
    .filter(Boolean)
    .join('\n')
}
