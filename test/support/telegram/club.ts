// Passalong with its Telegram bot, and people who have money, in each of the two ways that updates come.
import type { SQL } from 'drizzle-orm'
import { expect } from 'vitest'
import { connect } from '../../../db/postgres.ts'
import { newSecret } from '../../../src/access/codes.ts'
import { freshDatabase } from '../database.ts'
import { localLink, PUBLIC_URL, type Setting, startTestService } from '../service.ts'
import {
  type Chat,
  type FakeTelegram,
  type FakeTelegramOptions,
  type Message,
  type Person,
  startFakeTelegram,
} from './index.ts'

export type Mode = 'polling' | 'webhook'

export interface Club {
  fake: FakeTelegram
  service: Awaited<ReturnType<typeof startTestService>>
  /** Somebody with a handle of their own and a balance of 100 CREDIT, who has pressed Start unless told otherwise. */
  person(name: string, about?: About): Promise<Person>
  /** Two people with money, and a group of theirs that the first has made. */
  pair(): Promise<{ ada: Person; ben: Person; group: Chat }>
  balance(person: Person): Promise<string | undefined>
  /** The last message in a chat. */
  last(chat: Chat): Message
  /** The cards with a picture in a chat. */
  pictures(chat: Chat): Message[]
  /** Waits for what the bot says next in a chat, and answers that. */
  answer(chat: Chat, act: () => unknown): Promise<Message>
  /** Waits for a card that somebody's command brings. */
  card(chat: Chat, act: () => unknown): Promise<Message>
  /** Waits until a message reads like this. */
  reads(message: Message, text: string | RegExp): Promise<void>
  /** Another process of the same service: the same database and key. */
  another(environment?: Record<string, string>): Promise<Club['service']>
  /** Ends the service, and starts another one on the same books. */
  restart(meanwhile?: () => unknown): Promise<void>
  /** Changes the books behind the service's back. */
  database(statement: SQL): Promise<unknown>
  /** What is due in a while is due now. */
  dueNow(): Promise<void>
  /** Lines of the log at level error. */
  errors(): string[]
  /** Ends all; the bot must have kept to Telegram's rules. */
  close(): Promise<void>
}

interface About {
  language?: string
  handle?: string | null
  balance?: string
  started?: boolean
}

export const identityOf = ({ id }: { id: number }) => ({ messenger: 'telegram', id: String(id) })

/** What people in Telegram are called there: `Ada (@ada_1)`. */
export const called = ({ json: { id, first_name, username } }: Person): string =>
  `${first_name} (${username ? `@${username}` : `#${id}`})`

let people = 0

export async function openClub(
  mode: Mode,
  { telegram, ...setting }: Setting & { telegram?: FakeTelegramOptions } = {},
): Promise<Club> {
  let service: Club['service'] | undefined
  // Telegram finds the webhook by the name that the service is known by: that of the process that was started last.
  const resolve = (url: string) => (service ? localLink(service, url) : url)
  const fake = await startFakeTelegram({ ...telegram, delivery: { resolve, ...telegram?.delivery } })
  const database = await freshDatabase()
  const secretKey = newSecret()
  const running = new Set<Club['service']>()
  const log: string[][] = []
  const start = async (environment: Record<string, string> = {}) => {
    const begun = mode === 'polling' ? 'getUpdates' : 'setWebhook'
    const before = fake.callsOf(begun).length
    const started = await startTestService({
      roles: 'api,worker,telegram',
      ...setting,
      database: database.url,
      secretKey,
      environment: {
        TELEGRAM_BOT_TOKEN: fake.token,
        TELEGRAM_API_ROOT: fake.url,
        PUBLIC_URL,
        ...(mode === 'webhook' && { TELEGRAM_WEBHOOK: 'on' }),
        ...setting.environment,
        ...environment,
      },
    })
    service = started
    running.add(started)
    log.push(started.log)
    await fake.until(() => fake.callsOf(begun).length > before)
    return started
  }
  const end = async (service: Club['service']) => {
    running.delete(service)
    await service.close()
  }

  const club: Club = {
    fake,
    service: await start(),
    async person(name, { language = 'en', handle, balance = '100', started = true } = {}) {
      const username = handle === undefined ? `${name.toLowerCase()}_${++people}` : handle
      const about = { first_name: name, language_code: language, ...(username && { username }) }
      const person = fake.user(about)
      // Who has not pressed Start can't be told of what they get.
      if (started) await club.answer(person.chat, () => person.starts())
      if (Number(balance) > 0) await club.service.client.issue({ ...identityOf(person), name }, balance)
      if (started && Number(balance) > 0) await fake.until(() => fake.messages(person.chat).length > 2)
      return person
    },
    async pair() {
      const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
      return { ada, ben, group: fake.group({ creator: ada, members: [ben] }) }
    },
    last: (chat) => fake.messages(chat).at(-1) as Message,
    pictures: (chat) => fake.messages(chat).filter(({ photo }) => photo),
    balance: (person) => club.service.client.balance(identityOf(person)),
    async answer(chat, act) {
      const before = new Set(fake.messages(chat))
      await act()
      return fake.until(() =>
        fake.messages(chat).find((message) => message.from.id === fake.bot.id && !before.has(message)),
      )
    },
    async card(chat, act) {
      const message = await club.answer(chat, act)
      // The core knows it, so that what changes from now on is seen on it.
      const id = transferOf(message)
      await fake.until(async () => (await cardsOf(club.service, id)).length > 0)
      return message
    },
    async reads(message, text) {
      await fake.until(() =>
        typeof text === 'string' ? message.text.includes(text) : text.test(message.text),
      )
    },
    another: start,
    async restart(meanwhile = () => {}) {
      await end(club.service)
      await meanwhile()
      club.service = await start()
    },
    async database(statement) {
      const { db, close } = connect(database.url)
      return db.execute(statement).finally(close)
    },
    async dueNow() {
      const { sql, close } = connect(database.url)
      await sql`update pgboss.job set start_after = now() where state < 'active'`
      await close()
    },
    errors: () => log.flat().filter((line) => /"level":"(error|fatal)"/.test(line)),
    async close() {
      for (const service of running) await end(service)
      await fake.stop()
      await database.drop()
      expect(fake.breaches).toEqual([])
      expect(fake.floods).toEqual([])
    },
  }
  return club
}

/** The id of the transfer that an open card shows. */
export const transferOf = (card: Message): string => {
  const data: string[] = card.keyboard.flat().map(({ callback_data }) => callback_data ?? '')
  const [, id] = data.map((one) => /^(?:collect|cancel):([^:]+)$/.exec(one)).find((one) => one) ?? []
  if (!id) throw new Error(`no open card: ${card.text}`)
  return id
}

export const cardsOf = async ({ client }: Club['service'], transfer: string) =>
  (await client.get<{ items: { chat: string; message: string }[] }>(`/v1/transfers/${transfer}/cards`)).items
