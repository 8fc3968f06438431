// Passalong with its DingTalk bot, and people of a company who have money.
import { expect } from 'vitest'
import { newSecret } from '../../../src/access/codes.ts'
import { freshDatabase } from '../database.ts'
import { PUBLIC_URL, type Setting, startTestService } from '../service.ts'
import { type Card, type Chat, startFakeDingtalk, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody of the company, as the API takes them. */
export const identityOf = ({ userId = '' }: User) => ({ messenger: 'dingtalk', id: userId })

/** What people are called on cards: `陈晨 (#staff1)`. */
export const called = ({ name, userId }: User) => `${name} (#${userId})`

/** The transfer that a card shows, by what its buttons hold. */
export function transferOf(card: Card): string {
  for (const { event } of card.buttons) {
    const press = event.type === 'sendCardRequest' ? String(event.params.params.press) : ''
    const [, id] = /^collect:(.+)$/.exec(press) ?? []
    if (id) return id
  }
  throw new Error('the card has no button to collect it')
}

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeDingtalk()
  const database = await freshDatabase()
  const secretKey = newSecret()
  const log: string[][] = []
  const start = async () => {
    const before = fake.streams.size
    const service = await startTestService({
      roles: 'api,worker,dingtalk',
      ...setting,
      database: database.url,
      secretKey,
      environment: {
        DINGTALK_CLIENT_ID: fake.clientId,
        DINGTALK_CLIENT_SECRET: fake.clientSecret,
        DINGTALK_CARD_TEMPLATE: fake.template,
        DINGTALK_API_ROOT: fake.url,
        PUBLIC_URL,
        ...setting.environment,
      },
    })
    log.push(service.log)
    await fake.until(() => fake.streams.size > before)
    return service
  }

  const club = {
    fake,
    service: await start(),
    /** Another process of the same service. */
    another: start,
    /** Ends the service, and starts another one on the same books. */
    async restart(meanwhile: () => unknown = () => {}) {
      await club.service.close()
      await meanwhile()
      club.service = await start()
    },
    /** Somebody of the company with a balance of 100 CREDIT. */
    async person(name: string, { isAdmin = false, balance = '100' } = {}): Promise<User> {
      const user = fake.user(name, { isAdmin })
      if (Number(balance) > 0) {
        await club.service.client.issue({ ...identityOf(user), name }, balance)
        await fake.until(() => fake.texts(fake.privateChat(user)).length > 0)
      }
      return user
    },
    /** Two people with money, and their group. */
    async pair() {
      const [ada, ben] = await Promise.all([club.person('陈晨'), club.person('李本')])
      return { ada, ben, group: fake.group('午餐俱乐部', [ada, ben]) }
    },
    balance: (user: User) => club.service.client.balance(identityOf(user)),
    /** Waits for what the bot says next in a chat. */
    async answer(chat: Chat, act: () => unknown): Promise<string> {
      const before = fake.texts(chat).length
      await act()
      await fake.until(() => fake.texts(chat).length > before)
      return fake.texts(chat)[before] ?? ''
    },
    /** Waits for the card that something brings to a chat. */
    async card(chat: Chat, act: () => unknown): Promise<Card> {
      const before = fake.cards(chat).length
      await act()
      await fake.until(() => fake.cards(chat).length > before)
      return fake.cards(chat)[before] as Card
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
