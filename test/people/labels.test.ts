import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { type Client, labelled, newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  client = service.client
})
afterAll(() => service.close())

describe('a label that cannot be used', () => {
  const UNUSABLE: [what: string, label: unknown][] = [
    ['a NUL', '\0'],
    ['half a character', '\ud83d'],
    ['nothing that shows', '\u200B\u2060'],
    ['nothing', ''],
    ['a huge word', 'x'.repeat(1000)],
    ['a number', 5],
    ['a list', ['Ada']],
    ['an object', {}],
  ]

  test.each(UNUSABLE)('is dropped and stops no money: %s', async (_what, label) => {
    const [ada, ben] = await pair()
    const group = { messenger: 'telegram', id: `-${ada.id}`, title: 'Lunch club' }
    await client.send(ada, '1', { group })
    const labels = { handle: label, name: label, language: label } as object
    const sent = await client.send({ ...ada, ...labels }, '1', {
      to: { ...ben, ...labels },
      group: { ...group, title: label },
    })
    expect(sent).toMatchObject({ from: labelled(ada), to: labelled(ben), group })
    const { transfer } = await client.collect(sent.code, { ...ben, ...labels })
    expect(transfer.collectedBy).toEqual(labelled(ben))
    expect(await client.issue({ ...ada, ...labels }, '1')).toMatchObject({ collectedBy: labelled(ada) })
    expect(await languageOf(ada)).toBe('en')
  })

  test.each([
    ['en_US', 'en-US'],
    ['zh-hans', 'zh-Hans'],
    ['zh_Hant_TW', 'zh-Hant-TW'],
    ['EN', 'en'],
    ['C.UTF-8', null],
    ['--', null],
    ['klingon language', null],
  ])('as a language is %s, which is kept as %s', async (told, kept) => {
    const ada = { ...newcomer('Ada'), language: told }
    await client.issue(ada, '5')
    expect(await client.send(ada, '1')).toMatchObject({ from: labelled(ada) })
    expect(await languageOf(ada)).toBe(kept)
  })
})

describe('what a request tells of people and groups', () => {
  /** As somebody else would be called. */
  const renamed = (person: Person) => ({
    ...person,
    name: 'Somebody else',
    handle: `else${person.id}`,
    language: 'fr',
  })

  const REFUSED: Record<
    string,
    (ada: Person, ben: Person, transfer: ViewWithCode) => Promise<{ status: number; body: object }>
  > = {
    'a transfer that is not paid for': (ada, ben, { group }) =>
      client.call('POST', '/v1/transfers', {
        from: ada,
        to: ben,
        amount: '1000',
        group: { ...group, title: 'Another title' },
      }),
    'one of many': async (ada, ben) => {
      const items = [{ from: ada, to: ben, amount: '1000' }]
      const { body } = await client.call<{ items: { problem: { status: number } }[] }>(
        'POST',
        '/v1/transfers:batch',
        { items },
      )
      return { status: body.items[0]?.problem.status ?? 0, body }
    },
    'a transfer to oneself': (ada) =>
      client.call('POST', '/v1/transfers', { from: ada, to: ada, amount: '1' }),
    "a cancel of another's": (_ada, ben, { id }) =>
      client.call('POST', `/v1/transfers/${id}/cancel`, { by: ben }),
    'a decline by whom it is not for': (ada, _ben, { id }) =>
      client.call('POST', `/v1/transfers/${id}/decline`, { by: ada }),
    'a claim of nothing': (ada) => client.call('POST', '/v1/claims', { code: 'x'.repeat(30), by: ada }),
    "a claim of one's own": (ada, _ben, { code }) => client.call('POST', '/v1/claims', { code, by: ada }),
    'a withdrawal of more than there is': (ada) =>
      client.call('POST', '/v1/issues', { from: ada, amount: '1000' }),
    'an issue that nobody may ask for': (ada, ben) =>
      client.call('POST', '/v1/issues', { to: ada, by: ben, amount: '1' }),
    'a word that is not of the right form': (ada) =>
      client.call('POST', '/v1/tickets', { by: ada, surprise: true }),
  }

  test.each(Object.entries(REFUSED))('leaves no trace where it is refused: %s', async (_what, ask) => {
    const [ada, ben] = await pair()
    const group = { messenger: 'telegram', id: `-${ada.id}`, title: 'Lunch club' }
    const transfer = await client.send(ada, '1', { to: ben, group })
    const { status } = await ask(renamed(ada), renamed(ben), transfer)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(await client.transfer(transfer.id)).toEqual(transfer)
    expect([await languageOf(ada), await languageOf(ben)]).toEqual(['en', 'en'])
    // Neither in the books nor in what this process remembers of them.
    const { messenger, id } = ada
    expect(await client.send({ messenger, id }, '1', { group: { messenger, id: group.id } })).toMatchObject({
      from: labelled(ada),
      group,
    })
    expect([await known(ada), await known(ben)]).toMatchObject([labelled(ada), labelled(ben)])
  })

  test('is written where it goes well, by every request that tells of them', async () => {
    const [ada, ben] = await pair()
    const [one, other] = [renamed(ada), renamed(ben)]
    const group = { messenger: 'telegram', id: `-${ada.id}`, title: 'Lunch club' }
    const sent = await client.send(one, '1', { to: other, group })
    expect(sent).toMatchObject({ from: labelled(one), to: labelled(other), group })
    expect((await client.collect(sent.code, ben)).transfer).toMatchObject({
      from: labelled(one),
      to: labelled(ben),
      collectedBy: labelled(ben),
    })
    const mine = await client.send(ada, '1', { to: ben, group: { ...group, title: 'Dinner club' } })
    expect(await client.cancel(mine.id, one)).toMatchObject({
      from: labelled(one),
      group: { title: 'Dinner club' },
    })
    const theirs = await client.send(ada, '1', { to: ben })
    expect(await client.decline(theirs.id, other)).toMatchObject({ to: labelled(other) })
    expect(await client.issue(ada, '1')).toMatchObject({ collectedBy: labelled(ada) })
    await client.post('/v1/tickets', { by: one })
    expect(await client.transfer(mine.id)).toMatchObject({ from: labelled(one) })
    expect(await languageOf(ada)).toBe('fr')
  })

  test('counts in that request: who collects by a handle has it from then on, and who had it before has not', async () => {
    const [ada, former] = await pair()
    const now = newcomer('Now')
    const to = { messenger: 'telegram', handle: former.handle }
    const { code } = await client.send(ada, '1', { to })
    const holder = { ...now, handle: former.handle?.toUpperCase() ?? null }
    // Refused for want of money: so far nothing has changed hands.
    await expect(client.send(holder, '1')).rejects.toMatchObject({ code: 'insufficient_funds' })
    expect(await handleOf(former)).toBe(former.handle)
    expect((await client.collect(code, holder)).transfer.collectedBy).toEqual(labelled(holder))
    expect(await handleOf(former)).toBeNull()
  })

  test('stops no money where it cannot be written', async () => {
    const own = await openTestCore({ roles: 'api' })
    onTestFinished(own.close)
    const ada = newcomer('Ada')
    await own.client.issue(ada, '5')
    await own.core.db.execute(sql`
      create function no_names() returns trigger language plpgsql as $$ begin raise 'no names today'; end $$`)
    await own.core.db.execute(sql`
      create trigger no_names before update on identities for each row execute function no_names()`)
    expect(await own.client.send(renamed(ada), '1')).toMatchObject({ state: 'open', amount: '1.00' })
    expect(await own.client.balance(ada)).toBe('4.00')
    expect(own.log.join()).toContain('no names today')
  })
})

/** Two people with 10.00 each, of whom English is told. */
async function pair(): Promise<[Person, Person]> {
  const people: [Person, Person] = [
    { ...newcomer('Ada'), language: 'en' },
    { ...newcomer('Ben'), language: 'en' },
  ]
  for (const person of people) await client.issue(person, '10')
  return people
}

const known = ({ messenger, id }: Person) => service.core.people.find(messenger, id)
const languageOf = async (person: Person) => (await known(person))?.language
const handleOf = async (person: Person) => (await known(person))?.handle
