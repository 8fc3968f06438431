import type { CallbackQuery, ChatMemberUpdated, Message as TelegramMessage } from 'telegraf/types'
import { short } from '../../src/shared/text.ts'
import { type Bot, type Dispatched, DONE } from '../bot.ts'
import type { ApiClient } from '../client.ts'
import { commandOf } from '../commands/index.ts'
import { type Message, type Messenger, type PressAnswer, Undeliverable } from '../messenger.ts'
import type { Log } from '../sentences.ts'
import { supported, texts } from '../texts/index.ts'
import { cardAsText, messageAsText, messageForAll } from './card.ts'
import type { Params, TelegramClient } from './client.ts'
import { article, createInline, offerIn } from './inline.ts'
import {
  type AnyUpdate,
  canWrite,
  type GuestMessage,
  guestOrder,
  INLINE,
  movedIn,
  paramsOf,
  placeOf,
  pressOf,
  type Said,
  type Self,
  saidIn,
} from './updates.ts'

const MOST_TOAST = 200
const MOST_TITLE = 60

interface Sources {
  api: ApiClient
  client: TelegramClient
  bot: Bot
  messenger: Messenger
  log: Log
  /** The bot itself, once Telegram has been reached. */
  self(): Self
  /** Has the core know a group by its new id. */
  moveGroup(from: string, to: string): Promise<void>
}

/** What the bot does about an update: ends when what it moves is in the books, or throws so that it may come again. */
export function createHandler(sources: Sources): (update: AnyUpdate) => Promise<Dispatched> {
  const { api, client, bot, messenger, log, self } = sources
  const inHearing = createLines()
  const inAnswering = createLines()
  const inline = createInline({ api, client, bot, messenger, log, self })

  async function handle(update: AnyUpdate): Promise<Dispatched> {
    if ('callback_query' in update) return press(update.callback_query)
    if ('inline_query' in update) return { answered: inline.suggest(update.inline_query) }
    if ('chosen_inline_result' in update) return inline.chosen(update.chosen_inline_result)
    if ('guest_message' in update) return host(update.guest_message)
    // What is said in one chat is heard in turn, as it may stand on what was said before.
    if ('message' in update) return inHearing(update.message.chat.id, () => receive(update.message))
    if ('my_chat_member' in update) return membershipChanged(update.my_chat_member)
    return DONE
  }

  /** It was thrown out or blocked, and is back. */
  async function membershipChanged({ chat, new_chat_member }: ChatMemberUpdated): Promise<Dispatched> {
    return canWrite(new_chat_member) ? { answered: bot.reached([String(chat.id)], true) } : DONE
  }

  async function receive(message: TelegramMessage): Promise<Dispatched> {
    const move = movedIn(message)
    if (move) return sources.moveGroup(move.from, move.to).then(() => DONE)
    const said = saidIn(message, self())
    if (!said) return DONE
    const { name, isForUs, asked, as, target } = said
    if (!isForUs && !commandOf(name)) return DONE
    const to = paramsOf(target)
    const inTurn = <T>(answer: () => Promise<T>) => inAnswering(message.chat.id, answer)
    const written = asked.chat.kind === 'group' ? messageForAll : messageAsText
    const say = async (words: Message) =>
      void (await client.call('sendMessage', { ...to, ...written(words) }))
    const harmless = as === 'group' && (name === 'history' || name === 'help')
    // Many write in a group's name; what one of them sent or collected would be everybody's.
    if (as !== 'person' && !harmless)
      return { answered: inTurn(() => say({ text: texts(asked.language)('group.asYourself') })) }
    return bot.dispatch(name, asked, {
      post: (card) => inTurn(() => messenger.post(card, target)),
      say: (words, personal) =>
        inTurn(() => (personal && asked.chat.kind === 'group' ? sayInPrivate(said, words, say) : say(words))),
    })
  }

  async function sayInPrivate({ asked }: Said, words: Message, say: (pointer: Message) => Promise<void>) {
    const t = texts(asked.language)
    const button = { label: t('group.openPrivateButton'), url: `https://t.me/${self().username}?start=hello` }
    const pointer = await messenger.whisper(asked.person, words).then(
      () => ({ text: t('group.inPrivate') }),
      (error: unknown) => {
        if (!(error instanceof Undeliverable)) throw error
        return { text: t('group.openPrivate'), buttons: [[button]] }
      },
    )
    await say(pointer)
  }

  async function press(query: CallbackQuery): Promise<Dispatched> {
    const answer = await answerTo(query)
    return { answered: show(query, answer) }
  }

  async function show(query: CallbackQuery, { toast, message }: PressAnswer): Promise<void> {
    const text = short(toast, MOST_TOAST)
    await client
      .call('answerCallbackQuery', { callback_query_id: query.id, text })
      .catch((error: unknown) => {
        // They have waited too long for it; what they asked for is done.
        if (!(error instanceof Undeliverable)) throw error
      })
    if (!message || !query.message) return
    const { chat, message_id } = query.message
    const shown = chat.type === 'private' ? messageAsText(message) : messageForAll(message)
    await client.call('editMessageText', { chat_id: chat.id, message_id, ...shown })
  }

  async function answerTo(query: CallbackQuery): Promise<PressAnswer> {
    const t = texts(supported(query.from.language_code))
    const offer = 'data' in query ? offerIn(query.data) : undefined
    const pressed = pressOf(query, self())
    if (pressed) return bot.press(pressed)
    if (!offer || !query.inline_message_id) return { toast: t('press.stale') }
    try {
      return { toast: await inline.tap(query, offer) }
    } catch (error) {
      log.error({ err: error }, 'a tap on an offer could not be answered')
      return { toast: t('refusals.unknown') }
    }
  }

  /** Answers who called the bot into a chat that it isn't in. */
  async function host(message: GuestMessage): Promise<Dispatched> {
    const called = guestOrder(message, self())
    if (!called) return DONE
    const { asked, as } = called
    const t = texts(asked.language)
    const answer = (title: string, words: Params) =>
      client.call<{ inline_message_id: string }>('answerGuestQuery', {
        guest_query_id: message.guest_query_id,
        result: article('answer', title, words),
      })
    const say = async (words: Message) =>
      void (await (words.buttons
        ? // A press there comes without the message, so nothing would tell whether it has such a button.
          messenger.whisper(asked.person, words)
        : answer(short(words.text, MOST_TITLE), messageAsText(words))))
    if (as !== 'person') return { answered: say({ text: t('group.asYourself') }) }
    if (!asked.words.trim()) return { answered: say({ text: t('inline.example', { bot: self().username }) }) }
    return bot.dispatch('send', asked, {
      async post(card) {
        const sent = await answer(card.amount, cardAsText(card))
        return placeOf(INLINE, sent.inline_message_id, self().scope)
      },
      say,
    })
  }

  return handle
}

/** One thing after the other in each chat. */
function createLines() {
  const lines = new Map<number, Promise<unknown>>()
  return <T>(chat: number, work: () => Promise<T>): Promise<T> => {
    const turn = (lines.get(chat) ?? Promise.resolve()).then(work)
    const over = turn.catch(() => {}).finally(() => lines.get(chat) === over && lines.delete(chat))
    lines.set(chat, over)
    return turn
  }
}
