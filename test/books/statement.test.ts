import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LineCursor, type StatementFilter, statementOf } from '../../src/books/statement.ts'
import { balancesOf } from '../../src/transfers/history.ts'
import { type Client, newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  client = service.client
})
afterAll(() => service.close())

const holderOf = async ({ messenger, id }: Person) => ({
  person: (await service.core.people.meet({ messenger, id })).person,
  messenger,
  timeZone: 'UTC',
})

/** A person who was given 100.00 CREDIT and 10.00 FLASH, has sent 20.00 and got it back, and has received 5.00. */
async function busy() {
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await client.issue(ada, '100')
  await client.issue(ada, '10', { asset: 'FLASH' })
  await client.issue(ben, '5')
  const sent = await client.send(ada, '20', { note: 'lunch', to: ben })
  await client.cancel(sent.id, ada)
  const received = await client.send(ben, '5', { to: ada })
  await client.collect(received.code, ada)
  return { ada, ben, holder: await holderOf(ada) }
}

test('each line says what there was after it, by asset, and the last one what there is', async () => {
  const { ada, ben, holder } = await busy()
  const { lines } = await statementOf(service.core, holder, {}, undefined, 10)
  expect(lines.map(({ kind, amount, balance, asset }) => [kind, amount, balance, asset])).toEqual([
    ['collect', 500n, 10500n, 'CREDIT'],
    ['return', 2000n, 10000n, 'CREDIT'],
    ['fund', -2000n, 8000n, 'CREDIT'],
    ['collect', 1000n, 1000n, 'FLASH'],
    ['collect', 10000n, 10000n, 'CREDIT'],
  ])
  expect(await balancesOf(service.core.db, holder.person)).toEqual([
    { asset: 'CREDIT', balance: 10500n },
    { asset: 'FLASH', balance: 1000n },
  ])
  expect(lines[0]?.row.from).toMatchObject({ kind: 'person', identity: { id: ben.id } })
  expect(lines[1]?.row).toMatchObject({ to: { identity: { id: ben.id } }, transfer: { note: 'lunch' } })
  expect(lines[4]?.row).toMatchObject({ from: { kind: 'issuer' }, to: { identity: { id: ada.id } } })
})

test('a filter and a page leave lines out, and change no balance', async () => {
  const { holder } = await busy()
  const page = (filter: StatementFilter, cursor?: LineCursor, limit = 2) =>
    statementOf(service.core, holder, filter, cursor, limit)
  const balances = ({ lines }: { lines: { balance: bigint }[] }) => lines.map(({ balance }) => balance)
  const first = await page({ asset: 'CREDIT' })
  expect(balances(first)).toEqual([10500n, 10000n])
  expect(first.newer).toBeUndefined()
  const second = await page({ asset: 'CREDIT' }, first.older)
  expect(balances(second)).toEqual([8000n, 10000n])
  expect(second.older).toBeUndefined()
  expect(await page({ asset: 'CREDIT' }, second.newer)).toMatchObject({ lines: first.lines })
  // What came later is two days younger than what it is filtered by.
  await service.core.db.transaction(async (tx) => {
    await tx.execute(sql`alter table entries disable trigger user`)
    await tx.execute(
      sql`update entries set at = at - interval '2 days' where id <= ${String(second.lines[0]?.id)}`,
    )
    await tx.execute(sql`alter table entries enable trigger user`)
  })
  const until = new Date(Date.now() - 24 * 3600_000).toISOString().slice(0, 10)
  expect(balances(await page({ to: until }, undefined, 10))).toEqual([8000n, 1000n, 10000n])
  expect(balances(await page({ from: until }, undefined, 10))).toEqual([10500n, 10000n])
})

test('nobody else’s lines are in it', async () => {
  const { ben } = await busy()
  const { lines } = await statementOf(service.core, await holderOf(ben), {}, undefined, 10)
  expect(lines.map(({ amount }) => amount)).toEqual([-500n, 500n])
  const stranger = await holderOf(newcomer())
  expect(await statementOf(service.core, stranger, {}, undefined, 10)).toEqual({
    lines: [],
    older: undefined,
    newer: undefined,
  })
})
