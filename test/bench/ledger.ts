import { pino } from 'pino'
import { v7 } from 'uuid'
import { startEmbeddedPostgres } from '../../db/embedded.ts'
import { migrate } from '../../db/postgres.ts'
import { codeHashOf, codeOf } from '../../src/codes.ts'
import { readConfig } from '../../src/config.ts'
import { type Core, openCore } from '../../src/core.ts'
import { type AccountRef, accountOf, ISSUER, personOwner } from '../../src/ledger/accounts.ts'

export interface Measured {
  row: string
  perSecond: number
}

const CALLERS = 256
const PEOPLE = 1000
const COMMANDS = 40_000

/** Runs each row once a round, on a server of its own with default, durable settings. */
export async function measureLedger(
  dataDir: string,
  rounds: number,
  told: { before(url: string): void; measured(row: Measured): void },
): Promise<void> {
  const server = await startEmbeddedPostgres(dataDir)
  try {
    await migrate(server.url)
    const config = readConfig({ ROLES: 'api', DATA_DIR: dataDir })
    const core = await openCore(
      config,
      server.url,
      'a key for measurements alone, of 40 chars',
      pino({ enabled: false }),
      () => '',
    )
    const accounts = await fundedAccounts(core)
    // A first round warms up; it isn't told.
    for (let round = -1; round < rounds; round++) {
      const warm = round < 0
      if (!warm) told.before(server.url)
      for (const [row, job] of rowsOf(core, accounts)) {
        const perSecond = await rate(warm ? COMMANDS / 10 : COMMANDS, job)
        if (!warm) told.measured({ row, perSecond })
      }
    }
    await core.close()
  } finally {
    await server.stop()
  }
}

interface Funded {
  person: string
  account: AccountRef
}

function rowsOf(core: Core, people: Funded[]): [string, (index: number) => Promise<unknown>][] {
  const asset = core.config.assets[0] as Core['config']['assets'][number]
  const assets = new Set([asset.code])
  const at = (index: number) => people[index % people.length] as Funded
  let made: string[] = []

  const create = (from: Funded) => {
    const id = v7()
    made.push(id)
    const draft = {
      id,
      codeHash: codeHashOf(codeOf(core.secretKey, id)),
      asset,
      amount: 1n,
      from: from.account,
    }
    return core.ledger.submit({ do: 'create', draft })
  }
  const collect = (id: string, by: Funded) =>
    core.ledger.submit({
      do: 'collect',
      which: { codeHash: codeHashOf(codeOf(core.secretKey, id)) },
      by: { person: by.person, assets },
    })

  return [
    ['create, a thousand senders', (i) => create(at(i + 1))],
    ['collect, each another transfer', (i) => collect(made[i] as string, at(i + 2))],
    [
      'create, one account sends all',
      (i) => {
        if (i === 0) made = []
        return create(at(0))
      },
    ],
    ['collect, everyone into one account', (i) => collect(made[i] as string, at(1))],
    [
      'ten thousand at one code: the winner and the refusals',
      (i) => {
        const code = made[Math.floor(i / 10_000)] as string
        return collect(code, at(i)).catch(() => undefined)
      },
    ],
  ]
}

async function fundedAccounts(core: Core): Promise<Funded[]> {
  const [asset] = core.config.assets
  if (!asset) throw new Error('There is no asset to measure with.')
  const everybody = Array.from({ length: PEOPLE }, (_, index) => index)
  return Promise.all(
    everybody.map(async (index) => {
      const { person } = await core.people.meet({ messenger: 'bench', id: String(index) })
      const account = accountOf(personOwner(person), asset.code)
      const id = v7()
      const draft = {
        id,
        codeHash: codeHashOf(codeOf(core.secretKey, id)),
        asset,
        amount: 10n ** 12n,
        from: accountOf(ISSUER, asset.code),
      }
      await core.ledger.submit({ do: 'issue', draft, to: account })
      return { person, account }
    }),
  )
}

/** Commands a second, by so many callers who each send the next when the last is answered. */
async function rate(commands: number, job: (index: number) => Promise<unknown>): Promise<number> {
  let next = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (next < commands) await job(next++)
    }),
  )
  return commands / ((performance.now() - started) / 1000)
}
