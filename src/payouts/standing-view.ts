import { desc, eq, sql } from 'drizzle-orm'
import { peopleLists, standingPayouts, standingRuns } from '../../db/schema.ts'
import { findMembers } from '../groups/lists.ts'
import type { Identity } from '../people/identity.ts'
import { Refusal } from '../shared/refusal.ts'
import { identityOf } from '../transfers/view.ts'
import type { Rhythm } from './calendar.ts'
import type { Needs } from './needs.ts'
import type { StandingState } from './standing.ts'
import type { Skipped } from './standing-runs.ts'

/** A standing payout as admins see it. The amount is a decimal string. */
export interface StandingView extends Rhythm {
  id: string
  /** `null`: it has ended, and its list was deleted. */
  list: { id: string; name: string } | null
  asset: string
  /** For each person. */
  amount: string
  note: string | null
  state: StandingState
  /** When it is made next, as long as it is active. */
  nextAt: Date
  madeBy: Identity | null
}

/** What one due time has come to. */
export interface RunView {
  dueAt: Date
  payoutId: string | null
  /** The code of the refusal, where nothing was paid; with neither, it is under way. */
  refusal: string | null
  skipped: { who: Skipped; known: Identity | null }[]
}

type Viewing = Pick<Needs, 'db' | 'assets' | 'people'>

/** The standing payouts of a group: those that have ended come last. @param groupId of a group that is merged into no other */
export async function standingOf(needs: Viewing, groupId: string): Promise<StandingView[]> {
  const { db, assets, people } = needs
  const rows = await db
    .select({ standing: standingPayouts, list: peopleLists.name })
    .from(standingPayouts)
    .leftJoin(peopleLists, eq(peopleLists.id, standingPayouts.listId))
    .where(eq(standingPayouts.groupId, groupId))
    .orderBy(sql`${standingPayouts.state} = 'ended'`, desc(standingPayouts.id))
  const makers = await people.ofPersons([...new Set(rows.map(({ standing }) => standing.madeBy))])
  return rows.map(({ standing, list }) => {
    const { id, asset, note, state, every, day, hour, nextAt } = standing
    return {
      id,
      list: standing.listId && list !== null ? { id: standing.listId, name: list } : null,
      asset,
      amount: assets.formatted(standing.amount, asset),
      note,
      state,
      every,
      day,
      hour,
      nextAt,
      madeBy: identityOf(makers.get(standing.madeBy)),
    }
  })
}

/** One standing payout of a group. @throws Refusal `standing_not_found` */
export async function findStanding(needs: Viewing, groupId: string, id: string): Promise<StandingView> {
  const found = (await standingOf(needs, groupId)).find((one) => one.id === id)
  if (!found) throw new Refusal('standing_not_found')
  return found
}

/** What the last due times of a standing payout have come to, the newest first. */
export async function runsOf({ db }: Viewing, standingId: string, limit: number): Promise<RunView[]> {
  const runs = await db
    .select()
    .from(standingRuns)
    .where(eq(standingRuns.standingId, standingId))
    .orderBy(desc(standingRuns.dueAt))
    .limit(limit)
  return Promise.all(
    runs.map(async ({ dueAt, payoutId, refusal, skipped }) => {
      const left = skipped as Skipped[]
      const known = await findMembers(db, left)
      return {
        dueAt,
        payoutId,
        refusal,
        skipped: left.map((who, index) => ({ who, known: identityOf(known[index]) })),
      }
    }),
  )
}
