import { texts } from '../../../bots/texts/index.ts'
import { identityOf } from '../feishu/club.ts'
import type { Chat, FakeFeishu, Message, User } from '../feishu/index.ts'
import type { startTestService } from '../service.ts'
import { next } from '../until.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

export function inFeishu(fake: FakeFeishu, { client }: Service): Place {
  const cards = new WeakMap<Card, Message>()
  const users = new WeakMap<Member, User>()

  /** Waits for what the bot says next in a chat. */
  const answer = (chat: Chat, act: () => unknown): Promise<Message> => next(() => chat.messages, act)

  function member(user: User, group: Chat): Member {
    const one: Member = {
      identity: identityOf(user),
      // Of the group, by its rules.
      language: 'en',
      async sends({ amount, asset = '', to, note = '' }) {
        const whom = to ? [users.get(to) as User] : []
        const words = [`send ${amount} ${asset} `, ...whom, ` ${note}`]
        const said = await answer(group, () => fake.says(user, group, words))
        const card = { text: () => said.text }
        cards.set(card, said)
        return card
      },
      presses: async (card, button) =>
        (await fake.taps(user, cards.get(card) as Message, texts('en')(`card.${button}`))) ?? '',
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
    messenger: 'feishu',
    asset: 'CREDIT',
    async group() {
      const three = ['Ada', 'Ben', 'Cy'].map((name) => fake.user(name)) as [User, User, User]
      for (const user of three)
        await answer(fake.privateChat(user), () =>
          client.issue({ ...identityOf(user), name: user.name }, '100'),
        )
      const group = fake.group('Lunch club', three)
      const [admin] = three
      const rule = await answer(group, () => fake.says(admin, group, '/rules language en'))
      await fake.taps(admin, rule, rule.labels[0] ?? '')
      return three.map((user) => member(user, group)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => [...fake.breaches, ...fake.floods, ...fake.late],
  }
}
