import { identitiesOf } from '../operators/people.ts'
import { treasuryOf } from '../payouts/treasury.ts'
import { balancesOf } from '../transfers/history.ts'
import { type Reading, readBooks } from './books.ts'
import { type Call, type Command, UsageError } from './command.ts'
import { chatName, HELD, identityShown, keyIn, personNamed, whoIs } from './person.ts'
import { tableOf } from './table.ts'

/** `passalong balance` */
export const balance: Command = {
  words: ['MESSENGER:ID'],
  about: 'what somebody has, of each asset, in whatever messenger they are; or a group, in its treasury',
  details: [],
  flags: {
    group: {
      about: 'MESSENGER:ID is a chat, as telegram:-1001234567890: what the group has that meets there',
    },
  },
  json: `{"person":"telegram:123456789","hold":null,"identities":[{"messenger":"telegram","id":"123456789","handle":"ada","name":"Ada"}],"balances":[{"asset":"CREDIT","amount":"20.00"}]};
of --group {"group":"telegram:-1001234567890","chats":[{"messenger":"telegram","id":"-1001234567890","title":"The club"}],
"balances":[{"asset":"CREDIT","amount":"20.00","planned":"5.00"}]}: "planned" is what payouts will still take out of it`,
  run: (call) =>
    readBooks((reading) => (call.isOn('group') ? ofGroup(reading, call) : ofPerson(reading, call))),
}

async function ofPerson({ db, assets, people }: Reading, { words: [who = ''], print }: Call): Promise<void> {
  const { person } = await personNamed(people, who)
  const [balances, identities, hold] = await Promise.all([
    balancesOf(db, person),
    identitiesOf(db, person),
    people.holdOf(person),
  ])
  const shown = balances.map(({ asset, balance }) => ({ asset, amount: assets.formatted(balance, asset) }))
  const lines = [...identities.map(whoIs), ...(hold ? [HELD[hold]] : []), sumsOf(shown)]
  print(lines.join('\n'), {
    person: who,
    hold,
    identities: identities.map(identityShown),
    balances: shown,
  })
}

async function ofGroup({ db, assets, groups }: Reading, { words: [chat = ''], print }: Call): Promise<void> {
  const { messenger, id } = keyIn(chat)
  const groupId = await groups.find(messenger, id)
  if (!groupId) throw new UsageError(`The books know no chat ${chat}.`)
  const root = await groups.rootOf(groupId)
  const [held, chats] = await Promise.all([treasuryOf(db, root), groups.chatsIn(root)])
  const shown = held.map(({ asset, balance, planned }) => ({
    asset,
    amount: assets.formatted(balance, asset),
    planned: assets.formatted(planned, asset),
  }))
  print([...chats.map(chatName), sumsOf(shown)].join('\n'), { group: chat, chats, balances: shown })
}

const sumsOf = (balances: { asset: string; amount: string }[]): string =>
  balances.length === 0
    ? 'Nothing, and never had anything.'
    : tableOf(
        balances.map(({ asset, amount }) => [amount, asset]),
        [0],
      )
