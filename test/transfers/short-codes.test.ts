import { createHash, createHmac } from 'node:crypto'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect, migrate } from '../../db/postgres.ts'
import { newSecret } from '../../src/access/codes.ts'
import { accountOf, ISSUER, personOwner } from '../../src/ledger/accounts.ts'
import { audit } from '../../src/ledger/audit.ts'
import { codeIn } from '../../src/shared/pasted-code.ts'
import { freshDatabase } from '../support/database.ts'
import { makeOldTables } from '../support/old-tables.ts'
import { newcomer, type Person, startTestService } from '../support/service.ts'

/** The first migrations, as they were when codes had 22 characters. */
const FIRST_MIGRATIONS = 2

/** As commit 3ab9ec4 made a code, and what it kept of it. */
const codeThen = (secretKey: string, id: string) =>
  createHmac('sha256', secretKey).update(`transfer code ${id}`).digest('base64url').slice(0, 22)
const hashThen = (code: string) => createHash('sha256').update(code).digest()

const ada = newcomer('Ada')
const secretKey = newSecret()
let database: Awaited<ReturnType<typeof freshDatabase>>
let service: Awaited<ReturnType<typeof startTestService>>
let codes: string[]
beforeAll(async () => {
  database = await freshDatabase()
  codes = await fillAsThen(database.url)
  await migrate(database.url)
  service = await startTestService({ database: database.url, secretKey })
})
afterAll(async () => {
  await service?.close()
  await database.drop()
})

describe('a code of 22 characters, as the first versions made it', () => {
  const nextCode = () => codes.pop() as string

  test('shows its transfer, and is collected through the API', async () => {
    const [ben, code] = [newcomer('Ben'), nextCode()]
    const found = await service.client.post('/v1/transfers/find', { code })
    expect(found).toMatchObject({ state: 'open', amount: '1.00', from: { id: ada.id } })
    const { transfer } = await service.client.collect(code, ben)
    expect(transfer).toMatchObject({ state: 'collected', collectedBy: { id: ben.id } })
    expect(await service.client.balance(ben)).toBe('1.00')
    // Its card shows the code of today, which opens the same.
    expect(transfer.code).not.toBe(code)
    expect(await service.client.post('/v1/transfers/find', { code: transfer.code })).toMatchObject({
      id: transfer.id,
    })
    await expect(service.client.collect(code, newcomer('Cy'))).rejects.toMatchObject({
      code: 'already_collected',
    })
  })

  test('opens its page and its picture, and is collected there', async () => {
    const [ben, code] = [newcomer('Ben'), nextCode()]
    const page = await fetch(`${service.url}/c/${code}`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('1.00 CREDIT')])
    expect((await fetch(`${service.url}/c/${code}/qr.svg`)).status).toBe(200)
    const cookie = await signIn(ben)
    const collected = await fetch(`${service.url}/c/${code}`, {
      method: 'POST',
      headers: { cookie, origin: service.url },
      redirect: 'manual',
    })
    expect([collected.status, await service.client.balance(ben)]).toEqual([303, '1.00'])
  })

  test('is found in what people paste to a bot', () => {
    const code = nextCode()
    for (const pasted of [code, `/collect ${code}`, `https://pass.example.org/c/${code}`])
      expect(codeIn(pasted)).toBe(code)
  })

  test('that nobody made opens nothing', async () => {
    const code = codeThen(newSecret(), v7())
    expect((await fetch(`${service.url}/c/${code}`)).status).toBe(404)
    await expect(service.client.collect(code, newcomer('Cy'))).rejects.toMatchObject({
      code: 'transfer_not_found',
    })
  })
})

test('the secret of a code of today opens nothing by itself', async () => {
  const { code } = await service.client.send(ada, '1')
  await expect(service.client.post('/v1/transfers/find', { code: code.slice(8, 30) })).rejects.toMatchObject({
    code: 'transfer_not_found',
  })
  const { db, close } = connect(database.url)
  onTestFinished(close)
  expect(await audit(db)).toMatchObject({ faults: [] })
})

async function signIn(by: Person): Promise<string> {
  const { ticket } = await service.client.post<{ ticket: string }>('/v1/tickets', { by })
  const session = await fetch(`${service.url}/session`, {
    method: 'POST',
    headers: { origin: service.url },
    body: new URLSearchParams({ ticket }),
    redirect: 'manual',
  })
  return session.headers.get('set-cookie')?.split(';')[0] ?? ''
}

/** Tables as they were then, with four open transfers of Ada's; answers their codes. */
async function fillAsThen(url: string): Promise<string[]> {
  const { sql, close } = connect(url)
  try {
    await makeOldTables(sql, FIRST_MIGRATIONS)
    const person = v7()
    const [hers, issuers] = [accountOf(personOwner(person), 'CREDIT').id, accountOf(ISSUER, 'CREDIT').id]
    await sql`insert into assets values ('CREDIT', 2)`
    await sql`insert into people (id) values (${person})`
    await sql`insert into identities (messenger, id, person_id) values (${ada.messenger}, ${ada.id}, ${person})`
    await sql`insert into accounts (id, kind, person_id, asset)
      values (${hers}, 'person', ${person}, 'CREDIT'), (${issuers}, 'issuer', null, 'CREDIT')`
    const move = (id: string, account: string, kind: string, amount: number, leaves: string) => sql`
      insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      values (${id}, ${account}, ${kind}, ${amount}, ${leaves}, now())`
    const fund = async (from: string, amount: number) => {
      const id = v7()
      const code = codeThen(secretKey, id)
      await sql`
        insert into transfers (id, asset, amount, from_account, code_hash, created_at, expires_at)
        values (${id}, 'CREDIT', ${amount}, ${from}, ${hashThen(code)}, now(), now() + interval '1 day')`
      await move(id, from, 'fund', -amount, 'open')
      return { id, code }
    }
    const { id } = await fund(issuers, 100_00)
    await move(id, hers, 'collect', 100_00, 'collected')
    const made: string[] = []
    while (made.length < 4) made.push((await fund(hers, 1_00)).code)
    return made
  } finally {
    await close()
  }
}
