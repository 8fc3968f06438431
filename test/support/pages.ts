import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { newSecret } from '../../src/access/codes.ts'
import { makeToken } from '../../src/access/tokens.ts'
import { readConfig } from '../../src/config.ts'
import { type Core, openCore } from '../../src/core.ts'
import { closeAfterReading } from '../../src/http/server.ts'
import { openLog } from '../../src/operations/log.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { freshDatabase } from './database.ts'
import { rootOf } from './root.ts'

export interface Person {
  messenger: string
  id: string
  handle?: string
  name?: string
}

export interface PagesUnderTest {
  url: string
  core: Core
  log: string[]
  /** Calls the API, and answers what it said. */
  call(method: string, path: string, body?: object): Promise<unknown>
  send(transfer: {
    from: Person
    to?: object
    amount?: string
    asset?: string
    note?: string
    settlement?: { by: string; seconds: number }
    shares?: number
    draw?: 'equal' | 'lucky'
    membersOnly?: boolean
    phrase?: { words?: string; here?: boolean }
    group?: { messenger: string; id: string; title?: string }
  }): Promise<ViewWithCode>
  /** What somebody has, in CREDIT. */
  balance(person: Person): Promise<string>
  ticket(person: Person): Promise<string>
  /** Signs somebody in and presses the button on the claim page. */
  collect(code: string, by: Person, key?: string): Promise<void>
  close(): Promise<void>
}

/**
 * API and pages on a database of their own, over real HTTP. No worker runs, so nothing returns what is past its time:
 * the asset FLASH, whose transfers stay open for a second, shows how that looks.
 */
export async function openPages(
  publicUrl?: string,
  environment: Record<string, string> = {},
): Promise<PagesUnderTest> {
  const database = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'passalong-pages-'))
  const assets = join(folder, 'assets.json')
  await writeFile(assets, JSON.stringify([{ code: 'CREDIT' }, { code: 'FLASH', hours: 1 / 3600 }]))
  const config = readConfig({
    ROLES: 'api,playground',
    ASSETS: assets,
    PUBLIC_URL: publicUrl,
    ...environment,
  })
  const log: string[] = []
  const server = createServer().on('connection', closeAfterReading)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const core = await openCore(
    config,
    database.url,
    newSecret(),
    openLog((line) => void log.push(line)),
    () => url,
  )
  server.on('request', getRequestListener(rootOf(core).fetch))
  const token = await makeToken(core.db, 'test')

  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${url}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }

  const ticket = async (by: Person) => ((await call('POST', '/tickets', { by })) as { ticket: string }).ticket

  const post = (path: string, form: Record<string, string>, cookie = '') =>
    fetch(url + path, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { origin: url, cookie },
      redirect: 'manual',
    })

  return {
    url,
    core,
    log,
    call,
    async send({ amount = '20', ...rest }) {
      const asset = rest.asset ?? 'CREDIT'
      await call('POST', '/issues', { amount, asset, to: rest.from })
      return (await call('POST', '/transfers', { ...rest, amount, asset })) as ViewWithCode
    },
    async balance({ messenger, id }) {
      const { balances } = (await call('GET', `/people/${messenger}/${id}/balances`)) as {
        balances: { asset: string; amount: string }[]
      }
      return balances.find(({ asset }) => asset === 'CREDIT')?.amount ?? ''
    },
    ticket,
    async collect(code, by, key = randomUUID()) {
      const signedIn = await post('/session', { ticket: await ticket(by) })
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0]
      const { status } = await post(`/c/${code}`, { key }, cookie)
      if (status !== 303) throw new Error(`The claim page answered ${status}.`)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await core.close()
      await database.drop()
      await rm(folder, { recursive: true })
    },
  }
}
