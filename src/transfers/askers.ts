import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { askers, identities } from '../../db/schema.ts'
import type { Identity } from '../people/identity.ts'
import { identityOf } from './view.ts'

/** Somebody who wants to collect a transfer whose sender confirms that, as clients see them. Times are RFC 3339. */
export interface Asker {
  transfer: string
  /** In which turn they have asked: it names them. */
  turn: number
  /** As whom they have asked. */
  by: Identity
  askedAt: string
  /** What the sender has said; `null`: nothing yet. */
  answer: 'yes' | 'no' | null
  answeredAt: string | null
}

/** The most who wait for an answer about one transfer. A trigger checks the same. */
export const MOST_ASKERS = 20

/** Who has asked for some transfers, in their turns, named as they are called now. */
export async function askersOf(db: Database, transferIds: string[]): Promise<Asker[]> {
  if (transferIds.length === 0) return []
  const rows = await db
    .select({ asker: askers, identity: identities })
    .from(askers)
    .innerJoin(
      identities,
      and(eq(identities.messenger, askers.messenger), eq(identities.id, askers.identity)),
    )
    .where(inArray(askers.transferId, transferIds))
    .orderBy(asc(askers.transferId), asc(askers.turn))
  return rows.map(({ asker: { transferId, turn, askedAt, answer, answeredAt }, identity }) => ({
    transfer: transferId,
    turn,
    by: identityOf(identity) as Identity,
    askedAt: askedAt.toISOString(),
    answer,
    answeredAt: answeredAt?.toISOString() ?? null,
  }))
}
