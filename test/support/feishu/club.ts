// Passalong with its Feishu bot, and people who have money.
import { expect } from 'vitest'
import { newSecret } from '../../../src/access/codes.ts'
import { freshDatabase } from '../database.ts'
import { PUBLIC_URL, type Setting, startTestService } from '../service.ts'
import { type Chat, type Message, startFakeFeishu, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody as the API takes them. */
export const identityOf = ({ openId }: User) => ({ messenger: 'feishu', id: openId })

/** What people are called on cards: `陈晨 (#ou_…)`. */
export const called = ({ name, openId }: User) => `${name} (#${openId})`

/** The transfer that a card shows, by what its buttons hold. */
export function transferOf(card: Message): string {
  for (const { value } of card.buttons) {
    const [, id] = /^collect:(.+)$/.exec(value?.press ?? '') ?? []
    if (id) return id
  }
  throw new Error('the card has no button to collect it')
}

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeFeishu()
  const database = await freshDatabase()
  const secretKey = newSecret()
  const log: string[][] = []
  const start = async () => {
    const before = fake.callsOf('bot').length
    const service = await startTestService({
      roles: 'api,worker,feishu',
      ...setting,
      database: database.url,
      secretKey,
      environment: {
        FEISHU_APP_ID: fake.appId,
        FEISHU_APP_SECRET: fake.appSecret,
        FEISHU_ENCRYPT_KEY: fake.encryptKey,
        FEISHU_API_ROOT: fake.url,
        PUBLIC_URL,
        ...setting.environment,
      },
    })
    log.push(service.log)
    fake.tellAt(`${service.url}/feishu/events`)
    await fake.until(() => fake.callsOf('bot').length > before)
    return service
  }

  const club = {
    fake,
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
      const [ada, ben] = await Promise.all([club.person('陈晨'), club.person('李本')])
      return { ada, ben, group: fake.group('午餐俱乐部', [ada, ben]) }
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
    /** Waits until a card reads like this. */
    async reads(card: Message, words: string): Promise<void> {
      await expect.poll(() => card.text, { timeout: 20_000 }).toContain(words)
    },
    /** Lines of the log at level error. */
    errors: () => log.flat().filter((line) => line.includes('"level":"error"')),
    log: () => log.flat(),
    async close() {
      await club.service.close()
      await fake.stop()
      await database.drop()
    },
  }
  return club
}
