import { revokeToken, tokensMade } from '../access/tokens.ts'
import { withBooks } from './books.ts'
import { type Command, UsageError } from './command.ts'
import { tableOf, timeOf } from './table.ts'

/** `passalong tokens` */
export const tokens: Command = {
  words: [],
  about: 'list the bearer tokens of API clients, or end one',
  details: [
    'When one was used is noted once a minute at most. What is ended is taken for ten seconds more at the longest.',
    'passalong token NAME makes one, and ends the one that the name had before.',
  ],
  flags: { revoke: { value: 'NAME', about: 'end the token of that name' } },
  json: '{"tokens":[{"name":"shop","createdAt":"2026-11-26T12:00:00.000Z","usedAt":null}]}; of --revoke {"revoked":"shop"}',
  run: ({ valueOf, print }) =>
    withBooks(async ({ db }) => {
      const made = await tokensMade(db)
      const name = valueOf('revoke')
      if (name === undefined) {
        const rows = made.map(({ name, createdAt, usedAt }) => [
          name,
          timeOf(createdAt),
          usedAt ? timeOf(usedAt) : 'never',
        ])
        print(rows.length > 0 ? tableOf([['NAME', 'MADE', 'LAST USED'], ...rows]) : 'There are no tokens.', {
          tokens: made,
        })
        return
      }
      if (!(await revokeToken(db, name)))
        throw new UsageError(
          `"${name}" is none of the tokens: ${made.map((one) => one.name).join(', ') || 'there are none'}.`,
        )
      print(`Ended: ${name}`, { revoked: name })
    }),
}
