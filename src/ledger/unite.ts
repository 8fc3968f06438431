import { randomBytes } from 'node:crypto'
import { asc, eq, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../../db/postgres.ts'
import { accounts, links } from '../../db/schema.ts'
import { newId } from '../shared/ids.ts'
import { accountOf, personOwner } from './accounts.ts'
import { hexArray, plainArray } from './rows.ts'

/** Two persons who become one, by an identity of each. Ids of persons. */
export interface Union {
  person: string
  intoPerson: string
  identity: { messenger: string; id: string }
  with: { messenger: string; id: string }
}

/**
 * Makes two persons one: all that the first one has, of each asset, moves to the second one in an envelope that is collected at once; the
 * trigger on `links` does the rest. All of it happens at the caller's commit, or nothing does.
 * @param tx in which nothing else makes links
 */
export async function unite(
  tx: Transaction,
  { person, intoPerson, identity, with: other }: Union,
): Promise<void> {
  const owner = personOwner(intoPerson)
  const theirs = await tx.select().from(accounts).where(eq(accounts.personId, person))
  const into = [...new Set(theirs.map(({ asset }) => asset))].map((asset) => accountOf(owner, asset))
  if (into.length > 0)
    await tx
      .insert(accounts)
      .values(into.map(({ id, asset }) => ({ id, kind: 'person' as const, personId: intoPerson, asset })))
      .onConflictDoNothing()
  // In the order in which entries lock them, so that nothing deadlocks; and what is read then stays.
  const locked = await tx
    .select()
    .from(accounts)
    .where(inArray(accounts.personId, [person, intoPerson]))
    .orderBy(asc(accounts.id))
    .for('no key update')
  const moves = locked
    .filter((account) => account.personId === person && account.balance > 0n)
    .map(({ id: from, asset, balance }) => ({
      id: newId(),
      from,
      to: accountOf(owner, asset).id,
      asset,
      balance,
    }))
  if (moves.length > 0)
    await tx.execute(sql`
      with moves as (
        select *, clock_timestamp() as at
        from unnest(${plainArray(moves.map(({ id }) => id))}::uuid[], ${plainArray(moves.map(({ from }) => from))}::uuid[],
          ${plainArray(moves.map(({ to }) => to))}::uuid[], ${plainArray(moves.map(({ asset }) => `"${asset}"`))}::text[],
          ${plainArray(moves.map(({ balance }) => balance))}::numeric[],
          ${hexArray(moves.map(() => randomBytes(32).toString('hex')))}::bytea[]) as m (id, source, target, asset, amount, code_hash)
      ), made as (
        insert into transfers (id, asset, amount, remaining, from_account, recipient, to_account, code_hash, created_at, expires_at)
        select id, asset, amount, amount, source, 'account', target, code_hash, at, at + interval '1 hour' from moves
      )
      insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      select id, source, 'fund'::entry_kind, -amount, 'open'::transfer_state, at from moves
      union all
      select id, target, 'collect', amount, 'collected', at from moves`)
  await tx.insert(links).values({
    id: newId(),
    kind: 'link',
    personId: person,
    intoPerson,
    messenger: identity.messenger,
    identity: identity.id,
    withMessenger: other.messenger,
    withIdentity: other.id,
  })
}
