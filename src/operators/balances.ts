import { sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import type { Chat } from '../groups/groups.ts'
import type { Identity } from '../people/identity.ts'

/** What somebody has of an asset, or a group in its treasury. */
export interface HeldBalance {
  kind: 'person' | 'group'
  /** The id of the person or the group. */
  owner: string
  asset: string
  /** Minor units. */
  balance: bigint
  /** By which a person is known, or where a group meets. */
  identities: Identity[]
  chats: Chat[]
}

const AT_ONCE = 2000

/** Every balance but the issuer's that isn't zero, some at a time, however many there are. */
export async function* balancesHeld(db: Database): AsyncGenerator<HeldBalance[]> {
  let last = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const rows = await db.execute<Omit<HeldBalance, 'balance'> & { id: string; balance: string }>(sql`
      select a.id, a.kind, coalesce(a.person_id, a.group_id) as owner, a.asset, a.balance,
        coalesce((
          select json_agg(json_build_object('messenger', messenger, 'id', i.id, 'handle', handle, 'name', name) order by seen_at desc)
          from identities i where i.person_id = a.person_id), '[]') as identities,
        coalesce((
          select json_agg(json_build_object('messenger', messenger, 'id', c.id, 'title', title) order by c.created_at)
          from chats c join groups g on g.id = c.group_id where a.group_id in (g.id, g.merged_into)), '[]') as chats
      from accounts a
      where a.id > ${last} and a.balance <> 0 and a.kind <> 'issuer'
      order by a.id limit ${AT_ONCE}`)
    if (rows.length > 0) yield rows.map((row) => ({ ...row, balance: BigInt(row.balance) }))
    if (rows.length < AT_ONCE) return
    last = rows.at(-1)?.id ?? last
  }
}
