// Passalong with its LINE bot, and people who have money.
import { PUBLIC_URL, type Setting } from '../service.ts'
import { next } from '../until.ts'
import { startWithBot } from '../with-bot.ts'
import { type Chat, type Message, startFakeLine, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody as the API takes them. */
export const identityOf = ({ id }: User) => ({ messenger: 'line', id })

/** What people are called on cards: `Ada (#U…)`. */
export const called = ({ name, id }: User) => `${name} (#${id})`

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeLine()
  /** Is an admin of every group. */
  const operator = fake.user('Olive')
  const operators = [`line:${operator.id}`]
  const running = await startWithBot('line', fake, { operators, ...setting })

  const club = Object.assign(running, {
    fake,
    operator,
    /** Somebody with a balance of 100 CREDIT. */
    async person(name: string): Promise<User> {
      const user = fake.user(name)
      await club.service.client.issue({ ...identityOf(user), name }, '100')
      await fake.until(() => fake.texts(fake.privateChat(user)).length > 0)
      return user
    },
    /** Two people with money, and their group. */
    async pair() {
      const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
      return { ada, ben, group: fake.group('Lunch club', [ada, ben, operator]) }
    },
    balance: (user: User) => club.service.client.balance(identityOf(user)),
    /** Waits for what the bot says next in a chat, besides cards. */
    other: (chat: Chat, act: () => unknown): Promise<Message> => next(() => fake.others(chat), act),
    answer: async (chat: Chat, act: () => unknown) => (await club.other(chat, act)).text,
    /** Waits for the card that something brings to a chat. */
    card: (chat: Chat, act: () => unknown): Promise<Message> => next(() => fake.cards(chat), act),
    /** What a card’s link says of how it stands now. */
    async standsNow(card: Message): Promise<string> {
      const link = /https:\S+\/c\/\S+/.exec(card.text)?.[0] ?? ''
      const answer = await fetch(link.replace(PUBLIC_URL, club.service.url))
      return answer.text()
    },
    /** What the real LINE would have refused, or nobody would have got. */
    breaches: () => [...fake.breaches, ...fake.floods, ...fake.late, ...fake.unheard],
  })
  return club
}
