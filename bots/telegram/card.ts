import { opensElsewhere } from '../../src/shared/link.ts'
import { labelOf } from '../../src/shared/names.ts'
import { encodeAction } from '../actions.ts'
import { aroundName, collectLine, type DrawnCard, endOf, leadsSomewhere, pictureFile } from '../card.ts'
import { type Button, type Message } from '../messenger.ts'
import { type TextKey, texts } from '../texts/index.ts'
import type { Params } from './client.ts'

const MAX_CHARACTERS = 4096

/**
 * The text of a card in Telegram's HTML, for a message or under a picture.
 * @param ends what its end is called
 */
export function captionOf(
  card: DrawnCard,
  ends: Extract<TextKey, 'card.goesBack' | 'card.lotsAt' | 'inline.ends'> = endOf(card),
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

/** A forwarded card has no buttons, so its text has the link, too. */
function linkLines(card: DrawnCard): string[] {
  if (card.link === null) return []
  if (leadsSomewhere(card)) return [escape(card.link)]
  return [card.link, collectLine(card)].map((line) => `<code>${escape(line)}</code>`)
}

/** A name becomes a mention by a link to the user's id; a handle mentions its owner by itself. */
function statusOf(card: DrawnCard): string {
  const { to, mention } = card
  const name = to && labelOf(to, 'telegram')
  if (!mention || !name || to.messenger !== 'telegram' || to.id === null) return shown(card, card.status)
  const [before, after] = aroundName(card).map(escape)
  return `${before}<a href="tg://user?id=${to.id}">${escape(name)}</a>${after}`
}

const shown = ({ mention }: DrawnCard, text: string): string =>
  mention === false ? withoutMentions(text) : escape(text)

/** Telegram notifies nobody of a handle in monospace. */
const withoutMentions = (text: string): string => escape(text).replace(/@\w+/g, '<code>$&</code>')

/** A card as a text message. Where its link is public, Telegram fetches the QR code as a link preview and shows it above. */
export function cardAsText(card: DrawnCard): Params {
  const qr = leadsSomewhere(card) && { url: `${card.link}/${pictureFile(card)}` }
  return {
    text: captionOf(card),
    parse_mode: 'HTML',
    link_preview_options: qr
      ? { ...qr, prefer_large_media: true, show_above_text: true }
      : { is_disabled: true },
    reply_markup: keyboard(rowsOf(card)),
  }
}

/** A card as the caption of a picture. */
export const cardAsCaption = (card: DrawnCard): Params => ({
  caption: captionOf(card),
  parse_mode: 'HTML',
  reply_markup: keyboard(rowsOf(card)),
})

/** A message as plain text, cut to what Telegram takes. */
export function messageAsText({ text, buttons }: Message): Params {
  const characters = [...text]
  return {
    text: characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS - 1).join('')}…` : text,
    link_preview_options: { is_disabled: true },
    reply_markup: keyboard(buttons ?? []),
  }
}

/** A message for a group: the people whom it names are not notified. */
export function messageForGroup(message: Message): Params {
  const { text, ...rest } = messageAsText(message)
  return { ...rest, text: withoutMentions(String(text)), parse_mode: 'HTML' }
}

/** Collect, which is for everybody, has a row of its own; sender and recipient have the next one. */
const rowsOf = ({ buttons: [first, ...rest] }: DrawnCard): Button[][] => (first ? [[first], rest] : [])

function keyboard(rows: Button[][]): { inline_keyboard: object[][] } | undefined {
  const inline_keyboard = rows.map((row) => row.flatMap(inlineButton)).filter((row) => row.length > 0)
  return inline_keyboard.length > 0 ? { inline_keyboard } : undefined
}

function inlineButton(button: Button): object[] {
  if ('action' in button) return [{ text: button.label, callback_data: encodeAction(button.action) }]
  // Telegram refuses the whole message where one button has a link like `http://localhost:3000`.
  return opensElsewhere(button.url) ? [{ text: button.label, url: button.url }] : []
}

/** Telegram's date entity: apps count it down by themselves; older ones show the text in it. */
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
