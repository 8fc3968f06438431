import type { Scope } from '../access/scopes.ts'
import { type MadeToken, revokeToken, tokensMade } from '../access/tokens.ts'
import { type Chat, openGroups } from '../groups/groups.ts'
import { keyOf } from '../shared/keys.ts'
import { withBooks } from './books.ts'
import { type Command, UsageError } from './command.ts'
import { tableOf, timeOf } from './table.ts'

/** `passalong tokens` */
export const tokens: Command = {
  words: [],
  about: 'list the bearer tokens of programs, or end one',
  details: [
    'When one was used is noted once a minute at most. What is ended is taken for two seconds more at the longest.',
    'passalong token NAME makes one, and ends the one that the name had before.',
  ],
  flags: { revoke: { value: 'NAME', about: 'end the token of that name' } },
  json: `{"tokens":[{"name":"shop","may":["read","send"],"for":"own","perTransfer":"50","perDay":null,"counter":false,"createdAt":"2026-11-26T12:00:00.000Z",
"endsAt":null,"usedAt":null}]}; of --revoke {"revoked":"shop"}`,
  run: ({ valueOf, print }) =>
    withBooks(async ({ db }) => {
      const made = await tokensMade(db)
      const name = valueOf('revoke')
      if (name === undefined) {
        const chats = await openGroups(db).chatsOf(made.flatMap(({ scope }) => groupIn(scope) ?? []))
        const rows = made.map((one) => rowOf(one, chats))
        print(rows.length > 0 ? tableOf([HEADING, ...rows]) : 'There are no tokens.', {
          tokens: made.map((one) => tokenShown(one, chats)),
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

const HEADING = ['NAME', 'MAY', 'FOR', 'A TRANSFER', 'A DAY', 'MADE', 'ENDS', 'LAST USED']

type Chats = Map<string, Chat>

const groupIn = (scope: Scope | 'all') =>
  scope !== 'all' && scope.whom.kind === 'group' ? scope.whom.id : undefined

function rowOf(token: MadeToken, chats: Chats): string[] {
  const { name, may, for: whom, perTransfer, perDay, counter } = tokenShown(token, chats)
  const { createdAt, endsAt, usedAt } = token
  return [
    name,
    may.join() + (counter ? ', counter' : ''),
    whom,
    perTransfer ?? '-',
    perDay ?? '-',
    timeOf(createdAt),
    endsAt ? timeOf(endsAt) : '-',
    usedAt ? timeOf(usedAt) : 'never',
  ]
}

/** A token as programs get it; `for` as it was typed. */
function tokenShown({ name, scope, ...times }: MadeToken, chats: Chats) {
  if (scope === 'all')
    return { name, may: ['all'], for: 'everybody', perTransfer: null, perDay: null, counter: false, ...times }
  const { may, whom, perTransfer = null, perDay = null, counter = false } = scope
  const chat = whom.kind === 'group' ? chats.get(whom.id) : undefined
  const whose = whom.kind === 'everybody' ? (whom.asset ?? 'everybody') : chat ? keyOf(chat) : whom.kind
  return { name, may, for: whose, perTransfer, perDay, counter, ...times }
}
