import type { CallbackQuery } from 'telegraf/types'
import { decodeAction } from '../actions.ts'
import type { ButtonPress } from '../messenger.ts'
import { supported } from '../texts/index.ts'
import { chatOf, personOf } from './people.ts'
import { INLINE, placeOf, replyTargetOf } from './places.ts'
import type { Self } from './updates.ts'

/** The button press in a callback query; undefined where the button's data is no action of ours. */
export function pressIn(query: CallbackQuery, { scope }: Self): ButtonPress | undefined {
  const action = 'data' in query ? decodeAction(query.data) : undefined
  const { message, inline_message_id: inline } = query
  if (!action || (!message && !inline)) return undefined
  return {
    person: personOf(query.from),
    chat: message ? chatOf(message.chat) : { id: INLINE, kind: 'group' },
    language: supported(query.from.language_code),
    key: keyOfCallback(query, scope),
    action,
    place: message
      ? placeOf(message.chat.id, message.message_id, scope)
      : placeOf(INLINE, String(inline), scope),
    buttons: message && buttonDataIn(message),
    target: message && replyTargetOf(message),
  }
}

/** The idempotency key of what a callback query asks for. */
export const keyOfCallback = ({ id }: CallbackQuery, scope: string): string =>
  `telegram:${scope}callback:${id}`

/** The data of a message's buttons; empty where the message is too old, or deleted: then Telegram doesn't tell them. */
function buttonDataIn(message: NonNullable<CallbackQuery['message']>): string[] {
  const markup = 'reply_markup' in message ? message.reply_markup : undefined
  return (markup?.inline_keyboard ?? [])
    .flat()
    .flatMap((button) => ('callback_data' in button ? button.callback_data : []))
}
