import { LRUCache } from 'lru-cache'
import type { CallbackQuery, ChosenInlineResult, InlineQuery } from 'telegraf/types'
import { atMost } from '../../src/shared/at-most.ts'
import { isolated } from '../../src/shared/text.ts'
import { encodeAction } from '../actions.ts'
import { type Bot, type Dispatched, DONE } from '../bot.ts'
import { amountOf, type DrawnCard, drawCard, titleOf } from '../card.ts'
import { type ApiClient, body, type Offer, Refused } from '../client.ts'
import { Misunderstood, requestSend } from '../commands/send.ts'
import type { Log } from '../log.ts'
import { type Invocation, type Messenger, type Person, type Place } from '../messenger.ts'
import { findOffer, makeOffer } from '../offers.ts'
import { publicSentenceOf, sentenceOf } from '../refusals.ts'
import { supported, texts } from '../texts/index.ts'
import { keyOfCallback } from './callbacks.ts'
import { captionOf, messageAsText } from './card.ts'
import type { Params, TelegramClient } from './client.ts'
import { HANDLES, personOf } from './people.ts'
import { INLINE, placeOf } from './places.ts'
import type { Self } from './updates.ts'

export interface Inline {
  /** Answers a query with the card that it would send, or with what is wrong with it. */
  suggest(query: InlineQuery): Promise<void>
  /** Makes the transfer of a result that was sent. Telegram reports it only where inline feedback is on at @BotFather. */
  chosen(result: ChosenInlineResult): Promise<Dispatched>
  /**
   * Makes the transfer of a result whose sending Telegram hasn't reported, and collects it for the one who tapped.
   * @returns the toast
   */
  tap(query: CallbackQuery, offer: NamedOffer): Promise<string>
}

interface Sources {
  api: ApiClient
  client: TelegramClient
  bot: Bot
  messenger: Messenger
  log: Log
  /** The bot itself, once Telegram has been reached. */
  self(): Self
}

/** An offer as a button or an inline result names it. */
export interface NamedOffer {
  id: string
  /** Whether its card is to show the picture to pass on. */
  picture: boolean
}

/** The offer in a button's data, or in the id of an inline result. */
export function offerIn(data: string): NamedOffer | undefined {
  const [, id, picture] = /^offer:([0-9a-f-]{36})(:picture)?$/.exec(data) ?? []
  return id === undefined ? undefined : { id, picture: picture !== undefined }
}

export function createInline({ api, client, bot, messenger, log, self }: Sources): Inline {
  /** Offers of which Telegram has reported that they were sent: inline feedback is on. */
  const chosenOffers = new LRUCache<string, true>(atMost(10_000))
  /** The newest query of each person, by their id, while one of theirs is being answered. */
  const newest = new Map<number, InlineQuery>()
  let warned = false

  /** Every keystroke is a query, so of those that come while one is being answered only the newest is answered. */
  async function suggest(query: InlineQuery): Promise<void> {
    const { id } = query.from
    const isAnswering = newest.has(id)
    newest.set(id, query)
    if (isAnswering) return
    try {
      let answered: InlineQuery | undefined
      while (newest.get(id) !== answered) {
        answered = newest.get(id) as InlineQuery
        await answer(answered)
      }
    } finally {
      newest.delete(id)
    }
  }

  async function answer(query: InlineQuery): Promise<void> {
    const t = texts(supported(query.from.language_code))
    await client.call('answerInlineQuery', {
      inline_query_id: query.id,
      results: query.query.trim() ? [await suggestion(query)] : [],
      // An answer depends on the balance of this moment, and each result is to be sent only once.
      cache_time: 0,
      is_personal: true,
      ...(!query.query.trim() && { button: { text: t('inline.hint'), start_parameter: 'inline' } }),
    })
  }

  async function suggestion({ from, query }: InlineQuery): Promise<object> {
    const language = supported(from.language_code)
    const t = texts(language)
    const wrong = (sentence: string) => {
      const example = t('inline.example', { bot: self().username })
      return article('wrong', t('inline.wrong'), messageAsText({ text: example }), sentence)
    }
    try {
      const { offer, picture } = await requestSend(
        invocationOf(personOf(from), language, query),
        api,
        async (create, { picture }) => ({ offer: await body(api.offers.$post({ json: create })), picture }),
        'send',
        true,
      )
      const card: DrawnCard = {
        transfer: '',
        state: 'open',
        language,
        amount: amountOf(offer),
        title: titleOf(offer, t, 'telegram'),
        note: offer.note,
        status: offer.to ? t('card.forHandle', { handle: offer.to.handle }) : t('card.forAnyone'),
        expiresAt: new Date(offer.expiresAt),
        link: null,
        code: null,
        alternative: '',
        buttons: [],
      }
      const data = `offer:${offer.id}${picture ? ':picture' : ''}`
      const message = {
        text: captionOf(card, 'inline.ends'),
        parse_mode: 'HTML',
        link_preview_options: { is_disabled: true },
        reply_markup: { inline_keyboard: [[{ text: t('card.collect'), callback_data: data }]] },
      }
      const description = [card.title, offer.note && isolated(offer.note), picture && t('send.picture')]
        .filter(Boolean)
        .join(' · ')
      return article(data, t('inline.send', { amount: card.amount }), message, description)
    } catch (error) {
      if (error instanceof Misunderstood) return wrong(sentenceOf(error.refused, t) ?? t('refusals.unknown'))
      log.error({ err: error }, 'an inline query could not be answered')
      return wrong(t('refusals.unknown'))
    }
  }

  async function chosen({
    result_id,
    from,
    inline_message_id: message,
  }: ChosenInlineResult): Promise<Dispatched> {
    const named = offerIn(result_id)
    if (!named || !message) return DONE
    const { id, picture } = named
    chosenOffers.set(id, true)
    warned = false
    const language = supported(from.language_code)
    const place = placeOf(INLINE, message, self().scope)
    try {
      const offer = await findOffer(api, id)
      if (offer.from?.id !== String(from.id)) return DONE
      const transfer = await makeOffer(api, id, personOf(from), place)
      const card = { ...drawCard(transfer, language, 'telegram'), picture }
      return { answered: show(card, place) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const t = texts(language)
      const text = publicSentenceOf(error, t, { gone: 'inline.again' })
      const edit = { inline_message_id: message, ...messageAsText({ text }) }
      return { answered: client.call<void>('editMessageText', edit) }
    }
  }

  async function show(card: DrawnCard, place: Place): Promise<void> {
    await messenger.redraw(place, card)
    await bot.recordCard(card, place)
  }

  async function tap(query: CallbackQuery, { id, picture }: NamedOffer): Promise<string> {
    const person = personOf(query.from)
    const language = supported(query.from.language_code)
    const t = texts(language)
    const { scope } = self()
    const place = placeOf(INLINE, String(query.inline_message_id), scope)
    try {
      const offer = await findOffer(api, id)
      // The transfer isn't made for somebody who can't collect it.
      if (offer.from?.id === person.id) return t('refusals.own_transfer')
      if (!isFor(offer.to, person)) return t('refusals.not_for_you')
      if (!offer.transfer) warnOfMissingFeedback(id)
      const transfer = await makeOffer(api, id, person, place)
      const card = drawCard(transfer, supported(offer.language ?? undefined), 'telegram')
      // The message still shows an open offer, so that it is redrawn where the transfer is closed already.
      await bot.recordCard({ ...card, state: 'open', picture }, place)
      const key = keyOfCallback(query, scope)
      const action = { do: 'collect', transfer: card.transfer } as const
      // The message has the offer's button; the one of its card is the same button under another name.
      const buttons = [encodeAction(action)]
      const chat = { id: INLINE, kind: 'group' } as const
      return (await bot.press({ person, chat, language, key, action, buttons })).toast
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return publicSentenceOf(error, t)
    }
  }

  function warnOfMissingFeedback(id: string) {
    if (warned || chosenOffers.has(id)) return
    warned = true
    log.warn(
      { bot: self().username },
      'inline feedback seems to be off: set it to 100% by /setinlinefeedback at @BotFather. Until then what is sent by inline mode leaves the sender only when somebody taps it, which has to be within ten minutes.',
    )
  }

  return { suggest, chosen, tap }
}

const isFor = (to: Offer['to'], { id, handle }: Person): boolean =>
  !to || (to.id === null ? to.handle?.toLowerCase() === handle?.toLowerCase() : to.id === id)

/** A query as an invocation. The bot isn't told in which chat it is typed. */
const invocationOf = (person: Person, language: string, words: string): Invocation => ({
  person,
  chat: { id: INLINE, kind: 'private' },
  language,
  key: '',
  words,
  handles: HANDLES,
})

/**
 * An inline result: a message that somebody chooses, or the answer to a guest.
 * @param message parameters as for `sendMessage`
 */
export function article(id: string, title: string, message: Params, description?: string): object {
  const { text, parse_mode, link_preview_options, reply_markup } = message
  return {
    type: 'article',
    id,
    title,
    input_message_content: { message_text: text, parse_mode, link_preview_options },
    ...(reply_markup ? { reply_markup } : {}),
    ...(description && { description }),
  }
}
