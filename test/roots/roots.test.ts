import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connectApi } from '../../bots/client.ts'
import { proof } from '../../bots/commands/proof.ts'
import type { Message } from '../../bots/messenger.ts'
import { connect } from '../../db/postgres.ts'
import { createApi } from '../../src/api/app.ts'
import { circulationOf } from '../../src/operators/circulation.ts'
import { checkRoots } from '../../src/roots/check.ts'
import { publishRoots } from '../../src/roots/publish.ts'
import { type Receipt, type Root, receiptsOfGroup } from '../../src/roots/receipts.ts'
import { newcomer, openTestCore, type Person, rich } from '../support/service.ts'

const PROGRAM = new URL('../../src/pages/assets/verify.mjs', import.meta.url)
const { verify, rootOf } = (await import(PROGRAM.href)) as {
  verify(receipt: Receipt, root: string): Promise<void>
  rootOf(root: Root): Promise<string>
}

const [ada, ben, cy, dee, eve, zoe] = ['Ada', 'Ben', 'Cy', 'Dee', 'Eve', 'Zoe'].map((name) =>
  newcomer(name),
) as [Person, Person, Person, Person, Person, Person]
const adaInDiscord = newcomer('Ada', 'discord')
const CLUB = { messenger: 'telegram', id: '-100200300', title: 'Lunch club' }

let service: Awaited<ReturnType<typeof openTestCore>>
/** What each of three processes has published, at the same moment. */
let first: Awaited<ReturnType<typeof publishRoots>>[]
let roots: Root[]
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  const { client, core } = service
  await rich(client, '100', ada, ben, cy, dee, adaInDiscord)
  await client.issue(eve, '7', { asset: 'FLASH' })
  await client.post(`/v1/groups/telegram/${CLUB.id}/contributions`, { amount: '30', from: ben })
  await client.send(cy, '12.34')
  await client.send(dee, '100')
  await client.collect((await client.send(ada, '0.01')).code, zoe)
  await client.collect((await client.send(zoe, '0.01')).code, ada)
  const others = [connect(service.database), connect(service.database)]
  first = await Promise.all([core, ...others].map(({ db }) => publishRoots(db)))
  await Promise.all(others.map(({ close }) => close()))
  roots = await published()
})
afterAll(() => service?.close())

const published = async () => (await service.client.get<{ items: Root[] }>('/v1/roots')).items
const rootNow = (asset: string) => roots.find((root) => root.asset === asset)?.root ?? ''
const receiptsOf = async ({ messenger, id }: Person) =>
  (await service.client.get<{ items: Receipt[] }>(`/v1/people/${messenger}/${id}/receipts`)).items
const receiptOf = async (person: Person) => (await receiptsOf(person))[0] as Receipt

describe('a root', () => {
  test('is the sum of all balances and all open transfers, which is what the issuer owes', async () => {
    const owed = new Map(
      (await circulationOf(service.core.db)).map((one) => [one.asset, one.issued - one.withdrawn]),
    )
    expect(roots.map(({ asset, total, leaves }) => [asset, total, leaves])).toEqual([
      ['FLASH', '7.00', 1],
      ['CREDIT', '500.00', 6],
    ])
    expect([owed.get('FLASH'), owed.get('CREDIT')]).toEqual([700n, 50000n])
  })

  test('depends on all before it, and anybody reads them without a token', async () => {
    const { status, body } = await service.client.call<{ items: Root[]; next: number | null }>(
      'GET',
      '/v1/roots?limit=1',
      undefined,
      { authorization: '' },
    )
    expect([status, body.next]).toEqual([200, 2])
    const [last, first] = roots
    expect(body.items).toEqual([last])
    expect([last?.previous, first?.previous]).toEqual([first?.root, '0'.repeat(64)])
    for (const root of roots) expect(await rootOf(root)).toBe(root.root)
  })

  test('is published once a day, whichever of several processes does it', async () => {
    expect(first.flat().map(({ number, asset }) => [number, asset])).toEqual([
      [1, 'CREDIT'],
      [2, 'FLASH'],
    ])
    expect(await publishRoots(service.core.db)).toEqual([])
  })

  test('is added, and never changed', async () => {
    await expect(service.core.db.execute(sql`update roots set total = total - 1`)).rejects.toMatchObject({
      cause: { message: 'roots are append-only' },
    })
  })
})

describe('a receipt', () => {
  test('proves to each who has something that it is counted, by who they are in their messenger', async () => {
    const told: unknown[] = []
    for (const person of [ada, ben, cy, dee, eve]) {
      const receipt = await receiptOf(person)
      await verify(receipt, rootNow(receipt.asset))
      expect(receipt.owner).toEqual([`telegram:${person.id}`])
      told.push([person.name, receipt.balance, receipt.open])
    }
    expect(told).toEqual([
      ['Ada', '100.00', '0.00'],
      ['Ben', '70.00', '0.00'],
      ['Cy', '87.66', '12.34'],
      ['Dee', '0.00', '100.00'],
      ['Eve', '7.00', '0.00'],
    ])
  })

  test('proves it of a treasury, too', async () => {
    const group = (await service.core.groups.find(CLUB.messenger, CLUB.id)) ?? ''
    const [receipt] = (await receiptsOfGroup(service.core.db, group)) as [Receipt]
    await verify(receipt, rootNow('CREDIT'))
    expect([receipt.owner, receipt.balance]).toEqual([['chat:telegram:-100200300'], '30.00'])
  })

  test('is there for nobody who had nothing, nor for somebody unknown', async () => {
    expect(await receiptsOf(zoe)).toEqual([])
    expect(await receiptsOf(newcomer('Gil'))).toEqual([])
  })

  test('tells nothing of others but the sums beside it', async () => {
    const { path } = await receiptOf(ada)
    const text = JSON.stringify(path)
    for (const { id } of [ben, cy, dee]) expect(text).not.toContain(`:${id}`)
    expect(path.every((one) => Object.keys(one).sort().join() === 'hash,side,sum')).toBe(true)
  })

  test('is refused where anything in it is another', async () => {
    const receipt = await receiptOf(cy)
    const root = rootNow('CREDIT')
    const [beside = { side: 'left' as const, sum: '0.00', hash: '' }, ...above] = receipt.path
    const withFirst = (change: object) => ({ ...receipt, path: [{ ...beside, ...change }, ...above] })
    const wrong: Receipt[] = [
      { ...receipt, balance: '87.67' },
      { ...receipt, balance: '87.67', total: '500.01' },
      { ...receipt, balance: '87.65', open: '12.35' },
      { ...receipt, balance: '-12.34', open: '112.34' },
      { ...receipt, balance: '087.66' },
      { ...receipt, balance: '87.660' },
      { ...receipt, total: '500' },
      { ...receipt, owner: ben ? [`telegram:${ben.id}`] : [] },
      { ...receipt, owner: [...receipt.owner, `telegram:${ben.id}`] },
      { ...receipt, salt: receipt.salt.replace(/./g, '0') },
      // The same text to be hashed, cut into fields in another way.
      { ...receipt, salt: `${receipt.salt}\n${receipt.balance}`, balance: receipt.open, open: '0.00' },
      { ...receipt, owner: [receipt.owner.join('\n')], asset: 'CREDIT\n' },
      { ...receipt, number: receipt.number + 1 },
      { ...receipt, at: '2026-01-01T00:00:00.000Z' },
      { ...receipt, leaves: 5 },
      { ...receipt, previous: root },
      { ...receipt, path: above },
      { ...receipt, path: [...receipt.path, beside] },
      withFirst({ side: beside.side === 'left' ? 'right' : 'left' }),
      withFirst({ sum: '-1.00' }),
      withFirst({ sum: `${beside.sum}0` }),
      withFirst({ hash: root }),
    ]
    for (const one of wrong) await expect(verify(one, root), JSON.stringify(one)).rejects.toThrow()
    await expect(verify(receipt, rootNow('FLASH'))).rejects.toThrow('another root')
    await verify(receipt, root)
  })

  test('hides nobody else behind a line break in its salt', async () => {
    const others = ['0'.repeat(64), '5.00', '0.00', 'telegram:1']
    const tree = hash('sha256', ['leaf', ...others, '5.00', '0.00', 'telegram:2'].join('\n'))
    const told = { number: 1, asset: 'CREDIT', at: '', leaves: 1, total: '5.00', previous: '0'.repeat(64) }
    const root = await rootOf({ ...told, tree, root: '' })
    const leaf = { salt: others.join('\n'), balance: '5.00', open: '0.00', owner: ['telegram:2'] }
    await expect(verify({ ...told, ...leaf, root, path: [] }, root)).rejects.toThrow('a line break')
  })

  test('proves nothing where its root tells a smaller total, or counts somebody with less than nothing', async () => {
    const told = { number: 1, asset: 'CREDIT', at: '', leaves: 2, previous: '0'.repeat(64) }
    const leaf = { salt: '0'.repeat(64), balance: '5.00', open: '0.00', owner: ['telegram:1'] }
    const own = hash('sha256', ['leaf', leaf.salt, '5.00', '0.00', 'telegram:1'].join('\n'))
    const forged = async (beside: string, total: string) => {
      const tree = hash('sha256', ['node', '5.00', own, beside, own].join('\n'))
      const root = await rootOf({ ...told, total, tree, root: '' })
      return verify(
        { ...told, ...leaf, total, root, path: [{ side: 'right', sum: beside, hash: own }] },
        root,
      )
    }
    await forged('2.00', '7.00')
    await expect(forged('2.00', '6.00')).rejects.toThrow('it adds up to 7.00, not to 6.00')
    await expect(forged('-2.00', '3.00')).rejects.toThrow('-2.00 is no such amount')
  })

  test('is verified as the docs say, by the example in them', async () => {
    const docs = await readFile(new URL('../../docs/proof.md', import.meta.url), 'utf8')
    const [, receipt = ''] = /```json\n(.*?)```/s.exec(docs) ?? []
    const [, root = ''] = /verify\.mjs receipt\.json (\w{64})/.exec(docs) ?? []
    await verify(JSON.parse(receipt) as Receipt, root)
  })

  test('is verified by a program that stands alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'passalong-receipt-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'receipt.json')
    await writeFile(file, JSON.stringify(await receiptOf(cy)))
    const run = (root: string) =>
      promisify(execFile)(process.execPath, [fileURLToPath(PROGRAM), file, root]).then(
        ({ stdout }) => [0, stdout],
        ({ code, stderr }: { code: number; stderr: string }) => [code, stderr],
      )
    expect(await run(rootNow('CREDIT'))).toEqual([
      0,
      expect.stringContaining(`COUNTED: 87.66 CREDIT, and 12.34 in open transfers, of telegram:${cy.id}`),
    ])
    expect(await run(rootNow('FLASH'))).toEqual([1, 'NOT COUNTED: it leads to another root\n'])
  })
})

test('/proof tells in private what is counted, and leads to the page with the receipt', async () => {
  const { core } = service
  const app = createApi(core)
  const api = connectApi('http://localhost', core.tokens.inProcess('telegram'), async (url, init) =>
    app.request(String(url), init),
  )
  const say = async ({ messenger, id }: Person, kind: 'private' | 'group') => {
    const { message } = (await proof.run(
      { person: { messenger, id }, chat: { id, kind }, language: 'en', key: 'proof', words: '' },
      {
        api,
        commands: [],
        capabilities: { handles: true, buttons: true, language: 'en' } as never,
        isAdmin: async () => false,
      },
    )) as { message: Message }
    return message
  }
  const { text, buttons } = await say(cy, 'private')
  const root = rootNow('CREDIT')
  expect(text).toContain(
    '87.66 CREDIT of yours and 12.34 CREDIT in your open transfers are counted in what is owed in all: 500.00 CREDIT',
  )
  expect(text).toContain(`Root: ${root.slice(0, 8)}…${root.slice(-8)}`)
  expect(buttons).toEqual([
    [{ label: 'See the receipt', url: expect.stringContaining('/session/') as string }],
  ])
  expect((await say(zoe, 'private')).text).toContain('no receipt')
  expect(await say(cy, 'group')).toEqual({ text: expect.stringContaining('/proof there') as string })
})

describe('the audit', () => {
  /** What is said while something is as it must not be. */
  async function saidWhile(change: string, back: string): Promise<string[]> {
    const change_ = (statement: string) =>
      service.core.db.execute(
        sql.raw(
          `alter table roots disable trigger user; ${statement}; alter table roots enable trigger user`,
        ),
      )
    await change_(change)
    const said = await checkRoots(service.core.db)
    await change_(back)
    return said
  }

  test('finds a root that is another, and says nothing where all are as they were', async () => {
    expect(await checkRoots(service.core.db)).toEqual([])
    expect(
      await saidWhile(
        `update roots set total = total - 1 where number = 2`,
        `update roots set total = total + 1 where number = 2`,
      ),
    ).toEqual([
      'The root 2, of FLASH, is not the one that was published.',
      'The root 2, of FLASH, is not that of its tree.',
    ])
    expect(
      await saidWhile(
        `update roots set number = 3 where number = 2`,
        `update roots set number = 2 where number = 3`,
      ),
    ).toEqual(['The root 3, of FLASH, is not the one that was published.'])
    expect(await checkRoots(service.core.db)).toEqual([])
  })

  test('finds a tree that is another, and names where', async () => {
    const [{ id }] = (await service.core.db.execute<{ id: string }>(
      sql`select account_id as id from root_nodes where owner = ${`telegram:${cy.id}`}`,
    )) as unknown as [{ id: string }]
    const leaf = `root_nodes set balance = balance`
    expect(
      await saidWhile(
        `update ${leaf} - 1 where account_id = '${id}'`,
        `update ${leaf} + 1 where account_id = '${id}'`,
      ),
    ).toEqual([`The tree of root 1, of CREDIT, is not what its accounts make: at the account ${id}.`])
    const node = `where asset = 'CREDIT' and level = 1 and place = 0`
    expect(
      await saidWhile(
        `update root_nodes set sum = sum - 1 ${node}`,
        `update root_nodes set sum = sum + 1 ${node}`,
      ),
    ).toEqual(['The tree of root 1, of CREDIT, is not what its accounts make: at level 1, place 0.'])
  })
})

test('the next day it is counted anew: together what was linked, without a name where it was forgotten', async () => {
  const { client, core } = service
  await client.link(adaInDiscord, ada)
  await client.post(`/v1/people/telegram/${ben.id}/forget`, {})
  // What each had before is what the receipts of that day still prove.
  expect(
    (await receiptsOf(ada))
      .map(({ owner }) => owner)
      .flat()
      .sort(),
  ).toEqual([`discord:${adaInDiscord.id}`, `telegram:${ada.id}`])
  await core.db.execute(
    sql.raw(
      `alter table roots disable trigger user; update roots set at = at - interval '1 day'; alter table roots enable trigger user`,
    ),
  )
  await publishRoots(core.db)
  roots = await published()
  expect(roots.map(({ number, asset, total }) => [number, asset, total]).slice(0, 2)).toEqual([
    [4, 'FLASH', '7.00'],
    [3, 'CREDIT', '500.00'],
  ])
  for (const person of [ada, adaInDiscord]) {
    const [receipt, ...more] = await receiptsOf(person)
    expect(more).toEqual([])
    expect([receipt?.owner, receipt?.balance]).toEqual([
      [`discord:${adaInDiscord.id}`, `telegram:${ada.id}`],
      '200.00',
    ])
    await verify(receipt as Receipt, rootNow('CREDIT'))
  }
  expect((await receiptOf(ben)).owner).toEqual([`telegram:${ben.id}`])
})
