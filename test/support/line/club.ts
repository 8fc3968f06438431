// Passalong with its LINE bot, and people who have money.
import { newSecret } from '../../../src/access/codes.ts'
import { freshDatabase } from '../database.ts'
import { PUBLIC_URL, type Setting, startTestService } from '../service.ts'
import { type Chat, type Message, startFakeLine, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody as the API takes them. */
export const identityOf = ({ id }: User) => ({ messenger: 'line', id })

/** What people are called on cards: `Ada (#U…)`. */
export const called = ({ name, id }: User) => `${name} (#${id})`

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeLine()
  const database = await freshDatabase()
  const secretKey = newSecret()
  const log: string[][] = []
  /** Is an admin of every group. */
  const operator = fake.user('Olive')
  const start = async () => {
    const before = fake.callsOf('info').length
    const service = await startTestService({
      roles: 'api,worker,line',
      operators: [`line:${operator.id}`],
      ...setting,
      database: database.url,
      secretKey,
      environment: {
        LINE_CHANNEL_ACCESS_TOKEN: fake.accessToken,
        LINE_CHANNEL_SECRET: fake.secret,
        LINE_API_ROOT: fake.url,
        PUBLIC_URL,
        ...setting.environment,
      },
    })
    log.push(service.log)
    fake.tellAt(`${service.url}/line/events`)
    await fake.until(() => fake.callsOf('info').length > before)
    return service
  }

  const club = {
    fake,
    operator,
    service: await start(),
    /** Another process of the same service, which is told all events from now on. */
    another: start,
    /** Ends the service, and starts another one on the same books. */
    async restart() {
      await club.service.close()
      club.service = await start()
    },
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
    async other(chat: Chat, act: () => unknown): Promise<Message> {
      const before = fake.others(chat).length
      await act()
      return fake.until(() => fake.others(chat)[before])
    },
    answer: async (chat: Chat, act: () => unknown) => (await club.other(chat, act)).text,
    /** Waits for the card that something brings to a chat. */
    async card(chat: Chat, act: () => unknown): Promise<Message> {
      const before = fake.cards(chat).length
      await act()
      return fake.until(() => fake.cards(chat)[before])
    },
    /** What a card’s link says of how it stands now. */
    async standsNow(card: Message): Promise<string> {
      const link = /https:\S+\/c\/\S+/.exec(card.text)?.[0] ?? ''
      const answer = await fetch(link.replace(PUBLIC_URL, club.service.url))
      return answer.text()
    },
    /** Lines of the log at level error. */
    errors: () => log.flat().filter((line) => line.includes('"level":"error"')),
    log: () => log.flat(),
    /** What the real LINE would have refused, or nobody would have got. */
    breaches: () => [...fake.breaches, ...fake.floods, ...fake.late, ...fake.unheard],
    async close() {
      await club.service.close()
      await fake.stop()
      await database.drop()
    },
  }
  return club
}
