import { and, gt, inArray, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { askCards, cards, identities, linkRequests, payoutCards, transfers } from '../../db/schema.ts'
import type { AskView } from '../asks/view.ts'
import type { PayoutView } from '../payouts/view.ts'
import type { Identity } from '../people/identity.ts'
import { type ExternalKey, keyOf } from '../shared/keys.ts'
import { type Asker, askersOf } from '../transfers/askers.ts'
import { readTransfers } from '../transfers/find.ts'
import { identityOf, type Views, type ViewWithCode } from '../transfers/view.ts'
import type { Card, PlacedCard, Target } from './cards.ts'
import type { AboutLink } from './link-news.ts'
import type { Addressee, Notice } from './notices.ts'
import { QUESTION_SECONDS } from './questions.ts'
import type {
  AskJob,
  LinkJob,
  MemberJob,
  PayoutJob,
  Taken,
  TransferJob,
  UnpaidJob,
  WebhookOffJob,
} from './queue.ts'

/**
 * Something that a messenger is to do because money moved: post a card, redraw one, or tell somebody in private. Or it is asked about
 * a member of a chat.
 */
export type Delivery = { id: string } & (
  | ({ transfer: ViewWithCode } & (
      | { kind: 'post'; target: Target }
      | { kind: 'redraw'; card: Card }
      | { kind: 'notice'; notice: Notice; to: Addressee }
      | { kind: 'asker'; asker: Asker; to: Addressee }
    ))
  | ({ payout: PayoutView } & (
      | { kind: 'payout-post'; target: Target }
      | { kind: 'payout-redraw'; card: PlacedCard }
    ))
  | ({ ask: AskView } & (
      | { kind: 'ask-post'; target: Target }
      | { kind: 'ask-redraw'; card: PlacedCard }
      | { kind: 'asked'; amount: string; to: Addressee }
    ))
  | { kind: 'member'; chat: string; person: ExternalKey }
  | UnpaidJob
  | WebhookOffJob
  | { kind: 'link'; about: AboutLink; request: string | null; other: Identity; to: Addressee }
)

interface Needs {
  db: Database
  views: Views
  /** Payouts as they are now. */
  payouts(ids: string[], messenger: string): Promise<PayoutView[]>
  /** Asks as they are now. */
  asks(ids: string[], messenger: string): Promise<AskView[]>
}

/** What comes of a job: a delivery; or it is too early, as what it is about may still come; or there is nothing to do any more. */
type Outcome = Delivery | 'early' | 'over'
type Job<Data> = Taken & { data: Data }

/** Tries after which something that isn't there counts as never made; until then its commit may only be late. */
const LATE_TRIES = 4

/** Makes deliveries of jobs, which tell how things are now, however long the jobs have waited. */
export async function describe(
  needs: Needs,
  messenger: string,
  jobs: Taken[],
): Promise<{ deliveries: Delivery[]; early: Taken[]; over: Taken[] }> {
  const data = jobs.map((job) => job.data)
  const [aboutTransfer, aboutPayout, aboutAsk, aboutLink] = await Promise.all([
    transferDescriber(needs, messenger, data.filter(isAboutTransfer)),
    payoutDescriber(needs, messenger, data.filter(isAboutPayout)),
    askDescriber(needs, messenger, data.filter(isAboutAsk)),
    linkDescriber(needs, data.filter(isAboutLink)),
  ])
  const outcomes = jobs.map((job): Outcome => {
    if (isAboutTransfer(job.data)) return aboutTransfer(job as Job<TransferJob>)
    if (isAboutPayout(job.data)) return aboutPayout(job as Job<PayoutJob>)
    if (isAboutAsk(job.data)) return aboutAsk(job as Job<AskJob>)
    if (isAboutLink(job.data)) return aboutLink(job as Job<LinkJob>)
    if (job.data.kind === 'member') return aboutMember(job as Job<MemberJob>, messenger)
    return { id: job.id, ...job.data }
  })
  const those = (outcome: Outcome) => jobs.filter((_, index) => outcomes[index] === outcome)
  return {
    deliveries: outcomes.filter((outcome) => typeof outcome === 'object'),
    early: those('early'),
    over: those('over'),
  }
}

const isAboutTransfer = (data: Taken['data']): data is TransferJob => 'transfer' in data
const isAboutPayout = (data: Taken['data']): data is PayoutJob => 'payout' in data
const isAboutAsk = (data: Taken['data']): data is AskJob => 'ask' in data
const isAboutLink = (data: Taken['data']): data is LinkJob => data.kind === 'link'

/** Nobody waits any more for the answer to an old question. */
function aboutMember({ id, data, createdOn, startedOn }: Job<MemberJob>, messenger: string): Outcome {
  const isWaitedFor = startedOn.getTime() - createdOn.getTime() < QUESTION_SECONDS * 1000
  return isWaitedFor
    ? { id, kind: 'member', chat: data.chat, person: { messenger, id: data.person } }
    : 'over'
}

async function transferDescriber({ db, views }: Needs, messenger: string, about: TransferJob[]) {
  const ids = [...new Set(about.map(({ transfer }) => transfer))]
  const drawn = about.flatMap((data) => (data.kind === 'redraw' ? data.card : []))
  const posted = about.flatMap((data) => (data.kind === 'post' ? data.transfer : []))
  const asked = about.flatMap((data) => (data.kind === 'asker' ? data.transfer : []))
  const [found, shown, askers] = await Promise.all([
    ids.length > 0 ? readTransfers(db, (select) => select.where(inArray(transfers.id, ids))) : [],
    drawn.length + posted.length > 0
      ? db
          .select()
          .from(cards)
          .where(or(inArray(cards.id, drawn), inArray(cards.transferId, posted)))
      : [],
    askersOf(db, asked),
  ])
  const viewed = await views.viewsForCards(found, messenger)
  const byId = new Map(viewed.map((view) => [view.id, views.withCode(view)]))
  const cardsById = new Map(shown.map(({ transferId: _, ...card }) => [card.id, card]))
  const isPosted = (transfer: string, { messenger, chat }: Target) =>
    shown.some((card) => card.transferId === transfer && card.messenger === messenger && card.chat === chat)

  return ({ id, data, retryCount }: Job<TransferJob>): Outcome => {
    const transfer = byId.get(data.transfer)
    if (!transfer) return data.kind === 'post' && retryCount < LATE_TRIES ? 'early' : 'over'
    const isOpen = transfer.state === 'open'
    switch (data.kind) {
      case 'post': {
        const { target } = data
        return isOpen && !isPosted(transfer.id, target) ? { id, transfer, kind: 'post', target } : 'over'
      }
      case 'notice': {
        const { kind, notice, to } = data
        return (notice === 'waiting' || notice === 'reminder') && !isOpen
          ? 'over'
          : { id, transfer, kind, notice, to }
      }
      case 'asker': {
        const { kind, turn, to } = data
        const asker = askers.find((one) => one.transfer === transfer.id && one.turn === turn)
        return asker?.answer === null && isOpen ? { id, transfer, kind, asker, to } : 'over'
      }
      case 'redraw': {
        const card = cardsById.get(data.card)
        return card ? { id, transfer, kind: 'redraw', card } : 'over'
      }
    }
  }
}

async function payoutDescriber({ db, payouts }: Needs, messenger: string, about: PayoutJob[]) {
  const ids = [...new Set(about.map(({ payout }) => payout))]
  const [found, shown] = await Promise.all([
    ids.length > 0 ? payouts(ids, messenger) : [],
    ids.length > 0 ? db.select().from(payoutCards).where(inArray(payoutCards.payoutId, ids)) : [],
  ])
  const byId = new Map(found.map((payout) => [payout.id, payout]))
  const cardsById = new Map(shown.map(({ payoutId: _, ...card }) => [card.id, card]))
  const isPosted = (payout: string, { messenger, chat }: Target) =>
    shown.some((card) => card.payoutId === payout && card.messenger === messenger && card.chat === chat)

  return ({ id, data, retryCount }: Job<PayoutJob>): Outcome => {
    const payout = byId.get(data.payout)
    if (!payout) return retryCount < LATE_TRIES ? 'early' : 'over'
    if (data.kind === 'payout-redraw') {
      const card = cardsById.get(data.card)
      return card ? { id, payout, kind: 'payout-redraw', card } : 'over'
    }
    if (payout.madeAt === null) return 'early'
    const { target } = data
    const isWanted = payout.counts.open > 0 && !isPosted(payout.id, target)
    return isWanted ? { id, payout, kind: 'payout-post', target } : 'over'
  }
}

async function askDescriber({ db, asks }: Needs, messenger: string, about: AskJob[]) {
  const ids = [...new Set(about.map(({ ask }) => ask))]
  const [found, shown] = await Promise.all([
    ids.length > 0 ? asks(ids, messenger) : [],
    ids.length > 0 ? db.select().from(askCards).where(inArray(askCards.askId, ids)) : [],
  ])
  const byId = new Map(found.map((ask) => [ask.id, ask]))
  const cardsById = new Map(shown.map(({ askId: _, ...card }) => [card.id, card]))
  const isPosted = (ask: string, { messenger, chat }: Target) =>
    shown.some((card) => card.askId === ask && card.messenger === messenger && card.chat === chat)

  return ({ id, data, retryCount }: Job<AskJob>): Outcome => {
    const ask = byId.get(data.ask)
    if (!ask) return data.kind === 'ask-post' && retryCount < LATE_TRIES ? 'early' : 'over'
    const isOpen = ask.state === 'open'
    switch (data.kind) {
      case 'ask-post': {
        const { kind, target } = data
        return isOpen && !isPosted(ask.id, target) ? { id, ask, kind, target } : 'over'
      }
      case 'ask-redraw': {
        const card = cardsById.get(data.card)
        return card ? { id, ask, kind: data.kind, card } : 'over'
      }
      case 'asked': {
        const part = ask.parts[data.turn]
        return isOpen && part?.paidAt === null
          ? { id, ask, kind: data.kind, amount: part.amount, to: data.to }
          : 'over'
      }
    }
  }
}

/** Named as they are called now. Whoever is asked too late is not asked any more. */
async function linkDescriber({ db }: Needs, about: LinkJob[]) {
  const keys = about.map(({ other }) => sql`(${other.messenger}::text, ${other.id}::text)`)
  const requests = about.flatMap(({ request }) => request ?? [])
  const [others, open] = await Promise.all([
    keys.length > 0
      ? db
          .select()
          .from(identities)
          .where(sql`(${identities.messenger}, ${identities.id}) in (${sql.join(keys, sql`, `)})`)
      : [],
    requests.length > 0
      ? db
          .select({ id: linkRequests.id })
          .from(linkRequests)
          .where(and(inArray(linkRequests.id, requests), gt(linkRequests.expiresAt, sql`now()`)))
      : [],
  ])
  const byKey = new Map(others.map((one) => [keyOf(one), identityOf(one)]))
  const isOpen = new Set(open.map(({ id }) => id))
  return ({ id, data: { other: key, ...data } }: Job<LinkJob>): Outcome => {
    const other = byKey.get(keyOf(key))
    return other && (data.request === null || isOpen.has(data.request)) ? { id, ...data, other } : 'over'
  }
}
