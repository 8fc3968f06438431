import { directionOf } from '../../src/shared/language.ts'
import { opensElsewhere } from '../../src/shared/link.ts'
import { short } from '../../src/shared/text.ts'
import { type Style, styleOf } from '../actions.ts'
import { type DrawnCard, endOf, leadsSomewhere, linkLines, pictureFile } from '../card.ts'
import type { Button, Message } from '../messenger.ts'
import type { Buttons } from '../signed-buttons.ts'
import { supported, texts } from '../texts/index.ts'
import { timeIn } from '../texts/moment.ts'

/** https://developers.line.biz/en/reference/messaging-api/#flex-message */
export interface FlexMessage {
  type: 'flex'
  /** What notifications and lists of chats show of it. */
  altText: string
  contents: object
}

export interface TextMessage {
  type: 'text'
  text: string
}

/** A text has 5,000 characters at most, a bubble 30 KB; one in Chinese has three bytes a character. */
const MAX_CHARACTERS = 2500
const MAX_ALTERNATIVE = 400
const MAX_LABEL = 40
const STYLES: Record<Style, { style: 'primary' | 'secondary'; color?: string }> = {
  primary: { style: 'primary' },
  secondary: { style: 'secondary' },
  danger: { style: 'primary', color: '#B3261E' },
}

/** A card. What people write stands in plain text alone. */
export function cardMessage(card: DrawnCard, chat: string, buttons: Buttons): FlexMessage {
  const t = texts(card.language)
  const when = card.expiresAt && timeIn(card.expiresAt.toISOString(), card.language)
  const picture = pictureOf(card)
  const rest = [
    card.note && `“${card.note}”`,
    card.status,
    when && t(endOf(card), { when }),
    card.unreached,
    ...linkLines(card),
    card.hint,
  ]
  return flex(`${card.amount} · ${card.title}`, {
    direction: directionOf(supported(card.language)),
    ...(picture && {
      hero: { type: 'image', url: picture, size: 'full', aspectRatio: '1:1', aspectMode: 'fit' },
    }),
    body: box([text(card.amount, { weight: 'bold', size: 'xl' }), text(card.title), ...lines(rest)]),
    ...footerOf([card.buttons], chat, buttons),
  })
}

/** A message with buttons, or one without, which is no bubble: there nobody could copy words out of it. */
export function plainMessage(
  { text: said, buttons: rows = [] }: Message,
  chat: string,
  buttons: Buttons,
): FlexMessage | TextMessage {
  if (!rows.some((row) => row.length > 0)) return { type: 'text', text: short(said, MAX_CHARACTERS) }
  return flex(said, { body: box([text(said)]), ...footerOf(rows, chat, buttons) })
}

/** LINE shows pictures that it can fetch itself, by https alone. */
const pictureOf = (card: DrawnCard): string | undefined =>
  leadsSomewhere(card) && card.link?.startsWith('https:') ? `${card.link}/${pictureFile(card)}` : undefined

const flex = (alternative: string, parts: object): FlexMessage => ({
  type: 'flex',
  altText: short(alternative, MAX_ALTERNATIVE),
  contents: { type: 'bubble', ...parts },
})

const box = (contents: object[]) => ({ type: 'box', layout: 'vertical', spacing: 'sm', contents })

const text = (said: string, look: object = {}) => ({
  type: 'text',
  text: short(said, MAX_CHARACTERS),
  wrap: true,
  ...look,
})

const lines = (some: (string | null | undefined)[]) =>
  some.flatMap((line) => (line ? [text(line, { size: 'sm' })] : []))

function footerOf(rows: Button[][], chat: string, buttons: Buttons) {
  const shown = rows.flat().flatMap((button) => buttonOf(button, chat, buttons) ?? [])
  return shown.length > 0 && { footer: box(shown) }
}

function buttonOf(button: Button, chat: string, buttons: Buttons) {
  const label = short(button.label, MAX_LABEL)
  if ('action' in button) {
    const action = { type: 'postback', label, data: JSON.stringify(buttons.encode(button.action, chat)) }
    return { type: 'button', height: 'sm', ...STYLES[styleOf(button.action)], action }
  }
  if (!opensElsewhere(button.url)) return undefined
  return { type: 'button', height: 'sm', style: 'link', action: { type: 'uri', label, uri: button.url } }
}
