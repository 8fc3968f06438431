import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { startEmbeddedPostgres } from '../../db/embedded.ts'
import { migrate } from '../../db/postgres.ts'
import { codeHashOf, codeOf, newSecret } from '../../src/access/codes.ts'
import { readConfig } from '../../src/config.ts'
import { type Core, openCore } from '../../src/core.ts'
import { type AccountRef, accountOf, ISSUER, personOwner } from '../../src/ledger/accounts.ts'
import { ANYONE } from '../../src/ledger/commands.ts'
import type { Asset } from '../../src/money/amount.ts'
import { newId } from '../../src/shared/ids.ts'
import { asSuperuser } from '../support/superuser.ts'
import { openYardstick } from './pgbench.ts'

/** As many as ask at once: each asks the next when the last is answered. */
export const CALLERS = 256
const PEOPLE = 1000

export interface Funded {
  person: string
  account: AccountRef
}

/** A Postgres of its own with default, durable settings, the core on it, and a thousand people with plenty of money. */
export interface Stage {
  url: string
  dataDir: string
  secretKey: string
  core: Core
  asset: Asset
  /** The somebody of that number, again and again from the first. */
  at(index: number): Funded
  /** Answers the new transfer's id. */
  create(from: Funded): Promise<string>
  /** So many transfers, sent by one after the other; answers their ids. */
  createMany(count: number): Promise<string[]>
  /** So many people besides the thousand, of whom one sends. */
  crowd(count: number): Promise<Funded[]>
  /** One transfer of so many shares, of one minor unit each; or drawn from a seed, of ten on average. */
  createPacket(shares: number, seed?: string): Promise<string>
  /** Collects by the code. */
  collect(id: string, by: Funded): Promise<unknown>
  collectById(id: string, by: Funded): Promise<unknown>
  yardstick(): number | undefined
  close(): Promise<void>
}

/** Nothing listens there: links lead to it. */
const PUBLIC_URL = 'https://pass.example.org'

export async function openStage(): Promise<Stage> {
  const dataDir = await temporaryFolder()
  const server = await startEmbeddedPostgres(dataDir)
  await asSuperuser(server, dataDir, 'alter role passalong_service createdb')
  await asSuperuser(server, dataDir, 'grant pg_checkpoint to passalong_service')
  await migrate(server.url)
  const secretKey = newSecret()
  const config = readConfig({ ROLES: 'api', DATA_DIR: dataDir })
  const core = await openCore(config, server.url, secretKey, pino({ enabled: false }), () => PUBLIC_URL)
  const asset = config.assets[0] as Asset
  const assets = new Set([asset.code])
  const hashOf = (id: string) => codeHashOf(codeOf(secretKey, id))

  const people = await Promise.all(
    Array.from({ length: PEOPLE }, async (_, index): Promise<Funded> => {
      const { person } = await core.people.meet({ messenger: 'bench', id: String(index) })
      const account = accountOf(personOwner(person), asset.code)
      const id = newId()
      const from = accountOf(ISSUER, asset.code)
      const draft = { id, codeHash: hashOf(id), asset, amount: 10n ** 12n, from, recipient: ANYONE }
      await core.ledger.submit({ do: 'issue', draft, to: account })
      return { person, account }
    }),
  )
  const at = (index: number) => people[index % PEOPLE] as Funded
  async function create({ account }: Funded): Promise<string> {
    const id = newId()
    const draft = { id, codeHash: hashOf(id), asset, amount: 1n, from: account, recipient: ANYONE }
    await core.ledger.submit({ do: 'create', draft })
    return id
  }
  return {
    url: server.url,
    dataDir,
    secretKey,
    core,
    asset,
    at,
    create,
    async createMany(count) {
      const ids: string[] = []
      await timed(count, async (index) => {
        ids[index] = await create(at(index))
      })
      return ids
    },
    collect: (id, { person }) =>
      core.ledger.submit({
        do: 'collect',
        which: { codeHash: hashOf(id) },
        by: { owner: personOwner(person), assets },
      }),
    collectById: (id, { person }) =>
      core.ledger.submit({ do: 'collect', which: { id }, by: { owner: personOwner(person), assets } }),
    crowd: (count) =>
      Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const { person } = await core.people.meet({ messenger: 'bench', id: `crowd-${index}` })
          return { person, account: accountOf(personOwner(person), asset.code) }
        }),
      ),
    async createPacket(shares, seed) {
      const id = newId()
      const amount = BigInt(shares) * (seed ? 10n : 1n)
      const draft = {
        id,
        codeHash: hashOf(id),
        asset,
        amount,
        from: at(0).account,
        recipient: ANYONE,
        shares,
        ...(seed && { seed, lucky: true }),
      }
      await core.ledger.submit({ do: 'create', draft })
      return id
    },
    yardstick: await openYardstick(server.url),
    async close() {
      await core.close()
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-bench-'))
  // Postgres runs as another user where this runs as root.
  await chmod(folder, 0o755)
  return folder
}

/** Does a job so many times, by so many callers at once; answers the seconds. */
export async function timed(count: number, job: (index: number) => Promise<unknown>, callers = CALLERS) {
  let next = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: Math.min(callers, count) }, async () => {
      while (next < count) await job(next++)
    }),
  )
  return (performance.now() - started) / 1000
}
