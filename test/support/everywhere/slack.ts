import { texts } from '../../../bots/texts/index.ts'
import type { startTestService } from '../service.ts'
import { identityOf } from '../slack/club.ts'
import type { Channel, FakeSlack, Message, User } from '../slack/index.ts'
import { next } from '../until.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

export function inSlack(fake: FakeSlack, { client }: Service): Place {
  const cards = new WeakMap<Card, Message>()
  const users = new WeakMap<Member, User>()

  /** Waits for what somebody reads next in a channel. */
  const answer = (channel: Channel, user: User, act: () => unknown): Promise<Message> =>
    next(() => channel.messages.filter(({ reader }) => !reader || reader === user), act)

  function member(user: User, group: Channel): Member {
    const one: Member = {
      identity: identityOf(user),
      language: 'en',
      async sends({ amount, asset = '', to, note = '' }) {
        const whom = to ? [users.get(to) as User] : []
        const words = [`${amount} ${asset} `, ...whom, ` ${note}`]
        const said = await answer(group, user, () => fake.types(user, group, '/send', words))
        const card = { text: () => said.read }
        cards.set(card, said)
        return card
      },
      presses: (card, button) => fake.taps(user, cards.get(card) as Message, texts('en')(`card.${button}`)),
      asks: async (command) =>
        (await answer(group, user, () => fake.types(user, group, '/pass', command))).read,
      async tells(words) {
        const chat = fake.privateChat(user)
        return (await answer(chat, user, () => fake.says(user, chat, words))).read
      },
    }
    users.set(one, user)
    return one
  }

  return {
    messenger: 'slack',
    asset: 'CREDIT',
    async group() {
      const three = ['Ada', 'Ben', 'Cy'].map((name) => fake.user(name, fake.acme)) as [User, User, User]
      for (const user of three)
        await answer(fake.privateChat(user), user, () =>
          client.issue({ ...identityOf(user), name: user.name }, '100'),
        )
      const group = fake.group('lunch', three)
      return three.map((user) => member(user, group)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => [...fake.breaches, ...fake.floods, ...fake.late],
  }
}
