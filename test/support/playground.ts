import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChatEvent, ChatMessage } from '../../bots/playground/chats.ts'
import { messengers } from '../../bots/registry.ts'
import { newSecret } from '../../src/access/codes.ts'
import { readConfig } from '../../src/config.ts'
import { openLog } from '../../src/operations/log.ts'
import { startService } from '../../src/service.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { freshDatabase } from './database.ts'
import { type Client, clientOf, makeTokenIn } from './service.ts'

export type Who = 'ada' | 'ben' | 'chen'

/** What the playground has told a follower. */
export interface Follower {
  run: string
  messages: Map<string, ChatMessage>
  balances: Record<string, string>
  /** The whole stream, as it came. */
  heard: string
  /** Waits until it has been told what `seen` looks for, and answers that. */
  until<T>(seen: (follower: Follower) => T | undefined | false): Promise<T>
  leave(): void
}

export interface PlaygroundUnderTest {
  url: string
  /** The address of its database. */
  database: string
  /** All that was logged, also by services before a restart. */
  log: string[]
  /** A program that asks the API. */
  client: Client
  /** The transfer that a message shows, with the secrets that the message lacks. */
  transferOf(message: ChatMessage): Promise<ViewWithCode>
  follow(): Promise<Follower>
  post(path: string, body: object, headers?: Record<string, string>): Promise<Response>
  say(
    person: Who,
    text: string,
    options?: { kind?: string; key?: string; replyTo?: string },
  ): Promise<Response>
  /** Presses the button of a message that carries an action, and answers the toast. */
  press(person: Who, message: ChatMessage, action: string): Promise<string>
  /** Ends the service and starts another one on the same database and folder, and the same port. */
  restart(): Promise<void>
  close(): Promise<void>
}

/**
 * The whole service with the playground, on a database of its own.
 * @param lifetime how long a transfer of PLAY stays open, in seconds
 */
export async function openPlayground(
  settings: { lifetime?: number; env?: Record<string, string> } = {},
): Promise<PlaygroundUnderTest> {
  const database = await freshDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'passalong-playground-'))
  const env = { DATABASE_URL: database.url, SECRET_KEY: newSecret(), DATA_DIR: dataDir, ...settings.env }
  const read = readConfig(env, messengers)
  const { lifetime } = settings
  const assets = read.assets.map((asset) =>
    lifetime && asset.code === 'PLAY' ? { ...asset, lifetime } : asset,
  )
  const log: string[] = []
  const start = (port = 0) =>
    startService(
      { ...read, assets, port },
      openLog((line) => void log.push(line)),
    )
  let service = await start()
  const token = await makeTokenIn(database.url, 'test')
  const followers = new Set<Follower>()

  const opened: PlaygroundUnderTest = {
    get url() {
      return service.url
    },
    database: database.url,
    log,
    client: clientOf((path, init) => fetch(service.url + path, init), token),
    transferOf: ({ card }) => opened.client.transfer(card?.transfer ?? ''),
    async follow() {
      const follower = await follow(service.url)
      followers.add(follower)
      return follower
    },
    post: (path, body, headers = {}) =>
      fetch(`${service.url}/playground/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    say: (person, text, { kind = 'group', key = randomUUID(), replyTo } = {}) =>
      opened.post('say', { person, kind, text, key, ...(replyTo && { replyTo }) }),
    async press(person, message, action) {
      const button = message.buttons.flat().find(({ data }) => data?.startsWith(action))
      if (!button) throw new Error(`The message has no button for ${action}.`)
      const request = { person, message: message.id, data: button.data, key: randomUUID() }
      const { toast } = (await (await opened.post('press', request)).json()) as { toast: string }
      return toast
    },
    async restart() {
      const port = Number(new URL(service.url).port)
      await service.close()
      service = await start(port)
    },
    async close() {
      await service.close()
      for (const follower of followers) follower.leave()
      await database.drop()
      await rm(dataDir, { recursive: true })
    },
  }
  return opened
}

export async function follow(url: string): Promise<Follower> {
  const left = new AbortController()
  const response = await fetch(`${url}/playground/events`, { signal: left.signal })
  if (!response.ok || !response.body) throw new Error(`The events were answered with ${response.status}.`)
  const checks = new Set<() => void>()
  const follower: Follower = {
    run: '',
    messages: new Map(),
    balances: {},
    heard: '',
    until: (seen) =>
      new Promise((resolve) => {
        const check = () => {
          const found = seen(follower)
          if (!found) return
          checks.delete(check)
          resolve(found)
        }
        checks.add(check)
        check()
      }),
    leave: () => left.abort(),
  }

  function hear({ event, data }: ChatEvent) {
    if (event === 'state') {
      follower.run = data.run
      follower.messages = new Map(data.messages.map((message) => [message.id, message]))
      follower.balances = data.balances
    } else if (event === 'message') follower.messages.set(data.id, data)
    else follower.balances = data
    for (const check of checks) check()
  }

  void (async () => {
    let rest = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      follower.heard += chunk
      const parts = (rest + chunk).split('\n\n')
      rest = parts.pop() ?? ''
      for (const part of parts) {
        const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? []
        if (event && data) hear({ event, data: JSON.parse(data) } as ChatEvent)
      }
    }
    // The service, or the test, has ended it.
  })().catch(() => {})
  return follower
}

export const seeded = { ada: '100.00', ben: '100.00', chen: '100.00' }
/** The card with a note in one chat: whom it is for may see it in private before it hangs in the group. */
export const noted =
  (note: string, inChat = 'lunch-club') =>
  (follower: Follower) =>
    [...follower.messages.values()].find(({ chat, card }) => chat === inChat && card?.note === note)
export const said = (text: string) => (follower: Follower) =>
  [...follower.messages.values()].find((message) => message.by === 'bot' && message.text?.includes(text))
export const has = (balances: Record<string, string>) => (follower: Follower) =>
  Object.entries(balances).every(([who, amount]) => follower.balances[who] === amount)

/** Sends what `fetch` won't: a Host of one's own. */
export function statusOf(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), {
      method,
      headers: { 'content-type': 'application/json', ...headers },
    })
    sent.on('response', (response) => {
      response.destroy()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
