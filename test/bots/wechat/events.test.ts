import { encrypt, getSignature } from '@wecom/crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { holdGuesses, holdLedger } from '../../support/held-ledger.ts'
import { type Club, codeIn, openClub } from '../../support/wechat/club.ts'

describe('What WeChat tells the account', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect(club.fake.breaches).toEqual([]))

  test('its question for the address is answered where it is signed', async () => {
    const { fake } = club
    expect(await (await fake.check()).text()).toBe('42')
    expect((await fake.check('0'.repeat(40))).status).toBe(401)
    expect((await fake.check('')).status).toBe(401)
  })

  test('is refused where it isn’t signed, encrypted, fresh and for this account, and moves nothing', async () => {
    const { fake } = club
    const ada = await club.person()
    const message = fake.messageOf(ada, '转账 20')
    const good = () => fake.requestOf(message)
    const withQuery = (change: Record<string, string>) => {
      const { query, body } = good()
      for (const [name, value] of Object.entries(change)) query.set(name, value)
      return { query, body }
    }
    const plain = Object.entries(message).map(([name, value]) => `<${name}>${value}</${name}>`)
    const signed = (encrypted: string, timestamp = String(Math.floor(Date.now() / 1000))) => ({
      query: new URLSearchParams({
        timestamp,
        nonce: '1',
        encrypt_type: 'aes',
        msg_signature: getSignature(fake.token, timestamp, '1', encrypted),
      }),
      body: `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`,
    })
    const inside = (xml: string, id = fake.appId) => encrypt(fake.encodingAesKey, xml, id)
    const whole = `<xml>${plain.join('')}</xml>`
    const old = String(Math.floor(Date.now() / 1000) - 400)
    const refused = [
      withQuery({ msg_signature: '' }),
      withQuery({ msg_signature: '0'.repeat(40) }),
      withQuery({ timestamp: '1' }),
      withQuery({ nonce: 'another' }),
      { ...good(), body: fake.requestOf(fake.messageOf(ada, '转账 30')).body },
      // Signed as plain messages are: without what they say.
      {
        query: new URLSearchParams({
          signature: getSignature(fake.token, '1', '2', ''),
          timestamp: '1',
          nonce: '2',
        }),
        body: whole,
      },
      signed(inside(whole), old),
      signed(inside(whole, 'wx0000000000000000')),
      signed('AAAA'),
      { ...good(), body: '<xml>' },
      { ...good(), body: '' },
      { ...good(), body: '<!DOCTYPE xml [<!ENTITY a "a">]><xml><Encrypt>&a;</Encrypt></xml>' },
    ]
    for (const request of refused) expect((await fake.post(request)).status).toBe(401)
    expect(
      (await fake.post({ ...good(), body: `<xml>${'x'.repeat(70_000)}</xml>` })).status,
    ).toBeGreaterThanOrEqual(400)
    expect(await club.balance(ada)).toBe('100.00')
    // The same, signed.
    expect((await fake.post(signed(inside(whole)))).status).toBe(200)
    await expect.poll(() => club.balance(ada)).toBe('80.00')
  })

  test('in a form that can’t be read is logged without what it says', async () => {
    const { fake } = club
    const before = club.log().length
    await fake.post(fake.requestOf({ FromUserName: 'x', SECRET: 'SECRET' }))
    const lines = await fake.until(() => club.log().slice(before).join())
    expect(lines).toContain('could not be read')
    expect(lines).not.toContain('SECRET')
  })

  test('three times, is done once, and the try that still waits is answered', async () => {
    const { fake } = club
    const ada = await club.person()
    const release = await holdLedger(club.service.database)
    const message = fake.messageOf(ada, '转账 20')
    const ask = async () => fake.answerIn(await (await fake.post(fake.requestOf(message))).text(), ada)
    const answers: (string | undefined)[] = []
    const tries = [ask(), ask(), ask()].map(async (one) => answers.push(await one))
    // Those that it was asked for again after are given up.
    await fake.until(() => answers.length === 2)
    expect(answers).toEqual([undefined, undefined])
    release()
    await Promise.all(tries)
    const said = answers.at(-1) ?? ''
    expect(codeIn(said)).not.toBe('no code')
    // Where that was lost on its way, too, it comes again.
    expect(await fake.tell(ada, message)).toBe(said)
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('and isn’t answered in the third time, is answered by a message of the account’s own', async () => {
    const { fake } = club
    const ada = await club.person()
    const message = fake.messageOf(ada, '领取 amber fox lamp river')
    const release = await holdGuesses(club.service.database)
    const before = ada.messages.length
    const tries = [1, 2, 3].map(() =>
      fake.post(fake.requestOf(message)).then(
        (answer) => answer.text(),
        () => '',
      ),
    )
    const answers = await Promise.all(tries)
    expect(answers.every((text) => fake.answerIn(text, ada) === undefined)).toBe(true)
    release()
    const said = await fake.until(() => ada.messages[before])
    expect(said).toMatchObject({ text: expect.stringContaining('打不开任何东西'), isAnswer: false })
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('again after a restart moves nothing, and the same event is one', async () => {
    const { fake } = club
    const ada = await club.person()
    const message = fake.messageOf(ada, '转账 20')
    await fake.tell(ada, message)
    await club.restart()
    await fake.tell(ada, message)
    expect(await club.balance(ada)).toBe('80.00')
    const click = fake.eventOf(ada, 'CLICK', 'balance')
    expect(await fake.tell(ada, click)).toBe(await fake.tell(ada, click))
  })

  test('late, is asked about', async () => {
    const { fake } = club
    const ada = await club.person()
    const old = { CreateTime: Math.floor(Date.now() / 1000) - 600 }
    const question = await fake.tell(ada, fake.messageOf(ada, '转账 20', old))
    expect(question).toContain('10分钟前')
    expect(await club.balance(ada)).toBe('100.00')
    const [, number = ''] = /\/(\d+) – /.exec(question ?? '') ?? []
    await fake.says(ada, number)
    await expect.poll(() => club.balance(ada)).toBe('80.00')
  })

  test('two commands of one person are done in their order', async () => {
    const { fake } = club
    const ada = await club.person()
    const [first, second] = await Promise.all([
      fake.tell(ada, fake.messageOf(ada, '转账 100')),
      fake.tell(ada, fake.messageOf(ada, '余额')),
    ])
    expect(first).toContain('100.00 CREDIT')
    expect(second).not.toContain('100.00 CREDIT\n')
    expect(await club.balance(ada)).toBe('0.00')
  })

  test('what is no text is said to be none, and what can’t close its frame stays in it', async () => {
    const { fake } = club
    const ada = await club.person()
    expect(await fake.tell(ada, { ...fake.messageOf(ada, ''), MsgType: 'voice', MediaId: 'x' })).toContain(
      '只看得懂文字',
    )
    expect(await fake.tell(ada, fake.messageOf(ada, '转账 1 &lt;b&gt; ]]> &amp;'))).toContain(
      '&lt;b&gt; ]]> &amp;',
    )
  })

  test('codes, links and secrets are in no line of the log', async () => {
    const { fake } = club
    const ada = await club.person()
    const code = codeIn(await fake.says(ada, '转账 20'))
    await fake.tell(ada, fake.eventOf(ada, 'SCAN', code))
    const log = club.log().join('\n')
    for (const secret of [
      code,
      fake.appSecret,
      fake.token,
      fake.encodingAesKey,
      'access_token=',
      ...fake.tokens,
    ])
      expect(log).not.toContain(secret)
  })
})
