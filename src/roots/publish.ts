import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import { connect, type Database, type Transaction } from '../../db/postgres.ts'
import { CLOSED_UNTIL } from '../operators/circulation.ts'
import { repeat } from '../shared/repeat.ts'
import { decimal, leafHash, NONE, rootHash, saltOf, treeOf } from './hashes.ts'

/** What was published of an asset. */
interface Published {
  number: number
  asset: string
  root: string
}

interface Asset {
  code: string
  scale: number
}

/** How often it is looked whether roots are due. */
const LOOK_MS = 60_000

/** Publishes a root of each asset once a day, soon after midnight (UTC), by one of all processes. */
export function startRoots(db: Database, databaseUrl: string, log: Logger): { stop(): Promise<void> } {
  let books: ReturnType<typeof connect> | undefined
  let isStopping = false

  async function round(): Promise<boolean> {
    if ((await assetsDue(db)).length === 0) return false
    // On a pool without a query timeout, as the tree of a million accounts takes longer to hash than any other query may take.
    books = connect(databaseUrl, { querySeconds: 0 })
    try {
      for (const published of await publishRoots(books.db)) log.info(published, 'a root was published')
    } finally {
      await books.close()
    }
    return false
  }

  const rounds = repeat(round, LOOK_MS, (error) => {
    if (!isStopping)
      log.error({ err: error }, 'the roots could not be published; it is tried again in a minute')
  })
  return {
    async stop() {
      isStopping = true
      // What is under way is given up: it is published at the next start.
      await Promise.all([books?.close(), rounds.stop()])
    },
  }
}

/**
 * Publishes a root of each asset that has none of today (UTC): all of one moment, or none. Where another process is at it, nothing is done.
 * @throws Error where what is counted isn't what the issuer owes
 */
export const publishRoots = (db: Database): Promise<Published[]> =>
  db.transaction(async (turn) => {
    const [{ isOurs } = { isOurs: false }] = await turn.execute<{ isOurs: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtext('passalong roots')) as "isOurs"`,
    )
    if (!isOurs) return []
    // Another one, so that its snapshot has whatever was published before it was our turn.
    return db.transaction(
      async (tx) => {
        const published: Published[] = []
        for (const asset of await assetsDue(tx)) published.push(await publishRoot(tx, asset))
        return published
      },
      { isolationLevel: 'repeatable read' },
    )
  })

const assetsDue = (db: Database | Transaction): Promise<Asset[]> =>
  db.execute<{ code: string; scale: number }>(sql`
    select code, scale from assets
    where exists (select from accounts where asset = code)
      and not exists (select from roots where asset = code and at >= date_trunc('day', now(), 'UTC'))
    order by code`)

/** Replaces the tree of an asset by that of now, and appends its root. */
async function publishRoot(tx: Transaction, { code, scale }: Asset): Promise<Published> {
  const secret = sql`${randomBytes(32)}::bytea`
  await tx.execute(sql`delete from root_nodes where asset = ${code}`)
  await tx.execute(sql`
    with under_way as (
      select coalesce(a.merged_into, a.id) as account, sum(t.remaining) as amount
      from transfers t join accounts a on a.id = t.from_account
      where t.asset = ${code} and t.state = 'open' and t.expires_at > ${CLOSED_UNTIL}
      group by 1
    ), counted as (
      select a.id, a.balance, coalesce(u.amount, 0) as open, ${saltOf(secret, sql`a.id`)} as salt, ${scale}::int as scale,
        case when a.person_id is not null then (
          select string_agg(messenger || ':' || id, E'\\n' order by messenger, id) from identities where person_id = a.person_id
        ) else (
          select string_agg('chat:' || c.messenger || ':' || c.id, E'\\n' order by c.messenger, c.id)
          from groups own join groups g on coalesce(g.merged_into, g.id) = coalesce(own.merged_into, own.id)
          join chats c on c.group_id = g.id
          where own.id = a.group_id
        ) end as owner
      from accounts a left join under_way u on u.account = a.id
      where a.asset = ${code} and a.kind <> 'issuer' and (a.balance > 0 or u.amount > 0)
    ), leaf as (
      select *, ${leafHash({ salt: sql`salt`, balance: sql`balance`, open: sql`open`, owner: sql`owner` })} as hash from counted
    )
    insert into root_nodes (asset, level, place, sum, hash, account_id, owner, balance, open)
    select ${code}, 0, row_number() over (order by hash) - 1, balance + open, hash, id, owner, balance, open from leaf`)
  await tx.execute(sql`
    with recursive ${treeOf(sql`select place, sum, hash, ${scale}::int from root_nodes where asset = ${code} and level = 0`)}
    insert into root_nodes (asset, level, place, sum, hash) select ${code}, level, place, sum, hash from tree where level > 0`)
  const [row] = await tx.execute<{ number: number; root: string; counted: string; owed: string }>(sql`
    with published as (
      select coalesce(last.number, 0) + 1 as number, ${code}::text as asset, date_trunc('milliseconds', now()) as at,
        (select count(*)::int from root_nodes where asset = ${code} and level = 0) as leaves, coalesce(top.sum, 0) as total,
        coalesce(top.hash, ${NONE}) as tree, coalesce(last.root, ${NONE}) as previous, ${scale}::int as scale
      from (select) one
      left join (select number, root from roots order by number desc limit 1) last on true
      left join (select sum, hash from root_nodes where asset = ${code} order by level desc limit 1) top on true
    ), owed as (
      select -coalesce(sum(balance), 0) - coalesce((
        select sum(t.remaining) from transfers t join accounts i on i.id = t.from_account
        where t.asset = ${code} and i.kind = 'issuer' and t.state = 'open' and t.expires_at > ${CLOSED_UNTIL}), 0) as owed
      from accounts where asset = ${code} and kind = 'issuer'
    ), added as (
      insert into roots (number, asset, at, leaves, total, tree, previous, root, secret)
      select number, asset, at, leaves, total, tree, previous, ${rootHash}, ${secret} from published
      returning number, root, total
    )
    select number, encode(root, 'hex') as root, ${decimal(sql`total`)} as counted, ${decimal(sql`owed`)} as owed
    from added, owed, (select ${scale}::int as scale) of_asset`)
  if (!row) throw new Error('A root that was just written is not there.')
  const { number, root, counted, owed } = row
  if (counted !== owed)
    throw new Error(`Accounts and open transfers hold ${counted} ${code}, and the issuer owes ${owed}.`)
  return { number, asset: code, root }
}
