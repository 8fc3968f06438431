import { hash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requests } from '../../db/schema.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'

const ada = { messenger: 'telegram', id: '1', handle: 'ada', name: 'Ada' }
const ben = { messenger: 'telegram', id: '2', handle: 'ben' }
const named = { ada: '{"messenger":"telegram","id":"1"}', ben: '{"messenger":"telegram","id":"2"}' }

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

/** What is in the books of a key: they keep it for good, so it must stay what it was, byte for byte. */
async function fingerprintOf(key: string, client = 'test') {
  const [row] = await pages.core.db
    .select({ fingerprint: requests.fingerprint })
    .from(requests)
    .where(and(eq(requests.client, client), eq(requests.key, key)))
  return row?.fingerprint
}
const hashOf = (content: string) => hash('sha256', content, 'hex')

interface Made {
  id: string
  code: string
}
const send = async (more: object = {}) => {
  await pages.call('POST', '/issues', { amount: '20', to: ada })
  return (await pages.call('POST', '/transfers', { amount: '20', from: ada, ...more })) as Made
}

// The fields come as the schema has them, in whatever order they are sent.
test('a key of before still means the same content: of an issue', async () => {
  await pages.call('POST', '/issues', { key: 'issue-1', note: 'hi', to: ada, asset: 'credit', amount: '5' })
  expect(await fingerprintOf('issue-1')).toBe(
    hashOf(`["issue",{"amount":"5","asset":"credit","to":${named.ada},"note":"hi"}]`),
  )
})

test('… of a transfer, wherever its card is to hang', async () => {
  const group = { messenger: 'telegram', id: '-1', title: 'Lunch club' }
  const card = { messenger: 'telegram', chat: '-1', language: 'en' }
  await send({ key: 'create-1', card, group, note: 'lunch', to: ben, asset: 'CREDIT' })
  expect(await fingerprintOf('create-1')).toBe(
    hashOf(
      `["create",{"amount":"20","asset":"CREDIT","from":${named.ada},"to":${named.ben},"note":"lunch","group":{"messenger":"telegram","id":"-1"}}]`,
    ),
  )
})

test('… of a claim by code and by id, of a cancel and of a decline', async () => {
  const [first, second, third, fourth] = [await send(), await send(), await send(), await send({ to: ben })]
  await pages.call('POST', '/claims', { key: 'code-1', by: ben, code: first.code })
  await pages.call('POST', '/claims', { key: 'id-1', by: ben, transfer: second.id })
  await pages.call('POST', `/transfers/${third.id}/cancel`, { key: 'cancel-1', by: ada })
  await pages.call('POST', `/transfers/${fourth.id}/decline`, { key: 'decline-1', by: ben })
  expect(await fingerprintOf('code-1')).toBe(hashOf(`["collect",{"code":"${first.code}","by":${named.ben}}]`))
  expect(await fingerprintOf('id-1')).toBe(
    hashOf(`["collect",{"transfer":"${second.id}","by":${named.ben}}]`),
  )
  expect(await fingerprintOf('cancel-1')).toBe(hashOf(`["cancel ${third.id}",{"by":${named.ada}}]`))
  expect(await fingerprintOf('decline-1')).toBe(hashOf(`["decline ${fourth.id}",{"by":${named.ben}}]`))
})

test('… of what is made of an offer', async () => {
  await pages.call('POST', '/issues', { amount: '20', to: ada })
  const { id } = (await pages.call('POST', '/offers', { amount: '20', from: ada })) as Made
  await pages.call('POST', `/offers/${id}/make`, { by: ben, place: { chat: 'inline', message: '1' } })
  expect(await fingerprintOf(id, ':offers')).toBe(hashOf('["make",{}]'))
})

test('… of the button on the claim page', async () => {
  const { code } = await send()
  const key = 'button-1'
  await pages.collect(code, ben, key)
  const person = (await pages.core.people.find('telegram', '2'))?.person
  expect(await fingerprintOf(key, 'pages')).toBe(
    hashOf(`["collect",{"code":"${code}","person":"${person}"}]`),
  )
})
