import {
  Client,
  DiscordAPIError,
  DiscordjsError,
  DiscordjsErrorCodes,
  Events,
  GatewayCloseCodes,
  GatewayIntentBits,
  Options,
  Partials,
} from 'discord.js'
import { Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import { createBot } from '../bot.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { openLifecycle } from '../lifecycle.ts'
import { type RunningMessenger, Undeliverable } from '../messenger.ts'
import { registerCommands } from './commands.ts'
import type { DiscordSettings } from './index.ts'
import { createInteractions } from './interactions.ts'
import { createMessenger } from './messenger.ts'
import { createPrivateChat } from './private.ts'

const messenger = 'discord'
const MAX_PAUSE_MS = 60_000
/** As many as a server can have. */
const MAX_CHANNELS = 500

export function createDiscord(
  { settings, api, log }: CreateOptions<DiscordSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const languages = new LRUCache<string, string>({ max: 10_000 })
  const discord = createMessenger(api, log, reach, capabilities)
  const lifecycle = openLifecycle(api, discord, log)
  const bot = createBot(api, discord, log)
  const answer = createInteractions(api, discord, bot, log)
  const receive = createPrivateChat(bot, discord)
  let client: Client | undefined

  function reach(): Client<true> {
    if (!client?.isReady()) throw new Error('Discord is not reached yet.')
    return client
  }

  /** What has begun is finished before the service ends. */
  function carryOut(work: () => Promise<void>): void {
    if (lifecycle.signal.aborted) return
    const done = work().catch((error: unknown) => {
      if (error instanceof Undeliverable)
        log.warn({ reason: error.message, messenger }, 'somebody cannot be answered')
      else log.error({ err: error, messenger }, 'somebody could not be answered')
    })
    lifecycle.finish(done)
  }

  /** Each attempt has a client of its own: one that was destroyed can't be used again. */
  async function connect(): Promise<void> {
    const made = new Client({
      // Neither is privileged: nobody has to apply at Discord for anything.
      intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages],
      // Without them the first message of a private chat goes unheard.
      partials: [Partials.Channel],
      allowedMentions: { parse: [] },
      shards: 'auto',
      // Nobody looks at old messages, and their links are as good as money.
      makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
      ...(settings.apiRoot && { rest: { api: settings.apiRoot } }),
    })
    client = made
    const trouble = (error: Error) => log.warn({ err: error, messenger }, 'the gateway has a problem')
    made.on(Events.Error, trouble)
    made.on(Events.ShardError, trouble)
    made.on(Events.ShardDisconnect, ({ code }) => lost(made, code))
    made.on(Events.InteractionCreate, (interaction) => {
      languages.set(interaction.user.id, interaction.locale)
      carryOut(() => answer(interaction))
    })
    made.on(Events.MessageCreate, (message) =>
      carryOut(() => receive(message, languages.get(message.author.id))),
    )
    made.on(Events.GuildCreate, ({ channels }) =>
      carryOut(() => bot.redrawOutdated([...channels.cache.keys()].slice(0, MAX_CHANNELS), { isBack: true })),
    )
    const ready = new Promise((resolve) => made.once(Events.ClientReady, resolve))
    await made.login(settings.token)
    await ready
  }

  /** Discord has closed a shard, and discord.js leaves it at that. */
  function lost(of: Client, code: number): void {
    if (lifecycle.signal.aborted || of !== client) return
    if (code === GatewayCloseCodes.AuthenticationFailed) log.error({ messenger }, BAD_TOKEN)
    else if (code !== GatewayCloseCodes.ShardingRequired)
      log.error({ messenger, code }, 'Discord has closed the gateway for good; restart the service')
    // In more servers by now than the shards can serve: a new client asks how many it takes.
    else void of.destroy().then(open).catch(giveUp)
  }

  async function open(): Promise<void> {
    await persistently(connect, 'Discord cannot be reached; it is tried again')
    // No link of Discord's brings a code along.
    lifecycle.serve(bot, { title: 'Discord', link: `https://discord.com/users/${reach().user.id}` })
    await persistently(
      () => registerCommands(reach().application),
      'the commands could not be registered; it is tried again',
    )
  }

  const persistently = (work: () => Promise<void>, begins: string) =>
    lifecycle.retry(
      work,
      { begins, ends: 'Discord is reached' },
      { isFinal: isBadToken, maxPauseMs: MAX_PAUSE_MS },
    )

  function giveUp(error: unknown): void {
    if (lifecycle.signal.aborted) return
    if (isBadToken(error)) log.error({ messenger }, BAD_TOKEN)
    else log.error({ err: error, messenger }, 'the bot could not start')
  }

  return {
    app: new Hono(),
    async start() {
      try {
        await open()
      } catch (error) {
        giveUp(error)
      }
    },
    stop: () => lifecycle.stop(() => client?.destroy()),
  }
}

const BAD_TOKEN =
  'DISCORD_BOT_TOKEN: Discord does not take it; copy the token of the bot anew from https://discord.com/developers/applications'

const isBadToken = (error: unknown): boolean =>
  (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid) ||
  (error instanceof DiscordAPIError && error.status === 401)
