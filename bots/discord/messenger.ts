import {
  type Client,
  RESTJSONErrorCodes as Code,
  DiscordAPIError,
  type GuildMember,
  InteractionWebhook,
  type MessageEditOptions,
  PermissionFlagsBits,
  Routes,
} from 'discord.js'
import { LRUCache } from 'lru-cache'
import pRetry from 'p-retry'
import { atMost } from '../../src/shared/at-most.ts'
import { type DrawnCard, leadsSomewhere, pictureFile } from '../card.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import type { Log } from '../log.ts'
import {
  type Chat,
  type Messenger,
  type Person,
  type Place,
  type Target,
  Undeliverable,
} from '../messenger.ts'
import { cardMessage, wordsMessage } from './card.ts'
import { isManager, joinedAt } from './people.ts'

/** How long an interaction's token is valid. */
const TOKEN_MS = 15 * 60_000

export interface DiscordMessenger extends Messenger {
  /**
   * A card as a message, with the picture of its QR code.
   * @param lasting whether the card can be redrawn at any time, by the bot itself
   */
  draw(card: DrawnCard, lasting?: boolean): Promise<ReturnType<typeof cardMessage>>
  /**
   * The reply to an interaction as a target: it is written with the interaction's token while that is valid.
   * @param how.lasting whether the bot itself can edit the reply later
   * @param how.isPublic whether everybody in the channel may see it
   */
  targetOf(chat: string, token: InteractionWebhook, how: { lasting: boolean; isPublic: boolean }): Target
  /** Keeps the token by which a message can be edited, where the bot itself can't. */
  keepToken(message: string, token: InteractionWebhook): void
}

/** @param readyClient returns the client, and throws while it isn't connected */
export function createMessenger(
  api: ApiClient,
  log: Log,
  readyClient: () => Client<true>,
  capabilities: Capabilities,
): DiscordMessenger {
  const tokens = new LRUCache<string, InteractionWebhook>({ ...atMost(10_000), ttl: TOKEN_MS })

  /** Undefined where it fails, too: a card works without its picture, as it has the link. */
  const pictureOf = (card: DrawnCard) =>
    card.code === null || !leadsSomewhere(card)
      ? undefined
      : api.picture(card.code, pictureFile(card), card.language).catch((error: unknown) => {
          log.warn({ err: error, messenger: 'discord' }, 'a card has no picture')
          return undefined
        })

  const draw: DiscordMessenger['draw'] = async (card, lasting = true) =>
    cardMessage(card, await pictureOf(card), lasting)

  async function post(card: DrawnCard, { chat, details }: Target): Promise<Place> {
    if (details === undefined) return postByBot(card, chat)
    const reply: Reply = JSON.parse(details)
    return postAsReply(card, reply).catch((error: unknown) => {
      // The token is no longer valid, or the reply was deleted.
      if (error instanceof Undeliverable && reply.isPublic) return postByBot(card, chat)
      throw error
    })
  }

  async function postAsReply(card: DrawnCard, { application, token, lasting }: Reply): Promise<Place> {
    const webhook = new InteractionWebhook(readyClient(), application, token)
    const content = await draw(card, lasting)
    const { id, channelId } = await delivered(() => webhook.editMessage('@original', content))
    if (!lasting) tokens.set(id, webhook)
    return { chat: channelId, message: id }
  }

  async function postByBot(card: DrawnCard, chat: string): Promise<Place> {
    const content = await draw(card)
    const message = await delivered(async () => {
      const channel = await channelFor(chat)
      if (!channel?.isSendable()) throw new Undeliverable('The channel takes no messages.')
      return channel.send(content)
    })
    return { chat: message.channelId, message: message.id }
  }

  /** What is for a server goes to its channel for such messages, or else to the first one that there is. */
  async function channelFor(chat: string) {
    const guild = readyClient().guilds.cache.get(chat)
    if (!guild) return readyClient().channels.fetch(chat)
    return guild.systemChannel ?? guild.channels.cache.find((channel) => channel.isSendable())
  }

  async function editByBot(chat: string, message: string, content: MessageEditOptions): Promise<unknown> {
    const channel = await readyClient().channels.fetch(chat)
    if (!channel?.isTextBased()) throw new Undeliverable('The channel holds no messages.')
    return channel.messages.edit(message, content)
  }

  /** Somebody in a server, as they and its roles are at this moment; undefined where they are not in it. */
  async function memberOf({ id: server }: Chat, { id: user }: Person): Promise<GuildMember | undefined> {
    const guild = await delivered(() => readyClient().guilds.fetch({ guild: server, force: true }))
    return delivered(() => guild.members.fetch({ user, force: true })).catch((error: unknown) => {
      if (error instanceof DiscordAPIError && error.code === Code.UnknownMember) return undefined
      throw error
    })
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
    privateChat: async ({ id }) => (await delivered(() => readyClient().users.createDM(id))).id,
    keepToken: (message, token) => void tokens.set(message, token),
    async redraw({ chat, message }, card) {
      const token = tokens.get(message)
      const content = await draw(card, token === undefined)
      await delivered(() =>
        token ? token.editMessage('@original', content) : editByBot(chat, message, content),
      )
    },
    sendPrivately: async (person, message) => {
      await delivered(() => readyClient().users.send(person.id, wordsMessage(message)))
    },
    async ping() {
      const { rest, token } = readyClient()
      // discord.js drops a token that was refused once.
      rest.setToken(token)
      await rest.get(Routes.gatewayBot())
    },
    // Discord tells it with an interaction; asked at another time, it follows from the roles of the server.
    isAdmin: async (chat, person) =>
      isManager(person) ??
      (await memberOf(chat, person))?.permissions.has(PermissionFlagsBits.ManageGuild) ??
      false,
    isMember: async (chat, person) => {
      const member = await memberOf(chat, person)
      return member ? (member.joinedAt ?? true) : false
    },
    joinedAt,
  }
}

/** The details of a target that is the reply to an interaction. They are stored with queued deliveries. */
interface Reply {
  application: string
  token: string
  lasting: boolean
  isPublic: boolean
}

/**
 * Makes a call to Discord, and retries it where the connection breaks: an answer that comes twice is better than none.
 * @throws Undeliverable where Discord refuses it for good
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

/** Codes of refusals for which a retry is of no use. */
const FINAL = new Set<number | string>([
  Code.UnknownChannel,
  Code.UnknownGuild,
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
