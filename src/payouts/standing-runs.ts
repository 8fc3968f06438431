import { and, asc, eq, isNull, lt, lte } from 'drizzle-orm'
import PQueue from 'p-queue'
import { groups, standingPayouts, standingRuns } from '../../db/schema.ts'
import type { Deliveries } from '../delivery/deliveries.ts'
import { findList, findMembers, listsOf, type Member } from '../groups/lists.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { Refusal, type RefusalCode } from '../shared/refusal.ts'
import { repeat } from '../shared/repeat.ts'
import { keyed } from '../transfers/idempotency.ts'
import { lastDue, nextDue } from './calendar.ts'
import { makePayout } from './make.ts'
import type { Needs as PayoutNeeds } from './needs.ts'
import { type Plan, planPayout } from './plan.ts'
import { timeOf } from './standing.ts'

type Needs = PayoutNeeds & { deliveries: Pick<Deliveries, 'tellUnpaid'> }

const PAUSE_MS = 10_000
/** How many runs are under way at the same time, and how many people of one are looked up. */
const AT_ONCE = 8
/** After this time a run whose process has ended is taken over. */
const TAKE_OVER_MS = 15 * 60_000

/** Somebody on the list who was left out: they have left the group, we have not met them, or the code of a refusal. */
export type Skipped = Member & { why: 'left' | 'unknown' | RefusalCode }

/** Makes the standing payouts that are due, until it is stopped. Several processes may do so at the same time. */
export const startStanding = (needs: Needs): { stop(): Promise<void> } =>
  repeat(
    async (stopping) => {
      await runDue(needs, await timeOf(needs.db), stopping)
      return false
    },
    PAUSE_MS,
    (error) => needs.log.error({ err: error }, 'standing payouts could not be made; it is tried again'),
  )

/**
 * Makes the standing payouts that are due at a moment, each once: of several due times that were missed only the last one counts. A
 * run is noted before it is made, so that no two processes make it; where its process ends, another one goes on with it.
 */
export async function runDue(needs: Needs, now: Date, stopping = () => false): Promise<void> {
  while (!stopping()) {
    const runs = [...(await takeDue(needs, now)), ...(await takeOver(needs, now))]
    if (runs.length === 0) return
    await Promise.all(
      runs.map((run) =>
        carryOut(needs, run).catch((error: unknown) =>
          needs.log.error({ err: error, standing: run.standingId }, 'a standing payout could not be made'),
        ),
      ),
    )
  }
}

/** One due time of a standing payout. */
interface Run {
  standingId: string
  dueAt: Date
}

/** Notes the runs that are due as this process's. Those of a group that was joined to another one rest until it parts. */
async function takeDue({ db, rules }: Needs, now: Date): Promise<Run[]> {
  const isDue = and(eq(standingPayouts.state, 'active'), lte(standingPayouts.nextAt, now))
  const due = await db
    .select({ standing: standingPayouts })
    .from(standingPayouts)
    .innerJoin(groups, and(eq(groups.id, standingPayouts.groupId), isNull(groups.mergedInto)))
    .where(isDue)
    .orderBy(asc(standingPayouts.nextAt))
    .limit(AT_ONCE)
  const taken = due.map(async ({ standing }): Promise<Run[]> => {
    const { id, groupId, nextAt } = standing
    const { timeZone } = await rules.of(groupId)
    const run = { standingId: id, dueAt: lastDue(standing, nextAt, now, timeZone) }
    return db.transaction(async (tx) => {
      const moved = await tx
        .update(standingPayouts)
        .set({ nextAt: nextDue(standing, now, timeZone) })
        .where(and(eq(standingPayouts.id, id), isDue))
        .returning({ id: standingPayouts.id })
      if (moved.length === 0) return []
      return tx
        .insert(standingRuns)
        .values({ ...run, ranAt: now })
        .onConflictDoNothing()
        .returning({ standingId: standingRuns.standingId, dueAt: standingRuns.dueAt })
    })
  })
  return (await Promise.all(taken)).flat()
}

/** Takes over runs whose process has ended before they came to something. */
const takeOver = ({ db }: Needs, now: Date): Promise<Run[]> =>
  db
    .update(standingRuns)
    .set({ ranAt: now })
    .where(
      and(
        isNull(standingRuns.payoutId),
        isNull(standingRuns.refusal),
        lt(standingRuns.ranAt, new Date(now.getTime() - TAKE_OVER_MS)),
      ),
    )
    .returning({ standingId: standingRuns.standingId, dueAt: standingRuns.dueAt })

type Standing = typeof standingPayouts.$inferSelect

/** Makes a run's payout, and notes what it came to. Where it was made before, it is the same one. */
async function carryOut(needs: Needs, run: Run): Promise<void> {
  const { db } = needs
  const isRun = and(eq(standingRuns.standingId, run.standingId), eq(standingRuns.dueAt, run.dueAt))
  const [standing] = await db.select().from(standingPayouts).where(eq(standingPayouts.id, run.standingId))
  if (!standing) throw new Error('A standing payout that was just due is not there.')
  const key = `standing:${run.standingId}:${run.dueAt.toISOString()}`
  const skipped: Skipped[] = []
  try {
    const plan = await planOf(needs, standing, skipped)
    const payoutId = await makePayout(needs, plan, {
      standingId: run.standingId,
      request: keyed('standing', 'payout', { key }),
    })
    await db.update(standingRuns).set({ payoutId, refusal: null, skipped }).where(isRun)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const noted = await db
      .update(standingRuns)
      .set({ refusal: error.code, skipped })
      // Another process may have paid it meanwhile.
      .where(and(isRun, isNull(standingRuns.payoutId)))
      .returning({ dueAt: standingRuns.dueAt })
    if (noted.length > 0) await tellUnpaid(needs, standing, key, error.code)
  }
}

/** Tells whoever has set it up that nobody was paid. */
async function tellUnpaid(
  { db, people, assets, deliveries }: Needs,
  { groupId, madeBy, listId, amount, asset }: Standing,
  key: string,
  refusal: string,
): Promise<void> {
  const to = (await people.ofPersons([madeBy])).get(madeBy)
  const list = (await listsOf(db, groupId)).find(({ id }) => id === listId)
  if (!to || !list) return
  const { person: _, ...addressee } = to
  const what = { list: list.name, amount: assets.formatted(amount, asset), asset, refusal }
  await deliveries.tellUnpaid(key, { to: addressee, ...what })
}

/** What a run pays, to all who can be paid. The others are noted in `skipped`. @throws Refusal */
async function planOf(needs: Needs, standing: Standing, skipped: Skipped[]): Promise<Plan> {
  const { db, people, assets } = needs
  const { groupId, madeBy, listId, asset, amount, note } = standing
  const by = (await people.ofPersons([madeBy])).get(madeBy)
  if (!by) throw new Error('Who set up a standing payout is not there.')
  if (listId === null) throw new Refusal('list_not_found')
  const list = await findList(db, groupId, listId)
  let members = await thoseThere(needs, groupId, list.members, skipped)
  for (;;) {
    if (members.length === 0) throw new Refusal('standing_nobody')
    const items = members.map((to) => ({ to, amount: assets.formatted(amount, asset) }))
    const plan = await planPayout(needs, { groupId, by, items, asset, note })
    if (!('faults' in plan)) return plan
    // Without those who can't be paid it may be enough for the others.
    const whyNot = new Map(plan.faults.flatMap(({ row, code }) => (row === null ? [] : [[row - 1, code]])))
    const [whole] = plan.faults
    if (whole && whyNot.size === 0) throw new Refusal(whole.code, whole.details)
    members = members.filter((one, index) => {
      const why = whyNot.get(index)
      if (why) skipped.push({ ...one, why })
      return !why
    })
  }
}

/** Those members of a list who are known and, as far as their messengers tell, still in the group. */
async function thoseThere(
  { db, memberships }: Needs,
  groupId: string,
  members: Member[],
  skipped: Skipped[],
): Promise<Member[]> {
  const known = await findMembers(db, members)
  const queue = new PQueue({ concurrency: AT_ONCE })
  const isThere = (who: KnownIdentity) => memberships.isMember(groupId, who.person)
  const there = await queue.addAll(known.map((who) => async () => who && (await isThere(who)) !== false))
  return members.filter((one, index) => {
    if (!there[index]) skipped.push({ ...one, why: known[index] ? 'left' : 'unknown' })
    return there[index]
  })
}
