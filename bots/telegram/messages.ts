import type { Message, MessageEntity, User } from 'telegraf/types'
import type { Invocation, Person, Target } from '../messenger.ts'
import { supported } from '../texts/index.ts'
import { commandIn } from '../typed-command.ts'
import { chatOf, HANDLES, personOf } from './people.ts'
import { INLINE, replyTargetOf, targetOf } from './places.ts'
import type { GuestMessage, Self } from './updates.ts'

/** A command out of a message. */
export interface ReceivedCommand {
  /** As it is typed, in small letters. */
  name: string
  /** Whether it can only be for this bot: sent in private, or with the bot's handle. */
  isForUs: boolean
  invocation: Invocation
  /** Whether they write as themselves, or in the name of their group or channel. */
  as: 'person' | 'group' | 'channel'
  /** Where the answer goes. */
  target: Target
}

/** The command in a message, if it is one for this bot. */
export function commandInMessage(message: Message, { username, scope }: Self): ReceivedCommand | undefined {
  const { chat, date } = message
  const text = textIn(message)
  const sender = senderOf(message)
  if (!text || !sender) return undefined
  const { from, as } = sender
  const isPrivate = chat.type === 'private'
  const typed = typedIn(text, username, isPrivate, sender.isForwarded)
  if (!typed) return undefined

  const target = replyTargetOf(message)
  return {
    name: typed.name,
    isForUs: typed.isForUs,
    invocation: {
      person: personOf(from),
      chat: chatOf(chat),
      // Only its admins can write in the name of a group.
      ...(as === 'group' && { asGroup: true }),
      target,
      language: supported(from.language_code),
      key: keyOfMessage(message, scope),
      sentAt: new Date(date * 1000),
      words: typed.words,
      mentions: typed.mentions,
      handles: HANDLES,
      replyTo: isPrivate ? undefined : repliedTo(message),
    },
    as,
    target,
  }
}

/** The `/send` of somebody who calls the bot as a guest into a chat that it isn't in: `@bot 20 lunch`. */
export function sendInGuestMessage(
  message: GuestMessage,
  { username, scope }: Self,
): Pick<ReceivedCommand, 'invocation' | 'as'> | undefined {
  const sender = senderOf(message)
  // Nobody to act for, or no way to answer.
  if (!sender || sender.isForwarded || !message.guest_query_id) return undefined
  const { from, as } = sender
  const { words, mentions } = wordsAfter(textIn(message) ?? { text: '', entities: [] }, 0)
  return {
    invocation: {
      person: personOf(from),
      chat: { id: INLINE, kind: 'private', withOthers: true },
      // A guest query is answered at once or not at all: a card that is posted later can only go to its sender.
      target: targetOf({ chat_id: from.id }),
      language: supported(from.language_code),
      key: `telegram:${scope}guest:${message.guest_query_id}`,
      sentAt: new Date(message.date * 1000),
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

interface MarkedText {
  text: string
  entities: MessageEntity[]
}

/** The text of a message, or what is written under its picture. */
function textIn(message: Message): MarkedText | undefined {
  if ('text' in message) return { text: message.text, entities: message.entities ?? [] }
  if ('caption' in message) return { text: message.caption ?? '', entities: message.caption_entities ?? [] }
  return undefined
}

/** Who has sent a message; undefined where no person did. */
function senderOf(message: Message) {
  const { from, sender_chat: sender, chat } = message
  if (!from || (from.is_bot && !sender)) return undefined
  const as: ReceivedCommand['as'] = !sender ? 'person' : sender.id === chat.id ? 'group' : 'channel'
  const isForwarded = 'forward_origin' in message || ('via_bot' in message && message.via_bot !== undefined)
  return { from, as, isForwarded }
}

function typedIn(marked: MarkedText, botHandle: string, isPrivate: boolean, isForwarded: boolean) {
  const { text, entities } = marked
  const command = entities.find(({ type, offset }) => type === 'bot_command' && offset === 0)
  const typed = commandIn(text, {
    isPrivate,
    botHandle,
    isForwarded,
    marked: command?.length ?? (UNMARKED_COMMAND.test(text) ? undefined : 0),
  })
  // The arguments of `/start` for a pasted code, and of `/help`, are not part of the text.
  const hasWords = typed && typed.end < text.length
  return typed && { ...typed, ...(hasWords ? wordsAfter(marked, typed.end) : { mentions: new Map() }) }
}

/** Telegram marks neither commands behind the wide slash of Chinese keyboards nor those in letters other than Latin. */
const UNMARKED_COMMAND = /^(?:／|\/\P{ASCII})/u

/** Every bot in a supergroup sees the same message id, so what one bot has done, another one doesn't do again. */
const keyOfMessage = ({ chat, message_id }: Message, scope: string): string =>
  `telegram:${chat.type === 'supergroup' ? '' : scope}${chat.id}:${message_id}`

/**
 * The words from an offset on. A handle that Telegram has marked is set apart from letters written on to it. A mention of
 * somebody without a handle shows a name, which may hold blanks: a placeholder takes its place.
 */
function wordsAfter({ text, entities }: MarkedText, start: number) {
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
    // The Bot API allows a mention without a user.
    const user: User | undefined = entity.user
    if (!user) continue
    const placeholder = `@#${user.id};`
    put(placeholder)
    mentions.set(placeholder, user.is_bot ? 'bot' : personOf(user))
  }
  return { words, mentions }
}

function repliedTo(message: Message): Person | 'nobody' | undefined {
  const { external_reply, reply_to_story, reply_to_message: first } = message as Message.TextMessage
  if (external_reply || reply_to_story) return 'nobody'
  // Telegram makes every message in a topic, and every comment under a post, a reply to the first one.
  if (!first || 'forum_topic_created' in first || 'is_automatic_forward' in first) return undefined
  if (!first.from || first.from.is_bot || first.sender_chat) return 'nobody'
  return personOf(first.from)
}
