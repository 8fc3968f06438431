import type { DrawnCard } from '../card.ts'
import { cardAsPlainText } from '../card-text.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import type { Log } from '../log.ts'
import { type Messenger, Undeliverable } from '../messenger.ts'
import { openPictures } from '../pictures.ts'
import type { WechatClient } from './client.ts'
import { partsOf } from './parts.ts'
import type { FirstAnswer } from './webhook.ts'

export interface WechatMessenger extends Messenger {
  /** Answers somebody: the first text in the answer that WeChat waits for, all else as the account's own messages. */
  answering(openId: string, first: FirstAnswer): Answers
}

export interface Answers {
  post(card: DrawnCard): Promise<{ chat: string; message: string }>
  say(text: string): Promise<void>
}

interface Sources {
  api: ApiClient
  client: WechatClient
  /** Runs what is of use, and not needed. */
  follow(work: () => Promise<void>): void
  log: Log
}

export function createMessenger(
  { api, client, follow, log }: Sources,
  capabilities: Capabilities,
): WechatMessenger {
  const pictureOf = openPictures(api, client.upload)

  /** https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html */
  const send = (touser: string, message: object) =>
    client.call('/cgi-bin/message/custom/send', { touser, ...message })

  async function sendText(openId: string, parts: string[]): Promise<void> {
    for (const content of parts) await send(openId, { msgtype: 'text', text: { content } })
  }

  /** The picture to pass on follows the card, where the account may send it: the link is there without it. */
  const sendPicture = (openId: string, card: DrawnCard) =>
    follow(async () => {
      try {
        const media_id = await pictureOf(card)
        if (media_id) await send(openId, { msgtype: 'image', image: { media_id } })
      } catch (error) {
        if (!(error instanceof Undeliverable)) throw error
        log.warn({ messenger: 'wechat', reason: error.message }, 'the picture of a card could not be sent')
      }
    })

  const placeOf = (chat: string, card: DrawnCard) => ({ chat, message: card.transfer })

  return {
    name: 'wechat',
    capabilities,
    answering(openId, first) {
      const say = async (text: string) => {
        const [begin = '', ...rest] = partsOf(text)
        await sendText(openId, first.give(begin) ? rest : [begin, ...rest])
      }
      return {
        say,
        async post(card) {
          await say(cardAsPlainText(card))
          sendPicture(openId, card)
          return placeOf(openId, card)
        },
      }
    },
    async post(card, { chat }) {
      await sendText(chat, partsOf(cardAsPlainText(card)))
      sendPicture(chat, card)
      return placeOf(chat, card)
    },
    privateChat: async ({ id }) => id,
    async redraw() {
      throw new Undeliverable('WeChat changes no message')
    },
    sendPrivately: ({ id }, { text }) => sendText(id, partsOf(text)),
    ping: client.ping,
    isAdmin: async () => false,
    isMember: async () => undefined,
  }
}
