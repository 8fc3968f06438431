import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { luckyShares, seedHashOf } from '../../src/ledger/lucky.ts'
import { type Client, labelled, newcomer, type Person, rich, startTestService } from '../support/service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let client: Client
beforeAll(async () => {
  service = await startTestService()
  client = service.client
})
afterAll(() => service.close())

const CODE = /^[\w-]{30,31}$/
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe('a transfer', () => {
  test('is made with 201, and tells all that a card shows', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    const group = { messenger: 'telegram', id: '-1001', title: 'Lunch club' }
    const answer = await client.call<{ id: string; code: string }>('POST', '/v1/transfers', {
      from: ada,
      to: ben,
      amount: '20',
      asset: 'credit',
      note: '  lunch 🍜 ',
      group,
    })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      code: expect.stringMatching(CODE),
      link: `${service.url}/c/${answer.body.code}`,
      state: 'open',
      asset: 'CREDIT',
      amount: '20.00',
      from: labelled(ada),
      to: labelled(ben),
      note: 'lunch 🍜',
      group,
      createdAt: expect.stringMatching(MOMENT),
      expiresAt: expect.stringMatching(MOMENT),
      closedAt: null,
      collectedBy: null,
      shares: 1,
      claimed: 0,
      membersOnly: false,
      takers: null,
      collected: '0.00',
      returned: '0.00',
      confirms: false,
      draw: 'equal',
      seedHash: null,
      seed: null,
      luckiest: null,
      claims: [],
      treasury: null,
      madeBy: null,
      payout: null,
      phrase: null,
      refundOf: null,
      reissues: 0,
      ask: null,
      approvals: null,
      settlement: null,
    })
    const { createdAt, expiresAt } = answer.body as unknown as Record<string, string>
    expect(Date.parse(expiresAt as string) - Date.parse(createdAt as string)).toBe(24 * 3600_000)
    expect(await client.balance(ada)).toBe('80.00')
    expect(await client.transfer(answer.body.id)).toEqual(answer.body)
    expect(await client.post('/v1/transfers/find', { code: answer.body.code })).toEqual(answer.body)
  })

  test('is collected with 201 by whoever has the code', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    const { code, id } = await client.send(ada, '20')
    const answer = await client.call<{ transfer: object }>('POST', '/v1/claims', { code, by: ben })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({ amount: '20.00', transfer: await client.transfer(id), turn: null })
    expect(answer.body.transfer).toMatchObject({
      state: 'collected',
      collectedBy: labelled(ben),
      closedAt: expect.stringMatching(MOMENT),
    })
    expect(await client.balance(ben)).toBe('120.00')
  })

  test('that pays at its end gives who collects a number, and then pays whom the lot falls on', async () => {
    const [ada, ben, cleo] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'), newcomer('Cleo'))
    const settlement = { by: 'split', seconds: 10 }
    const made = await client.send(ada, '9.01', { settlement })
    expect(made).toMatchObject({
      shares: 901,
      settlement: { by: 'split', entered: 0 },
      seed: null,
      seedHash: expect.any(String),
    })
    for (const [turn, by] of [ben, cleo].entries()) {
      const answer = await client.call('POST', '/v1/claims', { code: made.code, by })
      expect(answer).toMatchObject({ status: 201, body: { amount: null, turn: turn + 1 } })
    }
    const open = await client.transfer(made.id)
    expect(open).toMatchObject({ state: 'open', claimed: 0, settlement: { entered: 2 }, claims: [] })
    await expect
      .poll(() => client.transfer(made.id), { timeout: 30_000 })
      .toMatchObject({
        state: 'collected',
        claimed: 2,
        seed: expect.any(String),
        luckiest: null,
        collectedBy: null,
      })
    const { claims } = await client.transfer(made.id)
    expect(claims.map(({ amount }) => amount)).toEqual(['4.51', '4.50'])
    expect(new Set(claims.map(({ turn }) => turn))).toEqual(new Set([1, 2]))
  })

  test('that pays at its end says on how many the lot falls, is for nobody in particular, and lasts no longer than others', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    for (const terms of [
      { settlement: { by: 'draw', seconds: 60 } },
      { settlement: { by: 'split', seconds: 60 }, to: ben },
      { settlement: { by: 'split', seconds: 9 } },
    ])
      await expect(client.send(ada, '1', terms)).rejects.toMatchObject({ code: 'invalid_request' })
    await expect(
      client.send(ada, '1', { settlement: { by: 'split', seconds: 86_401 } }),
    ).rejects.toMatchObject({
      code: 'settles_too_late',
      details: { minutes: 1440 },
    })
    expect(await client.balance(ada)).toBe('100.00')
  })

  test('is collected by its id where a messenger knows who presses the button', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    const { id } = await client.send(ada, '20')
    await client.post('/v1/claims', { transfer: id, by: ben })
    expect(await client.balance(ben)).toBe('120.00')
  })

  test('goes back when its sender cancels it, or the one it is for declines it', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    const one = await client.send(ada, '20')
    expect(await client.cancel(one.id, ada)).toMatchObject({ id: one.id, state: 'cancelled' })
    const other = await client.send(ada, '20', { to: ben })
    expect(await client.decline(other.id, ben)).toMatchObject({ id: other.id, state: 'declined' })
    expect(await client.balance(ada)).toBe('100.00')
  })

  test('goes back by itself when nobody has collected it', async () => {
    const [ada] = await rich(client, '100', newcomer('Ada'))
    await client.issue(ada, '5', { asset: 'FLASH' })
    const { id } = await client.send(ada, '5', { asset: 'FLASH' })
    expect(await client.balance(ada, 'FLASH')).toBe('0.00')
    await expect
      .poll(() => client.transfer(id), { timeout: 15_000 })
      .toMatchObject({ state: 'returned', closedAt: expect.stringMatching(MOMENT) })
    expect(await client.balance(ada, 'FLASH')).toBe('5.00')
  })

  test('takes amounts as people type them', async () => {
    const [ada] = await rich(client, '2k', newcomer('Ada'))
    expect(await client.send(ada, '1.2k')).toMatchObject({ amount: '1200.00' })
    expect(await client.send(ada, '２０')).toMatchObject({ amount: '20.00' })
    expect(await client.balance(ada)).toBe('780.00')
  })
})

describe('a transfer for a handle', () => {
  test('is for the first holder of the handle who collects, whatever the case of its letters', async () => {
    const [ada, eve] = await rich(client, '100', newcomer('Ada'), newcomer('Eve'))
    const ben = { messenger: 'telegram', id: newcomer().id, handle: `Ben_${newcomer().id}` }
    const { code, to } = await client.send(ada, '20', {
      to: { messenger: 'telegram', handle: `@${ben.handle.toUpperCase()}` },
    })
    expect(to).toEqual({ messenger: 'telegram', id: null, handle: ben.handle.toLowerCase(), name: null })
    await expect(client.collect(code, eve)).rejects.toMatchObject({ code: 'not_for_you' })
    await expect(
      client.collect(code, { ...newcomer('Ben', 'discord'), handle: ben.handle ?? null }),
    ).rejects.toMatchObject({
      code: 'not_for_you',
    })
    expect(await client.collect(code, ben)).toMatchObject({ transfer: { collectedBy: { id: ben.id } } })
  })

  test('is not for somebody who had the handle before', async () => {
    const [ada] = await rich(client, '100', newcomer('Ada'))
    const handle = `wanted${newcomer().id}`
    const before = { ...newcomer('Before'), handle }
    const now = { ...newcomer('Now'), handle: handle.toUpperCase() }
    await client.collect((await client.send(ada, '1')).code, before)
    const { code } = await client.send(ada, '20', { to: { messenger: 'telegram', handle } })
    await client.collect((await client.send(ada, '1')).code, now)
    const { handle: _, ...silent } = before
    await expect(client.collect(code, silent)).rejects.toMatchObject({ code: 'handle_not_told' })
    await expect(client.collect(code, { ...silent, handle: null })).rejects.toMatchObject({
      code: 'not_for_you',
    })
    expect(await client.collect(code, now)).toMatchObject({ amount: '20.00' })
  })

  test('is not for the one who was last seen with the handle, until the messenger says again that it is theirs', async () => {
    const [ada] = await rich(client, '100', newcomer('Ada'))
    const ben = newcomer('Ben')
    await client.collect((await client.send(ada, '1')).code, ben)
    const { handle, ...silent } = ben
    const to = { messenger: 'telegram', handle }
    const [first, second] = [await client.send(ada, '20', { to }), await client.send(ada, '20', { to })]
    await expect(client.collect(first.code, silent)).rejects.toMatchObject({
      code: 'handle_not_told',
      status: 403,
      details: { handle },
    })
    await expect(client.decline(second.id, silent)).rejects.toMatchObject({ code: 'handle_not_told' })
    await client.collect(first.code, ben)
    await client.decline(second.id, ben)
  })

  test('may be declined by its holder, and by nobody else', async () => {
    const [ada, eve] = await rich(client, '100', newcomer('Ada'), newcomer('Eve'))
    const ben = newcomer('Ben')
    const { id } = await client.send(ada, '20', { to: { messenger: 'telegram', handle: ben.handle } })
    await expect(client.decline(id, eve)).rejects.toMatchObject({ code: 'not_recipient' })
    expect(await client.decline(id, ben)).toMatchObject({ state: 'declined' })
  })
})

describe('a red packet', () => {
  const CROWD = 5
  async function packetOf(terms: object) {
    const people = await rich(client, '100', ...Array.from({ length: CROWD + 1 }, () => newcomer()))
    const [ada, ...crowd] = people as [Person, ...Person[]]
    const packet = await client.send(ada, '10', { note: 'happy Friday', ...terms })
    const claim = (by: Person) => client.collect(packet.code, by)
    return { ada, crowd, packet, claim }
  }

  test('of lucky shares pays each who claims the share that the seed has drawn, and tells the seed at its end alone', async () => {
    const { ada, crowd, packet, claim } = await packetOf({ shares: CROWD, draw: 'lucky' })
    expect(packet).toMatchObject({ draw: 'lucky', shares: CROWD, claimed: 0, seed: null, luckiest: null })
    const amounts: string[] = []
    for (const [index, by] of crowd.entries()) {
      const { amount, transfer } = await claim(by)
      amounts.push(amount)
      expect(await client.balance(by)).toBe((100 + Number(amount)).toFixed(2))
      expect(transfer.seedHash).toBe(packet.seedHash)
      const now = await client.transfer(packet.id)
      expect(now.claimed).toBe(index + 1)
      expect(now.seed === null).toBe(index + 1 < CROWD)
    }
    const { seed, seedHash, luckiest, state, collected, returned } = await client.transfer(packet.id)
    expect(seedHashOf(seed ?? '')).toBe(seedHash)
    const drawn = luckyShares(seed ?? '', 10_00n, CROWD)
    expect(amounts).toEqual(drawn.map((share) => (Number(share) / 100).toFixed(2)))
    const most = drawn.indexOf(drawn.reduce((best, share) => (share > best ? share : best)))
    expect(luckiest).toMatchObject({ amount: amounts[most], by: { id: crowd[most]?.id } })
    expect({ state, collected, returned }).toEqual({
      state: 'collected',
      collected: '10.00',
      returned: '0.00',
    })
    expect(await client.balance(ada)).toBe('90.00')
  })

  test('of equal shares has no seed, and pays the same to each', async () => {
    const { crowd, packet, claim } = await packetOf({ shares: CROWD })
    expect(packet).toMatchObject({ draw: 'equal', seedHash: null })
    for (const by of crowd) expect(await claim(by)).toMatchObject({ amount: '2.00' })
  })

  test('gives each person one share, and the sender none; taken back, the rest is with the sender', async () => {
    const { ada, crowd, packet, claim } = await packetOf({ shares: CROWD, draw: 'lucky' })
    const [ben, eve] = crowd as [Person, Person]
    const { amount } = await claim(ben)
    await expect(claim(ben)).rejects.toMatchObject({ code: 'already_yours' })
    await expect(claim(ada)).rejects.toMatchObject({ code: 'own_transfer' })
    const cancelled = await client.cancel(packet.id, ada)
    expect(cancelled).toMatchObject({ state: 'cancelled', claimed: 1, collected: amount })
    expect(cancelled.seed).toMatch(/^[0-9a-f]{64}$/)
    expect(await client.balance(ada)).toBe((90 + Number(cancelled.returned)).toFixed(2))
    await expect(claim(eve)).rejects.toMatchObject({ code: 'cancelled' })
  })

  test('for members of its group pays whom the messenger says to be one, and nobody else', async () => {
    const group = { messenger: 'telegram', id: '-900', title: 'Lunch club' }
    const { crowd, packet, claim } = await packetOf({ shares: CROWD, membersOnly: true, group })
    expect(packet).toMatchObject({ membersOnly: true, to: null })
    const [ben, eve] = crowd as [Person, Person]
    const told = (who: Person, member: boolean | null) =>
      client.call('PUT', `/v1/chats/telegram/-900/members/${who.id}`, { admin: false, member })
    await told(ben, true)
    expect(await claim(ben)).toMatchObject({ amount: '2.00' })
    await told(eve, false)
    await expect(claim(eve)).rejects.toMatchObject({ code: 'members_only' })
    await expect(claim(newcomer('Dana', 'discord'))).rejects.toMatchObject({ code: 'members_only' })
    await expect(client.decline(packet.id, ben)).rejects.toMatchObject({ code: 'not_recipient' })
    expect(await client.transfer(packet.id)).toMatchObject({ claimed: 1, collected: '2.00' })
  })

  test('for those who were in its group before it pays them, and nobody who came or came back later', async () => {
    const group = { messenger: 'telegram', id: '-910', title: 'Lunch club' }
    const { crowd } = await packetOf({ shares: 2 })
    const [ben, eve, cy, dan, fay] = crowd as Person[]
    if (!(ben && eve && cy && dan && fay)) throw new Error('nobody')
    const saw = (...people: [who: Person, what?: string, at?: string][]) =>
      client.call('POST', '/v1/chats/telegram/-910/seen', {
        people: people.map(([{ id }, what = 'there', at = new Date().toISOString()]) => ({ id, what, at })),
      })
    const told = (who: Person, member: boolean, since?: string) =>
      client.call('PUT', `/v1/chats/telegram/-910/members/${who.id}`, { admin: null, member, since })
    await saw([ben], [eve], [dan, 'joined', '2020-01-01T00:00:00Z'])
    // A clock that is ahead makes nobody be there later than now.
    await saw([cy, 'there', '2100-01-01T00:00:00Z'])
    await told(fay, true)
    const { packet, claim } = await packetOf({ shares: CROWD, takers: { of: 'before' }, group })
    expect(packet).toMatchObject({ membersOnly: false, takers: { of: 'before' }, to: null })
    // Whoever is seen now is known from now on.
    const gil = newcomer('Gil')
    await saw([gil], [eve, 'left'], [eve, 'joined'], [ben])
    for (const who of [ben, cy, dan, eve, fay, gil]) await told(who, true)
    for (const who of [ben, cy, dan, fay]) expect(await claim(who)).toMatchObject({ amount: '2.00' })
    for (const who of [eve, gil]) await expect(claim(who)).rejects.toMatchObject({ code: 'not_here_before' })
    // Whoever is in no chat of the group now, and whoever the messenger says to have come later.
    const hal = newcomer('Hal')
    await saw([hal], [dan, 'left'])
    const later = await packetOf({ shares: 3, takers: { of: 'before' }, group })
    await told(hal, false)
    await expect(later.claim(hal)).rejects.toMatchObject({ code: 'not_here_before' })
    // Nobody has told of his coming back, and he may have come back since.
    await told(dan, true)
    await expect(later.claim(dan)).rejects.toMatchObject({ code: 'not_here_before' })
    await told(hal, true)
    await expect(later.claim(hal)).rejects.toMatchObject({ code: 'not_here_before' })
    await told(hal, true, '2020-01-01T00:00:00Z')
    expect(await later.claim(hal)).toMatchObject({ amount: '3.33' })
    await told(gil, true, new Date().toISOString())
    await expect(later.claim(gil)).rejects.toMatchObject({ code: 'not_here_before' })
    // Who was there still was, whatever id the chat has got.
    await client.call('POST', '/v1/groups/telegram/-910/move', { to: '-911' })
    await client.call('PUT', `/v1/chats/telegram/-911/members/${ben.id}`, { admin: null, member: true })
    expect(await later.claim(ben)).toMatchObject({ amount: '3.33' })
  })

  test('for members of its group can be claimed with the same key once the messenger tells', async () => {
    const group = { messenger: 'telegram', id: '-901' }
    const { crowd, packet } = await packetOf({ shares: CROWD, membersOnly: true, group })
    const [ben] = crowd as [Person]
    const told = (member: boolean | null) =>
      client.call('PUT', `/v1/chats/telegram/-901/members/${ben.id}`, { admin: false, member })
    const claim = () => client.post('/v1/claims', { code: packet.code, by: ben, key: 'tap' })
    await told(null)
    await expect(claim()).rejects.toMatchObject({ code: 'members_unknown' })
    await told(true)
    expect(await claim()).toMatchObject({ amount: '2.00' })
    // Whoever has left since gets the first answer.
    await told(false)
    expect(await claim()).toMatchObject({ amount: '2.00' })
  })

  test('in a history is what each has got of it', async () => {
    const { ada, crowd, claim } = await packetOf({ shares: CROWD, draw: 'lucky' })
    const [ben] = crowd as [Person]
    const { amount } = await claim(ben)
    const newest = async (person: Person) => (await client.history(person)).items[0]
    expect(await newest(ben)).toMatchObject({
      direction: 'received',
      amount,
      transfer: { shares: CROWD, claimed: 1 },
    })
    expect(await newest(ada)).toMatchObject({ direction: 'sent', amount: '10.00' })
  })

  test.each([
    ['no share', { shares: 0 }],
    ['more shares than people can be shown', { shares: 1001 }],
    ['shares for one who is named', { shares: 2, to: { messenger: 'telegram', handle: 'ben' } }],
    ['a draw that there is not', { shares: 2, draw: 'fair' }],
    ['members of no group', { shares: 2, membersOnly: true }],
    ['those who were there, in no group', { shares: 2, takers: { of: 'before' } }],
    [
      'people that there are not',
      { shares: 2, takers: { of: 'friends' }, group: { messenger: 'telegram', id: '-902' } },
    ],
    [
      'members, and those who were there',
      {
        shares: 2,
        membersOnly: true,
        takers: { of: 'before' },
        group: { messenger: 'telegram', id: '-902' },
      },
    ],
    ['members, for one person', { membersOnly: true, group: { messenger: 'telegram', id: '-902' } }],
  ])('of %s is refused', async (_what, terms) => {
    await expect(packetOf(terms)).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
