import type { CallbackQuery, ChatMember, Message, MessageEntity, Update, User } from 'telegraf/types'
import { codeIn } from '../commands/collect.ts'
import {
  type Chat,
  cleanLabel,
  decodeAction,
  type Invocation,
  type Person,
  type Press,
  type Target,
} from '../messenger.ts'
import { supported } from '../texts/index.ts'
import type { Params } from './client.ts'

/** What the bot asks Telegram for. Edited messages are none of it: they command nothing. */
export const UPDATES = [
  'message',
  'callback_query',
  'inline_query',
  'chosen_inline_result',
  'guest_message',
  'my_chat_member',
] as const

/** The types of telegraf are older than the guest mode. */
export type GuestMessage = Message.TextMessage & { from: User; guest_query_id: string }
export type AnyUpdate = Update | { update_id: number; guest_message: GuestMessage }

/** In place of a chat for messages of inline mode, of which Telegram tells the bot a number alone. */
export const INLINE = 'inline'

/** A command that somebody has said. */
export interface Said {
  name: string
  asked: Invocation
  /** Whether they speak as themselves, or in the name of their group or channel. */
  as: 'person' | 'group' | 'channel'
  /** Where the answer goes. */
  target: Target
}

type Named = { message_id: number; text: string; entities?: MessageEntity[] }

/** The command in a message, if it is one for this bot. */
export function commandIn(message: Message, username: string): Said | undefined {
  if (!('text' in message)) return undefined
  const { from, sender_chat: sender, chat, text } = message
  if (!from || (from.is_bot && !sender)) return undefined
  const command = message.entities?.find(({ type, offset }) => type === 'bot_command' && offset === 0)
  const [typed, bot] = command ? text.slice(1, command.length).split('@') : []
  if (bot !== undefined && bot.toLowerCase() !== username.toLowerCase()) return undefined
  const isPrivate = chat.type === 'private'
  const name = typed?.toLowerCase() ?? (isPrivate ? plainWordsMean(text) : undefined)
  // Who passes on what somebody else or another bot has written commands nothing: they may not even have read it.
  if (!name || ((message.forward_origin || message.via_bot) && name !== 'start')) return undefined

  const target = targetOf({
    chat_id: chat.id,
    message_thread_id: message.is_topic_message ? message.message_thread_id : undefined,
    reply_parameters: isPrivate
      ? undefined
      : { message_id: message.message_id, allow_sending_without_reply: true },
  })
  return {
    name,
    asked: {
      person: personOf(from),
      chat: chatOf(chat),
      target,
      language: supported(from.language_code),
      key: `telegram:${chat.id}:${message.message_id}`,
      ...wordsAfter(message, command?.length ?? 0),
      replyTo: isPrivate ? undefined : repliedTo(message),
    },
    as: !sender ? 'person' : sender.id === chat.id ? 'group' : 'channel',
    target,
  }
}

/** A place to send to, from the parameters of any method that sends; and back. */
const targetOf = ({ chat_id, ...details }: Params): Target => ({
  chat: String(chat_id),
  details: JSON.stringify(details),
})

export const paramsOf = ({ chat, details = '{}' }: Target): Params => ({
  chat_id: Number(chat),
  ...JSON.parse(details),
})

/** In private people talk to the bot anyway: what holds a code is opened, to all else it says what it can do. */
const plainWordsMean = (text: string) => (codeIn(text) ? 'start' : 'help')

/** What somebody who called the bot as a guest into another chat wants sent: `@bot 20 lunch`. */
export function guestOrder(message: GuestMessage, username: string): Invocation {
  const { words, mentions } = wordsAfter(message, 0)
  return {
    person: personOf(message.from),
    chat: { id: INLINE, kind: 'private' },
    // Who has called the bot is answered at once or not at all: later the card goes to them alone.
    target: targetOf({ chat_id: message.from.id }),
    language: supported(message.from.language_code),
    key: `telegram:guest:${message.guest_query_id}`,
    words: words
      .replace(new RegExp(`@${username}\\b`, 'i'), ' ')
      .trim()
      .replace(/^\/send\b/i, ''),
    mentions,
    replyTo: repliedTo(message),
  }
}

/** A press, if the button's data says one that the bot knows. */
export function pressOf(query: CallbackQuery): Press | undefined {
  const action = 'data' in query ? decodeAction(query.data) : undefined
  const { message, inline_message_id: inline } = query
  if (!action || (!message && !inline)) return undefined
  return {
    person: personOf(query.from),
    chat: message ? chatOf(message.chat) : { id: INLINE, kind: 'group' },
    language: supported(query.from.language_code),
    key: `telegram:callback:${query.id}`,
    action,
    place: message
      ? { chat: String(message.chat.id), message: String(message.message_id) }
      : { chat: INLINE, message: String(inline) },
  }
}

export const personOf = (user: User): Person => ({
  messenger: 'telegram',
  id: String(user.id),
  // Telegram says it whenever there is one: who has none now has lost it.
  handle: user.username ?? null,
  name: cleanLabel([user.first_name, user.last_name].filter(Boolean).join(' ')),
  language: user.language_code,
})

function chatOf(chat: Message['chat']): Chat {
  if (chat.type === 'private') return { id: String(chat.id), kind: 'private' }
  return { id: String(chat.id), kind: 'group', title: cleanLabel(chat.title) }
}

/** The words from a place on. A name that points at somebody without a handle becomes a mark, as it may hold blanks. */
function wordsAfter({ text, entities = [] }: Named, start: number) {
  const mentions = new Map<string, Person>()
  let words = text.slice(start)
  for (const entity of entities.toReversed()) {
    if (entity.type !== 'text_mention' || entity.offset < start) continue
    const mark = `@#${entity.user.id};`
    const offset = entity.offset - start
    words = `${words.slice(0, offset)} ${mark} ${words.slice(offset + entity.length)}`
    mentions.set(mark, personOf(entity.user))
  }
  return { words, mentions }
}

function repliedTo(message: Message.TextMessage): Person | 'nobody' | undefined {
  if (message.external_reply || message.reply_to_story) return 'nobody'
  const first = message.reply_to_message
  // Every message in a topic, and every comment under a post, answers to the one that began it.
  if (!first || 'forum_topic_created' in first || 'is_automatic_forward' in first) return undefined
  if (!first.from || first.from.is_bot || first.sender_chat) return 'nobody'
  return personOf(first.from)
}

/** A group's new id, where a message says that it has become a supergroup. */
export function movedIn(message: Message): { from: string; to: string } | undefined {
  const id = String(message.chat.id)
  if ('migrate_to_chat_id' in message) return { from: id, to: String(message.migrate_to_chat_id) }
  if ('migrate_from_chat_id' in message) return { from: String(message.migrate_from_chat_id), to: id }
  return undefined
}

/** Whether the bot, as a member of a chat, can write there. */
export const canWrite = (bot: ChatMember): boolean =>
  bot.status === 'restricted' ? bot.can_send_messages : bot.status !== 'left' && bot.status !== 'kicked'
