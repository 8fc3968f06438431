import type { CallbackQuery } from 'telegraf/types'
import { type Place, type Target, Undeliverable } from '../messenger.ts'
import type { Params } from './client.ts'

/** Stands in place of the chat for inline messages: Telegram gives the bot nothing but an id of the message. */
export const INLINE = 'inline'

/** Where the answer to a message goes: its chat, its topic, and in groups as a reply. */
export function replyTargetOf(message: NonNullable<CallbackQuery['message']>): Target {
  const { chat, message_id } = message
  return targetOf({
    chat_id: chat.id,
    message_thread_id:
      'is_topic_message' in message && message.is_topic_message ? message.message_thread_id : undefined,
    reply_parameters: chat.type === 'private' ? undefined : { message_id, allow_sending_without_reply: true },
  })
}

/** A target out of the parameters of any method that sends. */
export const targetOf = ({ chat_id, ...details }: Params): Target => ({
  chat: String(chat_id),
  details: JSON.stringify(details),
})

/** The parameters that `targetOf` was given. */
export const paramsOf = ({ chat, details = '{}' }: Target): Params => ({
  chat_id: Number(chat),
  ...JSON.parse(details),
})

/**
 * A message of the bot's in the form that the API takes.
 * @param scope of the bot, which its message ids begin with
 */
export const placeOf = (chat: number | string, message: number | string, scope: string): Place => ({
  chat: String(chat),
  message: `${scope}${message}`,
})

/**
 * The id by which Telegram knows a message of the bot's.
 * @throws Undeliverable where another bot has posted it: nobody else can change it
 */
export function messageIdOf({ message }: Place, scope: string): string {
  const [, bot = '', id = ''] = /^(\d+:)?(.*)$/.exec(message) ?? []
  if (bot !== scope) throw new Undeliverable('another bot has posted it')
  return id
}
