import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { hashOf } from '../../src/access/codes.ts'
import type { Scope } from '../../src/access/scopes.ts'
import {
  findReserved,
  makeToken,
  openTokens,
  revokeToken,
  type Tokens,
  tokensMade,
} from '../../src/access/tokens.ts'
import { ConfigError } from '../../src/config.ts'
import { freshDatabase } from '../support/database.ts'

let fresh: Awaited<ReturnType<typeof freshDatabase>>
let connection: ReturnType<typeof connect>
beforeAll(async () => {
  fresh = await freshDatabase()
  connection = connect(fresh.url)
})
afterAll(async () => {
  await connection.close()
  await fresh.drop()
})

const silent = { warn: () => {} }
const clientIn = async (tokens: Tokens, token: string) => (await tokens.grantOf(token))?.client
const used = async () => {
  const made = await tokensMade(connection.db)
  return made.map(({ name, usedAt }) => [name, usedAt !== null])
}

test('a token is its client’s until it is made again or revoked', async () => {
  const { db } = connection
  const [second, first] = [await makeToken(db, 'shop'), await makeToken(db, 'a.desk-1_')]
  expect(first).toMatch(/^pa_[\w-]{43}$/)
  expect(await used()).toEqual([
    ['a.desk-1_', false],
    ['shop', false],
  ])
  const tokens = openTokens(db, silent)
  expect([
    await clientIn(tokens, first),
    await clientIn(tokens, second),
    await clientIn(tokens, 'pa_'),
  ]).toEqual(['a.desk-1_', 'shop', undefined])
  await expect.poll(used).toContainEqual(['shop', true])

  const again = await makeToken(db, 'shop')
  expect(await used()).toContainEqual(['shop', false])
  // Another process, or this one ten seconds later; until then it goes by what it has looked up.
  const elsewhere = openTokens(db, silent)
  expect([await clientIn(elsewhere, second), await clientIn(elsewhere, again)]).toEqual([undefined, 'shop'])
  expect(await clientIn(tokens, second)).toBe('shop')

  expect([await revokeToken(db, 'shop'), await revokeToken(db, 'shop')]).toEqual([true, false])
  expect(await clientIn(openTokens(db, silent), again)).toBeUndefined()
  expect((await used()).map(([name]) => name)).toEqual(['a.desk-1_'])
})

test('when it was used is written once a minute', async () => {
  const { db } = connection
  const token = await makeToken(db, 'clock')
  const setUsed = (ago: string) =>
    db.execute(sql`update tokens set used_at = now() - ${ago}::interval where name = 'clock'`)
  const secondsAgo = async () => {
    const [row] = await db.execute<{ seconds: string }>(
      sql`select extract(epoch from now() - used_at) as seconds from tokens where name = 'clock'`,
    )
    return Number(row?.seconds)
  }
  await setUsed('30 seconds')
  await clientIn(openTokens(db, silent), token)
  await clientIn(openTokens(db, silent), await makeToken(db, 'another'))
  await expect.poll(used).toContainEqual(['another', true])
  expect(await secondsAgo()).toBeGreaterThan(29)
  await setUsed('61 seconds')
  await clientIn(openTokens(db, silent), token)
  await expect.poll(secondsAgo).toBeLessThan(30)
})

test('where that cannot be written, the log says so, and the client is let in', async () => {
  const { db, sql: client } = connection
  const token = await makeToken(db, 'reader')
  const lines: unknown[][] = []
  await client`alter table tokens add constraint unused check (used_at is null) not valid`
  const tokens = openTokens(db, { warn: (...line: unknown[]) => void lines.push(line) })
  expect(await clientIn(tokens, token)).toBe('reader')
  await expect
    .poll(() => lines)
    .toEqual([[{ err: expect.any(Error) }, 'when a token was used could not be written']])
  await client`alter table tokens drop constraint unused`
})

test('clients inside the process have tokens of their own, whose names no other token may have', async () => {
  const { db } = connection
  const tokens = openTokens(db, silent)
  const own = tokens.inProcess('telegram')
  expect(own).toMatch(/^[\w-]{43}$/)
  expect(await clientIn(tokens, own)).toBe('telegram')
  expect(await clientIn(openTokens(db, silent), own)).toBeUndefined()
  for (const name of ['api', 'worker', 'telegram', 'pages'])
    await expect(makeToken(db, name)).rejects.toThrow(
      new ConfigError(`NAME: the service itself goes by "${name}"; choose another one.`),
    )
  for (const name of ['', 'a b', 'a'.repeat(65), '.', '..', 'ü', ' a', 'a\n'])
    await expect(makeToken(db, name)).rejects.toThrow(
      new ConfigError('NAME: 1 to 64 letters, digits, dots, dashes and underscores.'),
    )
  for (const name of ['a'.repeat(64), '.a', 'a.', '...']) await makeToken(db, name)

  // Earlier versions have let that be made.
  expect(await findReserved(db)).toEqual([])
  await db.execute(sql`insert into tokens (name, hash, may) values ('pages', ${hashOf('old')}, '{all}')`)
  expect(await findReserved(db)).toEqual(['pages'])
  expect(await clientIn(tokens, 'old')).toBeUndefined()
})

test('a token for what is its own is told as such', async () => {
  const { db } = connection
  const scope: Scope = { may: ['read'], whom: { kind: 'own' } }
  await makeToken(db, 'own', scope)
  expect(await tokensMade(db)).toContainEqual(expect.objectContaining({ name: 'own', scope }))
  await revokeToken(db, 'own')
})
