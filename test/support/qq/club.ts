// Passalong with its QQ bot, and people who have money.
import { newSecret } from '../../../src/access/codes.ts'
import { freshDatabase } from '../database.ts'
import { PUBLIC_URL, type Setting, startTestService } from '../service.ts'
import type { Chat } from './api.ts'
import { startFakeQq } from './index.ts'

export type Club = Awaited<ReturnType<typeof openClub>>

/** Somebody as the API takes them. */
export const identityOf = ({ id }: Chat) => ({ messenger: 'qq', id })

export async function openClub(setting: Setting = {}) {
  const fake = await startFakeQq()
  const database = await freshDatabase()
  const secretKey = newSecret()
  const log: string[][] = []
  const start = async () => {
    const before = fake.callsOf('token').length
    const service = await startTestService({
      roles: 'api,worker,qq',
      ...setting,
      database: database.url,
      secretKey,
      environment: {
        QQ_APP_ID: fake.appId,
        QQ_APP_SECRET: fake.appSecret,
        QQ_API_ROOT: fake.url,
        PUBLIC_URL,
        ...setting.environment,
      },
    })
    log.push(service.log)
    fake.tellAt(service.url)
    await fake.until(() => fake.callsOf('token').length > before)
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
    /** Lines of the log at level error. */
    errors: () => log.flat().filter((line) => line.includes('"level":"error"')),
    log: () => log.flat(),
    breaches: () => [...fake.breaches, ...fake.late],
    async close() {
      await club.service.close()
      await fake.stop()
      await database.drop()
    },
  }
  return club
}
