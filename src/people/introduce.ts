import type { Groups } from '../groups/groups.ts'
import type { LedgerOptions } from '../ledger/ledger.ts'
import type { People } from './people.ts'

interface Needs {
  people: Pick<People, 'introduce'>
  groups: Pick<Groups, 'introduce'>
}

/** Writes whom and what the ledger names that is in no books yet. */
export const introduceNamed =
  ({ people, groups }: Needs): NonNullable<LedgerOptions['introduce']> =>
  (named) => {
    const introducing = [people.introduce(named.persons), groups.introduce(named.groups)].filter(
      (one) => one !== undefined,
    )
    return introducing.length > 0 ? Promise.all(introducing) : undefined
  }
