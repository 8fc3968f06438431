import { and, eq, ne } from 'drizzle-orm'
import type { Transaction } from '../../db/postgres.ts'
import { standingPayouts } from '../../db/schema.ts'
import { dayOf, startOfDay } from '../shared/zones.ts'
import { nextDue } from './calendar.ts'

/** Makes a group's standing payouts due on the same days by the clock of another time zone, in the transaction that moves it there. */
export async function moveToZone(tx: Transaction, groupId: string, from: string, to: string): Promise<void> {
  const rows = await tx
    .select()
    .from(standingPayouts)
    .where(and(eq(standingPayouts.groupId, groupId), ne(standingPayouts.state, 'ended')))
    .for('no key update')
  for (const row of rows) {
    const day = startOfDay(dayOf(row.nextAt, from), to)
    const nextAt = nextDue(row, new Date(day.getTime() - 1), to)
    await tx.update(standingPayouts).set({ nextAt }).where(eq(standingPayouts.id, row.id))
  }
}
