// Passalong with its WeChat official account, and people who have money.
import type { Setting } from '../service.ts'
import { startWithBot } from '../with-bot.ts'
import { startFakeWechat, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody as the API takes them. */
export const identityOf = ({ openId: id }: User) => ({ messenger: 'wechat', id })

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeWechat()
  const running = await startWithBot('wechat', fake, setting)

  const club = Object.assign(running, {
    fake,
    /** Somebody who follows the account and has written to it, with a balance of 100 CREDIT. */
    async person(): Promise<User> {
      const user = fake.user()
      await fake.says(user, '余额')
      const before = user.messages.length
      await club.service.client.issue(identityOf(user), '100')
      await fake.until(() => user.messages.length > before)
      return user
    },
    balance: (user: User) => club.service.client.balance(identityOf(user)),
  })
  return club
}

/** The code in what somebody reads. */
export const codeIn = (text: string): string => /\/c\/([\w-]{30,31})/.exec(text)?.[1] ?? 'no code'
