import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isGenuine } from '../../../bots/slack/signature.ts'
import { holdLedger } from '../../support/held-ledger.ts'
import { type Club, openClub } from '../../support/slack/club.ts'

const YOURS = '20.00 CREDIT is yours.'

describe('What Slack posts to the bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => {
    const { breaches, late, floods } = club.fake
    expect([...breaches, ...late, ...floods]).toEqual([])
  })

  describe('is believed only where it is signed with the secret, just now', () => {
    test('without a signature, with a wrong one, of another moment, or for another body, it is refused', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const command = fake.commandOf(ada, group, '/send', '20').toString()
      const card = await club.card(group, () => fake.types(ada, group, '/send', '5'))
      const tap = new URLSearchParams({
        payload: JSON.stringify(fake.tapOf(ben, card, 'Collect').payload),
      }).toString()
      const said = JSON.stringify(fake.messageOf(ada, group, 'send 20'))
      for (const [kind, body, type] of [
        ['commands', command, 'form'],
        ['interactivity', tap, 'form'],
        ['events', said, 'json'],
      ] as const) {
        const good = fake.signed(body, type)
        const header = (name: string, value: string) => ({
          ...good,
          headers: { ...good.headers, [name]: value },
        })
        const signature = good.headers['x-slack-signature'] ?? ''
        const forged = {
          unsigned: { body, headers: { 'content-type': good.headers['content-type'] ?? '' } },
          'wrongly signed': header('x-slack-signature', `v0=${'0'.repeat(64)}`),
          'of another version': header('x-slack-signature', signature.replace('v0', 'v1')),
          'too short': header('x-slack-signature', 'v0='),
          'signed by another secret': fake.signed(body, type, Date.now(), 'another'),
          stale: fake.signed(body, type, Date.now() - 6 * 60_000),
          'of the future': fake.signed(body, type, Date.now() + 6 * 60_000),
          'at no time': header('x-slack-request-timestamp', 'now'),
          'at another time': header(
            'x-slack-request-timestamp',
            String(Number(good.headers['x-slack-request-timestamp']) - 1),
          ),
          'another body': { ...good, body: `${body} ` },
        }
        const statuses: [string, number | undefined][] = []
        for (const [name, delivery] of Object.entries(forged))
          statuses.push([name, (await fake.send(delivery, kind)).status])
        expect(statuses).toEqual(Object.keys(forged).map((name) => [name, 401]))
      }
      expect(fake.cards(group)).toHaveLength(1)
      expect([await club.balance(ada), await club.balance(ben)]).toEqual(['95.00', '100.00'])
    })

    test('the example in Slack’s documentation was signed as the bot counts it, but long ago', () => {
      // https://docs.slack.dev/authentication/verifying-requests-from-slack
      const body =
        'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
      const proof = {
        timestamp: '1531420618',
        signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
      }
      const secret = '8f742231b10e8888abcd99yyyzzz85a5'
      const now = Date.now
      expect(isGenuine(Buffer.from(body), proof, secret)).toBe(false)
      try {
        Date.now = () => 1531420618_000
        expect(isGenuine(Buffer.from(body), proof, secret)).toBe(true)
        expect(isGenuine(Buffer.from(`${body}&`), proof, secret)).toBe(false)
      } finally {
        Date.now = now
      }
    })

    test('the address is confirmed when it is entered, to whoever knows the secret', async () => {
      const { fake } = club
      const challenge = JSON.stringify({ token: 'x', challenge: '3eZbrw1aB', type: 'url_verification' })
      const answer = await fake.send(fake.signed(challenge, 'json'), 'events')
      expect(answer.json).toEqual({ challenge: '3eZbrw1aB' })
      const forged = fake.signed(challenge, 'json', Date.now(), 'another')
      expect((await fake.send(forged, 'events')).status).toBe(401)
    })

    test('a copy of a command or a tap is acknowledged, and does nothing more', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const command = fake.signed(fake.commandOf(ada, group, '/send', '20').toString(), 'form')
      const card = await club.card(group, async () => {
        for (let times = 0; times < 3; times++)
          expect((await fake.send(command, 'commands')).status).toBe(200)
      })
      const { answers, payload } = fake.tapOf(ben, card, 'Collect')
      const tap = fake.signed(new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), 'form')
      for (let times = 0; times < 3; times++) await fake.send(tap, 'interactivity')
      await club.reads(card, 'has collected it')
      expect(fake.read(answers)).toEqual([YOURS])
      expect(fake.cards(group)).toHaveLength(1)
      expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
    })
  })

  test('commands and taps are acknowledged in time while the ledger is slow, and answered after it', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.types(ada, group, '/send', '20'))
    const release = await holdLedger(club.service.database)
    const tap = fake.tapOf(ben, card, 'Collect')
    await Promise.all([fake.sendTap(tap), fake.types(ada, group, '/send', '5')])
    expect([fake.read(tap.answers), fake.cards(group).length]).toEqual([[], 1])
    release()
    await club.reads(card, 'has collected it')
    expect(await fake.until(() => fake.read(tap.answers)[0])).toBe(YOURS)
    await fake.until(() => fake.cards(group)[1])
    expect(await club.balance(ada)).toBe('75.00')
  })

  test('a message that takes longer than Slack waits comes again, and is done once', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const release = await holdLedger(club.service.database)
    const said = fake.messageOf(ada, group, 'send 20')
    expect((await fake.push(said)).status).toBe(503)
    release()
    await fake.deliver(said)
    await fake.deliver({ ...said, event_id: 'Ev0AGAIN' })
    await fake.until(() => fake.cards(group)[0])
    expect(fake.cards(group)).toHaveLength(1)
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('what comes again after a restart, or to another process, moves nothing', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const said = fake.messageOf(ada, group, 'send 20')
    await fake.deliver(said)
    const card = await fake.until(() => fake.cards(group)[0])
    const tap = fake.tapOf(ben, card, 'Collect')
    await fake.sendTap(tap)
    await fake.until(() => fake.read(tap.answers)[0])
    await club.restart()
    const other = await club.another()
    await fake.deliver(said)
    await fake.sendTap(tap)
    expect(await fake.until(() => fake.read(tap.answers)[1])).toBe(YOURS)
    await fake.tellAt(club.service.url)
    await other.close()
    // Each process keeps the limits by itself, so they may have been told to wait.
    fake.floods.length = 0
    expect(fake.cards(group)).toHaveLength(1)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('in another order it does the same; what was said too long ago asks first', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const [first, second] = ['1', '2'].map((amount) => fake.messageOf(ada, group, `send ${amount}`))
    if (!first || !second) throw new Error('none')
    await fake.deliver(second)
    await fake.deliver(first)
    await fake.until(() => fake.cards(group)[1])
    const [card] = fake.cards(group)
    expect(card && (await fake.taps(ben, card, 'Collect'))).toBe('2.00 CREDIT is yours.')
    const ts = `${Math.floor(Date.now() / 1000) - 600}.000100`
    const asked = await club.other(group, ada, () => fake.says(ada, group, 'send 50', { ts }))
    expect(asked.labels.length).toBeGreaterThan(0)
    expect(await club.balance(ada)).toBe('97.00')
  })

  test('where the address for answers takes none, the answer comes all the same', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    fake.faults.takesNoAnswers = true
    const told = await club.other(group, ada, () => fake.types(ada, group, '/balance'))
    fake.faults.takesNoAnswers = false
    expect([told.read.includes('100.00'), told.reader]).toEqual([true, ada])
  })

  test('a call that fails is made again, and one that came too fast when Slack says so', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    for (const status of [500, 429] as const) {
      fake.faults.failing.set('chat.postMessage', { times: 2, status })
      await club.card(group, () => fake.types(ada, group, '/send', '20'))
    }
    expect(fake.cards(group)).toHaveLength(2)
    expect(await club.balance(ada)).toBe('60.00')
  })

  test('what is asked for faster than Slack takes it is posted later, in its order', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    for (const amount of ['1', '2', '3']) await fake.types(ada, group, '/send', amount)
    await fake.until(() => fake.cards(group)[2])
    expect(fake.cards(group).map(({ read }) => read.split('\n')[0])).toEqual(
      ['1.00', '2.00', '3.00'].map((amount) => `${amount} CREDIT`),
    )
  })

  test('a token that Slack doesn’t take for a while loses nothing', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.types(ada, group, '/send', '20'))
    const { bot } = fake.acme
    fake.acme.bot = undefined
    await fake.sendTap(fake.tapOf(ben, card, 'Collect'))
    await expect.poll(() => club.balance(ben)).toBe('120.00')
    await fake.until(() => club.log().some((line) => line.includes('out of reach')))
    fake.acme.bot = bot
    await club.reads(card, 'has collected it')
  })

  test('what can’t be read is acknowledged and logged; it doesn’t come again', async () => {
    const { fake } = club
    const before = club.errors().length
    const form = (fields: Record<string, string>) =>
      fake.signed(new URLSearchParams(fields).toString(), 'form')
    const statuses = [
      await fake.send(form({ command: '/send' }), 'commands'),
      await fake.send(form({ payload: '{"type":"block_actions"}' }), 'interactivity'),
      await fake.send(form({ payload: 'no JSON' }), 'interactivity'),
      await fake.send(fake.signed('{"type":"event_callback"}', 'json'), 'events'),
      await fake.push(fake.told(fake.acme, { type: 'app_mention' })),
      await fake.push(fake.told(fake.acme, { type: 'of another kind' })),
    ].map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(club.errors().length - before).toBe(5)
  })

  test('of another workspace nothing is taken where the bot has one token', async () => {
    const { fake } = club
    const { ada } = await club.pair()
    const other = fake.workspace('Globex')
    const otto = fake.user('Otto', other)
    const theirs = fake.group('theirs', [otto])
    const told = await club.answer(theirs, otto, () => fake.types(otto, theirs, '/balance'))
    expect(told).toContain('another workspace')
    expect(
      (
        await fake.push(
          fake.told(other, {
            type: 'app_mention',
            user: otto.id,
            channel: theirs.id,
            ts: '1.1',
            text: 'balance',
          }),
        )
      ).status,
    ).toBe(200)
    expect(await club.balance(ada)).toBe('100.00')
  })
})
