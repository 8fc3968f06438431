import { LRUCache } from 'lru-cache'
import type { CallbackQuery, ChosenInlineResult, InlineQuery } from 'telegraf/types'
import { isolated } from '../../src/shared/text.ts'
import { encodeAction } from '../actions.ts'
import { type Bot, type Dispatched, DONE } from '../bot.ts'
import { amountOf, type DrawnCard, drawCard, titleOf } from '../card.ts'
import { type ApiClient, body, type Offer, Refused } from '../client.ts'
import { Misunderstood, order } from '../commands/send.ts'
import { type Invocation, type Messenger, type Person, type Place } from '../messenger.ts'
import { findOffer, makeOffer } from '../offers.ts'
import { type Log, sentenceOf } from '../sentences.ts'
import { supported, type TextKey, type Texts, texts } from '../texts/index.ts'
import { captionOf, messageAsText } from './card.ts'
import type { Params, TelegramClient } from './client.ts'
import { HANDLES, INLINE, keyOfTap, personOf, placeOf, type Self } from './updates.ts'

export interface Inline {
  /** Answers what somebody types with what it would send, or what is wrong with it. */
  suggest(query: InlineQuery): Promise<void>
  /** It was really sent: now the money moves. Told only where inline feedback is on at @BotFather. */
  chosen(result: ChosenInlineResult): Promise<Dispatched>
  /** A tap on what was sent without our being told: makes the transfer and collects in one step. Answers the toast. */
  tap(query: CallbackQuery, offer: string): Promise<string>
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

/** The offer that the data of a button or the id of a result stands for. */
export const offerIn = (data: string): string | undefined => /^offer:([0-9a-f-]{36})$/.exec(data)?.[1]

export function createInline({ api, client, bot, messenger, log, self }: Sources): Inline {
  /** Offers that we were told were chosen. */
  const told = new LRUCache<string, true>({ max: 10_000 })
  /** What people have typed last, while they are being answered. */
  const typed = new Map<number, InlineQuery>()
  let warned = false

  /** Each key that is pressed is a query: of what comes while one is answered, the last alone has an answer. */
  async function suggest(query: InlineQuery): Promise<void> {
    const { id } = query.from
    const isAnswering = typed.has(id)
    typed.set(id, query)
    if (isAnswering) return
    try {
      let answered: InlineQuery | undefined
      while (typed.get(id) !== answered) {
        answered = typed.get(id) as InlineQuery
        await answer(answered)
      }
    } finally {
      typed.delete(id)
    }
  }

  async function answer(query: InlineQuery): Promise<void> {
    const t = texts(supported(query.from.language_code))
    await client.call('answerInlineQuery', {
      inline_query_id: query.id,
      results: query.query.trim() ? [await suggestion(query)] : [],
      // It names a balance at a moment, and each is to be sent once.
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
      const offer = await order(inInline(personOf(from), language, query), api, (create) =>
        body(api.offers.$post({ json: create })),
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
      const data = `offer:${offer.id}`
      const message = {
        text: captionOf(card, 'inline.ends'),
        parse_mode: 'HTML',
        link_preview_options: { is_disabled: true },
        reply_markup: { inline_keyboard: [[{ text: t('card.collect'), callback_data: data }]] },
      }
      const description = [card.title, offer.note && isolated(offer.note)].filter(Boolean).join(' · ')
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
    const id = offerIn(result_id)
    if (!id || !message) return DONE
    told.set(id, true)
    warned = false
    const language = supported(from.language_code)
    const place = placeOf(INLINE, message, self().scope)
    try {
      const offer = await findOffer(api, id)
      if (offer.from?.id !== String(from.id)) return DONE
      const card = drawCard(await makeOffer(api, id, personOf(from), place), language, 'telegram')
      return { answered: show(card, place) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const t = texts(language)
      const text = error.code === 'press.stale' ? t('inline.again') : why(error, t)
      const edit = { inline_message_id: message, ...messageAsText({ text }) }
      return { answered: client.call<void>('editMessageText', edit) }
    }
  }

  async function show(card: DrawnCard, place: Place): Promise<void> {
    await messenger.redraw(place, card)
    await bot.remember(card, place)
  }

  async function tap(query: CallbackQuery, id: string): Promise<string> {
    const person = personOf(query.from)
    const language = supported(query.from.language_code)
    const t = texts(language)
    const { scope } = self()
    const place = placeOf(INLINE, String(query.inline_message_id), scope)
    try {
      const offer = await findOffer(api, id)
      // Nothing leaves the sender for somebody who can't have it.
      if (offer.from?.id === person.id) return t('refusals.own_transfer')
      if (!isFor(offer.to, person)) return t('refusals.not_for_you')
      if (!offer.transfer) warnOfMissingFeedback(id)
      const transfer = await makeOffer(api, id, person, place)
      const card = drawCard(transfer, supported(offer.language ?? undefined), 'telegram')
      // Whatever has become of it, the message shows an open offer.
      await bot.remember({ ...card, state: 'open' }, place)
      const key = keyOfTap(query, scope)
      const action = { do: 'collect', transfer: card.transfer } as const
      // The offer's own button stands for the one that its card will show.
      const buttons = [encodeAction(action)]
      const chat = { id: INLINE, kind: 'group' } as const
      return (await bot.press({ person, chat, language, key, action, buttons })).toast
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return why(error, t)
    }
  }

  function warnOfMissingFeedback(id: string) {
    if (warned || told.has(id)) return
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

/** What is refused at the last moment, in words that tell nobody of the sender's balance. */
const why = ({ code }: Refused, t: Texts): string =>
  t(code.includes('.') ? (code as TextKey) : 'inline.notCovered')

/** Said in no chat that the bot is in. */
const inInline = (person: Person, language: string, words: string): Invocation => ({
  person,
  chat: { id: INLINE, kind: 'private' },
  language,
  key: '',
  words,
  handles: HANDLES,
})

/** A message to be chosen, or to be posted for a guest. */
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
