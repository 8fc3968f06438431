import { z } from 'zod'
import { short } from '../../src/shared/text.ts'
import { type Action, decodeAction, encodeAction, type Style, styleOf } from '../actions.ts'
import { type DrawnCard, endOf, linkLines } from '../card.ts'
import type { Button, Message } from '../messenger.ts'
import { openProofs } from '../proofs.ts'
import { texts } from '../texts/index.ts'

/**
 * What a card shows, by the variables of its template: docs/messengers/dingtalk.md. All are strings, those of other types as JSON:
 * https://open.dingtalk.com/document/orgapp/instructions-for-filling-in-api-card-data
 */
export interface CardData {
  title: string
  body: string
  /** The id of an uploaded picture; empty: none. */
  picture: string
  /** The buttons, as JSON. */
  buttons: string
}

/** The variable that each reader has for themselves: what came of their tap. */
export const NOTICE = 'notice'

/** The most characters of a text: a message has 15,000 bytes at most. */
const MAX_CHARACTERS = 3000
/** Companies in DingTalk are on Chinese time. */
const TIME_ZONE = 'Asia/Shanghai'
const COLOURS: Record<Style, string> = { primary: 'blue', secondary: 'gray', danger: 'red' }

/** Signs buttons, and finds those again that were signed: a client can send any data. */
export interface Buttons {
  encode(buttons: readonly Button[], card: string, chat: string): string
  /** What was pressed, and in which chat; undefined where this card has never had that button. */
  decode(params: unknown, card: string): { action: Action; chat: string } | undefined
}

const Pressed = z.object({ press: z.string().max(64), chat: z.string(), proof: z.string() })

/** @param secret the app's */
export function openButtons(secret: string): Buttons {
  const proofs = openProofs(secret)

  return {
    encode: (buttons, card, chat) =>
      JSON.stringify(
        buttons.map((button) => {
          if ('url' in button) return shown(button, 'gray', { type: 'openLink', params: { url: button.url } })
          const press = encodeAction(button.action)
          const params = { press, chat, proof: proofs.of(press, card, chat) }
          return shown(button, COLOURS[styleOf(button.action)], {
            type: 'sendCardRequest',
            params: { actionId: press, params },
          })
        }),
      ),
    decode(params, card) {
      const { data } = Pressed.safeParse(params)
      if (!data) return undefined
      const { press, chat, proof } = data
      if (!proofs.isOf(proof, press, card, chat)) return undefined
      const action = decodeAction(press)
      return action && { action, chat }
    },
  }
}

const shown = ({ label }: Button, color: string, event: object) => ({
  text: label,
  color,
  status: 'normal',
  event,
})

/** @param picture of its QR code, as an id */
export const cardData = (card: DrawnCard, picture: string, buttons: string): CardData => ({
  title: card.amount,
  body: bodyOf(card),
  picture,
  buttons,
})

/** Plain text: what people write can't be taken for markup. */
function bodyOf(card: DrawnCard): string {
  const t = texts(card.language)
  const when = card.expiresAt && timeIn(card.expiresAt, card.language)
  return [
    card.title,
    card.note && `「${card.note}」`,
    card.status,
    when && t(endOf(card), { when }),
    card.unreached,
    ...linkLines(card),
    card.hint,
  ]
    .filter((line) => typeof line === 'string' && line !== '')
    .join('\n')
}

const timeIn = (at: Date, language: string): string =>
  texts(language)('dingtalk.inBeijing', {
    time: new Intl.DateTimeFormat(language, {
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hour12: false,
      timeZone: TIME_ZONE,
    }).format(at),
  })

/** A message with buttons, which only a card can have. */
export const messageData = ({ text }: Message, buttons: string): CardData => ({
  title: '',
  body: fitting(text),
  picture: '',
  buttons,
})

/** A text as a message takes it. */
export const fitting = (text: string): string => short(text, MAX_CHARACTERS)
