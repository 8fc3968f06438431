import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { connectApi } from '../bots/client.ts'
import type { RunningMessenger } from '../bots/messenger.ts'
import { messengers as registry } from '../bots/registry.ts'
import { checkDatabase } from '../db/check.ts'
import { startEmbeddedPostgres } from '../db/embedded.ts'
import { migrate } from '../db/postgres.ts'
import { secretKeyFor } from './access/secret-key.ts'
import { findReserved } from './access/tokens.ts'
import { createApi, documentOf } from './api/app.ts'
import { type Config, environment, readConfig } from './config.ts'
import { type Core, openCore } from './core.ts'
import { createRoot } from './http/root.ts'
import { listen } from './http/server.ts'
import { startExpiry } from './ledger/expiry.ts'
import { startAudits } from './operations/audit-schedule.ts'
import { startBackups } from './operations/backup/schedule.ts'
import { createHealth } from './operations/health.ts'
import { openLog } from './operations/log.ts'
import { startMemoryTrimming } from './operations/memory-trimming.ts'
import { type Metrics, openMetrics } from './operations/metrics.ts'
import { addressOf, networkAddress } from './operations/network.ts'
import { isSettingsError } from './operations/settings-error.ts'
import { openShutdown, type Shutdown, ShutdownFailed } from './operations/shutdown.ts'
import { endAtSignals } from './operations/signals.ts'
import { tellWebhookOff } from './operators/webhook-off.ts'
import { startWindDown } from './operators/wind-down.ts'
import { createPages } from './pages/app.ts'
import { answerFailure } from './pages/failure.ts'
import { startGathering } from './payouts/gather.ts'
import { startPayouts } from './payouts/resume.ts'
import { startStanding } from './payouts/standing-runs.ts'
import { startRoots } from './roots/publish.ts'
import { opensElsewhere } from './shared/link.ts'
import { startKeyExpiry } from './transfers/key-expiry.ts'
import { startWebhooks } from './webhooks/send.ts'

/** A running service. */
export interface Service {
  /** Where it listens, as a URL that can be opened. */
  url: string
  /** Finishes the work that is under way, then ends. @throws ShutdownFailed */
  close(): Promise<void>
}

/**
 * Starts database, core, API, pages, bots and worker, and ties them together.
 * @param lost called where the embedded Postgres died and can't be started again, with a line that says why
 * @param known the messengers that can run; those whose role is on are started
 * @throws ConfigError, DatabaseUrlError, EmbeddedPostgresError, NewerTablesError
 */
export async function startService(
  config: Config,
  log: Logger,
  lost: (reason: string) => void = () => {},
  known = registry,
): Promise<Service> {
  const shutdown = openShutdown()
  const metrics = openMetrics()
  try {
    const databaseUrl = config.databaseUrl
      ? await checkDatabase(config.databaseUrl)
      : await embedded(config, shutdown, { log, metrics, lost })
    await migrate(databaseUrl, (migrations) =>
      log.info({ migrations }, 'the books are of an earlier version, and are brought up to date'),
    )
    const secretKey = await secretKeyFor(config, databaseUrl)
    let listensAt = ''
    const core = await openCore(config, databaseUrl, secretKey, log, () => listensAt, metrics)
    shutdown.add({ 'the ledger and its database': core.close })
    const reserved = await findReserved(core.db)
    if (reserved.length > 0)
      log.warn(
        { names: reserved },
        'tokens with names of the service itself are not taken any more; make them again under other names',
      )

    const api = createApi(core)
    const messengers = await createMessengers(known, core, (url, init) => root.request(url, init))
    const root = createRoot(core, api, {
      parts: [
        ...messengers.map(({ app }) => app),
        createHealth(core),
        createPages(core, () => documentOf(api, config.publicUrl)),
      ],
      answerFailure: answerFailure(log),
    })

    if (config.roles.has('worker')) {
      core.deliveries.work()
      const swept = () => metrics.sweepTime.setToCurrentTime()
      shutdown.add({
        returns: startExpiry(core.db, core.ledger, log, swept).stop,
        'the gathering of treasuries': startGathering(core).stop,
        payouts: startPayouts(core).stop,
        'standing payouts': startStanding(core).stop,
        'the winding down': startWindDown(core).stop,
        'the expiry of keys': startKeyExpiry(core.db, config.idempotencyDays, log).stop,
        webhooks: startWebhooks(core, (webhook) => tellWebhookOff(core, webhook)).stop,
        'the roots': startRoots(core.db, databaseUrl, log).stop,
        'an audit': startAudits(databaseUrl, metrics, log).stop,
        ...(config.backupDir && { 'a backup': startBackups(core, config.backupDir).stop }),
      })
    }

    const server = await listen(root.fetch, config)
    shutdown.add({
      'the messengers': async () => void (await Promise.all(messengers.map(({ stop }) => stop()))),
      'answers under way': async () => {
        // Bots wait for deliveries in long requests, and open pages for changes; without this the server would wait for them.
        core.askWatch.end()
        await Promise.all([server.close(), core.deliveries.endTaking()])
      },
    })
    listensAt = addressOf(config.host, server.port)
    if (!opensElsewhere(core.publicUrl())) log.warn(adviceOn(server.port))
    // Not awaited: the pages and the API serve while a messenger is still out of reach.
    for (const messenger of messengers) void messenger.start()
    if (config.memory === 'small') shutdown.add({ 'the memory trimming': startMemoryTrimming().stop })
    return { url: listensAt, close: shutdown.close }
  } catch (error) {
    await shutdown.close().catch(() => undefined)
    throw error
  }
}

/** For so long an end that is asked for while it starts waits for that. */
const START_MS = 20_000

/** Runs the service until a signal ends it. Where it can't start, it says why and ends the process. */
export async function runService(): Promise<void> {
  const log = openLog()
  const started = performance.now()
  const lost = (reason: string) => {
    log.fatal({ reason }, 'the embedded Postgres is lost, and so the service ends')
    process.exit(1)
  }
  const starting = (async () => startService(readConfig(environment(), registry), log, lost))()
  const end = async () => {
    const service = await Promise.race([starting, sleep(START_MS, undefined, { ref: false })])
    if (!service) throw new ShutdownFailed('still waited for the start')
    await service.close()
  }
  endAtSignals(end, log)
  try {
    const { url } = await starting
    if (process.stdout.isTTY) process.stdout.write(`Passalong is ready: ${url}\n`)
    else {
      const milliseconds = Math.round(performance.now() - started)
      log.info({ milliseconds, docs: `${url}/docs` }, `passalong is ready: open ${url}`)
    }
  } catch (error) {
    if (isSettingsError(error)) process.stderr.write(`${error.message}\n`)
    else log.fatal({ err: error }, 'passalong could not start')
    process.exit(1)
  }
}

/** Says what to set so that phones can open the links and QR codes. */
function adviceOn(port: number): string {
  const address = networkAddress()
  const settings = address
    ? `HOST=0.0.0.0 PUBLIC_URL=${addressOf(address, port)} for phones in the network of this machine`
    : 'PUBLIC_URL to an address that they reach'
  return `links and QR codes open on this machine alone, not on phones: set ${settings}`
}

/**
 * Creates the messengers whose roles are on; the libraries of the others are never loaded. They reach the core through its
 * API, inside this process.
 */
const createMessengers = (
  known: typeof registry,
  { config, tokens, publicUrl, log }: Core,
  request: (url: string, init?: RequestInit) => Response | Promise<Response>,
): Promise<RunningMessenger[]> =>
  Promise.all(
    known
      .filter(({ name }) => config.roles.has(name))
      .map(({ name, create }) => {
        const api = connectApi('http://passalong.internal', tokens.inProcess(name), async (url, init) =>
          request(String(url), init),
        )
        return create({ settings: config.messengers.get(name), api, publicUrl, log })
      }),
  )

async function embedded(
  { dataDir }: Config,
  shutdown: Shutdown,
  { log, metrics, lost }: { log: Logger; metrics: Metrics; lost: (reason: string) => void },
): Promise<string> {
  const server = await startEmbeddedPostgres(dataDir, {
    down: (cause) =>
      log.error({ cause }, 'the embedded Postgres is down; it is tried again until it is there'),
    up(milliseconds) {
      metrics.postgresRestarts.inc()
      log.warn({ milliseconds }, 'the embedded Postgres was away, and is there again')
    },
    lost: ({ message }) => lost(message),
  })
  shutdown.add({ 'the embedded Postgres': server.stop })
  return server.url
}
