// Passalong with its Matrix bot, and people who have money.
import type { Setting } from '../service.ts'
import { next } from '../until.ts'
import { startWithBot } from '../with-bot.ts'
import { type Message, type Room, startFakeMatrix, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody as the API takes them. */
export const identityOf = ({ id }: User) => ({ messenger: 'matrix', id })

/** What people are called on cards: `Ada (#@ada:example.org)`. */
export const called = ({ name, id }: User) => `${name} (#${id})`

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeMatrix()
  const running = await startWithBot('matrix', fake, setting)

  const club = Object.assign(running, {
    fake,
    /** Somebody with a balance of 100 CREDIT, of which the bot has told them in their own room. */
    async person(name: string): Promise<User> {
      const user = fake.user(name)
      const room = await fake.privateChat(user)
      await club.answer(room, () => club.service.client.issue({ ...identityOf(user), name }, '100'))
      return user
    },
    /** Two people with money, and their room, which the first has made. */
    async pair() {
      const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
      return { ada, ben, group: await fake.group('Lunch club', [ada, ben]) }
    },
    balance: (user: User) => club.service.client.balance(identityOf(user)),
    /** Waits for what the bot says next in a room, besides cards. */
    answer: async (room: Room, act: () => unknown) => (await next(() => fake.others(room), act)).text,
    /** Waits for the card that something brings to a room. */
    card: (room: Room, act: () => unknown): Promise<Message> => next(() => fake.cards(room), act),
  })
  return club
}
