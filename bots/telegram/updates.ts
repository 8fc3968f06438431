import type { CallbackQuery, Message, MessageEntity, Update, User } from 'telegraf/types'
import { codeIn } from '../commands/collect.ts'
import {
  type Chat,
  cleanLabel,
  decodeAction,
  type Invocation,
  type Person,
  type Press,
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
] as const

/** The types of telegraf are older than the guest mode. */
export type GuestMessage = Written & { guest_query_id: string }
export type AnyUpdate = Update | { update_id: number; guest_message: GuestMessage }

/** In place of a chat for messages of inline mode, of which Telegram tells the bot a number alone. */
export const INLINE = 'inline'

/** A command that somebody has said. */
export interface Said {
  name: string
  asked: Invocation
  /** Whether they speak as themselves, or in the name of their group or channel. */
  as: 'person' | 'group' | 'channel'
  /** Where the answer goes, as parameters of any method that sends. */
  to: Params
}

/** What somebody wrote, as a text, under a picture, or nowhere. */
type Written = Message.CommonMessage &
  Partial<Pick<Message.TextMessage, 'text' | 'entities'>> &
  Pick<Message.CaptionableMessage, 'caption' | 'caption_entities'>
type Named = { text: string; entities?: MessageEntity[] | undefined }

/** Who says a message, at every entrance; nothing where no person does. */
function speakerOf(message: Message.CommonMessage) {
  const { from, sender_chat: sender, chat } = message
  if (!from || (from.is_bot && !sender)) return undefined
  const as: Said['as'] = !sender ? 'person' : sender.id === chat.id ? 'group' : 'channel'
  // Who passes on what somebody else or another bot has written commands nothing: they may not even have read it.
  return { from, as, commands: !message.forward_origin && !message.via_bot }
}

/** The command in a message, if it is one for this bot. */
export function commandIn(message: Message, username: string): Said | undefined {
  if (!('text' in message)) return undefined
  const { chat, text, date } = message
  const speaker = speakerOf(message)
  if (!speaker) return undefined
  const { from, as } = speaker
  const command = message.entities?.find(({ type, offset }) => type === 'bot_command' && offset === 0)
  const [typed, bot] = command ? text.slice(1, command.length).split('@') : []
  if (bot !== undefined && bot.toLowerCase() !== username.toLowerCase()) return undefined
  const isPrivate = chat.type === 'private'
  const name = typed?.toLowerCase() ?? (isPrivate ? plainWordsMean(text) : undefined)
  if (!name || (!speaker.commands && name !== 'start')) return undefined

  return {
    name,
    asked: {
      person: personOf(from),
      chat: chatOf(chat),
      language: supported(from.language_code),
      key: `telegram:${chat.id}:${message.message_id}`,
      saidAt: new Date(date * 1000),
      ...wordsAfter(message, command?.length ?? 0),
      replyTo: isPrivate ? undefined : repliedTo(message),
    },
    as,
    to: replyingTo(message),
  }
}

/** Where the answer to a message goes, as parameters of any method that sends. */
export const replyingTo = (message: NonNullable<CallbackQuery['message']>): Params => ({
  chat_id: message.chat.id,
  message_thread_id:
    'is_topic_message' in message && message.is_topic_message ? message.message_thread_id : undefined,
  reply_parameters:
    message.chat.type === 'private'
      ? undefined
      : { message_id: message.message_id, allow_sending_without_reply: true },
})

/** In private people talk to the bot anyway: what holds a code is opened, to all else it says what it can do. */
const plainWordsMean = (text: string) => (codeIn(text) ? 'start' : 'help')

/** What somebody who called the bot as a guest into another chat wants sent: `@bot 20 lunch`. */
export function guestOrder(message: GuestMessage, username: string): Pick<Said, 'asked' | 'as'> | undefined {
  const speaker = speakerOf(message)
  if (!speaker?.commands) return undefined
  const { from, as } = speaker
  const { text, caption, entities, caption_entities } = message
  const { words, mentions } = wordsAfter(
    text === undefined ? { text: caption ?? '', entities: caption_entities } : { text, entities },
    0,
  )
  return {
    asked: {
      person: personOf(from),
      chat: { id: INLINE, kind: 'private' },
      language: supported(from.language_code),
      key: `telegram:guest:${message.guest_query_id}`,
      saidAt: new Date(message.date * 1000),
      words: words
        .replace(new RegExp(`@${username}\\b`, 'i'), ' ')
        .trim()
        .replace(/^\/send\b/i, ''),
      mentions,
      replyTo: repliedTo(message),
    },
    as,
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

function repliedTo(message: Message.CommonMessage): Person | 'nobody' | undefined {
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
