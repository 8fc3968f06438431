import { inArray } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { extensions, reissues, reminders } from '../../db/schema.ts'

/** What was done about an open transfer that moves no money: it got more time, or another code, or whoever it is for was reminded. */
export interface Change {
  what: 'extended' | 'reissued' | 'reminded'
  at: Date
}

const TABLES = { extended: extensions, reissued: reissues, reminded: reminders } as const

/** What was done about these transfers, by id, of those of which there is something: the first first. */
export async function changesOf(db: Database, transferIds: string[]): Promise<Map<string, Change[]>> {
  if (transferIds.length === 0) return new Map()
  const changes = await Promise.all(
    Object.entries(TABLES).map(async ([what, table]) => {
      const rows = await db
        .select({ id: table.transferId, at: table.at })
        .from(table)
        .where(inArray(table.transferId, transferIds))
      return rows.map((row) => ({ ...row, what: what as Change['what'] }))
    }),
  )
  const inOrder = changes.flat().toSorted((a, b) => a.at.getTime() - b.at.getTime())
  return Map.groupBy(inOrder, ({ id }) => id)
}
