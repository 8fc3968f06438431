// A Telegram in memory, which a bot reaches over real HTTP by its apiRoot (TELEGRAM_API_ROOT).
// Every call is held against the official description: a test of the bot ends with `expect(fake.breaches).toEqual([])`
// and, where pace matters, `expect(fake.floods).toEqual([])`.
import { setTimeout as sleep } from 'node:timers/promises'
import { answerMethods } from './answers.ts'
import { Chat, GROUP_ANONYMOUS_BOT, Message, type Topic } from './chat.ts'
import { chatMethods, commandsFor } from './chats.ts'
import type { Uploads } from './files.ts'
import { type Flood, FloodJudge, type Limits, OFFICIAL_LIMITS } from './limits.ts'
import { type Method, messageMethods } from './messages.ts'
import { type Patience, Person } from './person.ts'
import { checkAnswer, checkCall } from './schema.ts'
import { Dropped, listen } from './server.ts'
import { telegramSpec } from './spec.ts'
import { type DeliveryOptions, Updates } from './updates.ts'
import { ApiError, type ApiUser, type Json } from './wire.ts'
import { type BotFather, World } from './world.ts'

export type { InlineResult } from './world.ts'
export { Chat, GROUP_ANONYMOUS_BOT, Message, Person }

export interface FakeTelegramOptions {
  username?: string
  botId?: number
  /** What is set at BotFather; by default privacy mode, inline mode and guest mode are on, inline feedback is off. */
  botFather?: Partial<BotFather>
  /** Official by default; shorter windows make shorter tests. */
  limits?: Partial<Limits>
  patience?: Partial<Patience>
  delivery?: Partial<DeliveryOptions>
}

export async function startFakeTelegram(options: FakeTelegramOptions = {}): Promise<FakeTelegram> {
  const fake = new FakeTelegram(options)
  await fake.start()
  return fake
}

/** One call of the bot, as it was understood and answered. */
export interface Call {
  method: string
  params: Json
  /** Names of the uploaded parts. */
  uploads: string[]
  /** Milliseconds since the epoch. */
  at: number
  /** Absent while it is under way, 0 when the connection was dropped. */
  status?: number
  /** Why it was refused. */
  description?: string
  result?: unknown
}

interface Fault {
  /** Answered instead of performing the call. */
  status?: number
  description?: string
  parameters?: Json
  /** How many calls it is for; 1 by default. */
  times?: number
  /** Milliseconds before anything else happens. Alone, it makes the answer slow. */
  delayMs?: number
  /** The connection breaks before the call is performed. */
  dropConnection?: boolean
  /** The call is performed, and then the connection breaks. */
  loseAnswer?: boolean
}

interface GroupOptions {
  title?: string
  /** A supergroup by default. */
  type?: 'group' | 'supergroup'
  /** A supergroup with topics. */
  isForum?: boolean
  creator?: Person
  admins?: Person[]
  anonymousAdmins?: Person[]
  members?: Person[]
  bot?: Chat['bot']
}

export class FakeTelegram {
  readonly token: string
  /** The API root. */
  url = ''
  /** All that the bot sent against the description. */
  readonly breaches: string[] = []
  readonly calls: Call[] = []
  readonly #world: World
  readonly #judge: FloodJudge
  readonly #patience: Patience
  readonly #faults = new Map<string, Fault[]>()
  #away: Fault | undefined
  #close = async () => {}
  // Ids beyond 32 bits, as Telegram has long given them.
  #nextUserId = 5_000_000_001
  #nextGroupId = 4_100_000_001

  constructor(options: FakeTelegramOptions) {
    this.#judge = new FloodJudge({ ...structuredClone(OFFICIAL_LIMITS), ...options.limits })
    this.#patience = { tapMs: 15_000, inlineMs: 10_000, ...options.patience }
    const username = options.username ?? 'passalong_bot'
    const id = options.botId ?? 7_000_000_001
    this.token = `${id}:AAFakeTokenOfAFakeBotOnLoopback_0001`
    const bot = { id, is_bot: true, first_name: 'Passalong', username }
    const botFather = {
      privacy: true,
      inline: true,
      inlineFeedback: false,
      guests: true,
      ...options.botFather,
    }
    const resolve = (url: string) => url
    const delivery = { webhookRetryMs: 100, webhookTimeoutMs: 10_000, resolve, ...options.delivery }
    const reply = (method: string, params: Json) => {
      void this.call(method, params, new Map(), AbortSignal.timeout(60_000)).catch(() => {})
    }
    this.#world = new World(bot, botFather, new Updates(delivery, reply))
  }

  async start(): Promise<void> {
    const { url, close } = await listen(this)
    this.url = url
    this.#close = close
  }

  async stop(): Promise<void> {
    this.#world.isStopped = true
    this.#world.updates.stop()
    await this.#close()
  }

  get bot(): ApiUser {
    return this.#world.bot
  }

  /** Can be changed at any moment, as at BotFather. */
  get botFather(): BotFather {
    return this.#world.botFather
  }

  /** Can be changed at any moment. */
  get limits(): Limits {
    return this.#judge.limits
  }

  /** The calls that came too fast. */
  get floods(): Flood[] {
    return this.#judge.floods
  }

  /** How many updates the bot has not yet confirmed. */
  get pendingUpdates(): number {
    return this.#world.updates.pending
  }

  get files() {
    return this.#world.files
  }

  /**
   * A person whom the bot has never met. It can write to them once they pressed Start (403 before), and knows their
   * id only once they were in an update (400 "chat not found" before).
   */
  user(about: { first_name: string; last_name?: string; username?: string; language_code?: string }): Person {
    const person = new Person(
      this.#world,
      { id: this.#nextUserId++, is_bot: false, ...about },
      this.#patience,
    )
    this.#world.people.set(person.id, person)
    return person
  }

  /** A group that has long been there, the bot in it as a member unless told otherwise. */
  group({ title = 'Lunch club', type = 'supergroup', bot = 'member', ...who }: GroupOptions = {}): Chat {
    const number = this.#nextGroupId++
    const chat = new Chat(
      type === 'group' ? -number : -1_000_000_000_000 - number,
      type,
      this.#world.messageNumbers,
    )
    chat.title = title
    chat.isForum = who.isForum ?? false
    chat.bot = bot
    if (who.creator) chat.add(who.creator, 'creator')
    for (const person of who.admins ?? []) chat.add(person, 'administrator')
    for (const person of who.anonymousAdmins ?? []) chat.add(person, 'administrator', true)
    for (const person of who.members ?? []) chat.add(person)
    this.#world.chats.set(chat.id, chat)
    return chat
  }

  /** The chat of two people, which no bot is in. */
  privateChat(one: Person, other: Person): Chat {
    return new Chat(this.#nextUserId++, 'private', this.#world.messageNumbers).add(one).add(other)
  }

  topic(group: Chat, name: string): Topic {
    const from = [...group.members.values()][0]?.person.json ?? GROUP_ANONYMOUS_BOT
    const extra = { forum_topic_created: { name, icon_color: 7_322_096 } }
    const created = this.#world.post(group, { from, extra })
    Object.assign(created.extra, { message_thread_id: created.id, is_topic_message: true })
    const topic = { id: created.id, name, created }
    group.topics.push(topic)
    return topic
  }

  addsBot(group: Chat, by: Person, status: 'member' | 'administrator' = 'member'): void {
    const isNew = !group.hasBot
    this.#world.setBotStatus(group, status, by.json)
    const extra = { new_chat_members: [this.bot] }
    if (isNew) this.#world.tell('message', this.#world.post(group, { from: by.json, extra }))
  }

  kicksBot(group: Chat, by: Person): void {
    this.#world.setBotStatus(group, 'kicked', by.json)
  }

  /** The next message outside supergroups has this number: Telegram counts them for each bot apart. */
  countFrom(number: number): void {
    this.#world.messageNumbers.next = number
  }

  /** The group becomes a supergroup with another id; its messages stay behind. */
  migrate(group: Chat): Chat {
    const members = [...group.members.values()]
    const supergroup = this.group({ title: group.title, bot: group.bot })
    for (const { person, status, isAnonymous } of members) supergroup.add(person, status, isAnonymous)
    const from = members[0]?.person.json ?? GROUP_ANONYMOUS_BOT
    const last = this.#world.post(group, { from, extra: { migrate_to_chat_id: supergroup.id } })
    const first = this.#world.post(supergroup, { from, extra: { migrate_from_chat_id: group.id } })
    this.#world.tell('message', last)
    this.#world.tell('message', first)
    group.migratedTo = supergroup
    return supergroup
  }

  /** What stands in the chat now, oldest first, without service messages. */
  messages(chat: Chat): Message[] {
    return chat.messages.filter(({ isDeleted, content }) => {
      return (
        !isDeleted && (content.text !== '' || content.photo !== undefined || content.document !== undefined)
      )
    })
  }

  /** The commands that this person's app offers in this chat. */
  commandsFor(person: Person, chat: Chat): { command: string; description: string }[] {
    return commandsFor(this.#world, person, chat) as { command: string; description: string }[]
  }

  /** What the bot called, of one method. */
  callsOf(method: string): Call[] {
    return this.calls.filter((call) => call.method === method)
  }

  failNext(method: string, fault: Fault): void {
    if (!telegramSpec.methods[method]) throw new Error(`the Bot API has no method ${method}`)
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), { ...fault }])
  }

  /** From now on every call goes wrong like this; nothing: no longer. */
  setAway(fault?: Omit<Fault, 'times'>): void {
    this.#away = fault
  }

  /** Sends an update once more under the same id, confirmed or not. @param id none: the latest update */
  repeatUpdate(id?: number): void {
    this.#world.updates.repeat(id)
  }

  /** Waits until the condition holds something, and returns that; the error of a timeout tells the last calls. */
  async until<T>(condition: () => T | Promise<T>, { timeoutMs = 20_000 } = {}): Promise<NonNullable<T>> {
    const end = Date.now() + timeoutMs
    for (;;) {
      const held = await condition()
      if (held) return held as NonNullable<T>
      if (Date.now() > end)
        throw new Error(`not within ${timeoutMs} ms: ${String(condition)}\n${this.#lastCalls()}`)
      await sleep(10)
    }
  }

  #lastCalls(): string {
    const lines = this.calls
      .filter(({ method }) => method !== 'getUpdates')
      .slice(-10)
      .map(({ method, status, description, params }) => {
        return `  ${method} ${status ?? 'under way'} ${description ?? ''} ${JSON.stringify(params).slice(0, 200)}`
      })
    return [
      `last calls of the bot (${this.pendingUpdates} updates unconfirmed):`,
      ...lines,
      ...this.breaches,
    ].join('\n')
  }

  /** One call of the bot, however it came. */
  async call(method: string, raw: Json, uploads: Uploads, signal: AbortSignal): Promise<Json> {
    const call: Call = { method, params: raw, uploads: [...uploads.keys()], at: Date.now() }
    this.calls.push(call)
    try {
      call.result = await this.#perform(call, raw, uploads, signal)
      call.status = 200
      return { ok: true, result: call.result }
    } catch (error) {
      call.status = 0
      if (error instanceof Dropped) throw error
      if (!(error instanceof ApiError))
        this.breaches.push(`${method}: the fake failed: ${(error as Error).stack}`)
      const { status, message, parameters } =
        error instanceof ApiError ? error : new ApiError(500, 'Internal Server Error')
      call.status = status
      call.description = message
      return { ok: false, error_code: status, description: message, ...(parameters && { parameters }) }
    }
  }

  async #perform(call: Call, raw: Json, uploads: Uploads, signal: AbortSignal): Promise<unknown> {
    const { method } = call
    if (!Object.hasOwn(telegramSpec.methods, method)) {
      this.breaches.push(`${method}: there is no such method`)
      throw new ApiError(404, 'Not Found: method not found')
    }
    const { params, breaches } = checkCall(method, raw, uploads)
    call.params = params
    if (breaches.length > 0) {
      this.breaches.push(...breaches)
      const reason =
        breaches.find((breach) => breach.includes("can't parse entities")) ?? (breaches[0] as string)
      throw new ApiError(
        400,
        `Bad Request: ${reason.slice(Math.max(0, reason.indexOf("can't parse entities")))}`,
      )
    }
    const fault = this.#away ?? this.#takeFault(method)
    if (fault?.delayMs) await sleep(fault.delayMs)
    if (fault?.dropConnection) throw new Dropped()
    if (fault?.status) throw new ApiError(fault.status, fault.description ?? wording(fault), fault.parameters)
    const chatId = Number(params.chat_id)
    this.#judge.admit(method, Number.isNaN(chatId) ? undefined : chatId)
    const result = await (METHODS[method] ?? this.#accept(method))(this.#world, params, uploads, signal)
    const returns = telegramSpec.methods[method]?.returns ?? []
    this.breaches.push(...checkAnswer(returns, result).map((wrong) => `${method}, the fake's own ${wrong}`))
    if (fault?.loseAnswer) throw new Dropped()
    return result
  }

  #takeFault(method: string): Fault | undefined {
    const faults = this.#faults.get(method) ?? []
    const fault = faults[0]
    if (fault) fault.times = (fault.times ?? 1) - 1
    if (fault?.times === 0) faults.shift()
    return fault
  }

  /** What has no behaviour here, but answers True when all is well, does so. */
  #accept(method: string): Method {
    if (telegramSpec.methods[method]?.returns?.includes('Boolean')) return () => true
    this.breaches.push(`${method}: this fake doesn't know how it behaves`)
    throw new ApiError(501, `Not Implemented: ${method}`)
  }
}

const METHODS: Record<string, Method> = { ...messageMethods, ...answerMethods, ...chatMethods }

function wording({ status, parameters }: Fault): string {
  switch (status) {
    case 429:
      return `Too Many Requests: retry after ${parameters?.retry_after}`
    case 403:
      return 'Forbidden: bot was blocked by the user'
    case 400:
      return 'Bad Request'
    case 502:
      return 'Bad Gateway'
    default:
      return 'Internal Server Error'
  }
}
