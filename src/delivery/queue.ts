import { type fromDrizzle, type JobWithMetadata, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import type { TransactionSql } from 'postgres'
import { openBossDatabase } from '../../db/boss.ts'
import { newId } from '../shared/ids.ts'
import type { ExternalKey } from '../shared/keys.ts'
import type { Target } from './cards.ts'
import type { AboutLink } from './link-news.ts'
import type { Addressee, Notice } from './notices.ts'
import type { Notifier } from './notifier.ts'

/**
 * What a messenger is to do, as the queue stores it. The transfer itself is read when the job is taken, as it may change
 * before.
 */
export type TransferJob = { transfer: string } & (
  | { kind: 'post'; target: Target }
  /** `again`: a last try, as its chat can be reached again. Where that fails, the card is deleted. */
  | { kind: 'redraw'; card: string; again?: true }
  | { kind: 'notice'; notice: Notice; to: Addressee }
  /** The sender is asked whether to pay whoever has asked in that turn. */
  | { kind: 'asker'; turn: number; to: Addressee }
)

/** A question to a messenger: whether somebody is in a chat, and an admin of it. */
export interface MemberJob {
  kind: 'member'
  chat: string
  /** The messenger's own id. */
  person: string
}

/** The card of a payout to many, in one chat. */
export type PayoutJob = { payout: string } & (
  | { kind: 'payout-post'; target: Target }
  | { kind: 'payout-redraw'; card: string }
)

/** The card of an ask in one chat; or a word in private to who is asked for a part of it. */
export type AskJob = { ask: string } & (
  | { kind: 'ask-post'; target: Target }
  | { kind: 'ask-redraw'; card: string }
  | { kind: 'asked'; turn: number; to: Addressee }
)

/** A word to whoever has set up a standing payout: it was due, and nothing was paid. */
export interface UnpaidJob {
  kind: 'unpaid'
  to: Addressee
  /** The name of its list. */
  list: string
  /** For each person on the list, as a decimal string. */
  amount: string
  asset: string
  /** The code of the refusal. */
  refusal: string
}

/** A word to an operator: a webhook was turned off. */
export interface WebhookOffJob {
  kind: 'webhook-off'
  to: Addressee
  /** The name of its token. */
  app: string
  /** Of its URL nothing but the host, as the rest may hold a secret. */
  host: string
}

/** A word to somebody who is linked with another identity, or is asked whether they are. */
export interface LinkJob {
  kind: 'link'
  about: AboutLink
  /** What they are to confirm. */
  request: string | null
  other: ExternalKey
  to: Addressee
}

export type Job = TransferJob | PayoutJob | AskJob | MemberJob | UnpaidJob | WebhookOffJob | LinkJob

/** A job with what is left of its tries, as a backup keeps it. */
export interface WaitingJob {
  queue: string
  id: string
  data: Job
  key: string | null
  tries: number
  /** RFC 3339. */
  startAfter: string
}

/** A job to be queued. While one with the same key waits, it is not queued again. */
export interface NewJob {
  messenger: string
  key: string
  job: Job
}

/** A job that was taken, with what pg-boss knows of it. */
export type Taken = JobWithMetadata<Job>

/** Jobs of messengers, in queues of pg-boss, one for each messenger. */
export interface Queue {
  /** Adds jobs. @param within the caller's transaction, after whose commit the caller is to `announce` them */
  add(jobs: NewJob[], within: Transaction): Promise<void>
  /** Adds jobs, and announces them. */
  addNow(jobs: NewJob[]): Promise<void>
  /** Notifies the callers that wait for such jobs. */
  announce(jobs: NewJob[]): void
  /** Adds jobs that are due in some seconds, with a number of tries. One whose id, which the caller may give, is there already stays. */
  addLater(jobs: (NewJob & { id?: string })[], when: { seconds: number; tries: number }): Promise<void>
  remove(messenger: string, id: string): Promise<void>
  /** Up to `limit` jobs that are due, the oldest first. */
  take(messenger: string, limit: number): Promise<Taken[]>
  find(messenger: string, id: string): Promise<Taken | undefined>
  /** Ends jobs as done. @param output is stored with them */
  complete(messenger: string, ids: string | string[], output?: object): Promise<void>
  /** Ends a try of jobs: they come again after a pause, as long as they have tries left. */
  fail(messenger: string, ids: string | string[], output?: object): Promise<void>
  /** Undoes `fail` for a job: it can be taken again at once, and has as many tries left as before. */
  giveBack(messenger: string, job: Taken): Promise<void>
  /** Adds jobs as a backup has kept them. */
  putBack(jobs: WaitingJob[], within: Transaction): Promise<void>
  /** Erases the labels of somebody to whom notices are queued. */
  forget(who: ExternalKey, within: Transaction): Promise<void>
  close(): Promise<void>
}

type Transaction = ReturnType<typeof fromDrizzle>

/** What the name of each messenger's queue begins with. */
export const QUEUE = 'deliveries-'

const DAY_SECONDS = 24 * 3600

/** Long retries: people learn late rather than never that they were paid, or have their money back. */
const SETTINGS = {
  // With the pauses between them these take three days.
  retryLimit: 300,
  retryBackoff: true,
  retryDelay: 2,
  retryDelayMax: 900,
  // A bot that takes a job and doesn't report on it has ended.
  expireInSeconds: 60,
  // As long as a bot may be switched off.
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

/** Makes the tables of pg-boss where they are missing. */
export async function openQueue({ url, notifier, log, supervise }: Needs): Promise<Queue> {
  const database = openBossDatabase(url, { max: 4 })
  const boss = new PgBoss({ db: database, schedule: false, supervise })
  boss.on('error', (error) => log.error({ err: error }, 'the delivery queue has a problem'))
  await boss.start().catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const names = new Map<string, Promise<string>>()

  function nameOf(messenger: string): Promise<string> {
    // The promise is kept, so that a queue is made once: making one takes a connection of its own.
    const made = names.get(messenger) ?? make(QUEUE + messenger)
    names.set(messenger, made)
    made.catch(() => names.delete(messenger))
    return made
  }

  async function make(name: string): Promise<string> {
    // By this policy a key has one job waiting and one under way at most, so many changes of a transfer make one redraw.
    await boss.createQueue(name, { policy: 'stately', ...SETTINGS })
    // A queue that is there already has kept its earlier settings.
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
    async addLater(jobs, { seconds, tries }) {
      for (const [messenger, some] of byMessenger(jobs)) {
        const rows = some.map(({ id = newId(), key, job }) => ({
          id,
          singletonKey: key,
          data: job,
          startAfter: seconds,
          retryLimit: tries,
        }))
        await boss.insert(await nameOf(messenger), rows)
      }
    },
    async remove(messenger, id) {
      await boss.deleteJob(await nameOf(messenger), id)
    },
    async take(messenger, limit) {
      const jobs = await boss.fetch<Job>(await nameOf(messenger), { batchSize: limit, includeMetadata: true })
      // pg-boss takes the oldest, but in no order. Jobs of one transaction have the same time; their ids ascend.
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
    async putBack(jobs, within) {
      for (const [queue, some] of Map.groupBy(jobs, (job) => job.queue)) {
        const rows = some.map(({ queue, key, startAfter, tries, ...job }) => ({
          ...job,
          ...(key !== null && { singletonKey: key }),
          startAfter: new Date(startAfter),
          retryLimit: tries,
        }))
        await boss.insert(await nameOf(queue.slice(QUEUE.length)), rows, { db: within })
      }
    },
    async forget({ messenger, id }, within) {
      const to: Addressee = { messenger, id, handle: null, name: null, language: null }
      await within.executeSql(
        `update pgboss.job set data = jsonb_set(data, '{to}', $1::jsonb)
        where data -> 'to' ->> 'messenger' = $2 and data -> 'to' ->> 'id' = $3`,
        [JSON.stringify(to), messenger, id],
      )
    },
    async close() {
      await boss.stop({ graceful: true, timeout: 10_000 })
      await database.close()
    },
  }
}

/** Jobs that are waiting or under way, in chunks, as a backup keeps them. */
export async function* waitingJobs(sql: TransactionSql): AsyncGenerator<WaitingJob[]> {
  const [found] = await sql`select to_regclass('pgboss.job') as jobs`
  // The service may never have been started.
  if (!found?.jobs) return
  yield* sql<WaitingJob[]>`
    select name as queue, id, data, singleton_key as key, greatest(retry_limit - retry_count, 0) as tries,
      to_json(start_after) #>> '{}' as "startAfter"
    from pgboss.job where starts_with(name, ${QUEUE}) and state < 'completed' order by name, created_on, id`.cursor(
    500,
  )
}

/** In a fixed order, so that processes that queue jobs at the same time don't deadlock. */
const byMessenger = <Some extends NewJob>(jobs: Some[]) =>
  [...Map.groupBy(jobs, ({ messenger }) => messenger)].sort(([a], [b]) => (a < b ? -1 : 1))
