import { setImmediate } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { fromDrizzle } from 'pg-boss'
import type { Logger } from 'pino'
import type { Database, Transaction } from '../../db/postgres.ts'
import { cards } from '../../db/schema.ts'
import type { AskView } from '../asks/view.ts'
import type { Groups } from '../groups/groups.ts'
import type { TransferState } from '../ledger/commands.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { PayoutView } from '../payouts/view.ts'
import type { People } from '../people/people.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { openPause } from '../shared/repeat.ts'
import { throttle } from '../shared/throttle.ts'
import type { Views } from '../transfers/view.ts'
import { type AskCards, askCardsAt, openAskCards } from './ask-cards.ts'
import { type AskerNews, openAskerNews } from './asker-news.ts'
import { watchBacklog } from './backlog.ts'
import { type Cards, cardsAt, openCards } from './cards.ts'
import { type Choices, openChoices } from './choices.ts'
import { type Delivery, describe } from './describe.ts'
import { type LinkNews, openLinkNews } from './link-news.ts'
import { noticesTo } from './notices.ts'
import { openNotifier } from './notifier.ts'
import { notifyDispatch, type Pauses, startDispatch } from './outbox.ts'
import { openPayoutCards, type PayoutCards, payoutCardsAt } from './payout-cards.ts'
import { openQuestions, type Questions } from './questions.ts'
import { openQueue, type Taken, type UnpaidJob, type WebhookOffJob } from './queue.ts'
import { webhooksAt } from './webhooks.ts'

/** The deliveries to all messengers. */
export interface Deliveries extends Cards, PayoutCards, AskCards, AskerNews, LinkNews {
  questions: Questions
  choices: Choices
  /**
   * Up to `limit` deliveries for a messenger; waits up to `seconds` for the first. Each is to be answered by `done` or `failed`
   * within a minute, or it is given out again.
   * @param left aborted when the caller waits no longer, and gets none
   * @throws Refusal `overloaded` while the process ends
   */
  take(messenger: string, limit: number, seconds: number, left?: AbortSignal): Promise<Delivery[]>
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
  /** Tells somebody in private that a standing payout of theirs was not made. @param key once for each run */
  tellUnpaid(key: string, unpaid: Omit<UnpaidJob, 'kind'>): Promise<void>
  /** Tells an operator in private that a webhook was turned off. @param key once for each time */
  tellWebhookOff(key: string, off: Omit<WebhookOffJob, 'kind'>): Promise<void>
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
  groups: Groups
  views: Views
  /** Payouts as they are now. */
  payouts(ids: string[], messenger: string): Promise<PayoutView[]>
  /** Asks as they are now. */
  asks(ids: string[], messenger: string): Promise<AskView[]>
  metrics: Metrics
  log: Logger
  /** Whether this process also keeps the queue's tables tidy. */
  supervise: boolean
  pauses?: Pauses & { takePollMs: number }
}

/** Poll intervals, for jobs that fall due and for notifications that got lost. */
const PAUSES = { pollMs: 500, throttleMs: 50, takePollMs: 250 }
/** Opens the queue and the notifier. Nothing is dispatched before `work`. */
export async function openDeliveries(needs: Needs): Promise<Deliveries> {
  const { url, db, people, groups, views, payouts, asks, metrics, log, supervise, pauses = PAUSES } = needs
  const notifier = openNotifier({ url, db, log })
  const queue = await openQueue({ url, notifier, log, supervise }).catch(async (error: unknown) => {
    await notifier.close()
    throw error
  })
  const subscribers = [
    cardsAt(db),
    payoutCardsAt(db),
    askCardsAt(db),
    noticesTo(db, people, groups),
    webhooksAt({ db, people, groups }),
  ]
  const taking = new Map<Promise<Delivery[]>, () => void>()
  let closing = false
  let stopWork = async () => {}
  const moneyMoved = throttle(async () => {
    // First the request goes on, and writes the labels that came with it: the dispatcher reads the language of notices there.
    await setImmediate()
    await people.labelsSaved()
    notifyDispatch(notifier)
  }, MONEY_MOVED_PAUSE_MS)

  async function take(
    messenger: string,
    limit: number,
    seconds: number,
    pause: ReturnType<typeof openPause>,
    left: AbortSignal | undefined,
  ): Promise<Delivery[]> {
    const until = Date.now() + seconds * 1000
    while (!closing && !left?.aborted) {
      const jobs = await queue.take(messenger, limit)
      if (jobs.length > 0) {
        const { deliveries, early, over } = await describe({ db, views, payouts, asks }, messenger, jobs)
        if (early.length > 0) await queue.fail(messenger, idsOf(early))
        if (over.length > 0) await queue.complete(messenger, idsOf(over))
        if (deliveries.length > 0) return deliveries
      }
      const rest = until - Date.now()
      if (rest <= 0) break
      await pause.wait(Math.min(rest, pauses.takePollMs))
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
    ...openPayoutCards(db, queue),
    ...openAskCards(db, queue),
    ...openAskerNews(queue),
    ...openLinkNews(queue),
    questions: openQuestions(queue, notifier),
    choices: openChoices(db),
    async take(messenger, limit, seconds, left) {
      // Not an empty answer, after which the bot would ask again at once.
      if (closing) throw new Refusal('overloaded')
      const pause = openPause()
      const off = notifier.on(messenger, pause.end)
      left?.addEventListener('abort', pause.end)
      const taken = take(messenger, limit, seconds, pause, left)
      taking.set(taken, pause.end)
      return taken.finally(() => {
        off()
        left?.removeEventListener('abort', pause.end)
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
        const transfer = 'transfer' in job.data ? job.data.transfer : undefined
        log.error({ messenger, delivery: id, transfer, reason }, 'a delivery was given up')
      }
    },
    tellUnpaid: (key, unpaid) =>
      queue.addNow([
        { messenger: unpaid.to.messenger, key: `unpaid:${key}`, job: { kind: 'unpaid', ...unpaid } },
      ]),
    tellWebhookOff: (key, off) =>
      queue.addNow([
        { messenger: off.to.messenger, key: `webhook-off:${key}`, job: { kind: 'webhook-off', ...off } },
      ]),
    forget: (who, within) => queue.forget(who, fromDrizzle(within, sql)),
    moneyMoved,
    work() {
      const dispatched = () => metrics.dispatchTime.setToCurrentTime()
      const dispatch = startDispatch({ db, queue, notifier, log, dispatched }, subscribers, pauses)
      const watch = watchBacklog({ db, metrics, log })
      stopWork = async () => void (await Promise.all([dispatch.stop(), watch.stop()]))
    },
    endTaking,
    async close() {
      await endTaking()
      await stopWork()
      await notifier.close()
      await queue.close()
    },
  }
}

const idsOf = (jobs: Taken[]) => jobs.map(({ id }) => id)
