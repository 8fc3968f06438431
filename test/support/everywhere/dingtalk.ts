import { identityOf } from '../dingtalk/club.ts'
import { type Chat, type Card as DingtalkCard, type FakeDingtalk, type User } from '../dingtalk/index.ts'
import type { startTestService } from '../service.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>
type Said = Chat['said'][number]

export function inDingtalk(fake: FakeDingtalk, { client }: Service): Place {
  const cards = new WeakMap<Card, Said>()
  const users = new WeakMap<Member, User>()

  /** Waits for what the bot says next in a chat. */
  async function answer(chat: Chat, act: () => unknown): Promise<Said> {
    const before = chat.said.length
    await act()
    return fake.until(() => chat.said[before])
  }

  function member(user: User, group: Chat): Member {
    const one: Member = {
      identity: identityOf(user),
      async sends({ amount, asset = '', to, note = '' }) {
        const whom = to ? [users.get(to) as User] : []
        const said = await answer(group, () =>
          fake.says(user, group, [`/send ${amount} ${asset} `, ...whom, ` ${note}`]),
        )
        const card = { text: () => said.text }
        cards.set(card, said)
        return card
      },
      presses: (card, label) => fake.taps(user, cards.get(card) as DingtalkCard, label),
      asks: async (command) => (await answer(group, () => fake.says(user, group, command))).text,
      async tells(words) {
        const chat = fake.privateChat(user)
        return (await answer(chat, () => fake.says(user, chat, words))).text
      },
    }
    users.set(one, user)
    return one
  }

  return {
    messenger: 'dingtalk',
    asset: 'CREDIT',
    async group() {
      const three = ['Ada', 'Ben', 'Cy'].map((name) => fake.user(name, { isAdmin: name === 'Ada' }))
      for (const user of three)
        await answer(fake.privateChat(user), () =>
          client.issue({ ...identityOf(user), name: user.name }, '100'),
        )
      const group = fake.group('Lunch club', three)
      const [admin] = three as [User]
      const rule = await answer(group, () => fake.says(admin, group, '/rules language en'))
      const [label = ''] = (rule as DingtalkCard).labels
      await fake.taps(admin, rule as DingtalkCard, label)
      return three.map((user) => member(user, group)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => [...fake.breaches, ...fake.floods, ...fake.late],
  }
}
