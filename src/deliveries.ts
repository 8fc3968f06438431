import { and, desc, eq, inArray, ne, or, sql } from 'drizzle-orm'
import { fromDrizzle, type JobWithMetadata, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import { openBossDatabase } from '../db/boss.ts'
import type { Database } from '../db/postgres.ts'
import { cards, changes, transfers } from '../db/schema.ts'
import { newId } from './ids.ts'
import type { TransferState } from './ledger/commands.ts'
import type { Metrics } from './metrics.ts'
import type { KnownIdentity } from './people/identity.ts'
import type { People } from './people/people.ts'
import { Refusal } from './refusal.ts'
import { repeat } from './repeat.ts'
import { selectTransfers } from './transfers/find.ts'
import type { Views, ViewWithCode } from './transfers/view.ts'

/** Where a transfer is shown: one message in one chat. */
export interface Card {
  id: string
  messenger: string
  chat: string
  message: string
  language: string
  /** The state that it shows, as far as we know. */
  drawn: TransferState
}

/** Where the card of a new transfer is to be posted, and in which language. */
export interface Target {
  messenger: string
  chat: string
  /** What else the messenger needs to post there, in its own form. */
  details?: string | undefined
  language: string
}

/** Why somebody is told in private: what they sent was collected, declined or came back; they received; or it waits for them. */
export type Notice = 'collected' | 'declined' | 'returned' | 'received' | 'waiting'

/** Something that a messenger is to do because money moved. */
export type Delivery = { id: string; transfer: ViewWithCode } & (
  | { kind: 'post'; target: Target }
  | { kind: 'redraw'; card: Card }
  | { kind: 'notice'; notice: Notice; to: Addressee }
)

/** Somebody as they can be reached, and in which language. */
type Addressee = Omit<KnownIdentity, 'person'>

export interface Deliveries {
  /**
   * Has a card posted in a while, unless it is noted before. Asked before the money moves: a transfer that nobody made, or
   * that is over by then, has no card posted.
   */
  toPost(transferId: string, target: Target): Promise<void>
  /**
   * Remembers where a transfer is shown.
   * @param posted whether it is the card that was to be posted
   * @throws Refusal where another transfer is shown there: what a card stands for never changes
   */
  addCard(transferId: string, card: Omit<Card, 'id'>, posted: boolean): Promise<void>
  cardsOf(transferId: string): Promise<Card[]>
  /** A messenger can reach these chats: cards there that show another state than their transfer's are to be drawn anew. */
  reached(messenger: string, chats: string[]): Promise<void>
  /** Up to `limit` deliveries for a messenger; waits up to `seconds` for the first. Each is to be answered with `done` or `failed`. */
  take(messenger: string, limit: number, seconds: number): Promise<Delivery[]>
  /** @param drawn the state that a card shows now, where one was drawn anew */
  done(messenger: string, id: string, drawn?: TransferState): Promise<void>
  /**
   * @param how.final there is no use in trying again, as when somebody has blocked the bot
   * @param how.counts whether it was a try; else it is given back, as when the messenger as a whole is out of reach
   */
  failed(
    messenger: string,
    id: string,
    reason: string,
    how: { final: boolean; counts: boolean },
  ): Promise<void>
  /** Spreads what changed over cards and people; the worker role does it. */
  work(): void
  /** Lets go of those who wait in `take`; who comes later is refused. Spreading goes on. */
  endTaking(): Promise<void>
  close(): Promise<void>
}

interface Sources {
  url: string
  db: Database
  people: People
  transfers: Views
  metrics: Metrics
  log: Logger
  /** Whether this process also keeps the queue's tables tidy. */
  supervise: boolean
}

const queueOf = (messenger: string) => `deliveries-${messenger}`
const POLL_MS = 250
const SPREAD_PAUSE_MS = 500
/** Batches of the ledger, of many transfers each. */
const SPREAD_AT_ONCE = 20
/** Cards of a chat that are drawn anew because it can be reached again. */
const MOST_HEALED = 100
/** A bot has posted the card by then, unless it ended meanwhile. */
const POST_AFTER_SECONDS = 15
/** How often a card to post is asked for before a transfer that isn't there counts as never made: its commit may be late. */
const LATE_TRIES = 4
/** With the longest pause between two of them this outlives any transfer: its card is posted until it is over. */
const POST_TRIES = 1000

const DAY_SECONDS = 24 * 3600

/** Who was paid, or has their money back, is told so late rather than never. */
const QUEUE_SETTINGS = {
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

type Job = { transfer: string } & (
  | { kind: 'post'; target: Target }
  /** `again`: its chat can be reached; where that is of no use either, its message is no card any more. */
  | { kind: 'redraw'; card: string; again?: true }
  | { kind: 'notice'; notice: Notice; to: Addressee }
)

export async function openDeliveries(sources: Sources): Promise<Deliveries> {
  const { url, db, people, transfers: transferList, metrics, log } = sources
  const bossDatabase = openBossDatabase(url, { max: 4 })
  const boss = new PgBoss({ db: bossDatabase, schedule: false, supervise: sources.supervise })
  boss.on('error', (error) => log.error({ err: error }, 'the delivery queue has a problem'))
  await boss.start().catch(async (error: unknown) => {
    await bossDatabase.close()
    throw error
  })
  const queues = new Map<string, Promise<string>>()
  const taking = new Set<Promise<Delivery[]>>()
  let closing = false
  let stopSpreading = async () => {}

  /** Many changes of one transfer make one redraw: a card has one job waiting and one under way at most. */
  function queue(messenger: string): Promise<string> {
    const name = queueOf(messenger)
    // Once for all who ask for it at the same time: each making of a queue takes a connection of its own.
    const made = queues.get(name) ?? makeQueue(name)
    queues.set(name, made)
    made.catch(() => queues.delete(name))
    return made
  }

  async function makeQueue(name: string): Promise<string> {
    await boss.createQueue(name, { policy: 'stately', ...QUEUE_SETTINGS })
    // One that is there already keeps the settings that it was made with.
    await boss.updateQueue(name, QUEUE_SETTINGS)
    return name
  }

  /** Takes what the ledger has left in `changes` and queues what follows, in one transaction: nothing is lost, or told twice. */
  const spread = () =>
    db.transaction(async (tx) => {
      const next = tx
        .select({ id: changes.id })
        .from(changes)
        .orderBy(changes.id)
        .limit(SPREAD_AT_ONCE)
        .for('update', { skipLocked: true })
      const taken = await tx.delete(changes).where(inArray(changes.id, next)).returning()
      taken.sort((a, b) => (a.id < b.id ? -1 : 1))
      if (taken.length > 0)
        await tell([...new Set(taken.flatMap((change) => change.transfers))], fromDrizzle(tx, sql))
      return taken.length === SPREAD_AT_ONCE
    })

  async function tell(transferIds: string[], within: ReturnType<typeof fromDrizzle>): Promise<void> {
    const [changed, shown] = await Promise.all([
      selectTransfers(db).where(inArray(transfers.id, transferIds)),
      db.select().from(cards).where(inArray(cards.transferId, transferIds)),
    ])
    const [owners, recipients] = await Promise.all([
      people.ofAccounts(changed.flatMap((t) => [t.fromAccount, t.collectedBy ?? []].flat())),
      people.recipients(changed.filter(({ state }) => state === 'open')),
    ])
    const turns = new Map(transferIds.map((id, turn) => [id, turn]))
    changed.sort((a, b) => Number(turns.get(a.id)) - Number(turns.get(b.id)))
    const open = new Set(changed.flatMap(({ id, state }) => (state === 'open' ? id : [])))
    const jobs: { messenger: string; key: string; job: Job }[] = shown
      .filter(({ transferId }) => !open.has(transferId))
      .map((card) => redraw(card))
    for (const { id, state, fromAccount, collectedBy, toAccount, toHandle } of changed) {
      const tell = (whom: KnownIdentity | undefined, notice: Notice) => {
        if (!whom) return
        const { messenger, handle, name, language } = whom
        const to = { messenger, id: whom.id, handle, name, language }
        const job: Job = { kind: 'notice', transfer: id, notice, to }
        jobs.push({ messenger, key: `${notice}:${id}`, job })
      }
      const recipient = recipients.get(toAccount ?? toHandle ?? '')
      if (state === 'open' && recipient && !recipient.quiet) tell(recipient, 'waiting')
      if (state === 'collected') tell(owners.get(collectedBy ?? ''), 'received')
      if (state === 'collected' || state === 'declined' || state === 'returned')
        tell(owners.get(fromAccount), state)
    }
    for (const messenger of new Set(jobs.map((job) => job.messenger)))
      await boss.insert(
        await queue(messenger),
        jobs
          .filter((job) => job.messenger === messenger)
          .map(({ key, job }) => ({ id: newId(), singletonKey: key, data: job })),
        { db: within },
      )
  }

  const redraw = (card: { id: string; messenger: string; transferId: string }) => ({
    messenger: card.messenger,
    key: `card:${card.id}`,
    job: { kind: 'redraw', transfer: card.transferId, card: card.id } as const,
  })

  async function redrawNow(
    messenger: string,
    some: Parameters<typeof redraw>[0][],
    more: { again?: true } = {},
  ): Promise<void> {
    if (some.length === 0) return
    const jobs = some.map(redraw).map(({ key, job }) => ({ singletonKey: key, data: { ...job, ...more } }))
    await boss.insert(await queue(messenger), jobs)
  }

  /** Jobs as deliveries; those whose transfer may still come, and those that nothing is to be done about. */
  async function describe(jobs: JobWithMetadata<Job>[]) {
    const idsOf = (kind: Job['kind']) =>
      jobs.flatMap(({ data }) =>
        data.kind === kind ? (data.kind === 'redraw' ? data.card : data.transfer) : [],
      )
    const [found, shown] = await Promise.all([
      selectTransfers(db).where(
        inArray(
          transfers.id,
          jobs.map((job) => job.data.transfer),
        ),
      ),
      db
        .select()
        .from(cards)
        .where(or(inArray(cards.id, idsOf('redraw')), inArray(cards.transferId, idsOf('post')))),
    ])
    const seen = await transferList.viewsForCards(found)
    const views = new Map(seen.map((view) => [view.id, transferList.withCode(view)]))
    const cardsById = new Map(shown.map(({ transferId: _, ...card }) => [card.id, card]))
    const hangs = (transfer: string, { messenger, chat }: Target) =>
      shown.some((card) => card.transferId === transfer && card.messenger === messenger && card.chat === chat)
    function deliveryOf({ id, data }: JobWithMetadata<Job>): Delivery | undefined {
      const transfer = views.get(data.transfer)
      if (!transfer) return undefined
      switch (data.kind) {
        case 'post': {
          const isOver = transfer.state !== 'open' || hangs(transfer.id, data.target)
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
    const mayCome = ({ data, retryCount }: JobWithMetadata<Job>) =>
      data.kind === 'post' && !views.has(data.transfer) && retryCount < LATE_TRIES
    return {
      deliveries: described.flatMap(({ delivery }) => delivery ?? []),
      early: idle.filter(mayCome).map(({ id }) => id),
      over: idle.filter((job) => !mayCome(job)).map(({ id }) => id),
    }
  }

  async function take(messenger: string, limit: number, seconds: number): Promise<Delivery[]> {
    const name = await queue(messenger)
    const until = Date.now() + seconds * 1000
    while (!closing) {
      const jobs = await boss.fetch<Job>(name, { batchSize: limit, includeMetadata: true })
      if (jobs.length > 0) {
        // The oldest come first, but in no order among themselves. Those of one spread are of one moment; their ids ascend.
        jobs.sort((a, b) => a.createdOn.getTime() - b.createdOn.getTime() || (a.id < b.id ? -1 : 1))
        const { deliveries, early, over } = await describe(jobs)
        if (early.length > 0) await boss.fail(name, early)
        if (over.length > 0) await boss.complete(name, over)
        if (deliveries.length > 0) return deliveries
      }
      if (Date.now() >= until) break
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    return []
  }

  /** It may be taken again at once, and has as many tries left as before. */
  async function giveBack(name: string, { id, retryCount, retryLimit }: JobWithMetadata<Job>): Promise<void> {
    if (retryCount >= retryLimit) await boss.retry(name, id)
    else await boss.update(name, undefined, { id, retryLimit: retryLimit + 1, startAfter: 0 })
  }

  async function endTaking(): Promise<void> {
    closing = true
    await Promise.allSettled(taking)
  }

  return {
    async toPost(transferId, target) {
      const job: Job = { kind: 'post', transfer: transferId, target }
      await boss.send(await queue(target.messenger), job, {
        id: transferId,
        singletonKey: `post:${transferId}`,
        startAfter: POST_AFTER_SECONDS,
        retryLimit: POST_TRIES,
      })
    },
    async addCard(transferId, card, posted) {
      const [row] = await db
        .insert(cards)
        .values({ id: newId(), transferId, ...card })
        .onConflictDoUpdate({
          target: [cards.messenger, cards.chat, cards.message],
          set: { language: card.language, drawn: card.drawn },
          setWhere: eq(cards.transferId, transferId),
        })
        .returning()
      if (!row) throw new Refusal('card_elsewhere')
      const [now] = await db
        .select({ state: transfers.state })
        .from(transfers)
        .where(eq(transfers.id, transferId))
      // It changed between the drawing and this note of it, so nobody has told this card.
      if (now?.state !== card.drawn) await redrawNow(card.messenger, [row])
      if (posted) await boss.deleteJob(await queue(card.messenger), transferId)
    },
    cardsOf: async (transferId) =>
      (await db.select().from(cards).where(eq(cards.transferId, transferId))).map(
        ({ transferId: _, ...card }) => card,
      ),
    async reached(messenger, chats) {
      const stale = await db
        .select({ id: cards.id, messenger: cards.messenger, transferId: cards.transferId })
        .from(cards)
        .innerJoin(transfers, eq(transfers.id, cards.transferId))
        .where(
          and(eq(cards.messenger, messenger), inArray(cards.chat, chats), ne(cards.drawn, transfers.state)),
        )
        // The newest are those that somebody may still look at.
        .orderBy(desc(cards.id))
        .limit(MOST_HEALED)
      await redrawNow(messenger, stale, { again: true })
    },
    async take(messenger, limit, seconds) {
      // Nothing at once would be asked for again at once.
      if (closing) throw new Refusal('too_many_requests')
      const taken = take(messenger, limit, seconds)
      taking.add(taken)
      return taken.finally(() => taking.delete(taken))
    },
    async done(messenger, id, drawn) {
      const name = await queue(messenger)
      if (drawn) {
        const [job] = await boss.findJobs<Job>(name, { id })
        if (job?.data.kind === 'redraw')
          await db.update(cards).set({ drawn }).where(eq(cards.id, job.data.card))
      }
      await boss.complete(name, id)
      metrics.deliveries.inc({ messenger, outcome: 'done' })
    },
    async failed(messenger, id, reason, { final, counts }) {
      const name = await queue(messenger)
      const [job] = await boss.findJobs<Job>(name, { id })
      if (final) {
        if (job?.data.kind === 'redraw' && job.data.again)
          await db.delete(cards).where(eq(cards.id, job.data.card))
        await boss.complete(name, id, { undeliverable: reason })
        metrics.deliveries.inc({ messenger, outcome: 'undeliverable' })
        log.warn({ messenger, delivery: id, reason }, 'a delivery cannot be made')
        return
      }
      await boss.fail(name, id, { reason })
      if (!counts) {
        if (job) await giveBack(name, job)
        metrics.deliveries.inc({ messenger, outcome: 'given_back' })
        return
      }
      const last = job !== undefined && job.retryCount >= job.retryLimit
      metrics.deliveries.inc({ messenger, outcome: last ? 'given_up' : 'retried' })
      if (last)
        log.error({ messenger, delivery: id, transfer: job.data.transfer, reason }, 'a delivery was given up')
    },
    work() {
      const spreading = repeat(spread, SPREAD_PAUSE_MS, (error) =>
        log.error({ err: error }, 'what changed could not be told; it is tried again'),
      )
      stopSpreading = spreading.stop
    },
    endTaking,
    async close() {
      await endTaking()
      await stopSpreading()
      await boss.stop({ graceful: true, timeout: 10_000 })
      await bossDatabase.close()
    },
  }
}
