import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { texts } from '../../../bots/texts/index.ts'
import { type Club, called, openClub } from '../../support/matrix/club.ts'

const t = texts('en')

describe('The Matrix bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.errors()]).toEqual([]))

  test('answers a command with a card, a picture with what to type under it; whoever types the number has the money, and the card says so', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, '!send 20 lunch'))
    const [link = ''] = /https:\S+/.exec(card.text) ?? []
    expect(card.text.split('\n')).toEqual([
      '20.00 CREDIT',
      `${called(ada)} → whoever taps first`,
      '“lunch”',
      'Whoever taps Collect first has it.',
      expect.stringMatching(/^Goes back by itself /),
      link,
      expect.stringMatching(/^\/\d+ – Collect$/),
      expect.stringMatching(/^\/\d+ – Cancel$/),
    ])
    expect(card.content).toMatchObject({ msgtype: 'm.image', filename: 'qr.png', 'm.mentions': {} })
    expect(fake.media.get(String(card.content.url))?.byteLength).toBeGreaterThan(200)
    const number = card.numberOf('Collect')
    const told = await club.answer(group, () => fake.says(ben, group, `!${number}`))
    expect(told).toBe('Ben: 20.00 CREDIT is yours.')
    await expect.poll(() => card.text).toContain(`✅ ${called(ben)} has collected it.`)
    expect(card.content.msgtype).toBe('m.text')
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('people are named by a mention, by their id or by an answer to them, and by nothing else', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const says = (...said: Parameters<typeof fake.says>) => club.card(group, () => fake.says(...said))
    const title = `${called(ada)} → ${called(ben)}`
    expect((await says(ada, group, ['!send 1 ', ben, ' tea & <cake>'])).text).toContain(
      `${title}\n“tea & <cake>”`,
    )
    expect((await says(ada, group, [fake.bot, ': send 2 ', ben])).text).toContain(title)
    expect((await says(ada, group, `passalong: send 3 ${ben.id} lunch`)).text).toContain(`${title}\n“lunch”`)
    const bens = fake.says(ben, group, 'I paid for lunch')
    const answering = (event: { event_id: string }) => ({
      'm.relates_to': { 'm.in_reply_to': { event_id: event.event_id } },
    })
    const old = `> <${ben.id}> I paid for lunch\n\n/send 4`
    expect((await says(ada, group, old, answering(bens))).text).toContain(title)
    // The longer id begins like the shorter one.
    const other = fake.world.user('Ben of elsewhere', ben.id.slice(1).split(':')[0])
    other.id = `${ben.id}.uk`
    expect((await says(ada, group, ['!send 5 ', other])).text).toContain(other.id)
    const asked = await club.answer(group, () => fake.says(ada, group, '!send 6 @ben'))
    expect(asked).toContain(t('send.whoIs_mention', { typed: '@ben' }))
    expect(
      await club.answer(group, () => fake.says(ada, group, '!send 7', answering({ event_id: '$gone' }))),
    ).toContain(t('send.replyToNobody_mention'))
    expect(await club.balance(ada)).toBe('85.00')
  })

  test('who is mentioned on a card is called once, when it is posted; whose name stands in a note is not', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, ['!send 20 ', ben, ` for ${ada.name}`]))
    expect(card.event.content['m.mentions']).toEqual({ user_ids: [ben.id] })
    const bens = await fake.privateChat(ben)
    const own = await fake.until(() => fake.cards(bens)[0])
    expect(own.text).toContain('20.00 CREDIT')
    await club.answer(bens, () => fake.says(ben, bens, own.numberOf('Decline')))
    await expect
      .poll(() => [card.text, own.text].every((text) => text.includes(t('card.declined'))))
      .toBe(true)
    const corrections = group.events.filter(({ content }) => content['m.new_content'])
    expect(corrections.map(({ content }) => content['m.mentions'])).toEqual([{}])
    expect(corrections[0]?.content.body).toMatch(/^\* 20\.00/)
  })

  test('a correction, a notice of another bot, what is said to others, a number that was not offered: none of it moves anything', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const said = fake.says(ada, group, 'lunch was 20')
    const correction = { 'm.new_content': { msgtype: 'm.text', body: '!send 20' } }
    fake.says(ada, group, '!send 20', {
      ...correction,
      'm.relates_to': { rel_type: 'm.replace', event_id: said.event_id },
    })
    fake.says(ada, group, '!send 20', { msgtype: 'm.notice' })
    fake.says(ada, group, 'send 20')
    fake.says(ada, group, [ben, ': send 20'])
    fake.says(ada, group, '!roll 20')
    fake.world.happens(group, ada, 'm.room.message', {})
    expect(await club.answer(group, () => fake.says(ben, group, '!1999999'))).toBe(
      t('press.noChoice', { typed: '1999999' }),
    )
    const [elsewhere] = [await fake.group('Elsewhere', [ada, ben])]
    const card = await club.card(elsewhere, () => fake.says(ada, elsewhere, '!send 5'))
    // It stands for that only where it was shown.
    await club.answer(group, () => fake.says(ben, group, `!${card.numberOf('Collect')}`))
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['95.00', '100.00'])
    expect(fake.cards(group)).toEqual([])
  })

  test('in private a bare number, a code, words, a command without a sign are enough; what is no text is answered, what is none of them helped', async () => {
    const { fake } = club
    const ada = await club.person('Ada')
    const room = await fake.privateChat(ada)
    const says = (words: string, more?: object) => club.answer(room, () => fake.says(ada, room, words, more))
    const card = await club.card(room, () => fake.says(ada, room, 'send 20'))
    const [, code = ''] = /\/c\/([\w-]+)/.exec(card.text) ?? []
    const shown = await club.card(room, () => fake.says(ada, room, code))
    await says(shown.numberOf('Cancel'))
    await expect.poll(() => card.text).toContain(t('card.cancelled'))
    expect(await says('balance')).toContain('100.00 CREDIT')
    expect(await says('picture.jpg', { msgtype: 'm.image' })).toBe(t('matrix.onlyText'))
    expect(await says('what is this')).toContain('/send')
    // Who says nothing that it understands is helped once a minute: another bot would go on for ever.
    fake.says(ada, room, 'and this')
    expect(await says('balance')).toContain('100.00 CREDIT')
  })

  test('what is for one person’s eyes goes to their own room, which is made where they have none; who has left it is not asked again', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const cy = fake.user('Cy')
    fake.invites(ada, group, cy)
    fake.joins(cy, group)
    expect(await club.answer(group, () => fake.says(cy, group, '!balance'))).toBe(t('group.inPrivate'))
    const [room] = fake.invitedTo(cy)
    if (!room) throw new Error('not invited')
    expect(room.state('m.room.member', cy.id)).toMatchObject({ membership: 'invite', is_direct: true })
    expect(fake.texts(room).join()).toContain('CREDIT')
    expect(fake.bot.accountData.get('m.direct')).toMatchObject({ [cy.id]: [room.id] })
    fake.joins(cy, room)
    await Promise.all([1, 2].map(() => club.answer(group, () => fake.says(cy, group, '!balance'))))
    expect(fake.invitedTo(cy)).toHaveLength(1)
    fake.leaves(cy, room)
    await expect
      .poll(() => club.answer(group, () => fake.says(cy, group, '!balance')))
      .toBe(t('matrix.closed'))
    expect(fake.invitedTo(cy)).toHaveLength(1)
    // Until they ask the bot themselves.
    const own = await fake.privateChat(cy)
    await club.answer(own, () => fake.says(cy, own, 'balance'))
    expect(await club.answer(group, () => fake.says(cy, group, '!balance'))).toBe(t('group.inPrivate'))
  })

  test('a room of two becomes a group when a third is asked in: nobody reads there what is for one of them', async () => {
    const { fake } = club
    const [ada, ben] = [await club.person('Ada'), await club.person('Ben')]
    const room = await fake.privateChat(ada)
    fake.invites(ada, room, ben)
    fake.joins(ben, room)
    fake.says(ada, room, 'balance')
    expect(await club.answer(room, () => fake.says(ada, room, '!balance'))).toBe(t('group.inPrivate'))
    const [own] = fake.invitedTo(ada)
    if (!own) throw new Error('not invited')
    expect(fake.texts(own)).toHaveLength(1)
  })

  describe('an encrypted room', () => {
    const ENCRYPTED = { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x', session_id: 'x' }

    test('is told that the bot can’t read it, and gets no card; what is for one person goes to a room that isn’t', async () => {
      const { fake } = club
      const { ada, ben } = await club.pair()
      const room = fake.world.room(ada)
      fake.world.happens(room, ada, 'm.room.encryption', ENCRYPTED, { state_key: '' })
      fake.invites(ada, room, fake.bot, { is_direct: true })
      await fake.until(() => fake.texts(room)[0])
      fake.world.happens(room, ada, 'm.room.encrypted', ENCRYPTED)
      // A client may leave its words as they are.
      const elsewhere = fake.says(ada, room, ['send 20 ', ben]) && (await fake.privateChat(ada))
      await fake.until(() => fake.cards(elsewhere)[0])
      expect(fake.texts(room)).toEqual([t('matrix.encrypted')])
      expect(fake.cards(room)).toEqual([])
      expect(await club.balance(ada)).toBe('80.00')
    })

    test('a group that becomes one is told so, once, and its cards go to the sender’s own room', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      await club.answer(group, () =>
        fake.world.happens(group, ada, 'm.room.encryption', ENCRYPTED, { state_key: '' }),
      )
      for (const _ of [1, 2]) fake.world.happens(group, ada, 'm.room.encrypted', ENCRYPTED)
      const own = await fake.privateChat(ada)
      await club.card(own, () => fake.says(ada, group, '!send 20'))
      expect(fake.texts(group).filter((text) => text === t('matrix.encrypted'))).toHaveLength(1)
      expect(fake.cards(group)).toEqual([])
    })
  })

  describe('admins of a room', () => {
    const pays = async (
      group: Awaited<ReturnType<typeof club.fake.group>>,
      who: Parameters<typeof club.fake.says>[0],
    ) => {
      const said = club.fake.messages(group).length
      club.fake.says(who, group, ['!pay 1 ', who])
      const message = await club.fake.until(() => club.fake.messages(group)[said])
      return message.isCard
    }
    const setLevels = (group: Parameters<typeof pays>[0], by: Parameters<typeof pays>[1], levels: object) =>
      club.fake.world.happens(group, by, 'm.room.power_levels', levels, { state_key: '' })

    test('are those who may remove others from it, at this moment', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      await club.card(group, () => fake.says(ada, group, '!send 30 @treasury'))
      expect([await pays(group, ada), await pays(group, ben)]).toEqual([true, false])
      setLevels(group, ada, { users: { [ada.id]: 100, [ben.id]: 50 } })
      expect(await pays(group, ben)).toBe(true)
      setLevels(group, ada, { users: { [ada.id]: 100, [ben.id]: 50 }, kick: 60 })
      expect(await pays(group, ben)).toBe(false)
      // Where everybody may remove everybody, nobody is an admin by that.
      setLevels(group, ada, { users: { [ada.id]: 100 }, users_default: 10, kick: 0, ban: 0 })
      expect([await pays(group, ada), await pays(group, ben)]).toEqual([true, false])
    })

    test('are its creators, whom newer rooms don’t list', async () => {
      const { fake } = club
      const [ada, ben] = [await club.person('Ada'), await club.person('Ben')]
      const group = await fake.group('New', [ada, ben], '12')
      await club.card(group, () => fake.says(ada, group, '!send 30 @treasury'))
      expect([await pays(group, ada), await pays(group, ben)]).toEqual([true, false])
    })
  })

  test('a red packet for members is for whoever is in the room, one for those who were there before for nobody who came after it', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const [stranger, old, newcomer] = [fake.user('Cy'), fake.user('Di'), fake.user('Ed')]
    const card = await club.card(group, () => fake.says(ada, group, '!red 15 3 equal members'))
    const [, code = ''] = /\/c\/([\w-]+)/.exec(card.text) ?? []
    const own = await fake.privateChat(stranger)
    const shown = await club.card(own, () => fake.says(stranger, own, code))
    expect(await club.answer(own, () => fake.says(stranger, own, shown.numberOf('Collect')))).not.toContain(
      'is yours',
    )
    const comes = (who: typeof ada) => {
      fake.invites(ada, group, who)
      fake.joins(who, group)
    }
    const takes = (who: typeof ada, one: typeof card) =>
      club.answer(group, () => fake.says(who, group, `/${one.numberOf('Collect')}`))
    expect(await takes(ben, card)).toContain('5.00 CREDIT is yours.')
    comes(old)
    const before = await club.card(group, () => fake.says(ada, group, '!red 10 2 equal before'))
    comes(newcomer)
    expect(await takes(newcomer, before)).not.toContain('is yours')
    expect(await takes(old, before)).toContain('Di: 5.00 CREDIT is yours.')
    // Sent away, they are none of its members, and none of the room's admins.
    fake.world.becomes(group, ada, old, 'leave')
    expect(await club.service.client.balance({ messenger: 'matrix', id: old.id })).toBe('5.00')
  })

  test('a room that it comes into is told how to begin; one that nobody else is left in it leaves', async () => {
    const { fake } = club
    const ada = await club.person('Ada')
    const room = fake.world.room(ada, { name: 'Lunch' })
    fake.says(ada, room, '!send 20')
    expect(await club.answer(room, () => fake.invites(ada, room))).toBe(t('matrix.joined'))
    // What was said before it came is not for it.
    expect(await club.answer(room, () => fake.says(ada, room, '!help'))).toContain('/send')
    expect(await club.balance(ada)).toBe('100.00')
    fake.leaves(ada, room)
    await fake.until(() => !fake.isIn(room))
    // An invitation that was taken back is no fault.
    const gone = fake.world.room(ada)
    fake.faults.tooMany.set('join', 1)
    const calls = fake.callsOf('join').length
    fake.invites(ada, gone)
    await fake.until(() => fake.callsOf('join').length > calls)
    fake.world.becomes(gone, ada, fake.bot, 'leave')
    await fake.until(() => club.log().some((line) => line.includes('a room could not be entered')))
  })
})
