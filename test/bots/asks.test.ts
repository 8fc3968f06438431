import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseSplit } from '../../bots/commands/parse-split.ts'
import { APP_VERBS } from '../../src/access/scopes.ts'
import type { AskView } from '../../src/asks/view.ts'
import { identityOf as inDiscord } from '../support/discord/club.ts'
import { type FakeDiscord, startFakeDiscord } from '../support/discord/index.ts'
import { makeTokenIn } from '../support/service.ts'
import { type Club, called, openClub } from '../support/telegram/club.ts'
import type { Chat, Message, Person } from '../support/telegram/index.ts'

describe('Asks in the chat', () => {
  let discord: FakeDiscord
  let club: Club
  let ada: Person
  let ben: Person
  let eve: Person
  let group: Chat

  beforeAll(async () => {
    discord = await startFakeDiscord()
    club = await openClub('polling', {
      roles: 'api,worker,telegram,discord',
      environment: { DISCORD_BOT_TOKEN: discord.token, DISCORD_API_ROOT: discord.url },
    })
    await discord.until(() => discord.commands.length > 0)
    ;({ ada, ben } = await club.pair())
    eve = await club.person('Eve')
  })
  afterAll(async () => {
    await club?.close()
    await discord?.stop()
  })
  afterEach(() => expect([...discord.breaches, ...club.fake.breaches, ...club.errors()]).toEqual([]))

  const at = ({ json: { username } }: Person) => `@${username}`
  const rows = ({ keyboard }: Message) => keyboard.map((row) => row.map(({ text }) => text))
  /** Telegram lets a bot write to one group only so often. */
  const newGroup = () => (group = club.fake.group({ creator: ada, members: [ben, eve] }))
  async function asked(words: string, by = ada): Promise<Message> {
    const card = await club.answer(group, () => by.says(group, words))
    const id = card.keyboard[0]?.[0]?.callback_data?.slice('pay:'.length)
    const path = `/v1/asks/${id}/cards`
    await club.fake.until(
      async () => (await club.service.client.get<{ items: object[] }>(path)).items.length > 0,
    )
    return card
  }
  const told = (person: Person, text: string) =>
    club.fake.until(() => club.fake.messages(person.chat).find((message) => message.text.includes(text)))

  test('one person is asked by a card and in private, pays with a tap, and who asked is told', async () => {
    newGroup()
    const card = await asked(`/request 20 from ${at(ben)} lunch`)
    expect(card.text.split('\n').slice(0, 4)).toEqual([
      '20.00 CREDIT',
      `${called(ada)} asks → ${at(ben)}`,
      'lunch',
      `${at(ben)} can pay it: tap Pay.`,
    ])
    expect(card.text).toContain('Ends ')
    expect(rows(card)).toEqual([['Pay'], ['Remind', 'End']])
    const word = await told(ben, `🙏 ${called(ada)} asks you for 20.00 CREDIT (lunch).`)
    expect(rows(word)).toEqual([['Pay']])
    expect((await eve.taps(card, 'Pay')).text).toBe('It asks somebody else.')
    expect((await ada.taps(card, 'Pay')).text).toBe('You asked for it yourself: others pay it.')
    expect((await ben.taps(card, 'Pay')).text).toBe(`Paid: ${called(ada)} has your 20.00 CREDIT.`)
    await club.reads(card, `✅ ${called(ben)} has paid it.`)
    expect(rows(card)).toEqual([])
    await told(ada, `💰 You received 20.00 CREDIT from ${called(ben)} (lunch).`)
    expect((await ben.taps(word, 'Pay')).text).toBe('It is paid already.')
    const history = await club.answer(ben.chat, () => ben.says(ben.chat, '/history'))
    expect(history.text).toContain('· asked for · lunch'.replace('· asked', '· 🙏 asked'))
  })

  test('a sum is shared out: each pays their part, and the card says who has', async () => {
    newGroup()
    const before = Number(await club.balance(ada))
    const card = await asked(`/split 10 me ${at(ben)} and ${at(eve)} pizza`)
    expect(card.text.split('\n').slice(0, 6)).toEqual([
      '6.66 CREDIT',
      `${called(ada)} asks → 2 people`,
      'pizza',
      `▫️ 3.33 ${at(ben)}`,
      `▫️ 3.33 ${at(eve)}`,
      `Are you named? Tap Pay, and ${called(ada)} has it at once.`,
    ])
    expect(card.text).toContain(`Shared with ${called(ada)}, whose own part is 3.34 CREDIT.`)
    await eve.taps(card, 'Pay')
    await club.reads(card, `✅ 3.33 ${called(eve)}`)
    expect((await eve.taps(card, 'Pay')).text).toBe('It is paid already.')
    expect((await ada.taps(card, 'Remind')).text).toBe('I tell those in private who have not paid: 1.')
    expect((await ada.taps(card, 'Remind')).text).toContain('Try again tomorrow')
    expect((await eve.taps(card, 'Remind')).text).toBe('Only who asked for it can do that.')
    await ben.taps(card, 'Pay')
    await club.reads(card, '✅ All of it is paid.')
    expect(Number(await club.balance(ada))).toBeCloseTo(before + 6.66)
  })

  test('who asked ends it, and nobody else; what was paid stays paid', async () => {
    newGroup()
    const card = await asked(`/split ${at(ben)} 3 ${at(eve)} 2 tea`)
    expect(card.text).toContain(`▫️ 3.00 ${at(ben)}\n▫️ 2.00 ${at(eve)}`)
    expect(card.text).toContain(`${called(ada)} pays no part of it.`)
    await ben.taps(card, 'Pay')
    expect((await eve.taps(card, 'End')).text).toBe('Only who asked for it can do that.')
    expect((await ada.taps(card, 'End')).text).toBe('Ended: nobody needs to pay it any more.')
    await club.reads(card, `🔚 ${called(ada)} has ended it.`)
    expect(card.text).toContain(`✅ 3.00 ${called(ben)}\n▫️ 2.00 ${at(eve)}`)
    expect(rows(card)).toEqual([])
  })

  test('what an app asks for is shown to who comes from its page, and is paid there with a tap; by whom, no card tells', async () => {
    await makeTokenIn(club.service.database, 'shop', { may: APP_VERBS, whom: { kind: 'own' } })
    const { client } = club.service
    const app = { messenger: 'app', id: 'shop' }
    const asked = await client.post<AskView>('/v1/asks', { by: app, amount: '2', note: 'coffee' })
    const card = await club.answer(ben.chat, () => ben.says(ben.chat, `/start ${asked.id}`))
    expect(card.text.split('\n').slice(0, 4)).toEqual([
      '2.00 CREDIT',
      'shop (app) asks → whoever pays first',
      'coffee',
      'Whoever taps Pay first pays it.',
    ])
    expect(rows(card)).toEqual([['Pay']])
    expect(await client.balance(app)).toBe('0.00')
    const dee = discord.user({ username: 'dee', global_name: 'Dee' })
    discord.guild({ name: 'Club', owner: dee, members: [] })
    const inPrivate = (text: string) =>
      discord.until(() => discord.messages(dee.privateChannel).some((one) => one.text.includes(text)))
    dee.dm(asked.page ?? '')
    await inPrivate('shop (app) asks')
    expect((await ben.taps(card, 'Pay')).text).toBe('Paid: shop (app) has your 2.00 CREDIT.')
    await club.reads(card, '✅ All of it is paid.')
    await inPrivate('✅ All of it is paid.')
    expect(await client.balance(app)).toBe('2.00')
    // What is asked of somebody, or in a group, is shown to nobody by its id.
    const { id } = await client.post<AskView>('/v1/asks', {
      by: app,
      amount: '2',
      parts: [{ from: { messenger: 'telegram', handle: 'nobody' } }],
    })
    const hidden = await club.answer(ben.chat, () => ben.says(ben.chat, `/start ${id}`))
    expect(hidden.text).toBe('Nobody has asked for that.')
  })

  test('nobody named: whoever taps first pays it', async () => {
    newGroup()
    const card = await asked('/request 2 coffee')
    expect(card.text).toContain(`${called(ada)} asks → whoever pays first`)
    expect(rows(card)).toEqual([['Pay'], ['End']])
    await eve.taps(card, 'Pay')
    await club.reads(card, `✅ ${called(eve)} has paid it.`)
  })

  test('a pool shows how far it is, takes no more than is missing, and goes to who asked with its goal', async () => {
    newGroup()
    const before = Number(await club.balance(ada))
    const card = await club.answer(group, () => ada.says(group, '/pool 20 grill'))
    expect(card.text.split('\n').slice(0, 4)).toEqual([
      '20.00 CREDIT',
      `${called(ada)} pools for it`,
      'grill',
      '▱▱▱▱▱▱▱▱▱▱ 0.00 of 20.00 CREDIT',
    ])
    expect(rows(card)).toEqual([['+1.00'], ['+2.00', '+5.00', 'The missing 20.00', 'End']])
    expect((await ben.taps(card, '+5.00')).text).toBe('Given: 5.00 CREDIT. It waits for the goal.')
    await club.reads(card, `▰▰▱▱▱▱▱▱▱▱ 5.00 of 20.00 CREDIT\n▫️ 5.00 ${called(ben)}`)
    expect((await ada.taps(card, 'The missing 15.00')).text).toBe('You asked for it yourself: others pay it.')
    expect((await eve.taps(card, 'The missing 15.00')).text).toBe(
      'Given: 15.00 CREDIT. With it the goal is reached!',
    )
    await club.reads(card, `🎉 The goal is reached: ${called(ada)} has it.`)
    expect(rows(card)).toEqual([])
    expect(Number(await club.balance(ada))).toBe(before + 20)
    await told(ada, '🎉 Your pool (grill) has reached its goal: you have all of it.')
    await told(ben, `🎉 The pool (grill) has reached its goal: ${called(ada)} has your 5.00 CREDIT.`)
  })

  test('a pool that is ended gives back, and says so; until then who gave can take it back, and no more', async () => {
    newGroup()
    const card = await club.answer(group, () => ada.says(group, '/pool 50 boat'))
    await ben.taps(card, '+20.00')
    const waiting = await club.answer(ben.chat, () => ben.says(ben.chat, '/waiting'))
    expect(waiting.text).toContain(`20.00 CREDIT`)
    expect(rows(waiting)).toEqual([['Cancel']])
    expect((await ada.taps(card, 'End')).text).toBe('Ended: what was given is back.')
    await club.reads(card, `🔚 ${called(ada)} has ended it: what was given is back.`)
    await told(ben, `↩️ ${called(ada)} has ended the pool (boat). Your 20.00 CREDIT is back with you.`)
  })

  test('asks in Chinese', async () => {
    newGroup()
    const chen = await club.person('Chen', { language: 'zh-hans' })
    group.add(chen, 'member')
    const card = await asked(`/request 2 向${at(ben)} 茶`, chen)
    expect(card.text.split('\n').slice(0, 4)).toEqual([
      '2.00 CREDIT',
      `${called(chen)} 收款 → ${at(ben)}`,
      '茶',
      `请 ${at(ben)} 点“付款”。`,
    ])
  })

  test('asks somebody in private, who is told there', async () => {
    const card = await club.answer(ada.chat, () => ada.says(ada.chat, `/request 1 from ${at(eve)} bus`))
    expect(card.text).toContain(`${called(ada)} asks → ${at(eve)}`)
    const word = await told(eve, '1.00 CREDIT (bus)')
    await eve.taps(word, 'Pay')
    await club.reads(card, `✅ ${called(eve)} has paid it.`)
    await told(ada, '1.00 CREDIT from')
    ada.says(ada.chat, '/request 1 bus')
    await told(ada, 'Whom do you ask?')
  })

  test.each<[string, string, string]>([
    ['/request with nothing', '/request', 'How much? The amount comes first.'],
    [
      '/request of somebody unclear',
      '/request 5 from Zed',
      'From whoever pays first? Send\n/request 5 anyone',
    ],
    ['/request of oneself', '/request 5 from @ADA', 'That is you.'],
    ['/request of the treasury', '/request 5 from @treasury', 'A treasury pays by /pay'],
    ['/pool of somebody', '/pool 5 @BEN', 'A pool is for a group'],
    ['/split among nobody', '/split 30 lunch', 'Among whom?'],
    ['/split without a sum', '/split @BEN @EVE', 'How much?'],
    ['/split where one has no amount', '/split @BEN 12 @EVE', 'Who pays how much?'],
  ])('asks back: %s', async (_, words, expected) => {
    const line = words.replace('@ADA', at(ada)).replace('@BEN', at(ben)).replace('@EVE', at(eve))
    const answer = await club.answer(ada.chat, () => ada.says(ada.chat, line))
    expect(answer.text).toContain(expected)
  })

  test('in Discord everybody sees the card, and people are named in one field', async () => {
    const { client } = club.service
    const [dana, finn, gus] = ['dana', 'finn', 'gus'].map((username) =>
      discord.user({ username, global_name: username }),
    ) as [ReturnType<typeof discord.user>, ReturnType<typeof discord.user>, ReturnType<typeof discord.user>]
    for (const person of [finn, gus]) await client.issue(inDiscord(person), '10')
    const server = discord.guild({ name: 'Club', owner: dana, members: [finn, gus] })
    const shown = () => discord.messages(server.channel())
    const people = `<@${finn.id}> <@${gus.id}>`
    const { message } = await dana
      .slash(server.channel(), 'split', { amount: '5', people, note: 'tea' })
      .answer()
    expect(message.ephemeral).toBe(false)
    expect(message.text).toContain('▫️ 2.50 finn')
    const tap = await finn.taps(message, 'Pay').answer()
    expect(await discord.until(() => tap.followUps[0]?.text)).toContain('has your 2.50 CREDIT')
    await discord.until(() => shown().some(({ text }) => text.includes('✅ 2.50 finn')))
    const asked = await dana.slash(server.channel(), 'request', { amount: '1', who: gus }).answer()
    expect(asked.message.text).toContain('can pay it: tap Pay.')
    await gus.taps(asked.message, 'Pay').answer()
    await discord.until(() => shown().some(({ text }) => text.includes('has paid it')))
    expect(await client.balance(inDiscord(dana))).toBe('3.50')
  })
})

describe('/split understands', () => {
  const person = { messenger: 'test', id: '1' }
  const read = (words: string) => {
    const invocation = { person, chat: { id: '1', kind: 'group' as const }, language: 'en', key: '1', words }
    const { parts, ...parsed } = parseSplit(invocation, ['CREDIT'])
    const named = parts.map(({ from, amount }) => [('handle' in from && from.handle) || '', amount])
    return { ...parsed, parts: named }
  }
  const equal = (parts: string[], more: object = {}) => ({
    amount: '30',
    asset: undefined,
    own: false,
    note: undefined,
    unclear: undefined,
    parts: parts.map((name) => [name, undefined]),
    ...more,
  })

  test.each([
    ['30 @a @b', equal(['a', 'b'])],
    ['30 CREDIT @a @b lunch at noon', equal(['a', 'b'], { asset: 'CREDIT', note: 'lunch at noon' })],
    ['@a @b 30 lunch', equal(['a', 'b'], { note: 'lunch' })],
    ['30 me @a, @b and @c', equal(['a', 'b', 'c'], { own: true })],
    ['30 with @a and me', equal(['a'], { own: true })],
    ['30 @a 和 @b 和我 午饭', equal(['a', 'b'], { own: true, note: '午饭' })],
    ['30 between @a and @a', equal(['a'])],
  ])('%s', (words, expected) => expect(read(words)).toEqual(expected))

  test.each([
    [
      '@a 12 @b 8',
      [
        ['a', '12'],
        ['b', '8'],
      ],
      {},
    ],
    [
      '@a 12, @b 8 CREDIT lunch',
      [
        ['a', '12'],
        ['b', '8'],
      ],
      { asset: 'CREDIT', note: 'lunch' },
    ],
    [
      '@a ¥12 and @b ¥8 tea',
      [
        ['a', '¥12'],
        ['b', '¥8'],
      ],
      { note: 'tea' },
    ],
  ])('amounts of each: %s', (words, parts, more) =>
    expect(read(words)).toEqual({
      asset: undefined,
      note: undefined,
      own: false,
      unclear: undefined,
      parts,
      ...more,
    }),
  )
})
