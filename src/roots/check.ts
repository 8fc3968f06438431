import { sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { leafHash, NONE, rootHash, saltOf, treeOf } from './hashes.ts'

const MAX_FAULTS = 100

/** Recomputes the chain of roots, and the tree of the latest one of each asset from its leaves. @returns a sentence for each fault */
export const checkRoots = (db: Database): Promise<string[]> =>
  db.transaction(
    async (tx) => {
      const broken = await tx.execute<{ number: number; asset: string }>(sql`
        select number, asset
        from (
          select *, row_number() over chain as due, lag(root, 1, ${NONE}) over chain as before
          from roots join assets on code = asset window chain as (order by number)
        ) published
        where number <> due or previous <> before or root <> ${rootHash}
        order by number limit ${MAX_FAULTS}`)
      const latest = await tx.execute<{ number: number; asset: string }>(
        sql`select max(number) as number, asset from roots group by asset order by asset`,
      )
      const trees: string[] = []
      for (const { number, asset } of latest) {
        const [fault] = await tx.execute<{ level: number; place: number; account: string | null }>(sql`
          with recursive root as (
            select *, (select scale from assets where code = asset) as scale from roots where number = ${number}
          ), stored as (
            select n.*, ${saltOf(sql`root.secret`, sql`n.account_id`)} as salt, root.scale from root_nodes n, root where n.asset = root.asset
          ), ${treeOf(sql`
            select place, balance + open, ${leafHash({ salt: sql`salt`, balance: sql`balance`, open: sql`open`, owner: sql`owner` })}, scale
            from stored where level = 0`)}
          select coalesce(t.level, s.level) as level, coalesce(t.place, s.place) as place, s.account_id as account
          from tree t full join stored s on s.level = t.level and s.place = t.place
          where (s.sum, s.hash) is distinct from (t.sum, t.hash)
          union all
          select null, null, null
          from root, (
            select coalesce(max(sum), 0) as total, count(*) filter (where level = 0) as leaves,
              coalesce((select hash from tree order by level desc limit 1), ${NONE}) as tree
            from tree
          ) top
          where (root.total, root.leaves, root.tree) is distinct from (top.total, top.leaves, top.tree)
          order by 1, 2 limit 1`)
        if (fault) trees.push(sentenceOf(number, asset, fault))
      }
      return [
        ...broken.map(
          ({ number, asset }) => `The root ${number}, of ${asset}, is not the one that was published.`,
        ),
        ...trees,
      ]
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )

function sentenceOf(
  number: number,
  asset: string,
  { level, place, account }: { level: number | null; place: number | null; account: string | null },
): string {
  if (level === null) return `The root ${number}, of ${asset}, is not that of its tree.`
  const where = account ? `the account ${account}` : `level ${level}, place ${place}`
  return `The tree of root ${number}, of ${asset}, is not what its accounts make: at ${where}.`
}
