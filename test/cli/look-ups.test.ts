import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { makeToken, openTokens } from '../../src/access/tokens.ts'
import { contribute } from '../../src/payouts/contribute.ts'
import { commandLine } from '../support/command-line.ts'
import { newcomer, openTestCore, type Person, rich } from '../support/service.ts'
import { openTreasuries } from '../support/treasury.ts'

let core: Awaited<ReturnType<typeof openTreasuries>>
let passalong: ReturnType<typeof commandLine>
beforeAll(async () => {
  core = await openTreasuries({ assets: [CREDIT] })
  core.core.deliveries.work()
  passalong = commandLine({ DATABASE_URL: core.database, SECRET_KEY: core.secretKey })
})
afterAll(() => core.close())

const keyOf = ({ messenger, id }: Person) => `${messenger}:${id}`
const CHAT = { messenger: 'telegram', id: '-100', title: 'The club' }

describe('find', () => {
  test('tells what has become of a transfer by its id, code, link, and words, and never a code or the words', async () => {
    const [ada] = await rich(core.client, '60', newcomer('Ada'))
    const ben = newcomer('Ben', 'discord')
    const sent = await core.client.send(ada, '20', { note: 'lunch', group: CHAT, phrase: { words: WORDS } })
    const card = {
      messenger: 'telegram',
      chat: CHAT.id,
      message: '7',
      language: 'en',
      drawn: 'open',
    } as const
    await core.core.deliveries.addCard(sent.id, { ...card, picture: false }, true)
    await core.client.post('/v1/claims', { phrase: WORDS, by: ben })
    const { id, code, link } = sent

    const told: string[] = []
    for (const [typed, input] of [
      [id],
      [code],
      [link],
      [`Look: ${link} !`],
      [WORDS.toUpperCase()],
      ['-', `${code}\n`],
      ['-', `${WORDS}\n`],
    ] as const) {
      const answer = await passalong.call(['find', typed], input)
      expect(answer).toMatchObject({ code: 0, error: '' })
      told.push(answer.out)
    }
    const [first = ''] = told
    expect(first).toMatch(new RegExp(`^Transfer +${id}: collected$`, 'm'))
    expect(first).toMatch(/^Amount +20\.00 CREDIT: 20\.00 collected, 0\.00 gone back$/m)
    expect(first).toMatch(new RegExp(`^From +${keyOf(ada)} Ada \\(@${ada.handle}\\)$`, 'm'))
    expect(first).toMatch(new RegExp(`^To +${keyOf(ben)} Ben \\(@${ben.handle}\\)$`, 'm'))
    expect(first).toMatch(/^ +\S+Z +collect +20\.00 CREDIT +discord:\d+ Ben \(@ben\d+\) +then collected$/m)
    expect(first).toMatch(/^ +\S+Z +telegram:-100 The club +shows open$/m)
    for (const text of told) {
      expect(text.split('\nCards')[0]).toBe(first.split('\nCards')[0])
      for (const secret of [code, WORDS]) expect(text).not.toContain(secret)
    }

    const found = await passalong.json<Found>(['find', id])
    expect(JSON.stringify(found)).not.toContain(code)
    expect(found).toMatchObject({
      kind: 'transfer',
      byDeadCode: false,
      transfer: { id, state: 'collected', amount: '20.00', note: 'lunch', collectedBy: { id: ben.id } },
      entries: [
        { kind: 'fund', amount: '-20.00', leaves: 'open' },
        {
          kind: 'collect',
          amount: '20.00',
          leaves: 'collected',
          who: { kind: 'person', messenger: 'discord', id: ben.id },
        },
      ],
      cards: [{ messenger: 'telegram', chat: CHAT.id, title: 'The club', shows: 'open' }],
    })
  })

  test('tells what messengers are still to do about it, how often that was tried, and why it failed', async () => {
    const [ada] = await rich(core.client, '20', { ...newcomer('Ada'), messenger: 'shop' })
    const ben = { ...newcomer('Ben'), messenger: 'shop' }
    const { id, code } = await core.client.send(ada, '20')
    await core.client.collect(code, ben)
    const own = new Map<string, string>()
    while (own.size < 2)
      for (const one of await core.core.deliveries.take('shop', 10, 20))
        if ('notice' in one && one.transfer.id === id) own.set(one.notice, one.id)
    const { failed, done } = core.core.deliveries
    await failed('shop', own.get('received') ?? '', 'Missing Access', { final: false, counts: true })
    expect((await passalong.json<Found>(['find', id])).deliveries).toMatchObject([
      { what: 'notice received', tries: 1, nextAt: expect.stringMatching(/^\d{4}-/) },
      { what: 'notice collected', tries: 0, nextAt: null },
    ])
    await done('shop', own.get('collected') ?? '')
    expect(await passalong.json(['find', id])).toMatchObject({
      undispatched: false,
      deliveries: [{ messenger: 'shop', what: 'notice received', to: keyOf(ben), reason: 'Missing Access' }],
    })
    expect((await passalong.call(['find', id])).out).toMatch(
      new RegExp(`shop +notice received +${keyOf(ben)} +tried once +next \\S+Z +Missing Access$`, 'm'),
    )
  })

  test('by a code that was replaced says that it is dead, and tells the transfer all the same', async () => {
    const [ada] = await rich(core.client, '20', newcomer('Ada'))
    const { id, code } = await core.client.send(ada, '20')
    const next = await core.client.reissue(id, ada)
    expect(await passalong.json(['find', code])).toMatchObject({ byDeadCode: true, transfer: { id } })
    expect((await passalong.call(['find', code])).out).toMatch(/^Code +the one that was given is dead/m)
    expect(await passalong.json(['find', next.code])).toMatchObject({ byDeadCode: false, transfer: { id } })
  })

  test('tells a packet share by share, an ask part by part, and a payout, by their ids', async () => {
    const [ada] = await rich(core.client, '20', newcomer('Ada'))
    const packet = await core.client.send(ada, '10', { shares: 4 })
    for (const taker of [newcomer('Ben'), newcomer('Cleo')]) await core.client.collect(packet.code, taker)
    const { out } = await passalong.call(['find', packet.id])
    expect(out).toMatch(/^To +2 of 4 shares taken$/m)
    expect(out.match(/ collect +2\.50 CREDIT /g)).toHaveLength(2)

    const dora = newcomer('Dora')
    const ask = await core.client.post<{ id: string; parts: { transfer: string }[] }>('/v1/asks', {
      by: dora,
      amount: '5',
      parts: [{ from: ada }],
      group: CHAT,
    })
    expect((await passalong.call(['find', ask.id])).out).toMatch(
      new RegExp(`^ +${keyOf(ada)} .* +5\\.00 +not paid +${ask.parts[0]?.transfer}$`, 'm'),
    )
    expect(await passalong.json(['find', ask.id])).toMatchObject({
      kind: 'ask',
      ask: { id: ask.id, state: 'open' },
    })

    const group = await core.group('50')
    const { payout } = await core.pay(group, group.ada, [
      { to: dora, amount: '3' },
      { to: ada, amount: '4' },
    ])
    expect((await passalong.call(['find', payout.id])).out).toMatch(
      /^Amount +7\.00 CREDIT to 2 people: 2 open\nFrom +the treasury of telegram:\S+ Lunch club$/m,
    )
    expect(await passalong.json(['find', payout.id])).toMatchObject({
      kind: 'payout',
      payout: { id: payout.id },
    })
  })

  test('finds by words that open it in its group alone, too, and of several the one that is open', async () => {
    const [ada] = await rich(core.client, '20', newcomer('Ada'))
    const phrase = { words: 'nine brass kettles on a purple barge', here: true }
    const first = await core.client.send(ada, '5', { group: CHAT, phrase })
    await core.client.cancel(first.id, ada)
    expect(await passalong.json(['find', phrase.words])).toMatchObject({ transfer: { id: first.id } })
    const second = await core.client.send(ada, '5', { group: CHAT, phrase })
    const found = await passalong.json(['find', phrase.words])
    expect(found).toMatchObject({ transfer: { id: second.id, phrase: 'here' } })
  })

  test('refuses what it finds nothing by, whatever that looks like', async () => {
    for (const typed of [
      '019ab193-0000-7000-8000-000000000000',
      'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      'seven yellow umbrellas of nobody',
      'lunch',
      '20',
    ])
      expect(await passalong.call(['find', typed])).toEqual({
        code: 2,
        out: '',
        error: 'There is no such transfer. Check the code.\npassalong find --help tells how it goes.\n',
      })
    const { out } = await passalong.call(['find', 'lunch', '--json'])
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'transfer_not_found' } })
  })

  test('by id and by code needs no secret key; with words it says that the key is missing', async () => {
    const [ada] = await rich(core.client, '20', newcomer('Ada'))
    const { id, code } = await core.client.send(ada, '20')
    const keyless = commandLine({ DATABASE_URL: core.database, SECRET_KEY: '' })
    for (const typed of [id, code]) expect(await keyless.call(['find', typed])).toMatchObject({ code: 0 })
    expect(await keyless.call(['find', 'seven yellow umbrellas'])).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^SECRET_KEY: /),
    })
  })
})

describe('people, balance and history', () => {
  test('find somebody in every messenger, with what they have there together, and each movement of it', async () => {
    const [ada] = await rich(core.client, '50', newcomer('Adalbert'))
    const alias = newcomer('Adalbert', 'discord')
    await core.client.link(ada, alias)
    const ben = newcomer('Ben')
    const { id, code } = await core.client.send(alias, '20', { note: 'lunch' })
    await core.client.collect(code, ben)
    const open = await core.client.send(ada, '5')
    await core.client.cancel(open.id, ada)

    for (const typed of ['adalbert', `@${ada.handle}`, keyOf(alias), ada.handle ?? ''])
      expect(await passalong.json(['people', typed])).toEqual({
        people: [{ hold: null, identities: expect.arrayContaining([ada, alias].map(shownOf)) }],
      })
    const both = [ada, alias].map((one) => `${keyOf(one)} Adalbert (@${one.handle})`)
    expect((await passalong.call(['people', 'adalbert'])).out.trim().split(' = ').toSorted()).toEqual(
      both.toSorted(),
    )

    for (const one of [ada, alias])
      expect(await passalong.json(['balance', keyOf(one)])).toMatchObject({
        person: keyOf(one),
        balances: [{ asset: 'CREDIT', amount: '30.00' }],
      })
    expect((await passalong.call(['balance', keyOf(ben)])).out).toBe(
      `${keyOf(ben)} Ben (@${ben.handle})\n20.00  CREDIT\n`,
    )

    const { items, next } = await passalong.json<History>(['history', keyOf(ada), '--limit', '3'])
    expect(items).toMatchObject([
      { what: 'returned', amount: '5.00', balance: '30.00', transfer: { id: open.id, state: 'cancelled' } },
      { what: 'sent', amount: '-5.00', balance: '25.00' },
      { what: 'sent', amount: '-20.00', balance: '30.00', transfer: { id, note: 'lunch' } },
    ])
    const rest = await passalong.json<History>(['history', keyOf(ada), '--before', String(next)])
    expect(rest).toMatchObject({
      items: expect.arrayContaining([{ ...rest.items.at(-1), amount: '50.00' }]),
      next: null,
    })
    const { out } = await passalong.call(['history', keyOf(alias), '--limit', '3'])
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^TIME +WHAT +AMOUNT +BALANCE +FROM OR TO +STATE +TRANSFER$/),
      expect.stringMatching(/ returned +5\.00 CREDIT +30\.00 +anyone +cancelled +[\w-]{36}$/),
      expect.stringMatching(/ sent +-5\.00 CREDIT +25\.00 +anyone +cancelled +[\w-]{36}$/),
      expect.stringMatching(
        new RegExp(` sent +-20\\.00 CREDIT +30\\.00 +${keyOf(ben)} Ben .* +collected +${id}$`),
      ),
      `More: passalong history ${keyOf(alias)} … --before ${next}`,
      '',
    ])
  })

  test('history is narrowed to days and to an asset, as the books of a group are', async () => {
    const [ada] = await rich(core.client, '50', newcomer('Ada'))
    const count = async (...flags: string[]) =>
      (await passalong.json<History>(['history', keyOf(ada), ...flags])).items.length
    expect(await count('--from', '2020-01-01', '--asset', 'CREDIT')).toBe(1)
    expect(await count('--to', '2020-01-01')).toBe(0)
    expect(await count('--asset', 'POINT')).toBe(0)
    expect((await passalong.call(['history', keyOf(ada), '--to', '2020-01-01'])).out).toBe('Nothing.\n')
  })

  test("a group's treasury is named by any of its chats", async () => {
    const [ada] = await rich(core.client, '50', newcomer('Ada'))
    const group = await core.group('5')
    await contribute(core.core, { amount: '15', from: ada, groupId: group.id })
    const named = keyOf(group.chat)
    expect(await passalong.json(['balance', named, '--group'])).toEqual({
      group: named,
      chats: [group.chat],
      balances: [{ asset: 'CREDIT', amount: '20.00', planned: '0.00' }],
    })
    const { items } = await passalong.json<History>(['history', keyOf(ada), '--limit', '1'])
    expect(items).toMatchObject([{ what: 'sent', transfer: { treasury: { end: 'to' } } }])
    expect((await passalong.call(['history', keyOf(ada)])).out).toContain(
      `the treasury of ${named} Lunch club`,
    )
    expect(await passalong.call(['balance', 'telegram:-201', '--group'])).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^The books know no chat telegram:-201\.\n/),
    })
  })

  test('a hold is told, and whoever has nothing', async () => {
    const [ada] = await rich(core.client, '5', newcomer('Heldine'))
    const known = await core.core.people.find(ada.messenger, ada.id)
    await core.core.people.setHold(known?.person ?? '', 'send')
    for (const words of [
      ['people', 'heldine'],
      ['balance', keyOf(ada)],
    ])
      expect((await passalong.call(words)).out).toContain('on hold: cannot send')
  })

  test.each([
    [['history', 'telegram:404404'], 'Nobody whom we have met goes by "telegram:404404".'],
    [['balance', 'discord:1'], 'Nobody whom we have met goes by "discord:1".'],
    [['people', 'nobody at all'], 'Nobody whom we have met goes by "nobody at all".'],
    [
      ['balance', '@ada'],
      '"@ada" is not of the form MESSENGER:ID, like telegram:123456789. People are found by "passalong people".',
    ],
    [['history', 'telegram:1', '--from', 'yesterday'], '--from: "yesterday" can not be understood.'],
    [
      ['history', 'telegram:1', '--from', '2026-02-01', '--to', '2026-01-01'],
      '--to: "2026-01-01" can not be understood.',
    ],
    [['history', 'telegram:1', '--before', 'x'], '--before: "x" can not be understood.'],
    [['history', 'telegram:1', '--limit', '0'], '--limit: a number from 1 to 1000.'],
  ])('%j is refused, and nobody becomes known by it', async (words, line) => {
    const { code, out, error } = await passalong.call(words)
    expect([code, out, error.split('\n')[0]]).toEqual([2, '', line])
  })
})

describe('circulation', () => {
  test('adds up over people, treasuries and open transfers, and ends with 1 where it does not', async () => {
    const own = await openTestCore({ assets: [CREDIT] })
    onTestFinished(own.close)
    const [ada] = await rich(own.client, '100', newcomer('Ada'))
    await own.client.send(ada, '30')
    await contribute(own.core, { amount: '25', from: ada, groupId: await own.core.groups.meet(CHAT) })
    const { call, json } = commandLine({ DATABASE_URL: own.database, SECRET_KEY: own.secretKey })
    expect(await json(['circulation'])).toMatchObject({
      assets: [
        {
          asset: 'CREDIT',
          issued: '100.00',
          withdrawn: '0.00',
          people: '45.00',
          treasuries: '25.00',
          open: '30.00',
          openTransfers: 1,
          difference: '0.00',
        },
        { asset: 'PLAY', issued: '0.00', difference: '0.00' },
      ],
    })
    const { out, code } = await call(['circulation'])
    expect(code).toBe(0)
    expect(out.split('\n')[1]).toMatch(/^CREDIT +100\.00 +0\.00 +45\.00 +25\.00 +30\.00 +1 +0\.00$/)

    const { sql, close } = connect(own.database)
    onTestFinished(close)
    await sql`alter table accounts disable trigger user`
    await sql`update accounts set balance = balance - 1 where kind = 'person'`
    const wrong = await call(['circulation'])
    expect(wrong.code).toBe(1)
    expect(wrong.out.split('\n')[1]).toMatch(/ 44\.99 .* 0\.01$/)
  })
})

describe('tokens', () => {
  test('are listed with when they were made and last used, a write a minute at most, and end when they are revoked', async () => {
    const { db, sql } = core.core
    const token = await makeToken(db, 'shop')
    const shop = async () =>
      (await passalong.json<{ tokens: Token[] }>(['tokens'])).tokens.find(({ name }) => name === 'shop')
    expect(await shop()).toEqual({
      name: 'shop',
      may: ['all'],
      for: 'everybody',
      perTransfer: null,
      perDay: null,
      counter: false,
      endsAt: null,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      usedAt: null,
    })
    expect((await passalong.call(['tokens'])).out).toMatch(/^shop +all +everybody +- +- +\S+Z +- +never$/m)

    const silent = { warn: () => {} }
    const use = () => openTokens(db, silent).grantOf(token)
    expect(await use()).toMatchObject({ client: 'shop' })
    await expect.poll(async () => (await shop())?.usedAt).toMatch(/^\d{4}-/)
    const before = await shop()
    await use()
    await use()
    expect(await shop()).toEqual(before)
    await sql`update tokens set used_at = used_at - interval '61 seconds' where name = 'shop'`
    await use()
    await expect
      .poll(async () => Date.parse((await shop())?.usedAt ?? ''))
      .toBeGreaterThan(Date.now() - 60_000)

    expect(JSON.stringify(await passalong.json(['tokens']))).not.toContain(token.slice(3, 20))
    expect(await passalong.json(['tokens', '--revoke', 'shop'])).toEqual({ revoked: 'shop' })
    expect(await use()).toBeUndefined()
    expect(await passalong.call(['tokens', '--revoke', 'shop'])).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^"shop" is none of the tokens: test-/),
    })
  })

  test('that are made again under their name were not used', async () => {
    const { db } = core.core
    const token = await makeToken(db, 'till')
    await openTokens(db, { warn: () => {} }).grantOf(token)
    const usedAt = async () =>
      (await passalong.json<{ tokens: Token[] }>(['tokens'])).tokens.find(({ name }) => name === 'till')
        ?.usedAt
    await expect.poll(usedAt).not.toBeNull()
    await makeToken(db, 'till')
    expect(await usedAt()).toBeNull()
  })
})

const CREDIT = { code: 'CREDIT', scale: 2, symbols: [], maxTransfer: 2000_00n, lifetime: 3600 }
const WORDS = 'seven green umbrellas in the old tower'
const shownOf = ({ messenger, id, handle, name }: Person) => ({ messenger, id, handle, name })

interface Found {
  deliveries: object[]
  undispatched: boolean
}
interface History {
  items: object[]
  next: string | null
}
interface Token {
  name: string
  usedAt: string | null
}
