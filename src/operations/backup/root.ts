import type { TransactionSql } from 'postgres'
import { newHash } from './file.ts'

/**
 * The hash of all balances: SHA-256 over a line for each account, its id, asset and balance in minor units with tabs between them, by id. As the
 * entries make them: a balance that somebody has changed by hand is another one.
 */
export async function rootOf(sql: TransactionSql): Promise<string> {
  const hash = newHash()
  const lines = await sql`
    copy (
      select a.id, a.asset, coalesce(sum(e.amount), 0)
      from accounts a left join entries e on e.account_id = a.id group by a.id order by a.id
    ) to stdout`.readable()
  for await (const chunk of lines) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
