import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, called, identityOf, type Mode, openClub, transferOf } from './support/telegram/club.ts'
import {
  type Chat,
  hasTelegramSpec,
  type InlineResult,
  type Message,
  type Person,
} from './support/telegram.ts'

const MODES: Mode[] = ['polling', 'webhook']

describe.skipIf(!hasTelegramSpec).each(MODES)('Inline mode by %s', (mode) => {
  let club: Club
  beforeAll(async () => {
    club = await openClub(mode)
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.errors()]).toEqual([]))

  /** Two people who write to each other, far from the bot. */
  async function friends(feedback: boolean) {
    club.fake.botFather.inlineFeedback = feedback
    const [ada, ben] = await Promise.all([
      club.person('Ada'),
      club.person('Ben', { started: false, balance: '0' }),
    ])
    return { ada, ben, chat: club.fake.privateChat(ada, ben) }
  }
  const only = async (person: Person, query: string, chat: Chat): Promise<InlineResult> => {
    const { results } = await person.types(query, { chat })
    expect(results).toHaveLength(1)
    return results[0] as InlineResult
  }
  const send = async (person: Person, query: string, chat: Chat): Promise<Message> =>
    person.chooses(await only(person, query, chat), chat)
  const sentBy = (person: Person) =>
    club.service.client.history({ messenger: 'telegram', id: String(person.id) })

  test('offers what was typed, and takes nothing before it is chosen', async () => {
    const { ada, ben, chat } = await friends(true)
    const offer = await only(ada, `12.5 @${ben.json.username} lunch & <tea>`, chat)
    expect(offer.title).toBe('Send 12.50 CREDIT')
    expect(offer.description).toBe(`${called(ada)} → @${ben.json.username} · lunch & <tea>`)
    expect(offer.content.text).toContain('lunch & <tea>')
    expect(offer.content.entities.some(({ type }) => type === 'date_time')).toBe(true)
    expect(await club.balance(ada)).toBe('100.00')
    expect((await sentBy(ada)).items).toHaveLength(1)
  })

  test('says what is wrong with what was typed', async () => {
    const { ada, chat } = await friends(true)
    const chen = await club.person('Chen', { language: 'zh-hans', balance: '0', started: false })
    for (const [typed, wrong] of [
      ['hello', '"hello" is not an amount'],
      ['100.01', 'You have 100.00 CREDIT; that is not enough'],
      ['2000.01', 'One transfer holds 2000.00 CREDIT at most'],
      ['1 000', 'Write it without a space'],
      [`1 @${'b'.repeat(32)}`, 'too long for this way'],
      [`1 @${ada.json.username}`, 'That is you.'],
    ] as const)
      expect((await only(ada, typed, chat)).description).toContain(wrong)
    expect((await only(chen, '1', chat)).description).toContain('你有 0.00 CREDIT')
    expect((await ada.types('', { chat })).button?.text).toBe('Type an amount: 20 lunch')
    const sent = ada.chooses(await only(ada, 'hello', chat), chat)
    expect(sent.text).toBe(`Type it like this: @${club.fake.bot.username} 20 lunch`)
  })

  test('with feedback: what is chosen becomes a card, with the whole note, and is collected by a tap', async () => {
    const { ada, ben, chat } = await friends(true)
    const note = 'a note that is far too long for the 64 bytes of a button'
    const card = await send(ada, `20 ${note}`, chat)
    await club.reads(card, 'Goes back by itself')
    expect(card.text).toContain(note)
    expect(card.buttons.flat()).toEqual(['Collect', 'Open link', 'Cancel'])
    expect(await club.balance(ada)).toBe('80.00')
    expect((await ada.taps(card, 'Collect')).text).toContain('It is your own')
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    await club.reads(card, `✅ ${called(ben)} has collected it.`)
    expect(card.buttons).toEqual([])
    const [received] = (await sentBy(ben)).items
    expect([received?.transfer.amount, received?.transfer.note, received?.transfer.from?.name]).toEqual([
      '20.00',
      note,
      'Ada',
    ])
  })

  test('without feedback: the first tap makes and collects it in one step', async () => {
    const { ada, ben, chat } = await friends(false)
    const cy = await club.person('Cy', { balance: '0' })
    const card = await send(ada, '20 lunch', chat)
    const data: string = card.keyboard[0]?.[0]?.callback_data
    expect((await ada.taps(card, 'Collect')).text).toContain('It is your own')
    expect(await club.balance(ada)).toBe('100.00')
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    expect((await cy.taps(card, data, { stale: true })).text).toContain('Somebody was faster')
    await club.reads(card, `✅ ${called(ben)} has collected it.`)
    expect(card.text).toContain('lunch')
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '20.00'])
    await club.fake.until(() =>
      club.service.log.some((line) => line.includes('inline feedback seems to be off')),
    )
  })

  test('without feedback: of many who tap at once one has it, once', async () => {
    const { ada, ben, chat } = await friends(false)
    const crowd = await Promise.all(
      Array.from({ length: 8 }, (_, i) => club.person(`P${i}`, { balance: '0', started: false })),
    )
    const card = await send(ada, '20', chat)
    const toasts = await Promise.all([ben, ...crowd].map((person) => person.taps(card, 'Collect')))
    expect(toasts.filter(({ text }) => text === '20.00 CREDIT is yours.')).toHaveLength(1)
    expect(toasts.filter(({ text }) => text.includes('Somebody was faster'))).toHaveLength(8)
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('without feedback: who it is not for can take nothing out of the sender', async () => {
    const { ada, ben, chat } = await friends(false)
    const card = await send(ada, '20 @somebody_else', chat)
    expect((await ben.taps(card, 'Collect')).text).toBe('It is for somebody else.')
    expect(await club.balance(ada)).toBe('100.00')
    ben.json.username = 'Somebody_Else'
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
  })

  test('without feedback: the limits of that moment count, and nobody is told of a balance', async () => {
    const { ada, ben, chat } = await friends(false)
    const [one, other] = [await send(ada, '60 one', chat), await send(ada, '60 other', chat)]
    expect((await ben.taps(one, 'Collect')).text).toBe('60.00 CREDIT is yours.')
    expect((await ben.taps(other, 'Collect')).text).toBe(
      'The sender cannot pay it any more. Nothing has moved.',
    )
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['40.00', '60.00'])
  })

  test('without feedback: a button that we have not signed moves nothing', async () => {
    const { ada, ben, chat } = await friends(false)
    const card = await send(ada, '20 lunch', chat)
    const data: string = card.keyboard[0]?.[0]?.callback_data
    for (const forged of [
      data.replace('20.00', '99.00'),
      data.replace(/^i:./, 'i:_'),
      data.replace('lunch', 'tea'),
    ])
      if (forged !== data)
        expect((await ben.taps(card, forged, { stale: true })).text).toBe('This button has expired.')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('without feedback: what expires in a second is over after it', async () => {
    const { ada, ben, chat } = await friends(false)
    await club.service.client.issue({ messenger: 'telegram', id: String(ada.id) }, '50', { asset: 'FLASH' })
    const card = await send(ada, '20 FLASH', chat)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await ben.taps(card, 'Collect')).text).toContain('Too late')
    expect(await club.service.client.balance({ messenger: 'telegram', id: String(ada.id) }, 'FLASH')).toBe(
      '50.00',
    )
  })

  test('that is told late of a choice, or twice, sends once', async () => {
    const { ada, ben, chat } = await friends(false)
    const note = 'a note that is far too long for the 64 bytes of a button'
    for (const words of ['7 lunch', `7 ${note}`]) {
      const offer = await only(ada, words, chat)
      const card = ada.chooses(offer, chat)
      expect((await ben.taps(card, 'Collect')).text).toBe('7.00 CREDIT is yours.')
      await club.reads(card, '✅ Ben')
      const balance = await club.balance(ada)
      // The same result, chosen again: now with feedback.
      club.fake.botFather.inlineFeedback = true
      const again = ada.chooses(offer, chat)
      club.fake.repeatUpdate()
      await club.answer(ada.chat, () => ada.says(ada.chat, '/balance'))
      expect(await club.balance(ada)).toBe(balance)
      expect(card.text).toContain('✅ Ben')
      expect((await ben.taps(again, 'Collect').catch(() => ({ text: 'no button' }))).text).toMatch(
        /already|no button|Tap again/,
      )
      club.fake.botFather.inlineFeedback = false
    }
    expect(await club.balance(ben)).toBe('14.00')
  })

  test('survives a restart between the offer and the tap', async () => {
    const { ada, ben, chat } = await friends(false)
    const card = await send(ada, '20 lunch', chat)
    await club.restart()
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    await club.reads(card, '✅ Ben')
  })
})

describe.skipIf(!hasTelegramSpec).each(MODES)('A guest bot by %s', (mode) => {
  let club: Club
  beforeAll(async () => {
    club = await openClub(mode)
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.errors()]).toEqual([]))

  const guestsIn = async () => {
    const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
    return { ada, ben, chat: club.fake.group({ bot: 'absent', members: [ada, ben] }) }
  }
  const call = (words: string) => `@${club.fake.bot.username} ${words}`

  test('sends what it is called for, once, and its card is collected and drawn anew', async () => {
    const { ada, ben, chat } = await guestsIn()
    const card = await club.answer(chat, () => ada.says(chat, call('20 lunch')))
    expect(card.text).toContain('lunch')
    club.fake.repeatUpdate()
    await club.answer(ada.chat, () => ada.says(ada.chat, '/balance'))
    expect(await club.balance(ada)).toBe('80.00')
    expect(club.fake.callsOf('answerGuestQuery').filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    await club.reads(card, `✅ ${called(ben)} has collected it.`)
  })

  test('is left alone by a press that a client has forged on its card', async () => {
    const { ada, ben, chat } = await guestsIn()
    const card = await club.answer(chat, () => ada.says(chat, call('20 lunch')))
    const own = await club.card(ben.chat, () => ben.says(ben.chat, '/send 5'))
    const other = await club.card(ada.chat, () => ada.says(ada.chat, '/send 7'))
    await ben.taps(own, 'Cancel')
    await club.reads(own, '↩️')
    for (const data of [`collect:${transferOf(other)}`, 'history:person:'])
      expect((await ben.taps(card, data, { stale: true })).text).toBe('This button has expired.')
    const mine = (await club.service.client.history(identityOf(ben), 'state=cancelled')).items[0]?.transfer.id
    expect((await ben.taps(card, `collect:${mine}`, { stale: true })).text).toBe('This button has expired.')
    expect(card.edits).toBe(0)
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    await club.reads(card, `✅ ${called(ben)} has collected it.`)
  })

  test('is called by the words under a picture', async () => {
    const { ada, chat } = await guestsIn()
    const { photo } = (await club.card(ada.chat, () => ada.says(ada.chat, '/send 5'))).content
    const card = await club.answer(chat, () => ada.says(chat, call('20 lunch'), { photo }))
    expect(card.text).toContain('lunch')
    expect(await club.balance(ada)).toBe('75.00')
  })

  test('sends to whom its caller answers', async () => {
    const { ada, ben, chat } = await guestsIn()
    const said = ben.says(chat, 'who pays?')
    const card = await club.answer(chat, () => ada.says(chat, call('20'), { replyTo: said }))
    expect(card.text).toContain(`Only ${called(ben)} can collect it.`)
  })

  test('says what is wrong, and how it is done', async () => {
    const { ada, chat } = await guestsIn()
    const wrong = await club.answer(chat, () => ada.says(chat, call('hello')))
    expect(wrong.text).toContain('"hello" is not an amount')
    const empty = await club.answer(chat, () => ada.says(chat, call('')))
    expect(empty.text).toContain('20 lunch')
    chat.add(ada, 'administrator', true)
    const anonymous = await club.answer(chat, () => ada.says(chat, call('20')))
    expect(anonymous.text).toContain('Write as yourself')
    expect(await club.balance(ada)).toBe('100.00')
  })
})
