import { type DrawnCard, leadsSomewhere, pictureFile } from '../card.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import { type Messenger, type Place, StillQueued, type Target } from '../messenger.ts'
import { askForAdmins, askForMember } from './admins.ts'
import { cardAsCaption, cardAsText, messageAsText } from './card.ts'
import { type Params, type TelegramClient, TelegramRefusal } from './client.ts'
import { INLINE, messageIdOf, paramsOf, placeOf } from './places.ts'

/** How long a delivery may wait for the rate limit, in milliseconds: after a minute the core gives it out again. */
const DELIVERY_MS = 50_000

/** Ends the waiting of a delivery for the rate limit. */
function deliveryTimeout(): AbortSignal {
  const over = new AbortController()
  setTimeout(() => over.abort(new StillQueued('it waits for the rate limit')), DELIVERY_MS).unref()
  return over.signal
}

interface Sent {
  message_id: number
  chat: { id: number }
}

/** @param scope the bot's, once Telegram has been reached: see `Self` */
export function createMessenger(
  api: ApiClient,
  client: TelegramClient,
  scope: () => string,
  capabilities: Capabilities,
): Messenger {
  /** With the picture of its QR code while it is open, if its link can be opened from outside; else as text alone. */
  async function post(card: DrawnCard, target: Target): Promise<Place> {
    const to = paramsOf(target)
    const asText = () => client.call<Sent>('sendMessage', { ...to, ...cardAsText(card) })
    const sent =
      card.code && leadsSomewhere(card)
        ? await withPicture(card, card.code, to).catch(unlessForbidden(asText))
        : await asText()
    // The group may have moved meanwhile: then the message is in another chat than asked for.
    return placeOf(sent.chat.id, sent.message_id, scope())
  }

  async function withPicture(card: DrawnCard, code: string, to: Params): Promise<Sent> {
    const png = await api.picture(code, pictureFile(card), card.language)
    const photo = new Blob([new Uint8Array(png)], { type: 'image/png' })
    return client.call<Sent>('sendPhoto', { ...to, photo, ...cardAsCaption(card) })
  }

  async function redraw(place: Place, card: DrawnCard): Promise<void> {
    const signal = deliveryTimeout()
    const id = messageIdOf(place, scope())
    const isInline = place.chat === INLINE
    const target = isInline
      ? { inline_message_id: id }
      : { chat_id: Number(place.chat), message_id: Number(id) }
    const asText = () => client.call('editMessageText', { ...target, ...cardAsText(card) }, signal)
    // Neither has a picture: an inline message, and what can't be collected by a code, such as a payout to many.
    if (isInline || (card.state === 'open' && card.code === null)) return void (await asText())
    await client
      .call('editMessageCaption', { ...target, ...cardAsCaption(card) }, signal)
      .catch(unlessForbidden(asText))
  }

  return {
    name: 'telegram',
    capabilities,
    post,
    privateChat: async ({ id }) => id,
    redraw,
    async sendPrivately(person, message) {
      const to = { chat_id: Number(person.id) }
      await client.call('sendMessage', { ...to, ...messageAsText(message) }, deliveryTimeout())
    },
    ping: client.ping,
    isAdmin: askForAdmins(client),
    isMember: askForMember(client),
  }
}

/**
 * Falls back to something else when Telegram refuses a request. Its refusals have many wordings, so each of them counts, but
 * for 403: then the bot may not write there at all.
 */
const unlessForbidden =
  <T>(fallback: () => Promise<T>) =>
  (error: unknown): Promise<T> => {
    if (error instanceof TelegramRefusal && error.code !== 403) return fallback()
    throw error
  }
