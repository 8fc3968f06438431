import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { openSql } from '../../db/drivers.ts'
import { codeHashOf, codeOf } from '../../src/access/codes.ts'
import { personOwner } from '../../src/ledger/accounts.ts'
import { ANYONE, type Draft } from '../../src/ledger/commands.ts'
import { newId } from '../../src/shared/ids.ts'
import { type Stage, timed } from './stage.ts'

/** What one of something adds to the books, in bytes. */
export interface Growth {
  what: string
  /** Of tables and indexes, after a vacuum. */
  kept: number
  /** Of the write-ahead log. */
  wal: number
  /** The tables that grow by it, the most first. */
  tables: [name: string, bytes: number][]
}

/** So many of each: enough that what a table begins with counts for nothing. */
const COUNT = 20_000

/** What people, transfers, keys, cards and waiting deliveries add to the database. */
export async function* measureGrowth(stage: Stage): AsyncGenerator<Growth> {
  const sql = openSql(stage.url, { max: 1, onnotice: () => {} })
  const { core, asset } = stage
  const assets = new Set([asset.code])
  const group = await core.groups.meet({ messenger: 'bench', id: 'club' })
  const crowd: { messenger: string; id: string; handle: string; name: string }[] = Array.from(
    { length: COUNT },
    (_, index) => ({
      messenger: 'bench',
      id: `${1_000_000_000 + index}`,
      handle: `somebody${index}`,
      name: `Somebody ${index}`,
    }),
  )
  const persons: string[] = []

  const draftOf = (index: number, more: Partial<Draft> = {}): Draft => {
    const id = newId()
    const codeHash = codeHashOf(codeOf(stage.secretKey, id))
    return { id, codeHash, asset, amount: 1n, from: stage.at(index).account, recipient: ANYONE, ...more }
  }
  const requestOf = (what: string, id: string) => ({
    client: 'bench',
    key: `telegram:${what}:-1001234567890:${id}`,
    fingerprint: '00'.repeat(32),
  })
  const by = (index: number) => ({ owner: personOwner(persons[index] as string), assets })

  async function pass(
    index: number,
    { keyed = false, more = {} }: { keyed?: boolean; more?: Partial<Draft> },
  ) {
    const draft = draftOf(index, more)
    const { id } = draft
    await core.ledger.submit({ do: 'create', draft }, keyed ? requestOf('send', id) : undefined)
    await core.ledger.submit(
      { do: 'collect', which: { id }, by: by(index) },
      keyed ? requestOf('tap', id) : undefined,
    )
  }

  try {
    yield await grown(sql, 'somebody whom a bot has met, with handle and name', async (index) => {
      const one = crowd[index] as (typeof crowd)[number]
      persons[index] = (await core.people.meet(one)).person
      await core.people.saveLabels(one)
    })
    yield await grown(sql, 'their first transfer, which opens their account, sent and collected', (index) =>
      pass(index, {}),
    )
    yield await grown(sql, 'each further transfer, sent and collected', (index) => pass(index, {}))
    yield await grown(sql, 'a transfer by a bot: with the keys of both', (index) =>
      pass(index, { keyed: true }),
    )
    const made: string[] = []
    yield await grown(sql, 'a transfer that waits', async (index) => {
      made[index] = await stage.create(stage.at(index))
    })
    yield await grown(sql, 'a card in a chat', (index) =>
      core.deliveries.addCard(
        made[index] as string,
        {
          messenger: 'bench',
          chat: '-1001234567890',
          message: `${index}`,
          language: 'en',
          drawn: 'open',
          picture: false,
        },
        true,
      ),
    )
    const more = { groupId: group, note: 'lunch with everybody' }
    core.deliveries.work()
    const dispatched = async () => {
      while ((await sql`select from outbox limit 1`).length > 0) await sleep(100)
    }
    await dispatched()
    const inGroup = (index: number) => pass(index, { more })
    yield await grown(
      sql,
      "somebody's first transfer of the year in a group, with a note, sent and collected; and two notices that wait",
      inGroup,
      dispatched,
    )
    yield await grown(sql, 'each further one there, with its notices', inGroup, dispatched)
  } finally {
    await sql.end()
  }
}

async function grown(
  sql: Sql,
  what: string,
  job: (index: number) => Promise<unknown>,
  after: () => Promise<unknown> = async () => {},
): Promise<Growth> {
  const before = await stateOf(sql)
  await timed(COUNT, job)
  await after()
  const then = await stateOf(sql)
  const tables = [...then.tables]
    .map(([name, bytes]): [string, number] => [name, (bytes - (before.tables.get(name) ?? 0)) / COUNT])
    .filter(([, bytes]) => bytes >= 1)
    .toSorted(([, a], [, b]) => b - a)
  return {
    what,
    kept: tables.reduce((sum, [, bytes]) => sum + bytes, 0),
    wal: Number(then.wal - before.wal) / COUNT,
    tables,
  }
}

/** Without the outbox, which is emptied within moments. */
async function stateOf(sql: Sql) {
  const [position] = await sql<{ wal: string }[]>`select pg_current_wal_lsn() - '0/0' as wal`
  await sql`vacuum`
  const rows = await sql<{ name: string; bytes: string }[]>`
    select relname as name, pg_total_relation_size(c.oid) as bytes from pg_class c
    where relkind = 'r' and relname <> 'outbox' and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`
  return {
    wal: BigInt(position?.wal ?? 0),
    tables: new Map(rows.map(({ name, bytes }) => [name, Number(bytes)])),
  }
}
