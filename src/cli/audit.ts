import { auditBooks } from '../operations/audit.ts'
import { withBooks } from './books.ts'
import type { Command } from './command.ts'

/** `passalong audit` */
export const auditCommand: Command = {
  words: [],
  about:
    'recompute every balance and every transfer from the entries, the sums by day of groups, and the trails of what admins have changed; ends with 1 where the books are wrong',
  details: [],
  flags: {},
  json: '{"right":true,"accounts":3,"transfers":2,"entries":4,"faults":[]}',
  run: ({ print }) =>
    withBooks(async ({ db }) => {
      const { faults, ...counts } = await auditBooks(db)
      const right = faults.length === 0
      const { accounts, transfers, entries } = counts
      const sum = `${right ? 'The books are right' : 'THE BOOKS ARE WRONG'}: ${accounts} accounts, ${transfers} transfers, ${entries} entries recomputed.`
      print([...faults, sum].join('\n'), { right, ...counts, faults })
      return right ? 0 : 1
    }),
}
