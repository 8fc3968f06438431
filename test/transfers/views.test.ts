import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identities } from '../../db/schema.ts'
import type { TransferView, ViewWithCode } from '../../src/transfers/view.ts'
import { openPages, type PagesUnderTest, type Person } from '../support/pages.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

let people = 0
const somebody = (name: string): Person => ({ messenger: 'telegram', id: String(++people), name })
const told = ({ messenger, id, handle = null as never, name = null as never }: Person) => ({
  messenger,
  id,
  handle,
  name,
})
const claim = async (code: string, by: Person) =>
  ((await pages.call('POST', '/claims', { code, by })) as { transfer: ViewWithCode }).transfer
const transferOf = async (id: string) => (await pages.call('GET', `/transfers/${id}`)) as ViewWithCode

describe('A transfer tells who has collected', () => {
  test('nobody, of one share, while it is open, and where it went back', async () => {
    const ada = somebody('Ada')
    const open = await pages.send({ from: ada })
    expect(open).toMatchObject({ shares: 1, claims: [], collectedBy: null })
    const back = await pages.call('POST', `/transfers/${open.id}/cancel`, { by: ada })
    expect(back).toMatchObject({ shares: 1, claims: [], collectedBy: null })
  })

  test('who it was, how much, and when: in the answer to the claim, and ever after', async () => {
    const [ada, ben] = [somebody('Ada'), somebody('Ben')]
    const { id, code } = await pages.send({ from: ada, amount: '1.5' })
    const claimed = await claim(code, ben)
    expect(claimed).toMatchObject({
      shares: 1,
      collectedBy: told(ben),
      claims: [{ by: told(ben), amount: '1.50', at: claimed.closedAt }],
    })
    expect(await transferOf(id)).toEqual(claimed)
    const { items } = (await pages.call('GET', `/people/telegram/${ada.id}/history`)) as {
      items: { transfer: TransferView }[]
    }
    expect(items[0]?.transfer.claims).toEqual(claimed.claims)
  })

  test('the issuer has no name', async () => {
    const ada = somebody('Ada')
    await pages.call('POST', '/issues', { amount: '5', to: ada })
    expect(await pages.call('POST', '/issues', { amount: '5', from: ada })).toMatchObject({
      collectedBy: null,
      claims: [{ by: null, amount: '5.00' }],
    })
  })
})

test('A view holds neither code nor link until somebody asks for them, and no list ever does', async () => {
  const ada = somebody('Ada')
  const group = { messenger: 'telegram', id: '-1' }
  await pages.call('POST', '/issues', { amount: '20', to: ada })
  const sent = (await pages.call('POST', '/transfers', { amount: '20', from: ada, group })) as ViewWithCode
  const transfer = await pages.core.transfers.byId(sent.id)
  if (!transfer) throw new Error('The transfer that was just made is not there.')
  const { code: _, link: __, ...without } = sent
  const view = await pages.core.transfers.view(transfer)
  expect(view).toEqual(without)
  expect(pages.core.transfers.withCode(view)).toEqual(sent)
  for (const path of [`/people/telegram/${ada.id}/history`, '/groups/telegram/-1/history']) {
    const list = JSON.stringify(await pages.call('GET', path))
    expect(list).toContain(sent.id)
    expect(list).not.toContain(sent.code)
    expect(list).not.toMatch(/"(code|link)":/)
  }
})

describe('Whose account was paid is known from the claim, without a look into the books', () => {
  test.each<[where: string, collect: (code: string, by: Person) => Promise<unknown>]>([
    ['through the API', claim],
    ['on the claim page', (code, by) => pages.collect(code, by)],
  ])('%s', async (_where, collect) => {
    const [ada, ben] = [somebody('Ada'), somebody('Ben')]
    const { id, code } = await pages.send({ from: ada })
    await collect(code, ben)
    // Whoever looks it up from now on finds another name, for as long as what is known is believed.
    await pages.core.db.update(identities).set({ name: 'Looked up' }).where(eq(identities.id, ben.id))
    expect((await transferOf(id)).collectedBy).toEqual(told(ben))
  })
})
