import type { Card } from '../card.ts'
import type { Core } from '../core.ts'
import type { Messenger, Place, Target } from '../messenger.ts'
import { openAdmins } from './admins.ts'
import { cardAsCaption, cardAsText, messageAsText } from './card.ts'
import { type Client, type Params, TelegramRefusal } from './client.ts'
import { INLINE, paramsOf } from './updates.ts'

/** How long a delivery may wait for its turn, in milliseconds: after a minute the core gives it out again. */
const DELIVERY_MS = 50_000

interface Sent {
  message_id: number
  chat: { id: number }
}

export function createMessenger(core: Core, client: Client): Messenger {
  /** A picture with the QR code while there is something to collect, else its words. */
  async function post(card: Card, target: Target): Promise<Place> {
    const to = paramsOf(target)
    const asText = () => client.call<Sent>('sendMessage', { ...to, ...cardAsText(card) })
    const sent = card.code
      ? await withPicture(card, card.code, to).catch((error: unknown) => {
          if (says(error, /not enough rights to send photos/)) return asText()
          throw error
        })
      : await asText()
    // Not the chat that was asked for, where that has moved meanwhile.
    return { chat: String(sent.chat.id), message: String(sent.message_id) }
  }

  async function withPicture(card: Card, code: string, to: Params): Promise<Sent> {
    const photo = new Blob([new Uint8Array(await core.picture(code))], { type: 'image/png' })
    return client.call<Sent>('sendPhoto', { ...to, photo, ...cardAsCaption(card) })
  }

  async function redraw({ chat, message }: Place, card: Card): Promise<void> {
    const signal = AbortSignal.timeout(DELIVERY_MS)
    const isInline = chat === INLINE
    const target = isInline
      ? { inline_message_id: message }
      : { chat_id: Number(chat), message_id: Number(message) }
    const asText = () => client.call('editMessageText', { ...target, ...cardAsText(card) }, signal)
    if (isInline) return void (await asText())
    await client
      .call('editMessageCaption', { ...target, ...cardAsCaption(card) }, signal)
      .catch((error: unknown) => {
        if (says(error, /there is no caption/)) return asText()
        throw error
      })
  }

  return {
    name: 'telegram',
    post,
    privateChat: async ({ id }) => id,
    redraw,
    async whisper(person, message) {
      const to = { chat_id: Number(person.id) }
      await client.call('sendMessage', { ...to, ...messageAsText(message) }, AbortSignal.timeout(DELIVERY_MS))
    },
    isAdmin: openAdmins(client),
  }
}

const says = (error: unknown, what: RegExp) => error instanceof TelegramRefusal && what.test(error.message)
