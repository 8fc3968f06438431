import { randomUUID } from 'node:crypto'
import { v5 } from 'uuid'
import type { Capabilities } from '../description.ts'
import { type Message, type Messenger, type Target, Undeliverable } from '../messenger.ts'
import type { Buttons } from '../signed-buttons.ts'
import { cardMessage, plainMessage } from './card.ts'
import { type LineClient, type LineMessage, SpentToken } from './client.ts'
import { type Event, isPerson } from './events.ts'
import type { Directory } from './people.ts'

export interface LineMessenger extends Messenger {
  /**
   * Answers an event in its chat: the first message costs nothing, if it isn't late; all others count against what may be sent in a month. However
   * often LINE tells the event, to whichever process, each is sent once.
   */
  answering(chat: string, event: Event): Answers
}

export interface Answers extends Pick<Messenger, 'post'> {
  say(message: Message): Promise<void>
}

/** For how long a reply token is used, in milliseconds: it is good for a minute. */
const TOKEN_MS = 50_000
/** Keys of pushes are made from it, so that the same has the same key in every process. */
const PUSHES = '5b2f3c0e-3a51-4a53-9d0a-0c1f0c5f2e7d'

interface Sources {
  client: LineClient
  directory: Directory
  buttons: Buttons
  operators: ReadonlySet<string>
}

export function createMessenger(
  { client, directory, buttons, operators }: Sources,
  capabilities: Capabilities,
): LineMessenger {
  type Send = (chat: string, message: LineMessage, key: string) => Promise<void>

  const posting =
    (send: Send): Messenger['post'] =>
    async (card, target) => {
      const { chat } = target
      await send(chat, cardMessage(card, chat, buttons), keyOf(card.transfer, target))
      // Taps don't tell the message, and none is ever changed.
      return { chat, message: card.transfer }
    }

  function answering(here: string, event: Event): Answers {
    const { replyToken, webhookEventId: id, timestamp } = event
    const { isRedelivery } = event.deliveryContext
    let left = replyToken
    let said = 0
    const until = (isRedelivery ? timestamp : Date.now()) + TOKEN_MS
    const send: Send = async (chat, message, key) => {
      const used = Date.now() < until ? left : undefined
      left = undefined
      try {
        if (used) return await client.reply(used, message)
      } catch (error) {
        if (!(error instanceof SpentToken)) throw error
        // Not too old, it was used: the event was answered when it was told before.
        if (isRedelivery) return
      }
      await pushTo(chat, message, key)
    }
    return {
      post: posting(send),
      say(message) {
        said += 1
        return send(here, plainMessage(message, here, buttons), v5(JSON.stringify([id, said]), PUSHES))
      },
    }
  }

  /** Writes to a group, or to somebody who can be written to. */
  const pushTo: Send = async (chat, message, key) => {
    const isReached = !isPerson(chat) || (await directory.isFriend(chat))
    if (!isReached) throw new Undeliverable('they have not added the bot as a friend')
    await client.push(chat, message, key)
  }

  return {
    name: 'line',
    capabilities,
    answering,
    post: posting(pushTo),
    privateChat: async ({ id }) => id,
    async redraw() {
      throw new Undeliverable('LINE changes no message')
    },
    sendPrivately: ({ id }, message) => pushTo(id, plainMessage(message, id, buttons), randomUUID()),
    ping: async () => void (await client.whoAmI()),
    isAdmin: async (chat, { id }) => operators.has(id) && directory.isMember(chat, id),
    isMember: (chat, { id }) => directory.isMember(chat, id),
  }
}

/** The same for the same card that the same message or tap has asked for, however often it is posted, and by whichever process. */
const keyOf = (transfer: string, { chat, details }: Target): string =>
  details === undefined ? randomUUID() : v5(JSON.stringify([transfer, chat, details]), PUSHES)
