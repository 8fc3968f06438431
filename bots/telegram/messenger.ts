import { type DrawnCard, leadsSomewhere } from '../card.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import { type Messenger, type Place, StillUnderWay, type Target } from '../messenger.ts'
import { askForAdmins } from './admins.ts'
import { cardAsCaption, cardAsText, messageAsText } from './card.ts'
import { type Params, type TelegramClient, TelegramRefusal } from './client.ts'
import { INLINE, numberIn, paramsOf, placeOf } from './updates.ts'

/** How long a delivery may wait for its turn, in milliseconds: after a minute the core gives it out again. */
const DELIVERY_MS = 50_000

/** Ends the waiting for a turn. */
function patience(): AbortSignal {
  const over = new AbortController()
  setTimeout(() => over.abort(new StillUnderWay('it waits for its turn')), DELIVERY_MS).unref()
  return over.signal
}

interface Sent {
  message_id: number
  chat: { id: number }
}

/** @param scope of the bot, as soon as that is known */
export function createMessenger(
  api: ApiClient,
  client: TelegramClient,
  scope: () => string,
  capabilities: Capabilities,
): Messenger {
  /** A picture with the QR code while there is something to collect, else its words. */
  async function post(card: DrawnCard, target: Target): Promise<Place> {
    const to = paramsOf(target)
    const asText = () => client.call<Sent>('sendMessage', { ...to, ...cardAsText(card) })
    const sent =
      card.code && leadsSomewhere(card)
        ? await withPicture(card, card.code, to).catch(unlessShut(asText))
        : await asText()
    // Not the chat that was asked for, where that has moved meanwhile.
    return placeOf(sent.chat.id, sent.message_id, scope())
  }

  async function withPicture(card: DrawnCard, code: string, to: Params): Promise<Sent> {
    const photo = new Blob([new Uint8Array(await api.picture(code))], { type: 'image/png' })
    return client.call<Sent>('sendPhoto', { ...to, photo, ...cardAsCaption(card) })
  }

  async function redraw(place: Place, card: DrawnCard): Promise<void> {
    const signal = patience()
    const number = numberIn(place, scope())
    const isInline = place.chat === INLINE
    const target = isInline
      ? { inline_message_id: number }
      : { chat_id: Number(place.chat), message_id: Number(number) }
    const asText = () => client.call('editMessageText', { ...target, ...cardAsText(card) }, signal)
    if (isInline) return void (await asText())
    await client
      .call('editMessageCaption', { ...target, ...cardAsCaption(card) }, signal)
      .catch(unlessShut(asText))
  }

  return {
    name: 'telegram',
    capabilities,
    post,
    privateChat: async ({ id }) => id,
    redraw,
    async whisper(person, message) {
      const to = { chat_id: Number(person.id) }
      await client.call('sendMessage', { ...to, ...messageAsText(message) }, patience())
    },
    ping: client.ping,
    isAdmin: askForAdmins(client),
  }
}

/**
 * What to do in place of what Telegram has refused: its reasons have many wordings, so any of them leads there, except
 * that the bot may not write there at all.
 */
const unlessShut =
  <T>(instead: () => Promise<T>) =>
  (error: unknown): Promise<T> => {
    if (error instanceof TelegramRefusal && error.code !== 403) return instead()
    throw error
  }
