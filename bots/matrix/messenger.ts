import { v5 } from 'uuid'
import type { DrawnCard } from '../card.ts'
import { createChanges } from '../changes.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import type { Log } from '../log.ts'
import { type Messenger, type Target, Undeliverable } from '../messenger.ts'
import { openPictures } from '../pictures.ts'
import { type Content, cardContent, replacing, textContent } from './card.ts'
import type { MatrixClient } from './client.ts'
import type { Rooms } from './rooms.ts'

/** Transactions are made from it, so that the same has the same one in every process. */
const TRANSACTIONS = 'e0a1d9b2-6b5e-4c0f-9a43-6f0f6f6a2c51'

/** What a message is known by to the homeserver: the same for the same, however often it is sent. */
export const transactionOf = (...parts: unknown[]): string => v5(JSON.stringify(parts), TRANSACTIONS)

interface Needs {
  api: ApiClient
  client: MatrixClient
  /** To be called once the homeserver is reached. */
  rooms(): Rooms
  log: Log
}

export function createMessenger({ api, client, rooms, log }: Needs, capabilities: Capabilities): Messenger {
  const uploaded = openPictures(api, client.upload)

  /** Undefined also where it can't be had: a card works without its picture, as it has the link. */
  const pictureOf = async (card: DrawnCard) =>
    uploaded(card)?.catch((error: unknown) => {
      log.warn({ err: error, messenger: 'matrix' }, 'a card has no picture')
      return undefined
    })

  const draw = async (card: DrawnCard): Promise<Content> => cardContent(card, await pictureOf(card))

  const change = createChanges<{ chat: string; card: DrawnCard }>(async (message, latest) => {
    const { chat, card } = latest()
    await client.send(chat, replacing(message, await draw(card)))
  })

  return {
    name: 'matrix',
    capabilities,
    async post(card, target) {
      const { chat } = target
      if (await rooms().isEncrypted(chat)) throw new Undeliverable('the room is encrypted')
      return { chat, message: await client.send(chat, await draw(card), keyOf(card.transfer, target)) }
    },
    privateChat: ({ id }) => rooms().privateRoom(id),
    redraw: ({ chat, message }, card) => change(message, { chat, card }),
    async sendPrivately({ id }, { text }) {
      await client.send(await rooms().privateRoom(id), textContent(text))
    },
    ping: async () => void (await client.whoAmI()),
    isAdmin: ({ id }, person) => rooms().isAdmin(id, person),
    isMember: ({ id }, person) => rooms().isMember(id, person),
  }
}

/** The same for the same card that the same message has asked for, however often it is posted, and by whichever process. */
const keyOf = (transfer: string, { chat, details }: Target): string | undefined =>
  details === undefined ? undefined : transactionOf(transfer, chat, details)
