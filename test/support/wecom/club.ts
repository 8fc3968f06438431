// Passalong with its WeCom bot, and people of a company who have money.
import { expect } from 'vitest'
import type { Setting } from '../service.ts'
import { next } from '../until.ts'
import { startWithBot } from '../with-bot.ts'
import { type Card, type Chat, startFakeWecom, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody of the company, as the API takes them. */
export const identityOf = ({ userId }: User) => ({ messenger: 'wecom', id: userId })

/** What people are called on cards. */
export const called = ({ userId }: User) => `${userId} (#${userId})`

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeWecom()
  const running = await startWithBot('wecom', fake, setting)

  const club = Object.assign(running, {
    fake,
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
    answer: (chat: Chat, act: () => unknown): Promise<string> => next(() => fake.texts(chat), act),
    /** Waits for the card that something brings to a chat. */
    card: (chat: Chat, act: () => unknown): Promise<Card> => next(() => fake.cards(chat), act),
    /** Waits until a card reads like this. */
    async reads(card: Card, words: string): Promise<void> {
      await expect.poll(() => card.text, { timeout: 20_000 }).toContain(words)
    },
  })
  return club
}
