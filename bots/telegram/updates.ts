import type { ChatMember, Message, Update } from 'telegraf/types'

/** The kinds of updates that the bot asks Telegram for. Edits of messages are left out: an edited message commands nothing. */
export const UPDATES = [
  'message',
  'callback_query',
  'inline_query',
  'chosen_inline_result',
  'guest_message',
  'my_chat_member',
  'chat_member',
] as const

/** A message that calls the bot into a chat it isn't in; the types of telegraf are older than that mode. Only id and chat are certain. */
export type GuestMessage = Message & { guest_query_id?: string }
export type AnyUpdate = Update | { update_id: number; guest_message: GuestMessage }

/** The bot itself. */
export interface Self {
  /** Its handle, without `@`. */
  username: string
  /**
   * A prefix of its idempotency keys and message ids, `123456:`: Telegram numbers the messages of a private chat for each
   * bot anew, so without it another bot's ids would be taken for this one's. Empty for the first bot in these books.
   */
  scope: string
}

/** A group's old and new id, where a message says that it has become a supergroup. */
export function movedIn(message: Message): { from: string; to: string } | undefined {
  const id = String(message.chat.id)
  if ('migrate_to_chat_id' in message) return { from: id, to: String(message.migrate_to_chat_id) }
  if ('migrate_from_chat_id' in message) return { from: String(message.migrate_from_chat_id), to: id }
  return undefined
}

/** Whether somebody is in a chat. */
export const isIn = (member: ChatMember): boolean =>
  member.status === 'restricted' ? member.is_member : member.status !== 'left' && member.status !== 'kicked'

/** The last moment of the second that Telegram tells. */
export const within = (date: number): Date => new Date((date + 1) * 1000)

/** Whether the bot, as a member of a chat, can write there. */
export const canWrite = (bot: ChatMember): boolean =>
  bot.status === 'restricted' ? bot.can_send_messages : bot.status !== 'left' && bot.status !== 'kicked'
