import { createQueues } from '../../../bots/queues.ts'
import { texts } from '../../../bots/texts/index.ts'
import { identityOf } from '../matrix/club.ts'
import type { FakeMatrix, Message, Room, User } from '../matrix/index.ts'
import type { startTestService } from '../service.ts'
import { next } from '../until.ts'
import type { Card, Member, Place } from './index.ts'

type Service = Awaited<ReturnType<typeof startTestService>>

export function inMatrix(fake: FakeMatrix, { client }: Service): Place {
  const cards = new WeakMap<Card, Message>()
  const users = new WeakMap<Member, User>()
  const inTurn = createQueues()

  /** Waits for what the bot says next in a room. */
  const answer = (room: Room, act: () => unknown): Promise<Message> => next(() => fake.messages(room), act)

  function member(user: User, group: Room): Member {
    const one: Member = {
      identity: identityOf(user),
      language: 'en',
      async sends({ amount, asset = '', to, note = '' }) {
        const whom = to ? [users.get(to) as User] : []
        const words = [`!send ${amount} ${asset} `, ...whom, ` ${note}`]
        const said = await answer(group, () => fake.says(user, group, words))
        const card = { text: () => said.text }
        cards.set(card, said)
        return card
      },
      // One after the other: that it is over is said to all, so that who has pressed at the same moment would take it for theirs.
      presses: (card, button) =>
        inTurn(group.id, async () => {
          const number = (cards.get(card) as Message).numberOf(texts('en')(`card.${button}`))
          // All read it, so it is said to whom it is for.
          const isAnswer = (text: string) => text.startsWith(`${user.name}: `) || !/^\w+: /.test(text)
          const answers = () => fake.texts(group).filter(isAnswer)
          const said = await next(answers, () => fake.says(user, group, `!${number}`))
          return said.replace(new RegExp(`^${user.name}: `), '')
        }),
      asks: async (command) => (await answer(group, () => fake.says(user, group, `!${command}`))).text,
      async tells(words) {
        const room = await fake.privateChat(user)
        return (await answer(room, () => fake.says(user, room, words))).text
      },
    }
    users.set(one, user)
    return one
  }

  return {
    messenger: 'matrix',
    asset: 'CREDIT',
    async group() {
      const three = ['Ada', 'Ben', 'Cy'].map((name) => fake.user(name)) as [User, User, User]
      for (const user of three) {
        const room = await fake.privateChat(user)
        await answer(room, () => client.issue({ ...identityOf(user), name: user.name }, '100'))
      }
      const group = await fake.group('Lunch club', three)
      return three.map((user) => member(user, group)) as [Member, Member, Member]
    },
    balance: ({ identity }) => client.balance(identity),
    breaches: () => fake.breaches,
  }
}
