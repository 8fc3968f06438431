// Passalong with its WeCom bot, and people of a company who have money.
import { expect } from 'vitest'
import { newSecret } from '../../../src/access/codes.ts'
import { freshDatabase } from '../database.ts'
import { PUBLIC_URL, type Setting, startTestService } from '../service.ts'
import { type Card, type Chat, startFakeWecom, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody of the company, as the API takes them. */
export const identityOf = ({ userId }: User) => ({ messenger: 'wecom', id: userId })

/** What people are called on cards. */
export const called = ({ userId }: User) => `${userId} (#${userId})`

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeWecom()
  const database = await freshDatabase()
  const secretKey = newSecret()
  const log: string[][] = []
  const start = async () => {
    const before = fake.subscriptions()
    const service = await startTestService({
      roles: 'api,worker,wecom',
      ...setting,
      database: database.url,
      secretKey,
      environment: {
        WECOM_BOT_ID: fake.botId,
        WECOM_BOT_SECRET: fake.secret,
        WECOM_ADDRESS: fake.address,
        PUBLIC_URL,
        ...setting.environment,
      },
    })
    log.push(service.log)
    await fake.until(() => fake.subscriptions() > before && fake.isConnected())
    return service
  }

  const club = {
    fake,
    service: await start(),
    /** Another process of the same service. */
    another: start,
    /** Ends the service, and starts another one on the same books. */
    async restart() {
      await club.service.close()
      club.service = await start()
    },
    /** Somebody of the company with a balance of 100 CREDIT, who has opened the bot before. */
    async person(name: string, balance = '100'): Promise<User> {
      const user = fake.user(name)
      await club.answer(fake.privateChat(user), () => fake.says(user, fake.privateChat(user), '余额'))
      if (Number(balance) > 0)
        await club.answer(fake.privateChat(user), () => club.service.client.issue(identityOf(user), balance))
      return user
    },
    /** Two people with money, and their group. */
    async pair() {
      const [ada, ben] = [await club.person('陈晨'), await club.person('李本')]
      return { ada, ben, group: fake.group([ada, ben]) }
    },
    balance: (user: User) => club.service.client.balance(identityOf(user)),
    /** Waits for what the bot says next in a chat. */
    async answer(chat: Chat, act: () => unknown): Promise<string> {
      const before = fake.texts(chat).length
      await act()
      return fake.until(() => fake.texts(chat)[before])
    },
    /** Waits for the card that something brings to a chat. */
    async card(chat: Chat, act: () => unknown): Promise<Card> {
      const before = fake.cards(chat).length
      await act()
      return fake.until(() => fake.cards(chat)[before])
    },
    /** Waits until a card reads like this. */
    async reads(card: Card, words: string): Promise<void> {
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
