import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { openKey } from '../../../bots/qq/signature.ts'
import { holdLedger } from '../../support/held-ledger.ts'
import { type Club, openClub } from '../../support/qq/club.ts'

/** The time of an example, of which requests are no older than five minutes. */
function at(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: seconds * 1000 })
  onTestFinished(() => void vi.useRealTimers())
}

describe('By QQ’s own examples', () => {
  // https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/event-emit.html
  const check = { plain_token: 'Arq0D5A61EgUu4OxUvOp', event_ts: '1725442341' }

  test('the question whether the address is ours is answered as the documentation says', () => {
    at(1_725_442_341)
    expect(openKey('DG5g3B4j9X2KOErG').answerTo(check)).toBe(
      '87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d01bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706',
    )
  })

  test.each([
    // https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/sign.html
    {
      secret: 'naOC0ocQE3shWLAfffVLB1rhYPG7',
      // The page shows it in one line; so it was signed.
      body: '{\n  "op": 0,\n  "d": {},\n  "t": "GATEWAY_EVENT_NAME"\n}',
      timestamp: '1725442341',
      signature:
        '865ad13a61752ca65e26bde6676459cd36cf1be609375b37bd62af366e1dc25a8dc789ba7f14e017ada3d554c671a911bfdf075ba54835b23391d509579ed002',
    },
    // https://github.com/tencent-connect/botgo/blob/master/interaction/signature/interaction_test.go
    {
      secret: '123456abcdef',
      body: '{"id":"ROBOT1.0_veoihSEXDc8Q.g-6eLpNIa11bH8MisOjn-m-LKxCPntMk6exUXgcWCGpVO7L2QKTNZzjZzFFDSbiOFcqAPWyVA!!","content":"哦一下","timestamp":"2024-10-15T16:33:15+08:00","author":{"id":"675860273","user_openid":"675860273"}}',
      timestamp: '1728981195',
      signature:
        'e949b5b94ef4103df903fb031d1d16e358db3db83e79e117edd404c8508be3ce8a76d7bad1bed353194c126a1a5915b4ad8b5288c1191cc53a12acffccd82004',
    },
  ])('what $secret has signed is believed, five minutes long', ({ secret, body, ...proof }) => {
    at(Number(proof.timestamp) + 299)
    const raw = Buffer.from(body)
    const key = openKey(secret)
    expect(key.isGenuine(raw, proof)).toBe(true)
    expect(key.isGenuine(Buffer.from(`${body} `), proof)).toBe(false)
    expect(openKey(`${secret}x`).isGenuine(raw, proof)).toBe(false)
    expect(key.isGenuine(raw, { ...proof, signature: proof.signature.replace(/^../, '00') })).toBe(false)
    vi.setSystemTime((Number(proof.timestamp) + 301) * 1000)
    expect(key.isGenuine(raw, proof)).toBe(false)
  })

  test('nothing is signed that an event could be, nor of another time', () => {
    at(1_725_442_341)
    const key = openKey('DG5g3B4j9X2KOErG')
    const event = JSON.stringify({ op: 0, id: 'x', t: 'C2C_MESSAGE_CREATE', d: {} })
    for (const wrong of [
      { plain_token: event },
      { plain_token: '' },
      { plain_token: 'x'.repeat(65) },
      { plain_token: 'a{' },
      { event_ts: `1725442341${event}`, plain_token: 'x' },
      { event_ts: '1725442341 ' },
      { event_ts: '1725441000' },
      { event_ts: '1725443000' },
      { event_ts: '' },
    ])
      expect(key.answerTo({ ...check, ...wrong })).toBeUndefined()
  })
})

describe('What QQ tells the bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect(club.breaches()).toEqual([]))

  test('is believed only where the bot’s secret has signed these very bytes, just now', async () => {
    const { fake } = club
    const ada = await club.person()
    const body = JSON.stringify(fake.messageOf(ada, '转账 20'))
    const good = fake.signed(body)
    const header = (name: string, value: string) => ({ ...good, headers: { ...good.headers, [name]: value } })
    const { 'x-signature-ed25519': _, ...unsigned } = good.headers
    const forged = {
      unsigned: { body, headers: unsigned },
      'wrongly signed': header('x-signature-ed25519', '0'.repeat(128)),
      'no hex': header('x-signature-ed25519', 'zz'),
      'signed by another secret': fake.signed(body, Date.now(), 'another'),
      stale: fake.signed(body, Date.now() - 6 * 60_000),
      'of the future': fake.signed(body, Date.now() + 6 * 60_000),
      'at another time': header('x-signature-timestamp', String(Math.floor(Date.now() / 1000) - 1)),
      'changed body': { ...good, body: body.replace('{"', '{ "') },
      'of another bot': header('x-bot-appid', '1'),
    }
    const statuses: [string, number | undefined][] = []
    for (const [name, delivery] of Object.entries(forged))
      statuses.push([name, (await fake.send(delivery)).status])
    expect(statuses).toEqual(Object.keys(forged).map((name) => [name, 401]))
    expect(ada.messages).toEqual([])
    // Replayed, it moves nothing more.
    for (const _ of [1, 2]) expect((await fake.send(good)).json).toEqual({ op: 12, d: 0 })
    await expect.poll(() => club.balance(ada)).toBe('80.00')
  })

  test('whether the address is ours is answered to whoever asks as QQ does, signed rightly or not at all', async () => {
    const { fake } = club
    const d = { plain_token: 'Arq0D5A61EgUu4OxUvOp', event_ts: String(Math.floor(Date.now() / 1000)) }
    const body = JSON.stringify({ d, op: 13 })
    const headers = { 'content-type': 'application/json', 'x-bot-appid': fake.appId }
    for (const delivery of [{ body, headers }, fake.signed(body)]) {
      const { json } = await fake.send(delivery)
      expect(json).toEqual({ plain_token: d.plain_token, signature: expect.stringMatching(/^[\da-f]{128}$/) })
    }
    const event = JSON.stringify(fake.messageOf(await club.person(), '转账 20'))
    const oracle = JSON.stringify({ d: { ...d, plain_token: event }, op: 13 })
    for (const delivery of [
      { body: oracle, headers },
      fake.signed(oracle),
      fake.signed(body, Date.now(), 'another'),
      { body, headers: { ...headers, 'x-bot-appid': '1' } },
    ])
      expect((await fake.send(delivery)).status).toBe(401)
  })

  test('what takes longer than QQ waits is answered in time, comes again, and is done once', async () => {
    const { fake } = club
    const ada = await club.person()
    const release = await holdLedger(club.service.database)
    const said = fake.messageOf(ada, '转账 20')
    expect(await fake.push(said)).toBe(false)
    release()
    await fake.deliver(said)
    await fake.until(() => ada.messages[1])
    expect(await club.balance(ada)).toBe('80.00')
    expect(ada.messages).toHaveLength(2)
  })

  test('what comes again, as another event, after a restart, or to another process, moves nothing and is answered once', async () => {
    const { fake } = club
    const ada = await club.person()
    const said = fake.messageOf(ada, '转账 20')
    await Promise.all([fake.deliver(said), fake.deliver(said), fake.deliver({ ...said, id: 'again' })])
    await fake.until(() => ada.messages[1])
    await club.restart()
    await fake.deliver(said)
    const here = club.service.url
    const other = await club.another()
    await fake.deliver(said)
    fake.tellAt(here)
    await other.close()
    expect(await club.balance(ada)).toBe('80.00')
    expect(ada.messages.filter(({ picture }) => !picture)).toHaveLength(1)
  })

  test('in another order it does the same; a message that waited for too long moves nothing by itself', async () => {
    const { fake } = club
    const ada = await club.person()
    const [first, second] = [fake.messageOf(ada, '转账 1'), fake.messageOf(ada, '转账 2')]
    await fake.deliver(second)
    await fake.deliver(first)
    await expect.poll(() => club.balance(ada)).toBe('97.00')
    const timestamp = new Date(Date.now() - 10 * 60_000).toISOString()
    await fake.says(ada, '转账 20', { timestamp })
    const asked = await fake.until(() => ada.messages.find(({ text }) => text.includes('10分钟前'))?.text)
    expect(await club.balance(ada)).toBe('97.00')
    const [, number = ''] = /\/(\d+) – /.exec(asked) ?? []
    await fake.says(ada, number)
    await expect.poll(() => club.balance(ada)).toBe('77.00')
  })

  test('a number that was offered to somebody else chooses nothing', async () => {
    const { fake } = club
    const [ada, ben] = [await club.person(), await club.person()]
    const number = club.numberOf(await club.answer(ada, '转账 20'), '领取')
    await club.answer(ben, number)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '100.00'])
    expect(fake.breaches).toEqual([])
  })

  test('what can’t be read is logged without what it says, and taken, so that it doesn’t come for ever', async () => {
    const { fake } = club
    const before = club.log().length
    expect(await fake.push(fake.told('C2C_MESSAGE_CREATE', { content: 'SECRET' }))).toBe(true)
    expect(await fake.push(fake.told('C2C_MSG_REJECT', { openid: 'SECRET' }))).toBe(true)
    for (const body of ['"SECRET"', 'SECRET'])
      expect((await fake.send(fake.signed(body))).json).toEqual({ op: 12, d: 0 })
    const lines = club.log().slice(before).join()
    expect(lines).toContain('could not be read')
    expect(lines).not.toContain('SECRET')
  })

  test('a card whose answer was lost is there once, and an access token that ended early is renewed', async () => {
    const { fake } = club
    const ada = await club.person()
    fake.lost.set('messages', 1)
    fake.tokens.clear()
    await fake.says(ada, '转账 20')
    await fake.until(() => ada.messages.find(({ picture }) => picture))
    expect(ada.messages).toHaveLength(2)
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('what can’t be answered any more holds no money', async () => {
    const { fake } = club
    const ada = await club.person()
    const said = fake.messageOf(ada, '转账 20')
    fake.sources.delete(String(said.d.id))
    await fake.deliver(said)
    await fake.until(() => club.log().some((line) => line.includes('a transfer was taken back')))
    await expect.poll(() => club.balance(ada)).toBe('100.00')
  })
})
