// Passalong with its DingTalk bot, and people of a company who have money.
import { expect } from 'vitest'
import type { Setting } from '../service.ts'
import { next } from '../until.ts'
import { startWithBot } from '../with-bot.ts'
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
  const running = await startWithBot('dingtalk', fake, setting)

  const club = Object.assign(running, {
    fake,
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
    answer: (chat: Chat, act: () => unknown) => next(() => fake.texts(chat), act),
    /** Waits for the card that something brings to a chat. */
    card: (chat: Chat, act: () => unknown) => next(() => fake.cards(chat), act),
    /** Waits until a card reads like this. */
    async reads(card: Card, words: string): Promise<void> {
      await expect.poll(() => card.text, { timeout: 20_000 }).toContain(words)
    },
  })
  return club
}
