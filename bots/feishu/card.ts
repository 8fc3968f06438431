import { short } from '../../src/shared/text.ts'
import { type Style, styleOf } from '../actions.ts'
import { aroundName, type DrawnCard, endOf, linkLines } from '../card.ts'
import type { Button, Message } from '../messenger.ts'
import type { Buttons } from '../signed-buttons.ts'
import { texts } from '../texts/index.ts'
import { localTimeIn } from '../texts/moment.ts'
import type { Content } from './client.ts'

/** The most characters of a text: a message with a card has 30 KB at most, one in Chinese three bytes a character. */
const MAX_CHARACTERS = 3000
const COLOURS: Record<DrawnCard['state'], string> = {
  open: 'blue',
  collected: 'green',
  cancelled: 'grey',
  declined: 'grey',
  returned: 'grey',
}
const TYPES: Record<Style, string> = { primary: 'primary', secondary: 'default', danger: 'danger' }

/**
 * A card as Feishu takes it, in the older of its two forms (JSON 1.0), which every client shows: https://open.feishu.cn/document/feishu-cards/card-json-structure
 * What people write stands in plain text alone, so that it can't be taken for markup.
 * @param picture the key of an uploaded one
 * @param chat where it stands
 */
export function cardJson(card: DrawnCard, picture: string | undefined, chat: string, buttons: Buttons) {
  const t = texts(card.language)
  const when = card.expiresAt && localTimeIn(card.expiresAt, card.language)
  return {
    // Whoever sees it sees its changes; without it none can be made.
    config: { update_multi: true },
    header: { template: COLOURS[card.state], title: plain(card.amount) },
    elements: [
      div([card.title, card.note && `「${card.note}」`]),
      statusOf(card),
      ...(picture ? [{ tag: 'img', img_key: picture, alt: plain(card.alternative) }] : []),
      div([when && t(endOf(card), { when }), card.unreached, ...linkLines(card), card.hint]),
      ...actionsOf([card.buttons], chat, buttons),
    ].filter((element) => element !== undefined),
  }
}

/** A message with buttons, or what takes the place of one. */
export const messageJson = ({ text, buttons: rows = [] }: Message, chat: string, buttons: Buttons) => ({
  config: { update_multi: true },
  elements: [div([fitting(text)]), ...actionsOf(rows, chat, buttons)],
})

/** A message as it is posted. Without buttons it is no card, as phones let nobody copy words out of those. */
export const messageContent = (message: Message, chat: string, buttons: Buttons): Content =>
  message.buttons?.some((row) => row.length > 0)
    ? { msg_type: 'interactive', content: messageJson(message, chat, buttons) }
    : // In a message of the kind `text` what somebody has written could mention everybody.
      {
        msg_type: 'post',
        content: { zh_cn: { content: [[{ tag: 'text', text: fitting(message.text) }]] } },
      }

/** A name becomes a mention, which notifies whoever it names. */
function statusOf(card: DrawnCard) {
  const { mention, to, status } = card
  if (!mention || to?.messenger !== 'feishu' || to.id === null) return div([status])
  const [before, after] = aroundName(card).map(escape)
  return { tag: 'div', text: { tag: 'lark_md', content: `${before}<at id=${to.id}></at>${after}` } }
}

/** https://open.feishu.cn/document/feishu-cards/card-components/content-components/rich-text: by their numbers, marks are only themselves. */
const escape = (text: string): string => text.replace(/[!-/:-@[-`{-~]/g, (mark) => `&#${mark.charCodeAt(0)};`)

const plain = (content: string) => ({ tag: 'plain_text', content })

function div(lines: (string | null | undefined)[]) {
  const content = lines.filter(Boolean).join('\n')
  return content ? { tag: 'div', text: plain(content) } : undefined
}

const actionsOf = (rows: Button[][], chat: string, buttons: Buttons) =>
  rows
    .filter((row) => row.length > 0)
    .map((row) => ({ tag: 'action', actions: row.map((button) => shown(button, chat, buttons)) }))

const shown = (button: Button, chat: string, buttons: Buttons) => ({
  tag: 'button',
  text: plain(button.label),
  ...('url' in button
    ? { type: 'default', url: button.url }
    : { type: TYPES[styleOf(button.action)], value: buttons.encode(button.action, chat) }),
})

const fitting = (text: string): string => short(text, MAX_CHARACTERS)
