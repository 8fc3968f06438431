import type { ActionsBlock, KnownBlock, RichTextElement, Button as SlackButton } from '@slack/types'
import { opensElsewhere } from '../../src/shared/link.ts'
import { short } from '../../src/shared/text.ts'
import { encodeAction, type Style, styleOf } from '../actions.ts'
import { aroundName, type DrawnCard, endOf, leadsSomewhere, linkLines, pictureFile } from '../card.ts'
import type { Button, Message } from '../messenger.ts'
import type { Buttons } from '../signed-buttons.ts'
import { texts } from '../texts/index.ts'
import type { Content } from './client.ts'
import { partsOf } from './ids.ts'
import { escape } from './markup.ts'

/** What Slack takes, in characters: https://docs.slack.dev/reference/block-kit/blocks */
const MAX_TEXT = 3000
const MAX_HEADER = 150
const MAX_LABEL = 75
const STYLES: Record<Style, { style?: 'primary' | 'danger' }> = {
  primary: { style: 'primary' },
  secondary: {},
  danger: { style: 'danger' },
}
/** Each reader sees it in their own time zone. */
const DATE_FORMAT = '{date_short_pretty} {time}'

/**
 * A card as Slack takes it. What people write stands in plain text and in elements of rich text alone, which have no markup.
 * @param chat where it stands
 */
export function cardContent(card: DrawnCard, chat: string, buttons: Buttons): Content {
  const { amount, title, note, status, unreached, hint } = card
  return {
    text: fitting(escape([amount, title, status].join('\n'))),
    blocks: [
      { type: 'header', text: plain(short(amount, MAX_HEADER)) },
      {
        type: 'rich_text',
        elements: [
          { type: 'rich_text_section', elements: [{ type: 'text', text: title, style: { bold: true } }] },
          ...(note ? [{ type: 'rich_text_quote' as const, elements: [words(note)] }] : []),
          ...sections([statusOf(card, chat), unreached ? [words(unreached)] : []]),
        ],
      },
      ...(leadsSomewhere(card)
        ? [
            {
              type: 'image' as const,
              image_url: `${card.link}/${pictureFile(card)}`,
              alt_text: card.alternative,
            },
          ]
        : []),
      ...richText([endLine(card), ...linkLines(card).map(linked), hint ? [words(hint)] : []]),
      ...actionsOf([card.buttons], chat, buttons),
    ],
  }
}

/** A message with buttons, or what takes the place of one. */
export const messageContent = (
  { text, buttons: rows = [] }: Message,
  chat: string,
  buttons: Buttons,
): Content => ({
  text: fitting(escape(text)),
  blocks: [...richText([linked(fitting(text))]), ...actionsOf(rows, chat, buttons)],
})

/** A name becomes a mention, which notifies whoever it names. */
function statusOf(card: DrawnCard, chat: string): RichTextElement[] {
  const { mention, to, status } = card
  const id = mention && to?.messenger === 'slack' ? to.id : null
  if (id === null || partsOf(id).workspace !== partsOf(chat).workspace) return [words(status)]
  const [before, after] = aroundName(card)
  return [words(before), { type: 'user', user_id: partsOf(id).own }, words(after)]
}

function endLine(card: DrawnCard): RichTextElement[] {
  if (!card.expiresAt) return []
  const [before = '', after = ''] = texts(card.language)(endOf(card), { when: '\0' }).split('\0')
  const timestamp = Math.floor(card.expiresAt.getTime() / 1000)
  const fallback = card.expiresAt.toISOString()
  return [words(before), { type: 'date', timestamp, format: DATE_FORMAT, fallback }, words(after)]
}

const plain = (text: string) => ({ type: 'plain_text' as const, text, emoji: false })
const words = (text: string) => ({ type: 'text' as const, text })

/** A text whose links can be opened. */
const linked = (text: string): RichTextElement[] =>
  text
    .split(/(https?:\/\/\S+)/)
    .map((part) => (/^https?:/.test(part) ? { type: 'link' as const, url: part } : words(part)))

/** Lines, as far as there is something in them. */
function sections(lines: RichTextElement[][]) {
  const full = lines
    .map((line) => line.filter((element) => element.type !== 'text' || element.text !== ''))
    .filter((line) => line.length > 0)
  const elements = full.flatMap((line, at) => (at === 0 ? line : [words('\n'), ...line]))
  return elements.length > 0 ? [{ type: 'rich_text_section' as const, elements }] : []
}

function richText(lines: RichTextElement[][]): KnownBlock[] {
  const elements = sections(lines)
  return elements.length > 0 ? [{ type: 'rich_text', elements }] : []
}

const actionsOf = (rows: Button[][], chat: string, buttons: Buttons): ActionsBlock[] =>
  rows
    // A link to this machine alone is of no use to others.
    .map((row) => row.filter((button) => !('url' in button) || opensElsewhere(button.url)))
    .filter((row) => row.length > 0)
    .map((row, at) => ({
      type: 'actions',
      elements: row.map((button, place) => shown(button, `${at}:${place}`, chat, buttons)),
    }))

const shown = (button: Button, place: string, chat: string, buttons: Buttons): SlackButton => {
  const text = plain(short(button.label, MAX_LABEL))
  if ('url' in button) return { type: 'button', action_id: `open:${place}`, text, url: button.url }
  const { action } = button
  return {
    type: 'button',
    action_id: encodeAction(action),
    text,
    value: JSON.stringify(buttons.encode(action, chat)),
    ...STYLES[styleOf(action)],
  }
}

const fitting = (text: string): string => short(text, MAX_TEXT)
