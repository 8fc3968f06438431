import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Client, labelled, newcomer, openTestCore, rich, startTestService } from '../support/service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let client: Client
beforeAll(async () => {
  service = await startTestService({ operators: ['playground:boss'] })
  client = service.client
})
afterAll(() => service.close())

describe('play credits', () => {
  test("are the playground's alone: others neither hold nor collect them, nor the playground theirs", async () => {
    const player = newcomer('Player', 'playground')
    const [ada] = await rich(client, '100', newcomer('Ada'))
    await client.issue(player, '50')
    expect(await client.get(`/v1/people/playground/${player.id}/balances`)).toEqual({
      balances: [{ asset: 'PLAY', amount: '50.00' }],
    })

    const play = await client.send(player, '20')
    expect(play).toMatchObject({ asset: 'PLAY', amount: '20.00' })
    await expect(client.collect(play.code, ada)).rejects.toMatchObject({
      code: 'wrong_asset',
      status: 403,
      details: { asset: 'PLAY' },
    })
    const credit = await client.send(ada, '20')
    await expect(client.collect(credit.code, player)).rejects.toMatchObject({ code: 'wrong_asset' })
    const named = await client.send(ada, '20', { to: newcomer('Ben') })
    await expect(client.collect(named.code, player)).rejects.toMatchObject({ code: 'not_for_you' })
    for (const to of [player, { messenger: 'playground', handle: 'somebody' }])
      await expect(client.send(ada, '20', { to })).rejects.toMatchObject({ code: 'wrong_asset' })

    await expect(client.send(player, '1', { asset: 'CREDIT' })).rejects.toMatchObject({
      code: 'unknown_asset',
    })
    await expect(client.send(ada, '1', { asset: 'PLAY' })).rejects.toMatchObject({ code: 'unknown_asset' })
    await expect(client.issue(ada, '1', { asset: 'PLAY' })).rejects.toMatchObject({ code: 'unknown_asset' })
  })

  test('stay in the books, to be looked at, where the playground is switched off', async () => {
    const player = newcomer('Player', 'playground')
    await client.issue(player, '50')
    const { id } = await client.send(player, '20')
    const later = await openTestCore({
      database: service.database,
      secretKey: service.secretKey,
      roles: 'api',
    })
    onTestFinished(later.close)
    expect(await later.client.transfer(id)).toMatchObject({ amount: '20.00' })
    expect(await later.client.history(player)).toMatchObject({ items: [{}, {}] })
  })
})

describe('assets', () => {
  test('are told by messenger, the one that is meant first', async () => {
    const credit = { code: 'CREDIT', scale: 2, symbols: [], maxTransfer: '2000.00', lifetime: 86400 }
    expect(await client.get('/v1/assets?messenger=telegram')).toMatchObject({
      items: [credit, { code: 'FLASH' }],
    })
    expect(await client.get('/v1/assets?messenger=playground')).toMatchObject({ items: [{ code: 'PLAY' }] })
  })

  test('are what balances are told in, also of somebody never met', async () => {
    expect(await client.get('/v1/people/discord/404/balances')).toEqual({
      balances: [
        { asset: 'CREDIT', amount: '0.00' },
        { asset: 'FLASH', amount: '0.00' },
      ],
    })
  })
})

describe('operators', () => {
  test('put money into circulation and take it out', async () => {
    const ada = newcomer('Ada')
    const by = { messenger: 'playground', id: 'boss' }
    const issued = await client.call('POST', '/v1/issues', { to: ada, amount: '100', by, note: 'welcome' })
    expect(issued.status).toBe(201)
    expect(issued.body).toMatchObject({
      state: 'collected',
      amount: '100.00',
      from: null,
      note: 'welcome',
      collectedBy: labelled(ada),
    })
    // An item of a list holds no secret.
    expect(issued.body).not.toHaveProperty('code')
    await client.post('/v1/issues', { from: ada, amount: '40', by })
    expect(await client.balance(ada)).toBe('60.00')
  })

  test('are those that OPERATORS names, and nobody else', async () => {
    const [ada] = await rich(client, '10', newcomer('Ada'))
    for (const by of [ada, { messenger: 'shop', id: 'boss' }, { messenger: 'playground', id: 'Boss' }])
      await expect(client.post('/v1/issues', { to: ada, amount: '1', by })).rejects.toMatchObject({
        code: 'not_operator',
        status: 403,
      })
    expect(await client.balance(ada)).toBe('10.00')
  })

  test('cannot take out more than there is', async () => {
    const [ada] = await rich(client, '10', newcomer('Ada'))
    await expect(client.post('/v1/issues', { from: ada, amount: '10.01' })).rejects.toMatchObject({
      code: 'insufficient_funds',
    })
  })
})
