import type { CallbackQuery, ChatMemberUpdated, Message as TelegramMessage, User } from 'telegraf/types'
import { short } from '../../src/shared/text.ts'
import { type Bot, type Dispatched, DONE } from '../bot.ts'
import type { ApiClient } from '../client.ts'
import { commandOf } from '../commands/index.ts'
import type { Log } from '../log.ts'
import { type Message, type Messenger, type Person, type PressAnswer, Undeliverable } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import type { Sight } from '../sights.ts'
import { supported, type Texts, texts } from '../texts/index.ts'
import { pressIn } from './callbacks.ts'
import { cardAsText, messageAsText, messageForGroup } from './card.ts'
import type { Params, TelegramClient } from './client.ts'
import { article, createInline, offerIn } from './inline.ts'
import { commandInMessage, sendInGuestMessage } from './messages.ts'
import { chatOf, personOf } from './people.ts'
import { INLINE, paramsOf, placeOf } from './places.ts'
import { type AnyUpdate, canWrite, type GuestMessage, isIn, movedIn, type Self, within } from './updates.ts'

const MAX_TOAST = 200
const MAX_TITLE = 60

interface Sources {
  api: ApiClient
  client: TelegramClient
  bot: Bot
  messenger: Messenger
  log: Log
  /** The bot itself, once Telegram has been reached. */
  self(): Self
  /** Tells the core the new id of a group. */
  moveGroup(from: string, to: string): Promise<void>
}

/**
 * Handles updates of every kind.
 * @returns a function that ends when the money that an update moves is in the books, and rejects where the update is to
 * come again
 */
export function createHandler(sources: Sources): (update: AnyUpdate) => Promise<Dispatched> {
  const { api, client, bot, messenger, log, self } = sources
  const handleInTurn = createQueues()
  const answerInTurn = createQueues()
  const inline = createInline({ api, client, bot, messenger, log, self })

  async function handle(update: AnyUpdate): Promise<Dispatched> {
    if ('callback_query' in update) return handleCallback(update.callback_query)
    if ('inline_query' in update) return { answered: inline.suggest(update.inline_query) }
    if ('chosen_inline_result' in update) return inline.chosen(update.chosen_inline_result)
    if ('guest_message' in update) return handleGuestMessage(update.guest_message)
    // One after the other in each chat, as a command may rest on the one before it.
    if ('message' in update) return handleInTurn(update.message.chat.id, () => handleMessage(update.message))
    if ('my_chat_member' in update) return handleMembership(update.my_chat_member)
    // In the order of the chat's messages, which tell the same to a bot that is no admin.
    if ('chat_member' in update)
      return handleInTurn(update.chat_member.chat.id, () => handleComing(update.chat_member))
    return DONE
  }

  /** Somebody has come into a group, or gone. */
  async function handleComing({ chat, date, ...change }: ChatMemberUpdated): Promise<Dispatched> {
    const { user } = change.new_chat_member
    const [before, after] = [isIn(change.old_chat_member), isIn(change.new_chat_member)]
    if (before !== after && !user.is_bot)
      await bot.saw(chatOf(chat), personOf(user), { what: after ? 'joined' : 'left', at: within(date) })
    return DONE
  }

  /** Whoever writes in a group is there; Telegram says there, too, who has come and gone. */
  async function see(message: TelegramMessage): Promise<void> {
    const { chat, date } = message
    if (chat.type !== 'group' && chat.type !== 'supergroup') return
    const tell = (people: User[], what: Sight['what']) =>
      Promise.all(
        people
          .filter(({ is_bot }) => !is_bot)
          .map((user) => bot.saw(chatOf(chat), personOf(user), { what, at: within(date) })),
      )
    if ('new_chat_members' in message) await tell(message.new_chat_members, 'joined')
    else if ('left_chat_member' in message) await tell([message.left_chat_member], 'left')
    // In the name of a group or a channel anybody may write.
    else if (message.from && !message.sender_chat) await tell([message.from], 'there')
  }

  /** Outdated cards are redrawn when the bot can write in a chat again from which it was removed or blocked. */
  async function handleMembership({ chat, new_chat_member }: ChatMemberUpdated): Promise<Dispatched> {
    return canWrite(new_chat_member)
      ? { answered: bot.redrawOutdated([String(chat.id)], { isBack: true }) }
      : DONE
  }

  async function handleMessage(message: TelegramMessage): Promise<Dispatched> {
    const move = movedIn(message)
    if (move) return sources.moveGroup(move.from, move.to).then(() => DONE)
    const seen = see(message)
    const command = commandInMessage(message, self())
    if (!command) return seen.then(() => DONE)
    const { name, isForUs, as, target } = command
    if (!isForUs && !commandOf(name)) return DONE
    const { person, chat, language: own } = command.invocation
    const language = await bot.languageIn(chat, own)
    const invocation = { ...command.invocation, language }
    const t = texts(language)
    const to = paramsOf(target)
    const isGroup = chat.kind === 'group'
    const inTurn = <T>(answer: () => Promise<T>) => answerInTurn(message.chat.id, answer)
    const say = async (words: Message) => {
      const params = isGroup ? messageForGroup(words) : messageAsText(words)
      await client.call('sendMessage', { ...to, ...params })
    }
    const movesNothing = as === 'group' && ['history', 'rules', 'help'].includes(commandOf(name)?.name ?? '')
    // A group's name is shared by many people, so money that is sent or collected in it would be nobody's.
    if (as !== 'person' && !movesNothing)
      return { answered: inTurn(() => say({ text: t('group.asYourself') })) }
    return bot.dispatch(name, invocation, {
      post: (card) => inTurn(() => messenger.post(card, target)),
      say: (words, personal) =>
        inTurn(async () => {
          if (!personal || !isGroup) return say(words)
          await say((await sayInPrivate(person, words, t)) ?? { text: t('group.inPrivate') })
        }),
      whisper: (words) =>
        inTurn(async () => {
          const pointer = await sayInPrivate(person, words, t)
          if (pointer) await say(pointer)
        }),
    })
  }

  /** Says something in private. @returns how to open the private chat, to those who have not */
  async function sayInPrivate(person: Person, words: Message, t: Texts): Promise<Message | undefined> {
    try {
      await messenger.sendPrivately(person, words)
      return undefined
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error
      const url = `https://t.me/${self().username}?start=hello`
      return {
        text: t('group.openPrivate'),
        buttons: [[{ label: t('group.openPrivateButton'), url }]],
      }
    }
  }

  async function handleCallback(query: CallbackQuery): Promise<Dispatched> {
    const answer = await answerTo(query)
    return { answered: show(query, answer) }
  }

  async function show(query: CallbackQuery, { toast, message }: PressAnswer): Promise<void> {
    const text = short(toast, MAX_TOAST)
    await client
      .call('answerCallbackQuery', { callback_query_id: query.id, text })
      .catch((error: unknown) => {
        // Telegram takes no answer to an old query any more; the button has done its work all the same.
        if (!(error instanceof Undeliverable)) throw error
      })
    if (!message || !query.message) return
    const { chat, message_id } = query.message
    const shown = chat.type === 'private' ? messageAsText(message) : messageForGroup(message)
    await client.call('editMessageText', { chat_id: chat.id, message_id, ...shown })
  }

  async function answerTo(query: CallbackQuery): Promise<PressAnswer> {
    const t = texts(supported(query.from.language_code))
    const offer = 'data' in query ? offerIn(query.data) : undefined
    const pressed = pressIn(query, self())
    if (pressed) return bot.press(pressed)
    if (!offer || !query.inline_message_id) return { toast: t('press.stale') }
    try {
      return { toast: await inline.tap(query, offer) }
    } catch (error) {
      log.error({ err: error }, 'a tap on an offer could not be answered')
      return { toast: t('refusals.unknown') }
    }
  }

  /** Answers somebody who calls the bot as a guest into a chat that it isn't in. */
  async function handleGuestMessage(message: GuestMessage): Promise<Dispatched> {
    const called = sendInGuestMessage(message, self())
    if (!called) return DONE
    const { invocation, as } = called
    const t = texts(invocation.language)
    const answer = (title: string, words: Params) =>
      client.call<{ inline_message_id: string }>('answerGuestQuery', {
        guest_query_id: message.guest_query_id,
        result: article('answer', title, words),
      })
    const say = async (words: Message) =>
      void (await (words.buttons
        ? // Telegram sends a callback from a guest's answer without its message, so its buttons could not be checked.
          messenger.sendPrivately(invocation.person, words)
        : answer(short(words.text, MAX_TITLE), messageAsText(words))))
    if (as !== 'person') return { answered: say({ text: t('group.asYourself') }) }
    if (!invocation.words.trim())
      return { answered: say({ text: t('inline.example', { bot: self().username }) }) }
    return bot.dispatch('send', invocation, {
      async post(card) {
        const sent = await answer(card.amount, cardAsText(card))
        return placeOf(INLINE, sent.inline_message_id, self().scope)
      },
      say,
    })
  }

  return handle
}
