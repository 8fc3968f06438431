import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm'
import { askParts, asks, people, transfers } from '../../db/schema.ts'
import type { Chat } from '../groups/groups.ts'
import type { Identity } from '../people/identity.ts'
import { handleIn } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { identityOf } from '../transfers/view.ts'
import type { Needs } from './needs.ts'

/** `open`: something of it can still be paid; `expired`: nobody has paid all of it in time. */
export type AskState = 'open' | 'paid' | 'ended' | 'expired'

/** An ask as clients see it. Amounts are decimal strings, times RFC 3339. */
export interface AskView {
  id: string
  kind: 'request' | 'pool'
  state: AskState
  asset: string
  /** The sum of its parts; of a pool its goal. */
  total: string
  /** What was paid of it. Of a pool: what was given, which waits for the goal, and has not gone back. */
  paid: string
  /** The part of who asked, where it was counted when a sum was shared out: nobody pays that. */
  own: string | null
  note: string | null
  /** What who asked calls it. */
  reference: string | null
  /** Where its page leads whoever has paid. */
  returnUrl: string | null
  /** The page where whoever has its address can pay; `null`: it is for those named, of a group, or a pool. */
  page: string | null
  by: Identity | null
  /** The group where it was asked, by one of its chats. */
  group: Chat | null
  createdAt: string
  expiresAt: string
  endedAt: string | null
  /** Of a pool: what was given, the newest first. */
  parts: PartView[]
  /** Amounts to offer for a pool that is open: the last one is what is missing. */
  offers: string[]
}

/** What one person is asked for, or has given. */
export interface PartView {
  /** `null`: whoever pays first. An `id` of `null`: whoever has the handle. */
  from: (Omit<Identity, 'id'> & { id: string | null; quiet?: boolean }) | null
  amount: string
  /** Who has paid it; `null`: nobody has. */
  paidBy: Identity | null
  paidAt: string | null
  /** Whether who asked has given it back. */
  refunded: boolean
  /** The id of the transfer that pays it, which is there once it is paid. */
  transfer: string
}

type Viewing = Pick<Needs, 'db' | 'assets' | 'people' | 'groups' | 'publicUrl'>

/**
 * Shows an ask as it stands now.
 * @param messenger where people and groups are named as they are known there, if they are
 * @throws Refusal `ask_not_found`
 */
export async function askView(needs: Viewing, id: string, messenger?: string): Promise<AskView> {
  const [view] = await askViews(needs, [id], messenger)
  if (!view) throw new Refusal('ask_not_found')
  return view
}

/** Those of these asks that there are. */
export async function askViews(
  { db, assets, people: known, groups, publicUrl }: Viewing,
  ids: string[],
  messenger?: string,
): Promise<AskView[]> {
  if (ids.length === 0) return []
  const [rows, parts, gifts] = await Promise.all([
    db
      .select({ ask: asks, isOver: sql<boolean>`${asks.expiresAt} <= clock_timestamp()` })
      .from(asks)
      .where(inArray(asks.id, ids)),
    db
      .select({
        part: askParts,
        payer: transfers.fromAccount,
        paidAt: transfers.createdAt,
        refunded: isRefunded,
      })
      .from(askParts)
      .leftJoin(transfers, eq(transfers.id, askParts.transferId))
      .where(inArray(askParts.askId, ids))
      .orderBy(asc(askParts.askId), asc(askParts.turn)),
    giftsOf(db, ids),
  ])
  const persons = [...rows.map(({ ask }) => ask.madeBy), ...parts.flatMap(({ part }) => part.personId ?? [])]
  const handles = parts.flatMap(({ part: { handle } }) => (handle ? { kind: 'handle' as const, handle } : []))
  const [named, payers, chats, holders, quiet] = await Promise.all([
    known.ofPersons([...new Set(persons)], messenger),
    known.ofAccounts(
      [...new Set([...parts.flatMap(({ payer }) => payer ?? []), ...gifts.map(({ payer }) => payer)])],
      messenger,
    ),
    groups.chatsOf([...new Set(rows.flatMap(({ ask }) => ask.groupId ?? []))], messenger),
    known.recipients(handles.map((recipient) => ({ recipient }))),
    quietOf(db, persons),
  ])
  const fromOf = ({ personId, handle }: typeof askParts.$inferSelect): PartView['from'] => {
    if (handle !== null) return { ...holderOf(handle), quiet: holders.get(handle)?.quiet ?? false }
    const from = identityOf(named.get(personId ?? ''))
    return from && { ...from, quiet: quiet.has(personId ?? '') }
  }
  const partsOf = (id: string) => parts.filter(({ part }) => part.askId === id)
  return rows.map(({ ask, isOver }) => ({
    id: ask.id,
    kind: ask.kind,
    state: stateOf(ask, isOver),
    asset: ask.asset,
    total: assets.formatted(ask.total, ask.asset),
    paid: assets.formatted(ask.paid, ask.asset),
    own: ask.own === null ? null : assets.formatted(ask.own, ask.asset),
    note: ask.note,
    reference: ask.reference,
    returnUrl: ask.returnUrl,
    page: hasPage(ask, partsOf(ask.id)) ? `${publicUrl()}/p/${ask.id}` : null,
    by: identityOf(named.get(ask.madeBy)),
    group: (ask.groupId && chats.get(ask.groupId)) || null,
    createdAt: ask.createdAt.toISOString(),
    expiresAt: ask.expiresAt.toISOString(),
    endedAt: ask.endedAt?.toISOString() ?? null,
    parts: [
      ...partsOf(ask.id).map(({ part, payer, paidAt, refunded }) => ({
        from: fromOf(part),
        amount: assets.formatted(part.amount, ask.asset),
        paidBy: identityOf(payers.get(payer ?? '')),
        paidAt: paidAt?.toISOString() ?? null,
        refunded,
        transfer: part.transferId,
      })),
      ...gifts
        .filter(({ askId }) => askId === ask.id)
        .map(({ id, payer, amount, at, refunded }) => {
          const by = identityOf(payers.get(payer))
          return {
            from: by,
            amount: assets.formatted(amount, ask.asset),
            paidBy: by,
            paidAt: at.toISOString(),
            refunded,
            transfer: id,
          }
        }),
    ],
    offers:
      ask.kind === 'pool' && stateOf(ask, isOver) === 'open'
        ? offersFor(ask.total, ask.total - ask.paid).map((amount) => assets.formatted(amount, ask.asset))
        : [],
  }))
}

/** Whether whoever has its address can pay: it names nobody, and no group's rules hold for it. */
const hasPage = (
  { kind, groupId }: typeof asks.$inferSelect,
  parts: { part: typeof askParts.$inferSelect }[],
) =>
  kind === 'request' &&
  groupId === null &&
  parts.every(({ part: { personId, handle } }) => personId === null && handle === null)

/** Of what was paid for an ask: who asked is the only one who has collected it. */
const isRefunded = sql<boolean>`exists (select from transfers r where r.refund_of = transfers.id)`

const holderOf = (key: string) => ({ ...handleIn(key), id: null, name: null })

/** Those of these persons who want no message and no mention. */
async function quietOf(db: Viewing['db'], persons: string[]): Promise<Set<string>> {
  const rows = await db
    .select({ id: people.id })
    .from(people)
    .where(
      and(
        inArray(people.id, persons),
        sql`(select quiet from people now where now.id = person_of(${people.id}))`,
      ),
    )
  return new Set(rows.map(({ id }) => id))
}

function stateOf({ paid, total, endedAt }: typeof asks.$inferSelect, isOver: boolean): AskState {
  if (paid === total) return 'paid'
  if (endedAt) return 'ended'
  return isOver ? 'expired' : 'open'
}

/** What was given for pools, and has not gone back; the newest first. */
const giftsOf = async (db: Viewing['db'], ids: string[]) =>
  db
    .select({
      askId: asks.id,
      id: transfers.id,
      payer: transfers.fromAccount,
      amount: transfers.amount,
      at: transfers.createdAt,
      refunded: isRefunded,
    })
    .from(asks)
    .innerJoin(transfers, eq(transfers.askId, asks.id))
    .where(and(inArray(asks.id, ids), eq(asks.kind, 'pool'), inArray(transfers.state, ['open', 'collected'])))
    .orderBy(desc(transfers.createdAt), desc(transfers.id))

/**
 * Amounts to offer for a pool: round ones, about a twentieth, a tenth and a quarter of the goal, that are less than what is missing; and
 * that. Pure.
 */
export function offersFor(goal: bigint, left: bigint): bigint[] {
  const round = [20n, 10n, 4n].map((part) => roundUp((goal + part - 1n) / part))
  return [...new Set(round.filter((amount) => amount < left)), left]
}

/** The next number of the form 1, 2 or 5 with zeros. */
function roundUp(least: bigint): bigint {
  const power = 10n ** BigInt(least.toString().length - 1)
  return [1n, 2n, 5n, 10n].map((digit) => digit * power).find((round) => round >= least) ?? least
}
