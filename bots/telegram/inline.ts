import { LRUCache } from 'lru-cache'
import type { CallbackQuery, ChosenInlineResult, InlineQuery } from 'telegraf/types'
import { type Bot, type Heard, type Log, sentenceOf } from '../bot.ts'
import { amountOf, type Card, drawCard, nameOf } from '../card.ts'
import { Misunderstood, order } from '../commands/send.ts'
import { body, type Core } from '../core.ts'
import type { Invocation, Messenger, Place } from '../messenger.ts'
import { supported, texts } from '../texts/index.ts'
import { captionOf, messageAsText } from './card.ts'
import type { Client, Params } from './client.ts'
import { type Offer, type Offers, type SignedOffer, splitNote } from './offers.ts'
import { INLINE, personOf } from './updates.ts'

export interface Inline {
  /** Answers what somebody types with what it would send, or what is wrong with it. */
  suggest(query: InlineQuery): Promise<void>
  /** It was really sent: now the money moves. Told only where inline feedback is on at @BotFather. */
  chosen(result: ChosenInlineResult): Promise<Heard>
  /** A tap on what was sent without our being told: makes the transfer and collects in one step. Answers the toast. */
  tap(query: CallbackQuery, offer: SignedOffer): Promise<string>
}

interface Sources {
  core: Core
  client: Client
  bot: Bot
  messenger: Messenger
  offers: Offers
  log: Log
  /** The bot's handle. */
  username(): string
}

export function createInline({ core, client, bot, messenger, offers, log, username }: Sources): Inline {
  /** Offers that we were told were chosen. */
  const told = new LRUCache<string, true>({ max: 10_000 })
  let warned = false

  async function suggest(query: InlineQuery): Promise<void> {
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
      const example = t('inline.example', { bot: username() })
      return article('wrong', t('inline.wrong'), messageAsText({ text: example }), sentence)
    }
    try {
      const person = personOf(from)
      const preview = await order(inInline({ person, language, words: query }), core, (create) =>
        body(core.transfers.preview.$post({ json: create })),
      )
      const card: Card = {
        transfer: '',
        state: 'open',
        language,
        amount: amountOf(preview),
        title: `${nameOf(preview.from, t)} → ${nameOf(preview.to, t, 'card.anyone')}`,
        note: preview.note,
        status: preview.to ? t('card.forHandle', { handle: preview.to.handle }) : t('card.forAnyone'),
        expiresAt: new Date(preview.expiresAt),
        link: null,
        code: null,
        alternative: '',
        buttons: [],
      }
      const data = offers.sign({
        sender: person.id,
        language,
        until: new Date(preview.expiresAt),
        words: [preview.amount, preview.asset, preview.to && `@${preview.to.handle}`, preview.note]
          .filter(Boolean)
          .join(' '),
      })
      if (!data) return wrong(t('inline.tooLong'))
      const message = {
        text: captionOf(card, 'inline.ends'),
        parse_mode: 'HTML',
        link_preview_options: { is_disabled: true },
        reply_markup: { inline_keyboard: [[{ text: t('card.collect'), callback_data: data }]] },
      }
      const description = [card.title, preview.note].filter(Boolean).join(' · ')
      return article(data, t('inline.send', { amount: card.amount }), message, description)
    } catch (error) {
      if (error instanceof Misunderstood) return wrong(sentenceOf(error.refused, t) ?? t('refusals.unknown'))
      log.error({ err: error }, 'an inline query could not be answered')
      return wrong(t('refusals.unknown'))
    }
  }

  async function chosen({ result_id, from, query, inline_message_id: message }: ChosenInlineResult) {
    const offer = offers.read(result_id)
    if (!offer || !message || offer.sender !== String(from.id)) return { answered: Promise.resolve() }
    told.set(offer.id, true)
    warned = false
    try {
      const card = await make(offer, await inFull(offer, query))
      return { answered: show(card, { chat: INLINE, message }) }
    } catch (error) {
      if (!(error instanceof Misunderstood)) throw error
      // A tap was faster, with the note cut: that one stands.
      if (error.refused.code === 'key_reused') return { answered: Promise.resolve() }
      const text = texts(offer.language)('inline.notCovered')
      const edit = { inline_message_id: message, ...messageAsText({ text }) }
      return { answered: client.call<void>('editMessageText', edit) }
    }
  }

  async function show(card: Card, place: Place): Promise<void> {
    await messenger.redraw(place, card)
    await bot.remember(card, place)
  }

  async function tap(query: CallbackQuery, offer: SignedOffer): Promise<string> {
    const person = personOf(query.from)
    const language = supported(query.from.language_code)
    const t = texts(language)
    const handle = / @(\S+)/.exec(splitNote(offer.words)[0])?.[1]
    // Nothing leaves the sender for somebody who can't have it.
    if (person.id === offer.sender) return t('refusals.own_transfer')
    if (handle && handle.toLowerCase() !== person.handle?.toLowerCase()) return t('refusals.not_for_you')
    if (offer.until.getTime() <= Date.now()) return t('refusals.expired')
    warnOfMissingFeedback(offer)
    const place = { chat: INLINE, message: String(query.inline_message_id) }
    try {
      const card = await make(offer, offer.words)
      await bot.remember(card, place)
      const key = `telegram:callback:${query.id}`
      const action = { do: 'collect', transfer: card.transfer } as const
      return (await bot.press({ person, chat: { id: INLINE, kind: 'group' }, language, key, action })).toast
    } catch (error) {
      if (!(error instanceof Misunderstood)) throw error
      return t(error.refused.code === 'key_reused' ? 'inline.again' : 'inline.notCovered')
    }
  }

  /** The transfer that was offered: made once, whoever of the two comes first, and found by the other. */
  async function make(offer: SignedOffer, words: string): Promise<Card> {
    const { sender, language, id } = offer
    const asked = inInline({ person: { messenger: 'telegram', id: sender }, language, words })
    const transfer = await order(asked, core, (create) =>
      body(core.transfers.$post({ json: { ...create, key: `telegram:inline:${id}` } })),
    )
    return drawCard(transfer, language)
  }

  /** The offer's words, with the whole note as it was typed. */
  async function inFull({ words, sender, language }: Offer, typed: string): Promise<string> {
    if (!words.endsWith('…')) return words
    const asked = inInline({ person: { messenger: 'telegram', id: sender }, language, words: typed })
    const { note } = await order(asked, core, async (create) => create)
    return `${splitNote(words)[0]} ${note}`
  }

  function warnOfMissingFeedback({ id }: SignedOffer) {
    if (warned || told.has(id)) return
    warned = true
    log.warn(
      { bot: username() },
      'inline feedback seems to be off: set it to 100% by /setinlinefeedback at @BotFather. Until then what is sent by inline mode leaves the sender only when somebody taps it, and long notes are cut.',
    )
  }

  return { suggest, chosen, tap }
}

/** Said in no chat that the bot is in. */
const inInline = ({
  person,
  language,
  words,
}: Pick<Invocation, 'person' | 'language' | 'words'>): Invocation => ({
  person,
  chat: { id: INLINE, kind: 'private' },
  language,
  key: '',
  words,
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
