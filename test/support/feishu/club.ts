// Passalong with its Feishu bot, and people who have money.
import { expect } from 'vitest'
import type { Setting } from '../service.ts'
import { next } from '../until.ts'
import { startWithBot } from '../with-bot.ts'
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
  const running = await startWithBot('feishu', fake, setting)

  const club = Object.assign(running, {
    fake,
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
    other: (chat: Chat, act: () => unknown): Promise<Message> => next(() => fake.others(chat), act),
    answer: async (chat: Chat, act: () => unknown) => (await club.other(chat, act)).text,
    /** Waits for the card that something brings to a chat. */
    card: (chat: Chat, act: () => unknown): Promise<Message> => next(() => fake.cards(chat), act),
    /** Waits until a card reads like this. */
    async reads(card: Message, words: string): Promise<void> {
      await expect.poll(() => card.text, { timeout: 20_000 }).toContain(words)
    },
  })
  return club
}
