import { opensElsewhere } from '../../src/shared/link.ts'
import { labelOf } from '../../src/shared/names.ts'
import { encodeAction } from '../actions.ts'
import { aroundName, collectLine, type DrawnCard, leadsSomewhere } from '../card.ts'
import { type Button, type Message } from '../messenger.ts'
import { type TextKey, texts } from '../texts/index.ts'
import type { Params } from './client.ts'

const MOST_CHARACTERS = 4096

/** A card's words, as the caption of its picture or as a message. */
export function captionOf(
  card: DrawnCard,
  ends: Extract<TextKey, 'card.goesBack' | 'inline.ends'> = 'card.goesBack',
) {
  const t = texts(card.language)
  const note = card.note && `<blockquote>${escape(card.note)}</blockquote>`
  const when = card.expiresAt && countdown(card.expiresAt, card.language)
  return [
    `<b>${escape(card.amount)}</b>`,
    shown(card, card.title),
    note ?? '',
    statusOf(card),
    when && t(ends, { when }),
    card.unreached && escape(card.unreached),
    ...linkLines(card),
    card.hint && escape(card.hint),
  ]
    .filter((line) => typeof line === 'string')
    .join('\n')
}

/** Who sees the card forwarded has no buttons: its words lead to the money, too. */
function linkLines(card: DrawnCard): string[] {
  if (card.link === null) return []
  if (leadsSomewhere(card)) return [escape(card.link)]
  return [card.link, collectLine(card)].map((line) => `<code>${escape(line)}</code>`)
}

/** Whom the bot knows by their number is mentioned by it; a handle is a mention by itself. */
function statusOf(card: DrawnCard): string {
  const { to, mention, language } = card
  const name = to && labelOf(to, 'telegram')
  if (!mention || !name || to.messenger !== 'telegram' || to.id === null) return shown(card, card.status)
  const [before, after] = aroundName(texts(language)).map(escape)
  return `${before}<a href="tg://user?id=${to.id}">${escape(name)}</a>${after}`
}

const shown = ({ mention }: DrawnCard, text: string): string =>
  mention === false ? withoutMentions(text) : escape(text)

/** In monospace a handle mentions nobody. */
const withoutMentions = (text: string): string => escape(text).replace(/@\w+/g, '<code>$&</code>')

/** A card as a message without a picture of its own; for a public link Telegram fetches the QR code, and shows it above. */
export function cardAsText(card: DrawnCard): Params {
  const qr = leadsSomewhere(card) && { url: `${card.link}/qr.png` }
  return {
    text: captionOf(card),
    parse_mode: 'HTML',
    link_preview_options: qr
      ? { ...qr, prefer_large_media: true, show_above_text: true }
      : { is_disabled: true },
    reply_markup: keyboard(rowsOf(card)),
  }
}

/** A card's words under its picture. */
export const cardAsCaption = (card: DrawnCard): Params => ({
  caption: captionOf(card),
  parse_mode: 'HTML',
  reply_markup: keyboard(rowsOf(card)),
})

export function messageAsText({ text, buttons }: Message): Params {
  const characters = [...text]
  return {
    text:
      characters.length > MOST_CHARACTERS ? `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…` : text,
    link_preview_options: { is_disabled: true },
    reply_markup: keyboard(buttons ?? []),
  }
}

/** The same where many read it: whom it names are not called by it. */
export function messageForAll(message: Message): Params {
  const { text, ...rest } = messageAsText(message)
  return { ...rest, text: withoutMentions(String(text)), parse_mode: 'HTML' }
}

/** What is for everybody on top, what is for one under it. */
const rowsOf = ({ buttons: [first, ...rest] }: DrawnCard): Button[][] => (first ? [[first], rest] : [])

function keyboard(rows: Button[][]): { inline_keyboard: object[][] } | undefined {
  const inline_keyboard = rows.map((row) => row.flatMap(inlineButton)).filter((row) => row.length > 0)
  return inline_keyboard.length > 0 ? { inline_keyboard } : undefined
}

function inlineButton(button: Button): object[] {
  if ('action' in button) return [{ text: button.label, callback_data: encodeAction(button.action) }]
  // Telegram refuses a whole message for one button with a link like `http://localhost:3000`.
  return opensElsewhere(button.url) ? [{ text: button.label, url: button.url }] : []
}

/** Telegram's own date entity, which counts by itself; older apps show the words in it. */
function countdown(at: Date, language: string): string {
  const words = new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return `<tg-time unix="${Math.floor(at.getTime() / 1000)}" format="r">${words.format(at)} UTC</tg-time>`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escape = (text: string): string => text.replace(/[&<>"]/g, (char) => ENTITIES[char] as string)
