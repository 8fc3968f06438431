import { inArray } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { transfers } from '../../db/schema.ts'
import { type AskView, askViews } from '../asks/view.ts'
import type { Groups } from '../groups/groups.ts'
import type { Assets } from '../money/assets.ts'
import type { People } from '../people/people.ts'
import { type LookUps, type ReadTransfer, readTransfers } from '../transfers/find.ts'
import type { ClaimView, TransferView, Views } from '../transfers/view.ts'
import type { WebhookEvent } from './events.ts'
import type { Due } from './queue.ts'

/** What the content of events is read with. */
export interface ContentNeeds {
  db: Database
  assets: Assets
  people: People
  groups: Groups
  publicUrl(): string
  transfers: Pick<LookUps, 'claimOf'> & Pick<Views, 'views' | 'viewClaims'>
}

/**
 * What each of these deliveries tells, as things stand now: so nothing that people are called is kept in another place, where it would
 * have to be forgotten.
 */
export async function contentOf(needs: ContentNeeds, due: Due[]): Promise<WebhookEvent[]> {
  const { db, transfers: read } = needs
  const isAboutAsk = ({ type }: Due) => type === 'ask.paid' || type === 'ask.completed'
  const [aboutAsks, aboutTransfers] = [true, false].map((isAsk) =>
    due.flatMap((one) => (isAboutAsk(one) === isAsk ? one.subject : [])),
  ) as [string[], string[]]
  const [asked, found] = await Promise.all([
    askViews(needs, aboutAsks),
    aboutTransfers.length > 0
      ? readTransfers(db, (select) => select.where(inArray(transfers.id, aboutTransfers)))
      : [],
  ])
  const askById = new Map(asked.map((ask) => [ask.id, ask]))
  const byId = new Map(found.map((transfer) => [transfer.id, transfer]))
  const views = new Map((await read.views(found)).map((view) => [view.id, view]))

  // Neither a transfer nor an ask is ever deleted.
  async function eventOf({ type, subject, accountId, at }: Due): Promise<WebhookEvent> {
    const timestamp = at.toISOString()
    if (type === 'ask.paid' || type === 'ask.completed')
      return { type, timestamp, data: { ask: askById.get(subject) as AskView } }
    const transfer = views.get(subject) as TransferView
    if (type !== 'transfer.claimed') return { type, timestamp, data: { transfer } }
    return {
      type,
      timestamp,
      data: { transfer, claim: await claimBy(byId.get(subject) as ReadTransfer, accountId) },
    }
  }

  async function claimBy(transfer: ReadTransfer, accountId: string | null): Promise<ClaimView | null> {
    const claim = accountId === null ? undefined : await read.claimOf(transfer, accountId)
    const [view = null] = claim ? await read.viewClaims([claim], transfer.asset) : []
    return view
  }

  return Promise.all(due.map(eventOf))
}
