import type { Database } from '../../db/postgres.ts'
import { findRecipients } from '../payouts/recipients.ts'
import type { KnownIdentity } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import { labelOf } from '../shared/names.ts'
import { Refusal } from '../shared/refusal.ts'
import { cleanText } from '../shared/text.ts'
import { type Member, memberKey } from './lists.ts'

/** A line that names nobody for sure. */
export interface LineFault {
  line: number
  refusal: Refusal
}

/**
 * Reads the members of a list as an admin writes them, one in a line: `@ada`, `telegram:123456789`, or what they are called in the
 * group. What follows an id, as `textOf` writes it, is only for people to read.
 */
export async function membersIn(
  needs: { db: Database; people: People },
  groupId: string,
  text: string,
): Promise<{ members: Member[]; faults: LineFault[] }> {
  const lines = text
    .split(/\r\n?|\n/)
    .map((words, index) => ({ line: index + 1, words: cleanText(words) ?? '' }))
    .filter(({ words }) => words !== '')
  const named = lines.map(({ words }) => /^[a-z]{2,20}:\S+/.exec(words)?.[0] ?? words)
  const found = named.length > 0 ? await findRecipients(needs, groupId, named) : []
  const lineOf = new Map<string, number>()
  const members: Member[] = []
  const faults: LineFault[] = []
  for (const [index, one] of found.entries()) {
    const { line } = lines[index] as (typeof lines)[number]
    if (one instanceof Refusal) {
      faults.push({ line, refusal: one })
      continue
    }
    const { messenger, id, handle, person } = one
    const member = id === null ? { messenger, handle: handle ?? '' } : { messenger, id }
    const key = person ?? memberKey(member)
    const before = lineOf.get(key)
    if (before) faults.push({ line, refusal: new Refusal('listed_twice', { row: before }) })
    else {
      lineOf.set(key, line)
      members.push(member)
    }
  }
  return { members, faults }
}

/** The members of a list as `membersIn` reads them. @param known who they are, in the same order */
export const textOf = (members: Member[], known: (KnownIdentity | undefined)[]): string =>
  members
    .map((one, index) => {
      const who = known[index]
      return [memberKey(one), 'id' in one && who && labelOf(who, undefined)].filter(Boolean).join(' ')
    })
    .join('\n')
