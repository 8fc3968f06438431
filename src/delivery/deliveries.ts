import { setImmediate } from 'node:timers/promises'
import { eq, inArray, or, sql } from 'drizzle-orm'
import { fromDrizzle } from 'pg-boss'
import type { Logger } from 'pino'
import type { Database, Transaction } from '../../db/postgres.ts'
import { cards, transfers } from '../../db/schema.ts'
import type { TransferState } from '../ledger/commands.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { People } from '../people/people.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { openPause } from '../shared/repeat.ts'
import { throttle } from '../shared/throttle.ts'
import { readTransfers } from '../transfers/find.ts'
import type { Views, ViewWithCode } from '../transfers/view.ts'
import { type Card, type Cards, cardsAt, openCards, type Target } from './cards.ts'
import { type Addressee, type Notice, noticesTo } from './notices.ts'
import { openNotifier } from './notifier.ts'
import { notifyDispatch, type Pauses, startDispatch } from './outbox.ts'
import { openQuestions, QUESTION_SECONDS, type Questions } from './questions.ts'
import { openQueue, type Taken, type TransferJob } from './queue.ts'

/**
 * Something that a messenger is to do because money moved: post a card, redraw one, or tell somebody in private. Or it is asked about
 * a member of a chat.
 */
export type Delivery = { id: string } & (
  | ({ transfer: ViewWithCode } & (
      | { kind: 'post'; target: Target }
      | { kind: 'redraw'; card: Card }
      | { kind: 'notice'; notice: Notice; to: Addressee }
    ))
  | { kind: 'member'; chat: string; person: ExternalKey }
)

/** The deliveries to all messengers. */
export interface Deliveries extends Cards {
  questions: Questions
  /**
   * Up to `limit` deliveries for a messenger; waits up to `seconds` for the first. Each is to be answered by `done` or `failed`
   * within a minute, or it is given out again.
   * @throws Refusal `too_many_requests` while the process ends
   */
  take(messenger: string, limit: number, seconds: number): Promise<Delivery[]>
  /** Reports a delivery as made. @param drawn the state that the card shows now, where one was redrawn */
  done(messenger: string, id: string, drawn?: TransferState): Promise<void>
  /**
   * Reports a delivery as failed: it is retried, with growing pauses.
   * @param how.final a retry is of no use, as when somebody has blocked the bot
   * @param how.counts whether it counts as one of the tries: not where the messenger as a whole is out of reach
   */
  failed(
    messenger: string,
    id: string,
    reason: string,
    how: { final: boolean; counts: boolean },
  ): Promise<void>
  /** To be called after money has moved: has the outbox dispatched at once, by this process or by another one. */
  moneyMoved(): void
  /** Erases the labels of somebody to whom notices are queued. */
  forget(who: ExternalKey, within: Transaction): Promise<void>
  /** Starts dispatching the outbox, which is for the worker role. */
  work(): void
  /** Answers the callers that wait in `take`, and refuses new ones. Dispatching goes on. */
  endTaking(): Promise<void>
  close(): Promise<void>
}

/** Between two looks for labels that are being written, in milliseconds: a busy ledger commits every few. */
const MONEY_MOVED_PAUSE_MS = 5

interface Needs {
  url: string
  db: Database
  people: People
  views: Views
  metrics: Metrics
  log: Logger
  /** Whether this process also keeps the queue's tables tidy. */
  supervise: boolean
  pauses?: Pauses & { takePollMs: number }
}

/** Poll intervals, for jobs that fall due and for notifications that got lost. */
const PAUSES = { pollMs: 500, throttleMs: 50, takePollMs: 250 }
/** Tries after which a transfer that isn't there counts as never made; until then its commit may only be late. */
const LATE_TRIES = 4

/** Opens the queue and the notifier. Nothing is dispatched before `work`. */
export async function openDeliveries(needs: Needs): Promise<Deliveries> {
  const { url, db, people, views, metrics, log, supervise, pauses = PAUSES } = needs
  const notifier = openNotifier({ url, db, log })
  const queue = await openQueue({ url, notifier, log, supervise }).catch(async (error: unknown) => {
    await notifier.close()
    throw error
  })
  const subscribers = [cardsAt(db), noticesTo(people)]
  const taking = new Map<Promise<Delivery[]>, () => void>()
  let closing = false
  let stopDispatch = async () => {}
  const moneyMoved = throttle(async () => {
    // First the request goes on, and writes the labels that came with it: the dispatcher reads the language of notices there.
    await setImmediate()
    await people.labelsSaved()
    notifyDispatch(notifier)
  }, MONEY_MOVED_PAUSE_MS)

  /** The transfers as they are now, however long their deliveries have waited. */
  async function viewsOf(transferIds: string[], messenger: string): Promise<Map<string, ViewWithCode>> {
    const found = await readTransfers(db, (select) => select.where(inArray(transfers.id, transferIds)))
    const shown = await views.viewsForCards(found, messenger)
    return new Map(shown.map((view) => [view.id, views.withCode(view)]))
  }

  /**
   * Makes deliveries of jobs; of the other jobs it tells which are too early, as their transfer may still come, and which
   * are over.
   */
  async function describe(messenger: string, jobs: Taken[]) {
    const about = jobs.flatMap(({ data }) => (data.kind === 'member' ? [] : data))
    const idsOf = (kind: TransferJob['kind']) =>
      about.flatMap((data) =>
        data.kind === kind ? (data.kind === 'redraw' ? data.card : data.transfer) : [],
      )
    const [found, shown] = await Promise.all([
      about.length === 0
        ? new Map()
        : viewsOf([...new Set(about.map(({ transfer }) => transfer))], messenger),
      about.every(({ kind }) => kind === 'notice')
        ? []
        : db
            .select()
            .from(cards)
            .where(or(inArray(cards.id, idsOf('redraw')), inArray(cards.transferId, idsOf('post')))),
    ])
    const cardsById = new Map(shown.map(({ transferId: _, ...card }) => [card.id, card]))
    const isPosted = (transfer: string, { messenger, chat }: Target) =>
      shown.some((card) => card.transferId === transfer && card.messenger === messenger && card.chat === chat)
    function deliveryOf({ id, data, createdOn, startedOn }: Taken): Delivery | undefined {
      if (data.kind === 'member') {
        const isWaitedFor = startedOn.getTime() - createdOn.getTime() < QUESTION_SECONDS * 1000
        return isWaitedFor
          ? { id, kind: 'member', chat: data.chat, person: { messenger, id: data.person } }
          : undefined
      }
      const transfer = found.get(data.transfer)
      if (!transfer) return undefined
      switch (data.kind) {
        case 'post': {
          const isOver = transfer.state !== 'open' || isPosted(transfer.id, data.target)
          return isOver ? undefined : { id, transfer, kind: 'post', target: data.target }
        }
        case 'notice':
          if (data.notice === 'waiting' && transfer.state !== 'open') return undefined
          return { id, transfer, kind: 'notice', notice: data.notice, to: data.to }
        case 'redraw': {
          const card = cardsById.get(data.card)
          return card && { id, transfer, kind: 'redraw', card }
        }
      }
    }
    const described = jobs.map((job) => ({ job, delivery: deliveryOf(job) }))
    const idle = described.flatMap(({ job, delivery }) => (delivery ? [] : job))
    const mayCome = ({ data, retryCount }: Taken) =>
      data.kind === 'post' && !found.has(data.transfer) && retryCount < LATE_TRIES
    return {
      deliveries: described.flatMap(({ delivery }) => delivery ?? []),
      early: idle.filter(mayCome).map(({ id }) => id),
      over: idle.filter((job) => !mayCome(job)).map(({ id }) => id),
    }
  }

  async function take(
    messenger: string,
    limit: number,
    seconds: number,
    pause: ReturnType<typeof openPause>,
  ): Promise<Delivery[]> {
    const until = Date.now() + seconds * 1000
    while (!closing) {
      const jobs = await queue.take(messenger, limit)
      if (jobs.length > 0) {
        const { deliveries, early, over } = await describe(messenger, jobs)
        if (early.length > 0) await queue.fail(messenger, early)
        if (over.length > 0) await queue.complete(messenger, over)
        if (deliveries.length > 0) return deliveries
      }
      const left = until - Date.now()
      if (left <= 0) break
      await pause.wait(Math.min(left, pauses.takePollMs))
    }
    return []
  }

  async function endTaking(): Promise<void> {
    closing = true
    for (const end of taking.values()) end()
    await Promise.allSettled(taking.keys())
  }

  return {
    ...openCards(db, queue),
    questions: openQuestions(queue, notifier),
    async take(messenger, limit, seconds) {
      // Not an empty answer, after which the bot would ask again at once.
      if (closing) throw new Refusal('too_many_requests')
      const pause = openPause()
      const off = notifier.on(messenger, pause.end)
      const taken = take(messenger, limit, seconds, pause)
      taking.set(taken, pause.end)
      return taken.finally(() => {
        off()
        taking.delete(taken)
      })
    },
    async done(messenger, id, drawn) {
      if (drawn) {
        const job = await queue.find(messenger, id)
        if (job?.data.kind === 'redraw')
          await db.update(cards).set({ drawn }).where(eq(cards.id, job.data.card))
      }
      await queue.complete(messenger, id)
      metrics.deliveries.inc({ messenger, outcome: 'done' })
    },
    async failed(messenger, id, reason, { final, counts }) {
      const job = await queue.find(messenger, id)
      if (final) {
        if (job?.data.kind === 'redraw' && job.data.again)
          await db.delete(cards).where(eq(cards.id, job.data.card))
        await queue.complete(messenger, id, { undeliverable: reason })
        metrics.deliveries.inc({ messenger, outcome: 'undeliverable' })
        log.warn({ messenger, delivery: id, reason }, 'a delivery cannot be made')
        return
      }
      await queue.fail(messenger, id, { reason })
      if (!counts) {
        if (job) await queue.giveBack(messenger, job)
        metrics.deliveries.inc({ messenger, outcome: 'given_back' })
        return
      }
      const last = job !== undefined && job.retryCount >= job.retryLimit
      metrics.deliveries.inc({ messenger, outcome: last ? 'given_up' : 'retried' })
      if (last) {
        const transfer = job.data.kind === 'member' ? undefined : job.data.transfer
        log.error({ messenger, delivery: id, transfer, reason }, 'a delivery was given up')
      }
    },
    forget: (who, within) => queue.forget(who, fromDrizzle(within, sql)),
    moneyMoved,
    work() {
      stopDispatch = startDispatch({ db, queue, notifier, log }, subscribers, pauses).stop
    },
    endTaking,
    async close() {
      await endTaking()
      await stopDispatch()
      await notifier.close()
      await queue.close()
    },
  }
}
