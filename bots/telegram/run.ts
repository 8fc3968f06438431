import { Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import pRetry from 'p-retry'
import { TelegramError as PollingError, Telegraf } from 'telegraf'
import type { UserFromGetMe } from 'telegraf/types'
import { atMost } from '../../src/shared/at-most.ts'
import { LANGUAGES } from '../../src/shared/language.ts'
import { createBot } from '../bot.ts'
import { body, Refused } from '../client.ts'
import { commands } from '../commands/index.ts'
import type { Capabilities, CreateOptions } from '../description.ts'
import { inTime } from '../in-time.ts'
import { openLifecycle } from '../lifecycle.ts'
import { type RunningMessenger, Undeliverable } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import { createClient, TelegramError } from './client.ts'
import { createHandler } from './handler.ts'
import type { TelegramSettings } from './index.ts'
import { createMessenger } from './messenger.ts'
import { type AnyUpdate, UPDATES } from './updates.ts'
import { createWebhook, WEBHOOK_PATH, webhookSecret } from './webhook.ts'

const OFFICIAL_API = 'https://api.telegram.org'
const CONNECTIONS = 40
/**
 * How long the webhook's response waits until the bot has answered, in milliseconds. The answer goes on after that: in a group
 * whose rate limit is reached it may take a minute.
 */
const WEBHOOK_MS = 10_000
/** How often the handling of an update is tried before the update is dropped. */
const MAX_TRIES = 3
const POLLING_RETRIES = { retries: Number.POSITIVE_INFINITY, minTimeout: 1000, maxTimeout: 30_000 }

/** The handling of an update. */
interface Work {
  /** Ends when the money that it moves is in the books. */
  handled: Promise<unknown>
  answered: Promise<void>
}

export function createTelegram(
  { settings, api, publicUrl, log }: CreateOptions<TelegramSettings>,
  capabilities: Capabilities,
): RunningMessenger {
  const { token, apiRoot = OFFICIAL_API } = settings
  const moves = new LRUCache<string, Promise<void>>({ max: 1000 })
  const updates = new LRUCache<number, Work>(atMost(10_000))
  /** How often each update has failed, by its id. */
  const failures = new LRUCache<number, number>({ max: 1000 })
  let isOver = false
  let me: UserFromGetMe | undefined
  let scope = ''
  let polling: Promise<void> | undefined

  const client = createClient({ token, apiRoot }, moveGroup)
  const messenger = createMessenger(api, client, () => scope, capabilities)
  const lifecycle = openLifecycle(api, messenger, log, CREDENTIALS)
  const bot = createBot(api, messenger, log)
  const handle = createHandler({
    api,
    client,
    bot,
    messenger,
    log,
    self: () => ({ username: me?.username ?? '', scope }),
    moveGroup,
  })

  // Telegraf only polls. Answers are sent by the client above: calls of telegraf's own wouldn't respect the rate limits.
  const telegraf = new Telegraf(token, {
    telegram: { apiRoot: `${apiRoot}/`, webhookReply: false },
    handlerTimeout: Number.POSITIVE_INFINITY,
  })
  // The next poll confirms these updates to Telegram, so it waits until what they move is in the books.
  telegraf.use(async (ctx) => {
    const { handled, answered } = take(ctx.update)
    answered.catch(() => {})
    await handled.catch(() => {})
    // While stopping, updates that weren't handled must not be confirmed.
    if (isOver) await new Promise(() => {})
  })
  telegraf.catch((error, ctx) =>
    log.error({ err: error, update: ctx.update.update_id }, 'an update could not be read'),
  )

  /** Handles an update. One that comes again shares the work of the first, unless that has failed. */
  function take(update: AnyUpdate): Work {
    const id = update.update_id
    const known = updates.get(id)
    if (known) return known
    const handled = handle(update)
    const answered = handled
      .then((done) => done.answered)
      .catch((error: unknown) => {
        if (error instanceof Undeliverable) {
          log.warn({ reason: error.message, update: id }, 'an update cannot be answered')
          return
        }
        updates.delete(id)
        if (isOver) log.warn({ update: id }, 'the end came before an update was answered')
        else log.error({ err: error, update: id }, 'an update could not be handled')
        // A refusal of the core may pass, so it isn't counted. Other errors are likely to repeat, and would hold up their chat.
        const tries = error instanceof Refused ? 0 : (failures.get(id) ?? 0) + 1
        failures.set(id, tries)
        if (tries < MAX_TRIES) throw error
        log.error(
          { update: id, tries },
          'an update was let go: what its chat says next would not come before',
        )
      })
    updates.set(id, { handled, answered })
    lifecycle.finish(answered)
    return { handled, answered }
  }

  /** Tells the core of a move once: Telegram reports it in both chats, and in the error of each message to the old one. */
  function moveGroup(from: string, to: string): Promise<void> {
    const known = moves.get(to)
    if (known) return known
    const param = { messenger: 'telegram', id: from }
    const tell = async () =>
      void (await body(api.groups[':messenger'][':id'].move.$post({ param, json: { to } })))
    const move = pRetry(tell, { retries: 5, signal: lifecycle.signal })
    moves.set(to, move)
    move.catch(() => moves.delete(to))
    return move
  }

  const fetchSelf = (): Promise<UserFromGetMe> =>
    lifecycle.retry(() => client.call<UserFromGetMe>('getMe'), {
      begins: 'Telegram cannot be reached; it is tried again',
      ends: 'Telegram is reached',
    })

  /** The prefix of `Self`. The first bot of these books has none: their keys are older than the prefixes. */
  async function scopeOf({ id }: UserFromGetMe): Promise<string> {
    const param = { messenger: 'telegram', bot: String(id) }
    const ask = () => body(api.messengers[':messenger'].bots[':bot'].$put({ param }))
    const words = { begins: 'the core cannot tell which bot was the first', ends: 'the core has told it' }
    const { first } = await lifecycle.retry(ask, words)
    return first === String(id) ? '' : `${id}:`
  }

  /** Registers the commands at Telegram, for each kind of chat and each language. */
  async function registerCommands(): Promise<void> {
    for (const type of ['all_private_chats', 'all_group_chats', 'all_chat_administrators'])
      for (const language of LANGUAGES) {
        const t = texts(language)
        await client.call('setMyCommands', {
          scope: { type },
          // Commands without a language are for everybody whose language has none of its own.
          language_code: language === 'en' ? undefined : new Intl.Locale(language).language,
          commands: commands.map(({ name }) => ({ command: name, description: t(`commands.${name}`) })),
        })
      }
  }

  async function poll(): Promise<void> {
    await pRetry(() => telegraf.launch({ allowedUpdates: [...UPDATES] as never }), {
      ...POLLING_RETRIES,
      signal: lifecycle.signal,
      shouldRetry: ({ error }) => !isUnknownToken(error),
      onFailedAttempt: ({ error }) =>
        log.warn({ reason: error.message }, 'polling Telegram was interrupted; it goes on in a moment'),
    }).catch(lifecycle.giveUp)
  }

  async function setWebhook(): Promise<void> {
    try {
      await client.call('setWebhook', {
        url: `${publicUrl()}${WEBHOOK_PATH}`,
        secret_token: webhookSecret(token),
        allowed_updates: UPDATES,
        max_connections: CONNECTIONS,
      })
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error
      throw new Error(`PUBLIC_URL: Telegram takes no webhook there (${error.message}).`)
    }
  }

  function adviseOnInlineMode({ supports_inline_queries: inline }: UserFromGetMe) {
    const advice = inline
      ? 'inline mode is on, but nothing says yet that inline feedback is: set it to 100% by /setinlinefeedback at @BotFather. Without it inline transfers leave the sender when somebody taps them.'
      : 'inline mode is off: people can send only in chats that the bot is in. Turn it on by /setinline and /setinlinefeedback at @BotFather.'
    log.warn({ bot: me?.username }, advice)
  }

  return {
    app: settings.webhook
      ? createWebhook(
          webhookSecret(token),
          async (update) => {
            if (!me) throw new Error('Telegram has not been reached yet.')
            await inTime(WEBHOOK_MS, take(update).answered)
          },
          log,
        )
      : new Hono(),
    start: () =>
      lifecycle.start(async () => {
        const fetched = await fetchSelf()
        scope = await scopeOf(fetched)
        me = fetched
        telegraf.botInfo = me
        adviseOnInlineMode(me)
        await registerCommands().catch((error: unknown) =>
          log.warn({ err: error }, 'Telegram was not told the commands; they work, but are not offered'),
        )
        if (lifecycle.signal.aborted) return
        lifecycle.serve(bot, { title: 'Telegram', link: `https://t.me/${me.username}?start={code}` })
        if (settings.webhook) await setWebhook()
        else polling = poll()
      }),
    stop() {
      // First of all: updates that come from now on are another process's.
      try {
        telegraf.stop()
      } catch {
        // telegraf throws where it isn't polling.
      }
      return lifecycle.stop(() => {
        isOver = true
        client.stop()
        return polling
      })
    },
  }
}

/** Telegram answers 401 to a revoked token, and 404 to one that never existed. */
const isUnknownToken = (error: unknown) =>
  (error instanceof TelegramError && [401, 404].includes(error.code)) ||
  (error instanceof PollingError && error.code === 401)

const CREDENTIALS = {
  areRefused: isUnknownToken,
  advice: 'TELEGRAM_BOT_TOKEN: Telegram does not know it. Get the right one from @BotFather.',
}
