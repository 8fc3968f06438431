import { and, count, desc, eq, gt, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { feedback, identities, people as persons } from '../../db/schema.ts'
import type { ChatUpdate } from '../groups/groups.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { newId } from '../shared/ids.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Needs } from '../transfers/needs.ts'

/** The most that one person may write in a day. */
const MOST_A_DAY = 10
const DAY = sql`interval '1 day'`

/** What somebody has written to the operators. */
export type Feedback = typeof feedback.$inferSelect

/**
 * Notes what somebody writes to the operators. The same words again on the same day are noted once, as a messenger may deliver
 * a message twice.
 * @throws Refusal `too_much_feedback`
 */
export async function giveFeedback(
  needs: Pick<Needs, 'db' | 'people' | 'groups' | 'log'>,
  { by, group, text }: { by: IdentityUpdate; group?: ChatUpdate | null | undefined; text: string },
): Promise<void> {
  const { person } = await needs.people.recognise(by)
  const groupId = group ? await needs.groups.recognise(group) : null
  await needs.db.transaction(async (tx) => {
    await needs.people.introduce([person], tx)
    // One after the other, so that many at once don't get past the limit.
    await tx.select().from(persons).where(eq(persons.id, person)).for('no key update')
    const theirs = and(isBy(person), gt(feedback.at, sql`now() - ${DAY}`))
    const [today] = await tx
      .select({ all: count(), same: count(sql`case when ${feedback.text} = ${text} then 1 end`) })
      .from(feedback)
      .where(theirs)
    if (!today || today.same > 0) return
    if (today.all >= MOST_A_DAY) throw new Refusal('too_much_feedback', { most: MOST_A_DAY }, RETRY_SECONDS)
    const { messenger, id: identity } = by
    if (groupId) await needs.groups.introduce([groupId], tx)
    await tx.insert(feedback).values({ id: newId(), messenger, identity, groupId, text })
  })
  await saveLabels(needs, [by], group)
}

const RETRY_SECONDS = 3600

/** The condition for what a person has written, by any of their identities. */
const isBy = (person: string): SQL =>
  sql`(${feedback.messenger}, ${feedback.identity}) in (select ${identities.messenger}, ${identities.id} from ${identities} where ${identities.personId} = ${person})`

/** What was written, newest first. @param cursor the id of the last one of the page before */
export async function feedbackPage(
  db: Database,
  cursor: string | undefined,
  limit: number,
): Promise<{ items: Feedback[]; next: string | null }> {
  const rows = await db
    .select()
    .from(feedback)
    .where(cursor === undefined ? undefined : lt(feedback.id, cursor))
    .orderBy(desc(feedback.id))
    .limit(limit + 1)
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

/** Marks what was written as done, or as not done yet. */
export async function markFeedback(db: Database, id: string, done: boolean): Promise<void> {
  await db
    .update(feedback)
    .set({ doneAt: done ? sql`now()` : null })
    .where(eq(feedback.id, id))
}
