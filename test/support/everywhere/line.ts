import { texts } from '../../../bots/texts/index.ts'
import { identityOf } from '../line/club.ts'
import type { Chat, FakeLine, Message, User } from '../line/index.ts'
import type { startTestService } from '../service.ts'
import { next } from '../until.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

/** @param operator is an admin of every group that they are in */
export function inLine(fake: FakeLine, { client }: Service, operator: User): Place {
  const cards = new WeakMap<Card, Message>()
  const users = new WeakMap<Member, User>()

  /** Waits for what the bot says next in a chat. */
  const answer = (chat: Chat, act: () => unknown): Promise<Message> => next(() => chat.messages, act)

  function member(user: User, group: Chat): Member {
    const one: Member = {
      identity: identityOf(user),
      language: 'en',
      async sends({ amount, asset = '', to, note = '' }) {
        const whom = to ? [users.get(to) as User] : []
        const words = [`send ${amount} ${asset} `, ...whom, ` ${note}`]
        const said = await answer(group, () => fake.says(user, group, words))
        const [link] = /https:\S+\/c\/\S+/.exec(said.text) ?? []
        // It never changes: its link shows how it stands, as on a page so in the bot's own chat.
        const card = { text: () => (link ? one.tells(link) : said.text) }
        cards.set(card, said)
        return card
      },
      async presses(card, button) {
        const said = await fake.taps(user, cards.get(card) as Message, texts('en')(`card.${button}`))
        // All read it, so it is said to whom it is for.
        return said.replace(new RegExp(`^${user.name}: `), '')
      },
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
    messenger: 'line',
    asset: 'CREDIT',
    async group() {
      const three = ['Ada', 'Ben', 'Cy'].map((name) => fake.user(name)) as [User, User, User]
      for (const user of three)
        await answer(fake.privateChat(user), () =>
          client.issue({ ...identityOf(user), name: user.name }, '100'),
        )
      const group = fake.group('Lunch club', [...three, operator])
      await answer(group, () => fake.says(operator, group, ['/admins add ', three[0]]))
      return three.map((user) => member(user, group)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => [...fake.breaches, ...fake.floods, ...fake.late, ...fake.unheard],
  }
}
