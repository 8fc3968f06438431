import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportCsv, exportJsonLines } from '../../src/books/export.ts'
import { exportStatementCsv, exportStatementJsonLines } from '../../src/books/export-statement.ts'
import { type Client, newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  client = service.client
})
afterAll(() => service.close())

test('what is exported of a group is what its books show, cell by cell', async () => {
  const { group, root, ada, ben } = await busy()
  const one = await client.send(ada, '20', { group, to: ben, note: 'lunch, "the good one"' })
  await client.collect(one.code, ben)
  const two = await client.send(ben, '5', { group, note: '午饭' })
  const file = await read(exportCsv(service.core, root, {}))
  expect(file.startsWith('\u{feff}"id","time","from"')).toBe(true)
  expect(file.endsWith('\r\n')).toBe(true)
  const [ofAda, ofBen] = [ada, ben].map(({ name, handle }) => `${name} (@${handle})`)
  expect(rowsOf(file)).toEqual([
    {
      id: two.id,
      time: inShanghai(two.createdAt),
      from: ofBen,
      to: 'anyone',
      'collected by': '',
      amount: '5.00',
      asset: 'CREDIT',
      state: 'open',
      kind: 'transfer',
      chat: 'Lunch club',
      note: '午饭',
      'refund of': '',
      ask: '',
    },
    expect.objectContaining({
      id: one.id,
      from: ofAda,
      to: ofBen,
      'collected by': ofBen,
      amount: '20.00',
      state: 'collected',
      note: 'lunch, "the good one"',
    }),
  ])
  const lines = await read(exportJsonLines(service.core, root, { state: 'collected' }))
  const { code: _, link: __, ...shown } = await client.transfer(one.id)
  expect(
    lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{ ...shown, kind: 'transfer' }])
})

test('what people write is no formula in a spreadsheet', async () => {
  const { group, root, ada } = await busy()
  const evil = newcomer('=cmd|calc')
  await client.issue(evil, '10')
  const notes = ['=1+1', '+1', '-1', '@SUM(A1)', '＝1+1', '＋1', '－1', '＠SUM(A1)']
  for (const note of notes) await client.send(ada, '1', { group, note })
  await client.send(evil, '1', { group, note: 'a = b' })
  const rows = rowsOf(await read(exportCsv(service.core, root, {})))
  expect(rows.map(({ note }) => note)).toEqual(['a = b', ...notes.map((note) => `'${note}`).reverse()])
  for (const row of rows)
    for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/)
})

test('of a red packet it tells how many have a share of it, and who', async () => {
  const { group, root, ada, ben } = await busy()
  const { code } = await client.send(ada, '6', { group, note: 'packet', shares: 3 })
  await client.collect(code, ben)
  const [row] = rowsOf(await read(exportCsv(service.core, root, { words: 'packet' })))
  expect(row).toMatchObject({
    to: 'red packet 1/3',
    kind: 'packet',
    'collected by': `${ben.name} (@${ben.handle})`,
    amount: '6.00',
  })
})

test('an empty view is a file with nothing but its columns', async () => {
  const { root } = await busy()
  expect(rowsOf(await read(exportCsv(service.core, root, { state: 'declined' })))).toEqual([])
  expect(await read(exportJsonLines(service.core, root, {}))).toBe('')
})

test('more than is read at once is exported, each transfer once, and adds up', async () => {
  const { group, root, ada } = await busy()
  const count = 1001
  const body = { from: ada, amount: '0.01', group }
  for (let sent = 0; sent < count; sent += 91)
    await client.post('/v1/transfers:batch', {
      items: Array.from({ length: Math.min(91, count - sent) }, () => body),
    })
  const rows = rowsOf(await read(exportCsv(service.core, root, {})))
  expect(rows).toHaveLength(count)
  expect(new Set(rows.map(({ id }) => id)).size).toBe(count)
  expect(rows.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0)).toBe(count)
})

test('a statement is exported with what came in, what went out, and what was there then', async () => {
  const { ada, ben } = await busy()
  const { code } = await client.send(ada, '20', { to: ben, note: 'lunch' })
  await client.collect(code, ben)
  const { person } = await service.core.people.meet(ben)
  const holder = { person, messenger: 'telegram', timeZone: 'Asia/Shanghai' }
  const rows = rowsOf(await read(exportStatementCsv(service.core, holder, {})))
  expect(rows).toMatchObject([
    {
      what: 'received',
      in: '20.00',
      out: '',
      balance: '120.00',
      asset: 'CREDIT',
      note: 'lunch',
      from: `Ada (@${ada.handle})`,
    },
    { what: 'received', in: '100.00', balance: '100.00', from: '' },
  ])
  expect(rows[0]?.time).toMatch(/\+08:00$/)
  const adas = { ...holder, person: (await service.core.people.meet(ada)).person }
  expect(rowsOf(await read(exportStatementCsv(service.core, adas, {})))[0]).toMatchObject({
    what: 'sent',
    in: '',
    out: '20.00',
    balance: '80.00',
  })
  const waiting = await client.send(ada, '1', { to: ben })
  await client.extend(waiting.id, ada)
  for (let turn = 0; turn < 2; turn++) await client.post(`/v1/transfers/${waiting.id}/reissue`, { by: ada })
  const [sent, before] = rowsOf(await read(exportStatementCsv(service.core, adas, {})))
  expect(sent).toMatchObject({ extended: expect.stringMatching(/\+08:00$/), 'new codes': '2', reminders: '' })
  expect(before).toMatchObject({ extended: '', 'new codes': '', reminders: '' })
  const [newest = '', ...lines] = (await read(exportStatementJsonLines(service.core, adas, {})))
    .trimEnd()
    .split('\n')
  expect(JSON.parse(newest).changes.map(({ what }: { what: string }) => what)).toEqual([
    'extended',
    'reissued',
    'reissued',
  ])
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    what: 'sent',
    amount: '-20.00',
    transfer: { note: 'lunch' },
  })
})

const read = async (chunks: AsyncIterable<string>) => (await Array.fromAsync(chunks)).join('')

const rowsOf = (file: string): Record<string, string>[] => parse(file, { columns: true, bom: true })

const inShanghai = (at: string) =>
  new Date(Date.parse(at) + 8 * 3600_000).toISOString().replace(/\.\d+Z$/, '+08:00')

/** Two people with 100.00 each, and a group. */
async function busy() {
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')] as [Person, Person]
  await client.issue(ada, '100')
  await client.issue(ben, '100')
  const group = { messenger: 'telegram', id: `-${newcomer().id}`, title: 'Lunch club' }
  const id = await service.core.groups.meet(group)
  return { ada, ben, group, root: { id, timeZone: 'Asia/Shanghai' } }
}
