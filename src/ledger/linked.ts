import type { Sql } from 'postgres'
import { type AccountRef, accountOf, type Owner, personOwner } from './accounts.ts'
import type { Item } from './batch.ts'
import type { Command } from './commands.ts'
import { plainArray } from './rows.ts'

/**
 * Commands of people who have become one with somebody else since their caller looked them up, perhaps in another process: as commands
 * of who they are now.
 * @returns the same array where there are none
 */
export async function asTheyAreNow(sql: Sql, items: Item[]): Promise<Item[]> {
  const people = new Set<string>()
  const note = (owner: Owner) => {
    if (owner.kind === 'person') people.add(owner.id)
    return owner
  }
  for (const { command } of items) withOwners(command, note)
  if (people.size === 0) return items
  const rows = await sql<{ id: string; into: string }[]>`
    select id, merged_into as into from people where id = any(${plainArray([...people])}::uuid[]) and merged_into is not null`
  if (rows.length === 0) return items
  const now = new Map(rows.map(({ id, into }) => [id, personOwner(into)]))
  return items.map(({ command, ...rest }) => ({
    ...rest,
    command: withOwners(command, (owner) => (owner.kind === 'person' && now.get(owner.id)) || owner),
  }))
}

/** A command with other owners in place of those that it names. */
function withOwners(command: Command, change: (owner: Owner) => Owner): Command {
  const account = ({ owner, asset }: AccountRef) => accountOf(change(owner), asset)
  if ('draft' in command) {
    const { from, recipient, ...terms } = command.draft
    const draft = {
      ...terms,
      from: account(from),
      recipient:
        recipient.kind === 'account' ? { ...recipient, account: account(recipient.account) } : recipient,
    }
    return 'to' in command ? { ...command, draft, to: account(command.to) } : { ...command, draft }
  }
  return 'by' in command ? { ...command, by: { ...command.by, owner: change(command.by.owner) } } : command
}
