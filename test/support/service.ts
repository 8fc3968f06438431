import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messengers } from '../../bots/registry.ts'
import { checkDatabase } from '../../db/check.ts'
import { connect } from '../../db/postgres.ts'
import { newSecret } from '../../src/access/codes.ts'
import { makeToken } from '../../src/access/tokens.ts'
import { readConfig } from '../../src/config.ts'
import { type Core, openCore } from '../../src/core.ts'
import type { Problem } from '../../src/http/problem.ts'
import type { Asset } from '../../src/money/amount.ts'
import { openLog } from '../../src/operations/log.ts'
import { startService } from '../../src/service.ts'
import type { PersonItem } from '../../src/transfers/history.ts'
import type { TransferView, ViewWithCode } from '../../src/transfers/view.ts'
import { freshDatabase } from './database.ts'
import { rootOf } from './root.ts'

export interface Person {
  messenger: string
  id: string
  handle?: string | null
  name?: string | null
  language?: string
}

/** What may be other than usual. The operator's assets are CREDIT and FLASH, which stays open for a second. */
export interface Setting {
  assets?: Asset[]
  operators?: string[]
  roles?: string
  /** Books that are there already, instead of empty ones. */
  database?: string
  secretKey?: string
  /** More variables, as they are named there. */
  environment?: Record<string, string>
}

interface Running {
  client: Client
  database: string
  secretKey: string
  /** All lines logged so far. */
  log: string[]
  close(): Promise<void>
}

/** Where people reach a service under test that has bots: a link to 127.0.0.1 leads nowhere on a phone, so no card offers it. */
export const PUBLIC_URL = 'https://pass.example.org'

/** A link under `PUBLIC_URL` as it is opened here, where no name leads to the service. */
export const localLink = ({ url }: { url: string }, link: string): string => link.replace(PUBLIC_URL, url)

const asset = (code: string, lifetime: number): Asset => ({
  code,
  scale: 2,
  symbols: [],
  maxTransfer: 2000_00n,
  lifetime,
})

/** The core and its API without a socket, on a database of its own. */
export async function openTestCore(setting: Setting = {}): Promise<Running & { core: Core }> {
  const { config, log, drop } = await prepare(setting)
  const { databaseUrl: database = '', secretKey = '' } = config
  const core = await openCore(config, database, secretKey, openLog(log.write), () => 'https://pass.test')
  const root = rootOf(core)
  const client = clientOf((path, init) => root.request(path, init), await makeToken(core.db, tokenName()))
  const close = async () => {
    await core.close()
    await drop()
  }
  return { core, client, database, secretKey, log: log.lines, close }
}

/** The whole service, listening on a port of its own. */
export async function startTestService(setting: Setting = {}): Promise<Running & { url: string }> {
  const { config, log, drop } = await prepare(setting)
  const { databaseUrl: database = '', secretKey = '' } = config
  const service = await startService(config, openLog(log.write))
  // One that was given may be behind a pooler.
  const known = setting.database ? await checkDatabase(database) : database
  const token = await makeTokenIn(known, tokenName())
  const client = clientOf((path, init) => fetch(service.url + path, init), token)
  const close = async () => {
    await service.close()
    await drop()
  }
  return { url: service.url, client, database, secretKey, log: log.lines, close }
}

/** Another one for each: a name's new token ends the one before, and several tests may share a database. */
const tokenName = () => `test-${randomUUID()}`

async function prepare(setting: Setting) {
  const { assets, operators = [], roles = 'api,worker', database, secretKey, environment } = setting
  const fresh = database ? { url: database, drop: async () => {} } : await freshDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'passalong-test-'))
  const env = {
    PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: fresh.url,
    SECRET_KEY: secretKey ?? newSecret(),
    OPERATORS: operators.join(','),
    ROLES: roles,
    ...environment,
  }
  const config = readConfig(env, messengers)
  const play = config.assets.filter(({ messenger }) => messenger)
  config.assets = [...(assets ?? [asset('CREDIT', 24 * 3600), asset('FLASH', 1)]), ...play]
  const lines: string[] = []
  const drop = async () => {
    await fresh.drop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return { config, drop, log: { lines, write: (line: string) => void lines.push(line) } }
}

export async function makeTokenIn(database: string, name: string, ...more: ScopeAndEnd): Promise<string> {
  const { db, close } = connect(database)
  try {
    return await makeToken(db, name, ...more)
  } finally {
    await close()
  }
}

type ScopeAndEnd = Parameters<typeof makeToken> extends [unknown, unknown, ...infer More] ? More : never

interface Answer<T> {
  status: number
  headers: Headers
  text: string
  /** What the text says, where it is JSON. */
  body: T
}

export type Client = ReturnType<typeof clientOf>
type Fetch = (path: string, init: Sent) => Response | Promise<Pick<Response, 'status' | 'headers' | 'text'>>
type Sent = { method: string; headers: Record<string, string>; body?: string }

/** What a program does with the API, in few words. `call` answers whatever comes; the rest throws problems. */
export function clientOf(request: Fetch, token: string) {
  async function call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<T>> {
    const response = await request(path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : undefined) as T,
    }
  }

  async function must<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await call<T>(method, path, body)
    if (answer.status >= 300) throw Object.assign(new Error(answer.text), answer.body as Problem)
    return answer.body
  }

  const personPath = ({ messenger, id }: Person) => `/v1/people/${messenger}/${encodeURIComponent(id)}`
  return {
    call,
    get: <T>(path: string) => must<T>('GET', path),
    post: <T>(path: string, body: unknown) => must<T>('POST', path, body),
    issue: (to: Person, amount: string, more: object = {}) =>
      must<TransferView>('POST', '/v1/issues', { to, amount, ...more }),
    send: (from: Person, amount: string, more: object = {}) =>
      must<ViewWithCode>('POST', '/v1/transfers', { from, amount, ...more }),
    collect: (code: string, by: Person, more: object = {}) =>
      must<{ transfer: ViewWithCode; amount: string }>('POST', '/v1/claims', { code, by, ...more }),
    cancel: (id: string, by: Person, more: object = {}) =>
      must<ViewWithCode>('POST', `/v1/transfers/${id}/cancel`, { by, ...more }),
    decline: (id: string, by: Person, more: object = {}) =>
      must<ViewWithCode>('POST', `/v1/transfers/${id}/decline`, { by, ...more }),
    extend: (id: string, by: Person, more: object = {}) =>
      must<ViewWithCode>('POST', `/v1/transfers/${id}/extend`, { by, ...more }),
    reissue: (id: string, by: Person, more: object = {}) =>
      must<ViewWithCode>('POST', `/v1/transfers/${id}/reissue`, { by, ...more }),
    remind: (id: string, by: Person) => must<ViewWithCode>('POST', `/v1/transfers/${id}/remind`, { by }),
    refund: (id: string, by: Person, more: object = {}) =>
      must<ViewWithCode>('POST', `/v1/transfers/${id}/refund`, { by, ...more }),
    /** What both sides do, so that the second one is one person with the first. */
    async link(one: Person, other: Person) {
      const { code } = await must<{ code: string }>('POST', '/v1/identity-links/codes', { by: one })
      const { id } = await must<{ id: string }>('POST', '/v1/identity-links', { by: other, code })
      for (const by of [one, other]) await must('POST', `/v1/identity-links/${id}/confirm`, { by })
    },
    unlink: (person: Person) => must<{ other: Person }>('POST', `${personPath(person)}/unlink`),
    transfer: (id: string) => must<ViewWithCode>('GET', `/v1/transfers/${id}`),
    async balance(person: Person, asset = 'CREDIT'): Promise<string | undefined> {
      const { balances } = await must<{ balances: { asset: string; amount: string }[] }>(
        'GET',
        `${personPath(person)}/balances`,
      )
      return balances.find((balance) => balance.asset === asset)?.amount
    },
    history: (person: Person, query = '') =>
      must<{ items: (Omit<PersonItem, 'transfer'> & { transfer: TransferView })[]; next: string | null }>(
        'GET',
        `${personPath(person)}/history?${query}`,
      ),
  }
}

let newcomers = 0
const FIRST_SNOWFLAKE = 80351110224678912n

/** Somebody nobody has met yet. */
export function newcomer(name = 'Ada', messenger = 'telegram'): Person {
  const number = ++newcomers
  const id = messenger === 'discord' ? String(FIRST_SNOWFLAKE + BigInt(number)) : String(number)
  return { messenger, id, name, handle: `${name.toLowerCase()}${number}` }
}

/** These people, with that much CREDIT each. */
export async function rich<const P extends Person[]>(
  client: Client,
  amount: string,
  ...people: P
): Promise<P> {
  await Promise.all(people.map((person) => client.issue(person, amount)))
  return people
}

/** Somebody as answers tell of them. */
export const labelled = ({ messenger, id, handle, name }: Person) => ({ messenger, id, handle, name })
