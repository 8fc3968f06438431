// Passalong with its QQ bot, and people who have money.
import type { Setting } from '../service.ts'
import { startWithBot } from '../with-bot.ts'
import type { Chat } from './api.ts'
import { startFakeQq } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody as the API takes them. */
export const identityOf = ({ id }: Chat) => ({ messenger: 'qq', id })

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeQq()
  const running = await startWithBot('qq', fake, setting)

  const club = Object.assign(running, {
    fake,
    /** Somebody with a balance of 100 CREDIT. */
    async person(): Promise<Chat> {
      const user = fake.newChat()
      // That they have it, nobody can tell them before they say something.
      const untold = () => club.log().filter((line) => line.includes('said nothing of late')).length
      const before = untold()
      await club.service.client.issue(identityOf(user), '100')
      await fake.until(() => untold() > before)
      return user
    },
    balance: (user: Chat) => club.service.client.balance(identityOf(user)),
    /** Says something. @returns what the bot answers */
    async answer(user: Chat, content: string, more: object = {}): Promise<string> {
      const id = await fake.says(user, content, more)
      return fake.until(() => user.messages.find(({ answers }) => answers === id)?.text)
    },
    /** The number that stands for a button in what the bot has said. */
    numberOf(said: string, label: string): string {
      const [, number] = new RegExp(`/(\\d+) – ${label}`).exec(said) ?? []
      if (!number) throw new Error(`There is no "${label}".`)
      return number
    },
    linkIn: (said: string) => /https:\S+/.exec(said)?.[0] ?? 'no link',
    breaches: () => [...fake.breaches, ...fake.late],
  })
  return club
}
