import type { CallbackQuery, ChatMember, Message, MessageEntity, Update, User } from 'telegraf/types'
import { decodeAction } from '../actions.ts'
import {
  type Chat,
  cleanLabel,
  type Handles,
  type Invocation,
  type Person,
  type Place,
  type Press,
  type Target,
  Undeliverable,
} from '../messenger.ts'
import { supported } from '../texts/index.ts'
import { commandIn } from '../typed.ts'
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

/** The types of telegraf are older than the guest mode. As in any message, nothing but its number and chat is certain. */
export type GuestMessage = Message & { guest_query_id?: string }
export type AnyUpdate = Update | { update_id: number; guest_message: GuestMessage }

/** In place of a chat for messages of inline mode, of which Telegram tells the bot a number alone. */
export const INLINE = 'inline'

/** The bot itself. */
export interface Self {
  /** Its handle. */
  username: string
  /**
   * What its keys and the numbers of its messages are told apart by from those of other bots: Telegram counts the messages
   * of a private chat for each bot anew. Nothing for the first bot in these books.
   */
  scope: string
}

/** A command that somebody has said. */
export interface Said {
  /** As it is typed, in small letters. */
  name: string
  /** Whether it can only be for this bot: said in private, or with the bot's handle. */
  isForUs: boolean
  asked: Invocation
  /** Whether they speak as themselves, or in the name of their group or channel. */
  as: 'person' | 'group' | 'channel'
  /** Where the answer goes. */
  target: Target
}

interface Written {
  text: string
  entities: MessageEntity[]
}

/** What is written in a message, or under its picture. */
function writtenIn(message: Message): Written | undefined {
  if ('text' in message) return { text: message.text, entities: message.entities ?? [] }
  if ('caption' in message) return { text: message.caption ?? '', entities: message.caption_entities ?? [] }
  return undefined
}

/** Who says a message, at every entrance; nothing where no person does. */
function speakerOf(message: Message) {
  const { from, sender_chat: sender, chat } = message
  if (!from || (from.is_bot && !sender)) return undefined
  const as: Said['as'] = !sender ? 'person' : sender.id === chat.id ? 'group' : 'channel'
  const isPassedOn = 'forward_origin' in message || ('via_bot' in message && message.via_bot !== undefined)
  return { from, as, isPassedOn }
}

/** The command in a message, if it is one for this bot. */
export function saidIn(message: Message, { username, scope }: Self): Said | undefined {
  const { chat, date } = message
  const written = writtenIn(message)
  const speaker = speakerOf(message)
  if (!written || !speaker) return undefined
  const { from, as } = speaker
  const isPrivate = chat.type === 'private'
  const typed = typedIn(written, username, isPrivate, speaker.isPassedOn)
  if (!typed) return undefined

  const target = answerTo(message)
  return {
    name: typed.name,
    isForUs: typed.isForUs,
    asked: {
      person: personOf(from),
      chat: chatOf(chat),
      target,
      language: supported(from.language_code),
      key: keyOfMessage(message, scope),
      saidAt: new Date(date * 1000),
      words: typed.words,
      mentions: typed.mentions,
      handles: HANDLES,
      replyTo: isPrivate ? undefined : repliedTo(message),
    },
    as,
    target,
  }
}

/** Where the answer to a message goes. */
function answerTo(message: NonNullable<CallbackQuery['message']>): Target {
  const { chat, message_id } = message
  return targetOf({
    chat_id: chat.id,
    message_thread_id:
      'is_topic_message' in message && message.is_topic_message ? message.message_thread_id : undefined,
    reply_parameters: chat.type === 'private' ? undefined : { message_id, allow_sending_without_reply: true },
  })
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

function typedIn(written: Written, botHandle: string, isPrivate: boolean, isPassedOn: boolean) {
  const { text, entities } = written
  const command = entities.find(({ type, offset }) => type === 'bot_command' && offset === 0)
  // Telegram marks no command that was typed with the slash of a Chinese keyboard.
  const marked = command?.length ?? (text.startsWith('／') ? undefined : 0)
  const typed = commandIn(text, { isPrivate, botHandle, isPassedOn, marked })
  // A code that was opened, or help, is made of no words of the text.
  const isWords = typed && typed.end < text.length
  return typed && { ...typed, ...(isWords ? wordsAfter(written, typed.end) : { mentions: new Map() }) }
}

/** What somebody who called the bot as a guest into another chat wants sent: `@bot 20 lunch`. */
export function guestOrder(
  message: GuestMessage,
  { username, scope }: Self,
): Pick<Said, 'asked' | 'as'> | undefined {
  const speaker = speakerOf(message)
  // Nobody to act for, or no way to answer.
  if (!speaker || speaker.isPassedOn || !message.guest_query_id) return undefined
  const { from, as } = speaker
  const { words, mentions } = wordsAfter(writtenIn(message) ?? { text: '', entities: [] }, 0)
  return {
    asked: {
      person: personOf(from),
      chat: { id: INLINE, kind: 'private' },
      // Who has called the bot is answered at once or not at all: later the card goes to them alone.
      target: targetOf({ chat_id: from.id }),
      language: supported(from.language_code),
      key: `telegram:${scope}guest:${message.guest_query_id}`,
      saidAt: new Date(message.date * 1000),
      words: words
        .replace(new RegExp(`@${username}\\b`, 'i'), ' ')
        .trim()
        .replace(/^\/send\b/i, ''),
      mentions,
      handles: HANDLES,
      replyTo: repliedTo(message),
    },
    as,
  }
}

/** https://core.telegram.org/method/account.checkUsername, but that old ones are shorter; those of bots end with `bot`. */
export const HANDLES: Handles = {
  pattern: /^[a-z]\w{2,31}$/i,
  isBot: (handle) => /bot$/i.test(handle),
}

/** A press, if the button's data says one that the bot knows. */
export function pressOf(query: CallbackQuery, { scope }: Self): Press | undefined {
  const action = 'data' in query ? decodeAction(query.data) : undefined
  const { message, inline_message_id: inline } = query
  if (!action || (!message && !inline)) return undefined
  return {
    person: personOf(query.from),
    chat: message ? chatOf(message.chat) : { id: INLINE, kind: 'group' },
    language: supported(query.from.language_code),
    key: keyOfTap(query, scope),
    action,
    place: message
      ? placeOf(message.chat.id, message.message_id, scope)
      : placeOf(INLINE, String(inline), scope),
    buttons: message && dataIn(message),
    target: message && answerTo(message),
  }
}

/** What is said in a supergroup has one number for all bots: what one of them has done is done. */
const keyOfMessage = ({ chat, message_id }: Message, scope: string): string =>
  `telegram:${chat.type === 'supergroup' ? '' : scope}${chat.id}:${message_id}`

export const keyOfTap = ({ id }: CallbackQuery, scope: string): string => `telegram:${scope}callback:${id}`

/** A message of the bot's as the core is told it; and back. */
export const placeOf = (chat: number | string, message: number | string, scope: string): Place => ({
  chat: String(chat),
  message: `${scope}${message}`,
})

/** @throws Undeliverable where it is another bot's, which alone can change it */
export function numberIn({ message }: Place, scope: string): string {
  const [, bot = '', number = ''] = /^(\d+:)?(.*)$/.exec(message) ?? []
  if (bot !== scope) throw new Undeliverable('another bot has posted it')
  return number
}

/** The data of a message's buttons; of one that is too old, or gone, Telegram tells none. */
function dataIn(message: NonNullable<CallbackQuery['message']>): string[] {
  const markup = 'reply_markup' in message ? message.reply_markup : undefined
  return (markup?.inline_keyboard ?? [])
    .flat()
    .flatMap((button) => ('callback_data' in button ? button.callback_data : []))
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

/**
 * The words from a place on. A handle that Telegram has marked stands apart from what is written on to it; a name that
 * points at somebody without a handle becomes a mark, as it may hold blanks.
 */
function wordsAfter({ text, entities }: Written, start: number) {
  const mentions = new Map<string, Person | 'bot'>()
  let words = text.slice(start)
  for (const entity of entities.toReversed()) {
    if (entity.offset < start) continue
    const begin = entity.offset - start
    const end = begin + entity.length
    const put = (name: string) => {
      words = `${words.slice(0, begin)} ${name} ${words.slice(end)}`
    }
    if (entity.type === 'mention' && /^[^\w\s\p{P}]/u.test(words.slice(end))) put(words.slice(begin, end))
    if (entity.type !== 'text_mention') continue
    // The description allows one that names nobody.
    const user: User | undefined = entity.user
    if (!user) continue
    const mark = `@#${user.id};`
    put(mark)
    mentions.set(mark, user.is_bot ? 'bot' : personOf(user))
  }
  return { words, mentions }
}

function repliedTo(message: Message): Person | 'nobody' | undefined {
  const { external_reply, reply_to_story, reply_to_message: first } = message as Message.TextMessage
  if (external_reply || reply_to_story) return 'nobody'
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
