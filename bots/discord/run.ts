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
import { atMost } from '../../src/shared/at-most.ts'
import { createBot } from '../bot.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { openLifecycle } from '../lifecycle.ts'
import { type RunningMessenger, Undeliverable } from '../messenger.ts'
import { ignoreAbandonedConnections } from './abandoned-connections.ts'
import { registerCommands } from './commands.ts'
import type { DiscordSettings } from './index.ts'
import { createInteractions } from './interactions.ts'
import { createMessenger } from './messenger.ts'
import { createPrivateChat } from './private.ts'

ignoreAbandonedConnections()

const messenger = 'discord'
const MAX_PAUSE_MS = 60_000
/** The most channels that a server can have. */
const MAX_CHANNELS = 500

export function createDiscord(
  { settings, api, log }: CreateOptions<DiscordSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const languages = new LRUCache<string, string>(atMost(10_000))
  const discord = createMessenger(api, log, readyClient, capabilities)
  const lifecycle = openLifecycle(api, discord, log, CREDENTIALS)
  const bot = createBot(api, discord, log)
  const handleInteraction = createInteractions(api, discord, bot, log)
  const handlePrivateMessage = createPrivateChat(bot, discord)
  let client: Client | undefined

  function readyClient(): Client<true> {
    if (!client?.isReady()) throw new Error('Discord is not reached yet.')
    return client
  }

  /** Runs the handling of an event, which the stop waits for. */
  function handle(work: () => Promise<void>): void {
    if (lifecycle.signal.aborted) return
    const done = work().catch((error: unknown) => {
      if (error instanceof Undeliverable)
        log.warn({ reason: error.message, messenger }, 'somebody cannot be answered')
      else log.error({ err: error, messenger }, 'somebody could not be answered')
    })
    lifecycle.finish(done)
  }

  /** Each attempt makes a new client, as a destroyed one can't be used again. */
  async function connect(): Promise<void> {
    const made = new Client({
      // Neither is privileged, so nobody has to apply to Discord for them.
      intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages],
      // Without it the first message of a private chat isn't received.
      partials: [Partials.Channel],
      allowedMentions: { parse: [] },
      shards: 'auto',
      // Old messages aren't needed, and their links are worth money: they don't stay in memory.
      makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
      ...(settings.apiRoot && { rest: { api: settings.apiRoot } }),
    })
    client = made
    const warn = (error: Error) => log.warn({ err: error, messenger }, 'the gateway has a problem')
    made.on(Events.Error, warn)
    made.on(Events.ShardError, warn)
    made.on(Events.ShardDisconnect, ({ code }) => handleClosedShard(made, code))
    made.on(Events.InteractionCreate, (interaction) => {
      languages.set(interaction.user.id, interaction.locale)
      handle(() => handleInteraction(interaction))
    })
    made.on(Events.MessageCreate, (message) =>
      handle(() => handlePrivateMessage(message, languages.get(message.author.id))),
    )
    made.on(Events.GuildCreate, ({ channels }) =>
      handle(() => bot.redrawOutdated([...channels.cache.keys()].slice(0, MAX_CHANNELS), { isBack: true })),
    )
    const ready = new Promise((resolve) => made.once(Events.ClientReady, resolve))
    await made.login(settings.token)
    await ready
  }

  /** Handles a shard that Discord has closed and discord.js doesn't reopen. */
  function handleClosedShard(of: Client, code: number): void {
    if (lifecycle.signal.aborted || of !== client) return
    if (code === GatewayCloseCodes.AuthenticationFailed) log.error({ messenger }, BAD_TOKEN)
    else if (code !== GatewayCloseCodes.ShardingRequired)
      log.error({ messenger, code }, 'Discord has closed the gateway for good; restart the service')
    // The bot is in more servers by now than its shards can serve: a new client asks how many it needs.
    else void of.destroy().then(open).catch(lifecycle.giveUp)
  }

  async function open(): Promise<void> {
    await withRetries(connect, 'Discord cannot be reached; it is tried again')
    // Discord has no links that could pass a code to the bot.
    lifecycle.serve(bot, { title: 'Discord', link: `https://discord.com/users/${readyClient().user.id}` })
    await withRetries(
      () => registerCommands(readyClient().application),
      'the commands could not be registered; it is tried again',
    )
  }

  const withRetries = (work: () => Promise<void>, begins: string) =>
    lifecycle.retry(work, { begins, ends: 'Discord is reached' }, MAX_PAUSE_MS)

  return {
    app: new Hono(),
    start: () => lifecycle.start(open),
    stop: () => lifecycle.stop(() => client?.destroy()),
  }
}

const BAD_TOKEN =
  'DISCORD_BOT_TOKEN: Discord does not take it; copy the token of the bot anew from https://discord.com/developers/applications'
const CREDENTIALS = {
  areRefused: (error: unknown): boolean =>
    (error instanceof DiscordjsError && error.code === DiscordjsErrorCodes.TokenInvalid) ||
    (error instanceof DiscordAPIError && error.status === 401),
  advice: BAD_TOKEN,
}
