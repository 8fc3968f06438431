import { type fromDrizzle, type JobWithMetadata, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import { openBossDatabase } from '../../db/boss.ts'
import { newId } from '../shared/ids.ts'
import type { Target } from './cards.ts'
import type { Addressee, Notice } from './notices.ts'
import type { Notifier } from './notifier.ts'

/** What a messenger is to do, as it waits: the transfer itself is read when it is done, as it may have changed by then. */
export type Job = { transfer: string } & (
  | { kind: 'post'; target: Target }
  /** `again`: its chat can be reached; where that is of no use either, its message is no card any more. */
  | { kind: 'redraw'; card: string; again?: true }
  | { kind: 'notice'; notice: Notice; to: Addressee }
)

/** A job for a messenger. While one with this key waits, another one changes nothing. */
export interface NewJob {
  messenger: string
  key: string
  job: Job
}

export type Taken = JobWithMetadata<Job>

/** Jobs of messengers, in queues of pg-boss, one for each messenger. */
export interface Queue {
  /** @param within the caller's transaction; after its commit the caller tells of them by `announce` */
  add(jobs: NewJob[], within: Transaction): Promise<void>
  /** Adds jobs, and tells those who wait for them. */
  addNow(jobs: NewJob[]): Promise<void>
  announce(jobs: NewJob[]): void
  /** Adds a job that is due later, and tried so often. Its id is the caller's; one that is there already stays. */
  addLater(job: NewJob, id: string, when: { seconds: number; tries: number }): Promise<void>
  remove(messenger: string, id: string): Promise<void>
  /** Up to `limit` jobs that are due, the oldest first. */
  take(messenger: string, limit: number): Promise<Taken[]>
  find(messenger: string, id: string): Promise<Taken | undefined>
  /** @param output what is kept with them */
  complete(messenger: string, ids: string | string[], output?: object): Promise<void>
  /** They come again after a pause, as long as they have tries left. */
  fail(messenger: string, ids: string | string[], output?: object): Promise<void>
  /** One that has just failed may be taken again at once, and has as many tries left as before. */
  giveBack(messenger: string, job: Taken): Promise<void>
  close(): Promise<void>
}

type Transaction = ReturnType<typeof fromDrizzle>

const DAY_SECONDS = 24 * 3600

/** Who was paid, or has their money back, is told so late rather than never. */
const SETTINGS = {
  // With the pauses between them, tries of three days.
  retryLimit: 300,
  retryBackoff: true,
  retryDelay: 2,
  retryDelayMax: 900,
  // A bot that was given a delivery and says nothing has ended.
  expireInSeconds: 60,
  // So long the bot may be switched off.
  retentionSeconds: 30 * DAY_SECONDS,
  deleteAfterSeconds: 3600,
}

interface Needs {
  url: string
  notifier: Notifier
  log: Logger
  /** Whether this process also keeps the queue's tables tidy. */
  supervise: boolean
}

export async function openQueue({ url, notifier, log, supervise }: Needs): Promise<Queue> {
  const database = openBossDatabase(url, { max: 4 })
  const boss = new PgBoss({ db: database, schedule: false, supervise })
  boss.on('error', (error) => log.error({ err: error }, 'the delivery queue has a problem'))
  await boss.start().catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const names = new Map<string, Promise<string>>()

  /** Many changes of one transfer make one redraw: a card has one job waiting and one under way at most. */
  function nameOf(messenger: string): Promise<string> {
    // Once for all who ask for it at the same time: each making of a queue takes a connection of its own.
    const made = names.get(messenger) ?? make(`deliveries-${messenger}`)
    names.set(messenger, made)
    made.catch(() => names.delete(messenger))
    return made
  }

  async function make(name: string): Promise<string> {
    await boss.createQueue(name, { policy: 'stately', ...SETTINGS })
    // One that is there already keeps the settings that it was made with.
    await boss.updateQueue(name, SETTINGS)
    return name
  }

  async function insert(jobs: NewJob[], options?: { db: Transaction }): Promise<void> {
    for (const [messenger, some] of byMessenger(jobs)) {
      const rows = some.map(({ key, job }) => ({ id: newId(), singletonKey: key, data: job }))
      await boss.insert(await nameOf(messenger), rows, options)
    }
  }

  function announce(jobs: NewJob[]) {
    for (const [messenger] of byMessenger(jobs)) notifier.notify(messenger)
  }

  return {
    add: (jobs, within) => insert(jobs, { db: within }),
    async addNow(jobs) {
      await insert(jobs)
      announce(jobs)
    },
    announce,
    async addLater({ messenger, key, job }, id, { seconds, tries }) {
      const when = { startAfter: seconds, retryLimit: tries }
      await boss.send(await nameOf(messenger), job, { id, singletonKey: key, ...when })
    },
    async remove(messenger, id) {
      await boss.deleteJob(await nameOf(messenger), id)
    },
    async take(messenger, limit) {
      const jobs = await boss.fetch<Job>(await nameOf(messenger), { batchSize: limit, includeMetadata: true })
      // The oldest come first, but in no order among themselves. Those of one transaction are of one moment; their ids ascend.
      return jobs.sort((a, b) => a.createdOn.getTime() - b.createdOn.getTime() || (a.id < b.id ? -1 : 1))
    },
    async find(messenger, id) {
      const [job] = await boss.findJobs<Job>(await nameOf(messenger), { id })
      return job
    },
    async complete(messenger, ids, output) {
      await boss.complete(await nameOf(messenger), ids, output)
    },
    async fail(messenger, ids, output) {
      await boss.fail(await nameOf(messenger), ids, output)
    },
    async giveBack(messenger, { id, retryCount, retryLimit }) {
      const name = await nameOf(messenger)
      if (retryCount >= retryLimit) await boss.retry(name, id)
      else await boss.update(name, undefined, { id, retryLimit: retryLimit + 1, startAfter: 0 })
    },
    async close() {
      await boss.stop({ graceful: true, timeout: 10_000 })
      await database.close()
    },
  }
}

/** In one order, as several processes may queue for the same cards at the same time. */
const byMessenger = (jobs: NewJob[]) =>
  [...Map.groupBy(jobs, ({ messenger }) => messenger)].sort(([a], [b]) => (a < b ? -1 : 1))
