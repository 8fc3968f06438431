import { serve } from '@hono/node-server'
import type { Logger } from 'pino'
import { connectCore } from '../bots/core.ts'
import { createDiscord } from '../bots/discord/index.ts'
import type { RunningMessenger } from '../bots/messenger.ts'
import { createPlayground } from '../bots/playground/index.ts'
import { createTelegram } from '../bots/telegram/index.ts'
import { DatabaseUrlError } from '../db/address.ts'
import { checkDatabase } from '../db/check.ts'
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../db/embedded.ts'
import { migrate } from '../db/postgres.ts'
import { createApi } from './api/app.ts'
import { startAudits } from './audits.ts'
import { type Config, ConfigError, type Role, readConfig } from './config.ts'
import { type Core, openCore } from './core.ts'
import { openLog } from './log.ts'
import { addressOf, networkAddress } from './network.ts'
import { createPages } from './pages/app.ts'
import { startReturns } from './returns.ts'
import { secretKeyFor } from './secret.ts'
import { opensElsewhere } from './shared/link.ts'
import { createSite } from './site.ts'
import { findReserved } from './tokens.ts'

export interface Service {
  /** Where it listens, as an address that can be opened. */
  url: string
  /** Finishes what is under way, then ends. */
  close(): Promise<void>
}

/** Ties it all together: database, core, API, pages, bots, worker. */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const closers: (() => Promise<void> | void)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const databaseUrl = config.databaseUrl
      ? await checkDatabase(config.databaseUrl)
      : await embedded(config, closers)
    await migrate(databaseUrl)
    const secretKey = await secretKeyFor(config, databaseUrl)
    let listensAt = ''
    const core = await openCore(config, databaseUrl, secretKey, log, () => listensAt)
    closers.push(core.close)
    const reserved = await findReserved(core.db)
    if (reserved.length > 0)
      log.warn(
        { names: reserved },
        'tokens with names of the service itself are not taken any more; make them again under other names',
      )

    const site = createSite(core)
    const api = createApi(core, site)
    const messengers = createMessengers(config, core, api.request, log)
    for (const messenger of messengers) site.route('/', messenger.app)
    site.route('/', createPages(core))

    if (config.roles.has('worker')) {
      core.deliveries.work()
      const returns = startReturns(core.db, core.ledger, log)
      closers.push(returns.stop)
      const audits = startAudits(databaseUrl, core.metrics, log)
      closers.push(audits.stop)
    }

    const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
      const listening = serve({ fetch: api.fetch, hostname: config.host, port: config.port }, () =>
        resolve(listening),
      )
      listening.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? new ConfigError(`PORT: ${config.port} is taken on ${config.host}; set another one.`)
            : error,
        ),
      )
    })
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : config.port
    listensAt = addressOf(config.host, port)
    if (!opensElsewhere(core.publicUrl())) log.warn(adviceOn(port))
    closers.push(async () => {
      // A bot that waits for deliveries, or a kept-alive connection that idles, holds up nobody's end.
      await core.deliveries.endTaking()
      const idle = setInterval(() => 'closeIdleConnections' in server && server.closeIdleConnections(), 50)
      await new Promise((resolve) => server.close(resolve))
      clearInterval(idle)
    })
    for (const messenger of messengers) {
      closers.push(messenger.stop)
      // The pages and the API serve while a messenger is still out of reach.
      messenger.start().catch((error: unknown) => log.error({ err: error }, 'a messenger could not start'))
    }
    return { url: listensAt, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What to set so that phones can open the links and QR codes. */
function adviceOn(port: number): string {
  const address = networkAddress()
  const settings = address
    ? `HOST=0.0.0.0 PUBLIC_URL=${addressOf(address, port)} for phones in the network of this machine`
    : 'PUBLIC_URL to an address that they reach'
  return `links and QR codes open on this machine alone, not on phones: set ${settings}`
}

/** The bots of the roles that are on. They reach the core through its API, inside this process. */
function createMessengers(
  config: Config,
  core: Core,
  request: (url: string, init?: RequestInit) => Response | Promise<Response>,
  log: Logger,
): RunningMessenger[] {
  const coreOf = (role: Role) =>
    connectCore('http://passalong.internal', core.tokens.inProcess(role), async (url, init) =>
      request(String(url), init),
    )
  const messengers: RunningMessenger[] = []
  if (config.roles.has('telegram') && config.telegram)
    messengers.push(createTelegram(coreOf('telegram'), config.telegram, core.publicUrl, log))
  if (config.roles.has('discord') && config.discord)
    messengers.push(createDiscord(coreOf('discord'), config.discord, log))
  if (config.roles.has('playground'))
    messengers.push(createPlayground(coreOf('playground'), log, core.publicUrl))
  return messengers
}

async function embedded(config: Config, closers: (() => Promise<void> | void)[]): Promise<string> {
  const server = await startEmbeddedPostgres(config.dataDir)
  closers.push(server.stop)
  return server.url
}

async function main() {
  const log = openLog()
  try {
    const started = performance.now()
    const service = await startService(readConfig(), log)
    log.info(
      { milliseconds: Math.round(performance.now() - started), docs: `${service.url}/docs` },
      `passalong is ready: open ${service.url}`,
    )
    const end = (signal: NodeJS.Signals) => {
      log.info({ signal }, 'finishing what is under way')
      service.close().then(
        () => process.exit(0),
        (error: unknown) => {
          log.fatal({ err: error }, 'the end was not orderly')
          process.exit(1)
        },
      )
    }
    process.once('SIGTERM', end)
    process.once('SIGINT', end)
  } catch (error) {
    if ([ConfigError, DatabaseUrlError, EmbeddedPostgresError].some((kind) => error instanceof kind))
      process.stderr.write(`${(error as Error).message}\n`)
    else log.fatal({ err: error }, 'passalong could not start')
    process.exit(1)
  }
}

if (import.meta.main) await main()
