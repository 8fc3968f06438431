import { inArray } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { groupTransfers } from '../../db/schema.ts'
import type { Groups } from '../groups/groups.ts'
import { labelOf, type Named } from '../shared/names.ts'
import { isForSeveral } from '../shared/shares.ts'
import { inZone } from '../shared/zones.ts'
import type { ReadTransfer } from '../transfers/find.ts'
import type { TransferView, Views } from '../transfers/view.ts'
import { toCsv, toJsonLines } from './csv.ts'
import type { Cursor, Filter, Kind } from './filter.ts'
import { pageOf } from './page.ts'
import type { Root } from './source.ts'

interface Needs {
  db: Database
  groups: Pick<Groups, 'chatsOf'>
  transfers: Pick<Views, 'views'>
}

/** Transfers that are read at once: what is exported may be of any size. */
const AT_ONCE = 500

const COLUMNS = [
  'id',
  'time',
  'from',
  'to',
  'collected by',
  'amount',
  'asset',
  'state',
  'kind',
  'chat',
  'note',
  'refund of',
  'ask',
] as const

/** All transfers that match, the newest first, as CSV. Times are of the group's zone, with its offset. */
export const exportCsv = (needs: Needs, root: Root, filter: Filter): AsyncGenerator<string> =>
  toCsv(COLUMNS, rowsOf(needs, root, filter))

/** All transfers that match, the newest first, as JSON Lines: each as the API shows it, with its `kind`. */
export const exportJsonLines = (needs: Needs, root: Root, filter: Filter): AsyncGenerator<string> =>
  toJsonLines(viewsOf(needs, root, filter))

async function* rowsOf(needs: Needs, root: Root, filter: Filter) {
  for await (const views of viewsOf(needs, root, filter))
    yield views.map((view) => ({
      id: view.id,
      time: timeIn(view.createdAt, root.timeZone),
      from: view.from ? nameOf(view.from) : view.kind === 'payout' ? 'treasury' : 'issuer',
      to: view.to ? nameOf(view.to) : view.kind === 'contribution' ? 'treasury' : anyoneIn(view),
      'collected by': view.claims.map(({ by }) => (by ? nameOf(by) : 'treasury')).join('; '),
      amount: view.amount,
      asset: view.asset,
      state: view.state,
      kind: view.kind,
      chat: view.group && (view.group.title ?? view.group.id),
      note: view.note,
      'refund of': view.refundOf,
      ask: view.ask,
    }))
}

async function* viewsOf(
  needs: Needs,
  root: Root,
  filter: Filter,
): AsyncGenerator<(TransferView & { kind: Kind })[]> {
  let cursor: Cursor | undefined
  do {
    const { items, older } = await pageOf(needs.db, root, filter, cursor, AT_ONCE)
    if (items.length > 0) yield await viewsAsThere(needs, items)
    cursor = older
  } while (cursor)
}

/** Everybody is named as the messenger knows them in whose chat the transfer was made. */
async function viewsAsThere({ db, groups, transfers }: Needs, items: ReadTransfer[]) {
  const kinds = db
    .select({ id: groupTransfers.id, kind: groupTransfers.kind })
    .from(groupTransfers)
    .where(
      inArray(
        groupTransfers.id,
        items.map(({ id }) => id),
      ),
    )
  const [chats, rows] = await Promise.all([
    groups.chatsOf([...new Set(items.flatMap(({ groupId }) => groupId ?? []))]),
    kinds,
  ])
  const kindOf = new Map(rows.map(({ id, kind }) => [id, kind]))
  const byMessenger = Map.groupBy(items, ({ groupId }) => chats.get(groupId ?? '')?.messenger)
  const views = await Promise.all(
    [...byMessenger].map(([messenger, some]) => transfers.views(some, messenger)),
  )
  const byId = new Map(views.flat().map((view) => [view.id, view]))
  return items.map(({ id }) => ({
    ...(byId.get(id) as TransferView),
    kind: kindOf.get(id) as Kind,
  }))
}

/** Whoever collects; of a red packet how many have. */
const anyoneIn = ({ shares, claimed, settlement }: TransferView) =>
  isForSeveral({ shares, settlement }) ? `red packet ${claimed}/${shares}` : 'anyone'

/** What to call somebody in a list for those who may see their ids. */
export const nameOf = (who: Named): string => labelOf(who, undefined) ?? `${who.messenger}:${who.id}`

/** RFC 3339, with the offset of a zone. */
export const timeIn = (at: string | Date, timeZone: string): string =>
  inZone(new Date(at), timeZone).toString({ smallestUnit: 'second', timeZoneName: 'never' })
