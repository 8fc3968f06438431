// Passalong with the bot of one messenger.
import { newSecret } from '../../src/access/codes.ts'
import { freshDatabase } from './database.ts'
import { PUBLIC_URL, type Setting, startTestService } from './service.ts'
import { until } from './until.ts'

/** What the service needs of a messenger. */
export interface Reached {
  /** The variables that set it up. */
  settings: Record<string, string>
  /** How often a bot has come. */
  arrivals?(): number
  /** Has it post what happens to the service that listens there. */
  tellAt?(url: string): unknown
  stop(): Promise<unknown>
}

/** Starts the service, with books of its own, and waits for its bot. What `close` ends is the messenger, too. */
export async function startWithBot(messenger: string, reached: Reached, setting: Setting = {}) {
  const database = await freshDatabase()
  const secretKey = newSecret()
  const log: string[][] = []
  const { arrivals, tellAt } = reached

  async function start() {
    const before = arrivals?.() ?? 0
    const service = await startTestService({
      roles: `api,worker,${messenger}`,
      ...setting,
      database: database.url,
      secretKey,
      environment: { ...reached.settings, PUBLIC_URL, ...setting.environment },
    })
    log.push(service.log)
    await tellAt?.(service.url)
    if (arrivals) await until(() => arrivals() > before)
    return service
  }

  const running = {
    service: await start(),
    /** Another process of the same service, which is told all that is posted from now on. */
    another: start,
    /** Ends the service, and starts another one on the same books. */
    async restart(meanwhile: () => unknown = () => {}) {
      await running.service.close()
      await meanwhile()
      running.service = await start()
    },
    log: () => log.flat(),
    /** Lines of the log that tell of a fault. */
    errors: () => log.flat().filter((line) => /"level":"(error|fatal)"/.test(line)),
    async close() {
      await running.service.close()
      await reached.stop()
      await database.drop()
    },
  }
  return running
}
