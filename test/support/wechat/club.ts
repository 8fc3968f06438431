// Passalong with its WeChat official account, and people who have money.
import { newSecret } from '../../../src/access/codes.ts'
import { freshDatabase } from '../database.ts'
import { PUBLIC_URL, type Setting, startTestService } from '../service.ts'
import { startFakeWechat, type User } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody as the API takes them. */
export const identityOf = ({ openId: id }: User) => ({ messenger: 'wechat', id })

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeWechat()
  const database = await freshDatabase()
  const secretKey = newSecret()
  const log: string[][] = []
  const start = async () => {
    const before = fake.callsOf('menu/create').length
    const service = await startTestService({
      roles: 'api,worker,wechat',
      ...setting,
      database: database.url,
      secretKey,
      environment: {
        WECHAT_APP_ID: fake.appId,
        WECHAT_APP_SECRET: fake.appSecret,
        WECHAT_TOKEN: fake.token,
        WECHAT_ENCODING_AES_KEY: fake.encodingAesKey,
        WECHAT_API_ROOT: fake.url,
        PUBLIC_URL,
        ...setting.environment,
      },
    })
    log.push(service.log)
    fake.tellAt(service.url)
    await fake.until(() => fake.callsOf('menu/create').length > before)
    return service
  }

  const club = {
    fake,
    service: await start(),
    /** Ends the service, and starts another one on the same books. */
    async restart() {
      await club.service.close()
      club.service = await start()
    },
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

/** The code in what somebody reads. */
export const codeIn = (text: string): string => /\/c\/([\w-]{30,31})/.exec(text)?.[1] ?? 'no code'
