import { and, asc, eq, isNull } from 'drizzle-orm'
import { askParts, transfers } from '../../db/schema.ts'
import { recipientKey } from '../people/recipients.ts'
import type { Needs } from './needs.ts'

/**
 * Has those told in private who are asked, and have not paid.
 * @returns how many: not those who want no such messages, or whom we have not met
 */
export async function tellUnpaid(
  { db, people, deliveries }: Pick<Needs, 'db' | 'people' | 'deliveries'>,
  askId: string,
): Promise<number> {
  const parts = await db
    .select({ turn: askParts.turn, person: askParts.personId, handle: askParts.handle })
    .from(askParts)
    .leftJoin(transfers, eq(transfers.id, askParts.transferId))
    .where(and(eq(askParts.askId, askId), isNull(transfers.id)))
    .orderBy(asc(askParts.turn))
  const handles = parts.flatMap(({ handle }) => (handle ? { kind: 'handle' as const, handle } : []))
  const [byHandle, byPerson] = await Promise.all([
    people.recipients(handles.map((recipient) => ({ recipient }))),
    people.ofPersons(parts.flatMap(({ person }) => person ?? [])),
  ])
  const known = parts.flatMap(({ turn, person, handle }) => {
    const to =
      byPerson.get(person ?? '') ?? byHandle.get(handle ? recipientKey({ kind: 'handle', handle }) : '')
    return to ? { turn, to } : []
  })
  const quiet = await Promise.all(known.map(({ to }) => people.isQuiet(to.person)))
  const told = known.filter((_, index) => !quiet[index])
  await deliveries.tellAsked(askId, told)
  return told.length
}
