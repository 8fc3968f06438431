// Passalong with its Slack bot, and people who have money.
import { expect } from 'vitest'
import type { Setting } from '../service.ts'
import { next } from '../until.ts'
import { startWithBot } from '../with-bot.ts'
import { type Channel, type FakeSlack, type Message, startFakeSlack, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody as the API takes them. */
export const identityOf = ({ id, home }: User) => ({ messenger: 'slack', id: `${home.id}-${id}` })

/** What people are called on cards: `Ada (#T…-U…)`. */
export const called = (user: User) => `${user.name} (#${identityOf(user).id})`

/** The transfer that a card shows, by what its buttons hold. */
export function transferOf(card: Message): string {
  for (const { value = '{}' } of card.buttons) {
    const [, id] = /^collect:(.+)$/.exec((JSON.parse(value) as { press?: string }).press ?? '') ?? []
    if (id) return id
  }
  throw new Error('the card has no button to collect it')
}

/** The app that any workspace can install. */
export const withClient = (fake: FakeSlack) => ({
  SLACK_SIGNING_SECRET: fake.signingSecret,
  SLACK_CLIENT_ID: fake.clientId,
  SLACK_CLIENT_SECRET: fake.clientSecret,
  SLACK_API_ROOT: fake.apiRoot,
})

export async function openClub(setting: Setting = {}, app?: (fake: FakeSlack) => Record<string, string>) {
  const fake = await startFakeSlack()
  const running = await startWithBot('slack', app ? { ...fake, settings: app(fake) } : fake, setting)

  const club = Object.assign(running, {
    fake,
    /** Somebody with a balance of 100 CREDIT. */
    async person(name: string, more: Partial<User> = {}, home = fake.acme): Promise<User> {
      const user = fake.user(name, home, more)
      await club.service.client.issue({ ...identityOf(user), name }, '100')
      return user
    },
    /** Two people with money, and their channel. */
    async pair() {
      const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
      return { ada, ben, group: fake.group('lunch', [ada, ben]) }
    },
    balance: (user: User) => club.service.client.balance(identityOf(user)),
    /** Waits for what somebody reads next in a channel, besides cards. */
    other: (channel: Channel, reader: User, act: () => unknown): Promise<Message> =>
      next(() => fake.others(channel, reader), act),
    answer: async (channel: Channel, reader: User, act: () => unknown) =>
      (await club.other(channel, reader, act)).read,
    /** Waits for the card that something brings to a channel. */
    card: (channel: Channel, act: () => unknown): Promise<Message> => next(() => fake.cards(channel), act),
    /** Waits until a card reads like this. */
    async reads(card: Message, words: string): Promise<void> {
      await expect.poll(() => card.read, { timeout: 20_000 }).toContain(words)
    },
  })
  return club
}
