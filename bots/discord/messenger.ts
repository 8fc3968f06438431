import {
  type Client,
  RESTJSONErrorCodes as Code,
  DiscordAPIError,
  InteractionWebhook,
  type MessageEditOptions,
  Routes,
} from 'discord.js'
import { LRUCache } from 'lru-cache'
import pRetry from 'p-retry'
import { type DrawnCard, leadsSomewhere } from '../card.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import type { Log } from '../log.ts'
import { type Messenger, type Place, type Target, Undeliverable } from '../messenger.ts'
import { cardMessage, wordsMessage } from './card.ts'
import { isManager } from './people.ts'

/** How long an interaction's token is good for. */
const TOKEN_MS = 15 * 60_000

export interface DiscordMessenger extends Messenger {
  /**
   * A card as a message.
   * @param lasting whether the card can be drawn again at any time
   */
  draw(card: DrawnCard, lasting?: boolean): Promise<ReturnType<typeof cardMessage>>
  /**
   * Where the reply to an interaction hangs: it can be filled in by the interaction's token, for as long as that is good.
   * @param how.lasting whether what hangs there can be drawn again at any time
   * @param how.isPublic whether all in the channel may see it
   */
  targetOf(chat: string, token: InteractionWebhook, how: { lasting: boolean; isPublic: boolean }): Target
  /** Remembers by which token a message can be changed, where the bot itself has no way to it. */
  keepToken(message: string, token: InteractionWebhook): void
}

/** @param reach gives the client. Throws while Discord isn't reached. */
export function createMessenger(
  api: ApiClient,
  log: Log,
  reach: () => Client<true>,
  capabilities: Capabilities,
): DiscordMessenger {
  const tokens = new LRUCache<string, InteractionWebhook>({ max: 10_000, ttl: TOKEN_MS })

  /** Without its picture a card is still good: its link says the same. */
  const pictureOf = (card: DrawnCard) =>
    card.code === null || !leadsSomewhere(card)
      ? undefined
      : api.picture(card.code).catch((error: unknown) => {
          log.warn({ err: error, messenger: 'discord' }, 'a card has no picture')
          return undefined
        })

  const draw: DiscordMessenger['draw'] = async (card, lasting = true) =>
    cardMessage(card, await pictureOf(card), lasting)

  async function post(card: DrawnCard, { chat, details }: Target): Promise<Place> {
    if (details === undefined) return postByBot(card, chat)
    const reply: Reply = JSON.parse(details)
    return postAsReply(card, reply).catch((error: unknown) => {
      // The token is good no longer, or the reply is gone.
      if (error instanceof Undeliverable && reply.isPublic) return postByBot(card, chat)
      throw error
    })
  }

  async function postAsReply(card: DrawnCard, { application, token, lasting }: Reply): Promise<Place> {
    const webhook = new InteractionWebhook(reach(), application, token)
    const content = await draw(card, lasting)
    const { id, channelId } = await delivered(() => webhook.editMessage('@original', content))
    if (!lasting) tokens.set(id, webhook)
    return { chat: channelId, message: id }
  }

  async function postByBot(card: DrawnCard, chat: string): Promise<Place> {
    const content = await draw(card)
    const message = await delivered(async () => {
      const channel = await reach().channels.fetch(chat)
      if (!channel?.isSendable()) throw new Undeliverable('The channel takes no messages.')
      return channel.send(content)
    })
    return { chat, message: message.id }
  }

  async function change(chat: string, message: string, content: MessageEditOptions): Promise<unknown> {
    const channel = await reach().channels.fetch(chat)
    if (!channel?.isTextBased()) throw new Undeliverable('The channel holds no messages.')
    return channel.messages.edit(message, content)
  }

  return {
    name: 'discord',
    capabilities,
    draw,
    post,
    targetOf: (chat, { id, token }, how) => ({
      chat,
      details: JSON.stringify({ application: id, token, ...how } satisfies Reply),
    }),
    privateChat: async ({ id }) => (await delivered(() => reach().users.createDM(id))).id,
    keepToken: (message, token) => void tokens.set(message, token),
    async redraw({ chat, message }, card) {
      const token = tokens.get(message)
      const content = await draw(card, token === undefined)
      await delivered(() =>
        token ? token.editMessage('@original', content) : change(chat, message, content),
      )
    },
    sendPrivately: async (person, message) => {
      await delivered(() => reach().users.send(person.id, wordsMessage(message)))
    },
    async ping() {
      const { rest, token } = reach()
      // The library forgets a token that was refused once.
      rest.setToken(token)
      await rest.get(Routes.gatewayBot())
    },
    isAdmin: async (_chat, person) => isManager(person),
  }
}

/** The reply to an interaction, as it is found again by its token. */
interface Reply {
  application: string
  token: string
  lasting: boolean
  isPublic: boolean
}

/**
 * Makes a call to Discord, and makes it again where the connection breaks: what is said twice is better than what is never said.
 * @throws Undeliverable where Discord says that there is no use in it
 */
export async function delivered<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await pRetry(call, {
      retries: 3,
      minTimeout: 200,
      shouldRetry: ({ error }) => !(error instanceof DiscordAPIError || error instanceof Undeliverable),
    })
  } catch (error) {
    if (error instanceof DiscordAPIError && FINAL.has(error.code)) throw new Undeliverable(error.message)
    throw error
  }
}

/** It isn't there any more, or the door is shut. */
const FINAL = new Set<number | string>([
  Code.UnknownChannel,
  Code.UnknownMessage,
  Code.UnknownUser,
  Code.UnknownWebhook,
  Code.MissingAccess,
  Code.MissingPermissions,
  Code.CannotEditMessageAuthoredByAnotherUser,
  Code.CannotSendMessagesToThisUser,
  Code.CannotSendMessagesToThisUserDueToHavingNoMutualGuilds,
  Code.InvalidWebhookToken,
  Code.InvalidActionOnArchivedThread,
])
