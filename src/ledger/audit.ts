import { sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import type { Settlement } from './commands.ts'
import { drawnOrder, luckyShares, restsOf, seedHashOf } from './lucky.ts'
import { DRAWN_ORDER } from './transfer-rows.ts'

/** How many rows an audit has read, and what it has found. */
export interface Audit {
  accounts: number
  transfers: number
  entries: number
  /** A sentence for each fault; empty where the books are right. */
  faults: string[]
}

const MAX_FAULTS = 100
/** Draws that are recomputed at once. */
const DRAWS = 500

/**
 * Recomputes every balance, every transfer and the sum of every asset from the entries, payouts from their items and approvals, and asks from their parts and transfers, in
 * one snapshot of the books.
 * @returns up to 100 faults of each kind
 */
export const audit = (db: Database): Promise<Audit> =>
  db.transaction(
    async (tx) => {
      const ask = async <T>(query: ReturnType<typeof sql>) => (await tx.execute(query)) as unknown as T[]
      const [counted] = await ask<{ accounts: number; transfers: number; entries: number }>(sql`
        select (select count(*) from accounts)::float8 as accounts, (select count(*) from transfers)::float8 as transfers,
          (select count(*) from entries)::float8 as entries`)

      const balances = await ask<{ id: string; balance: string; sum: string }>(sql`
        select a.id, a.balance, coalesce(e.sum, 0) as sum
        from accounts a left join (select account_id, sum(amount) from entries group by 1) e on e.account_id = a.id
        where a.balance <> coalesce(e.sum, 0) limit ${MAX_FAULTS}`)

      const held = await ask<{
        id: string
        state: string
        remaining: string
        sum: string
        claimed: number
        counted: string
      }>(sql`
        select t.id, t.state, t.remaining, -coalesce(e.sum, 0) as sum, t.claimed, coalesce(e.claims, 0) as counted
        from transfers t
        left join (
          select transfer_id, sum(amount), count(*) filter (where kind = 'fund') as funded,
            count(*) filter (where kind = 'collect') as claims, max(leaves) as leaves
          from entries group by 1
        ) e on e.transfer_id = t.id
        where t.remaining <> -coalesce(e.sum, 0) or e.funded is distinct from 1 or t.claimed <> e.claims
          or t.state <> e.leaves or (t.state = 'open') <> (t.remaining > 0)
        limit ${MAX_FAULTS}`)

      const strays = await ask<{ transfer: string; account: string }>(sql`
        select e.transfer_id as transfer, e.account_id as account
        from entries e left join transfers t on t.id = e.transfer_id left join accounts a on a.id = e.account_id
        where t.id is null or a.id is null or a.asset <> t.asset limit ${MAX_FAULTS}`)

      const below = await ask<{ id: string; balance: string }>(sql`
        select id, balance from accounts where balance < 0 and kind <> 'issuer' limit ${MAX_FAULTS}`)

      const payouts = await ask<{
        id: string
        approved: number
        counted: number
        total: string
        sum: string
      }>(sql`
        select p.id, p.approved, coalesce(a.counted, 0)::int as counted, p.total, coalesce(i.sum, 0) as sum
        from payouts p
        left join (select payout_id, count(*) as counted from payout_approvals group by 1) a on a.payout_id = p.id
        left join (select payout_id, sum(amount) from payout_items group by 1) i on i.payout_id = p.id
        where p.approved <> coalesce(a.counted, 0) or p.total <> coalesce(i.sum, 0) limit ${MAX_FAULTS}`)

      const strangers = await ask<{ id: string; payout: string }>(sql`
        select t.id, t.payout_id as payout
        from transfers t left join payouts p on p.id = t.payout_id
        left join payout_items i on i.transfer_id = t.id and i.payout_id = t.payout_id and i.amount = t.amount
        where t.payout_id is not null and (i.payout_id is null or (t.claimed > 0 and p.approved < p.approvals))
        limit ${MAX_FAULTS}`)

      const asks = await ask<{ id: string; paid: string; sum: string; total: string; parts: string }>(sql`
        select a.id, a.paid, coalesce(t.sum, 0) as sum, a.total,
          case a.kind when 'pool' then a.total else coalesce(p.sum, 0) end as parts
        from asks a
        left join (
          select ask_id, sum(amount) from transfers where ask_id is not null and state in ('open', 'collected') group by 1
        ) t on t.ask_id = a.id
        left join (select ask_id, sum(amount) from ask_parts group by 1) p on p.ask_id = a.id
        where a.paid <> coalesce(t.sum, 0) or (a.kind <> 'pool' and a.total <> coalesce(p.sum, 0)) limit ${MAX_FAULTS}`)

      const unasked = await ask<{ id: string; ask: string }>(sql`
        select t.id, t.ask_id as ask
        from transfers t left join asks a on a.id = t.ask_id left join accounts payee on payee.id = t.to_account
        left join ask_parts p on p.transfer_id = t.id and p.ask_id = t.ask_id and p.amount = t.amount
        where t.ask_id is not null
          and (payee.person_id is distinct from (select coalesce(merged_into, id) from people where id = a.made_by) or case a.kind
            when 'pool' then (a.paid = a.total and t.state = 'open') or (a.paid < a.total and t.state = 'collected')
            else p.ask_id is null or t.state <> 'collected' end)
        limit ${MAX_FAULTS}`)
      const unlucky = await ask<{ id: string; claim: string; amount: string }>(sql`
        select c.id, c.claim, c.amount
        from (
          select t.id, t.amount as total, e.amount, row_number() over claims as claim, sum(e.amount) over claims as paid
          from transfers t join entries e on e.transfer_id = t.id and e.kind = 'collect'
          where t.lucky and t.settlement is distinct from 'split'
          window claims as (partition by t.id order by e.id)
        ) c left join draws d on d.transfer_id = c.id
        where d.rests[c.claim] is distinct from c.total - c.paid limit ${MAX_FAULTS}`)

      const misdrawn: string[] = []
      for (let after: string | null = null; misdrawn.length < MAX_FAULTS; ) {
        const page: Draw[] = await ask<Draw>(sql`
          select t.id, t.amount, t.shares, t.lucky, t.settlement, encode(t.seed_hash, 'hex') as "seedHash", encode(d.seed, 'hex') as seed,
            d.rests::text[] as rests, (select count(*)::int from entrants n where n.transfer_id = t.id) as entered,
            case when t.settlement is not null then array(
              select array[e.amount, coalesce((
                select n.turn from entrants n join accounts own on own.id = n.account_id
                where n.transfer_id = t.id and coalesce(own.merged_into, own.id) = coalesce(paid.merged_into, paid.id)
                order by ${DRAWN_ORDER} limit 1), 0)]::text[]
              from entries e join accounts paid on paid.id = e.account_id
              where e.transfer_id = t.id and e.kind = 'collect' order by e.id) else '{}' end as paid
          from transfers t left join draws d on d.transfer_id = t.id
          where t.seed_hash is not null and (${after}::uuid is null or t.id > ${after}::uuid)
          order by t.id limit ${DRAWS}`)
        misdrawn.push(
          ...page
            .filter((draw) => !isDrawnFromItsSeed(draw) || !isSettledByItsSeed(draw))
            .map(({ id }) => id),
        )
        if (page.length < DRAWS) break
        after = page.at(-1)?.id ?? null
      }

      const unconfirmed = await ask<{ id: string }>(sql`
        select t.id from transfers t
        join entries e on e.transfer_id = t.id and e.kind = 'collect' join accounts a on a.id = e.account_id
        where t.confirms and not exists (
          select from askers k where k.transfer_id = t.id and k.answer = 'yes' and k.person_id in (select kin_of(a.person_id)))
        limit ${MAX_FAULTS}`)

      const holds = await ask<{ id: string }>(sql`
        select a.id from accounts a join people p on p.id = a.person_id where a.hold is distinct from p.hold
        limit ${MAX_FAULTS}`)

      const merged = await ask<{ id: string }>(sql`
        select a.id
        from accounts a
        left join accounts m on m.id = a.merged_into
        left join people p on p.id = a.person_id
        where a.kin is distinct from p.kin or (a.person_id is not null and p.merged_into is not null)
          or (a.merged_into is not null and (m.id is null or m.merged_into is not null or m.asset <> a.asset
            or m.person_id is distinct from a.person_id or a.balance <> 0))
        limit ${MAX_FAULTS}`)

      const split = await ask<{ id: string }>(sql`
        select p.id from people p left join people m on m.id = p.merged_into
        where p.merged_into is not null and (m.merged_into is not null or m.kin is distinct from p.kin
          or exists (select from identities i where i.person_id = p.id))
        limit ${MAX_FAULTS}`)

      const astray = await ask<{ id: string }>(sql`
        select t.id from entries e
        join transfers t on t.id = e.transfer_id and t.from_account <> e.account_id
        join accounts f on f.id = t.from_account join accounts a on a.id = e.account_id
        where e.kind = 'return' and (f.merged_into is null or f.person_id is distinct from a.person_id)
        limit ${MAX_FAULTS}`)

      const sums = await ask<{ asset: string; sum: string }>(sql`
        select asset, sum(amount) from (
          select asset, balance as amount from accounts union all select asset, remaining from transfers
        ) held group by asset having sum(amount) <> 0`)

      return {
        accounts: counted?.accounts ?? 0,
        transfers: counted?.transfers ?? 0,
        entries: counted?.entries ?? 0,
        faults: [
          ...balances.map((a) => `Account ${a.id} says ${a.balance}, its entries ${a.sum}.`),
          ...held.map(
            (t) => `Transfer ${t.id} (${t.state}) says ${t.remaining} remain, its entries ${t.sum}.`,
          ),
          ...held.flatMap(({ id, state, claimed, counted }) =>
            claimed === Number(counted)
              ? []
              : `Transfer ${id} (${state}) says it has paid ${claimed}, its entries ${counted}.`,
          ),
          ...strays.map((e) => `An entry of transfer ${e.transfer} and account ${e.account} fits neither.`),
          ...below.map((a) => `Account ${a.id} is below zero: ${a.balance}.`),
          ...payouts.flatMap((p) => [
            ...(p.approved === p.counted
              ? []
              : [`Payout ${p.id} says ${p.approved} have approved it, but ${p.counted} have.`]),
            ...(p.total === p.sum ? [] : [`Payout ${p.id} says ${p.total}, its items ${p.sum}.`]),
          ]),
          ...strangers.map(
            (t) => `Transfer ${t.id} is not what payout ${t.payout} says, or was not approved.`,
          ),
          ...asks.flatMap((a) => [
            ...(a.paid === a.sum ? [] : [`Ask ${a.id} says ${a.paid} are paid, its transfers ${a.sum}.`]),
            ...(a.total === a.parts ? [] : [`Ask ${a.id} says ${a.total}, its parts ${a.parts}.`]),
          ]),
          ...unasked.map((t) => `Transfer ${t.id} is not what ask ${t.ask} asked for.`),
          ...unlucky.map(
            (t) => `Claim ${t.claim} of transfer ${t.id} paid ${t.amount}, which is not its share.`,
          ),
          ...unconfirmed.map((t) => `Transfer ${t.id} has paid somebody whom its sender has not confirmed.`),
          ...misdrawn.map((id) => `The shares of transfer ${id} are not what its seed draws.`),
          ...holds.map((a) => `Account ${a.id} is not on hold as its person is.`),
          ...merged.map((a) => `Account ${a.id} has not come into another as its person has.`),
          ...split.map((p) => `Person ${p.id} has not become one with another as they should.`),
          ...astray.map((t) => `Transfer ${t.id} has returned to an account that it did not come from.`),
          ...sums.map((s) => `${s.asset}: balances and open transfers add up to ${s.sum}, not to 0.`),
        ],
      }
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )

interface Draw {
  id: string
  amount: string
  shares: number
  lucky: boolean
  settlement: Settlement | null
  seedHash: string
  seed: string | null
  rests: string[]
  entered: number
  /** Where it has a settlement: what it has paid, and to whom, by their turns. */
  paid: [amount: string, turn: string][]
}

const isDrawnFromItsSeed = ({ amount, shares, lucky, settlement, seedHash, seed, rests }: Draw): boolean =>
  seed !== null &&
  seedHashOf(seed) === seedHash &&
  (lucky && settlement !== 'split' ? restsOf(seed, BigInt(amount), shares).join() : '') === rests.join()

/** Whom the lot fell on, in that order: some may have been passed over, as they were on hold. And what the whole was split into. */
function isSettledByItsSeed({ amount, lucky, settlement, seed, entered, paid }: Draw): boolean {
  if (!settlement || !seed || paid.length === 0) return true
  const turns = paid.map(([, turn]) => Number(turn))
  const inOrder = drawnOrder(seed, entered).filter((turn) => turns.includes(turn))
  const split = lucky && settlement === 'split' ? luckyShares(seed, BigInt(amount), paid.length) : undefined
  return inOrder.join() === turns.join() && (!split || split.join() === paid.map(([each]) => each).join())
}
