import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, called, identityOf, openClub, transferOf } from '../../support/telegram/club.ts'
import { type Chat, type InlineResult, type Message, type Person } from '../../support/telegram/index.ts'

const NOTE = `a note that is far too long for the 64 bytes of a button: ${'so '.repeat(40)}long`
const STALE = 'This button has expired.'

describe('Inline mode', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub('polling')
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

  test('answers of what is typed while it answers the last alone', async () => {
    const { ada, chat } = await friends(true)
    const calls = () => club.fake.callsOf('answerInlineQuery').length
    const before = calls()
    club.fake.failNext('answerInlineQuery', { delayMs: 500 })
    const first = ada.types('1', { chat })
    await club.fake.until(() => calls() === before + 1)
    for (const typed of ['12', '12 l', '12 lu']) ada.types(typed, { chat }).catch(() => {})
    const last = ada.types('12 lunch', { chat })
    expect((await first).results[0]?.title).toBe('Send 1.00 CREDIT')
    expect((await last).results[0]?.description).toContain('lunch')
    expect(calls()).toBe(before + 2)
  })

  test('says what is wrong with what was typed', async () => {
    const { ada, chat } = await friends(true)
    const chen = await club.person('Chen', { language: 'zh-hans', balance: '0', started: false })
    for (const [typed, wrong] of [
      ['hello', '"hello" is not an amount'],
      ['100.01', 'You have 100.00 CREDIT; that is not enough'],
      ['2000.01', 'One transfer holds 2000.00 CREDIT at most'],
      ['1 000', 'Write it without a space'],
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
    const card = await send(ada, `20 ${NOTE}`, chat)
    await club.reads(card, 'Goes back by itself')
    expect(card.text).toContain(NOTE)
    expect(card.buttons.flat()).toEqual(['Collect', 'Open link', 'Cancel'])
    expect(await club.balance(ada)).toBe('80.00')
    expect((await ada.taps(card, 'Collect')).text).toContain('It is your own')
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    await club.reads(card, `✅ ${called(ben)} has collected it.`)
    expect(card.buttons).toEqual([])
    const [received] = (await sentBy(ben)).items
    expect([received?.transfer.amount, received?.transfer.note, received?.transfer.from?.name]).toEqual([
      '20.00',
      NOTE,
      'Ada',
    ])
  })

  test.each([true, false])('a card that asks for the picture keeps it (feedback: %s)', async (feedback) => {
    const { ada, ben, chat } = await friends(feedback)
    const offer = await only(ada, '2 picture', chat)
    expect(offer.description).toContain('as a picture to pass on')
    const card = ada.chooses(offer, chat)
    if (feedback) await club.reads(card, 'Goes back by itself')
    expect((await ben.taps(card, 'Collect')).text).toBe('2.00 CREDIT is yours.')
    await club.reads(card, `✅ ${called(ben)} has collected it.`)
    const [received] = (await sentBy(ben)).items
    expect(received?.transfer.note).toBeNull()
    const { items } = await club.service.client.get<{ items: object[] }>(
      `/v1/transfers/${received?.transfer.id}/cards`,
    )
    expect(items).toMatchObject([{ picture: true }])
  })

  test('without feedback: the first tap makes and collects it in one step', async () => {
    const { ada, ben, chat } = await friends(false)
    const cy = await club.person('Cy', { balance: '0' })
    const card = await send(ada, `20 ${NOTE}`, chat)
    const data: string = card.keyboard[0]?.[0]?.callback_data
    expect((await ada.taps(card, 'Collect')).text).toContain('It is your own')
    expect(await club.balance(ada)).toBe('100.00')
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    expect((await cy.taps(card, data, { stale: true })).text).toContain('Somebody was faster')
    await club.reads(card, `✅ ${called(ben)} has collected it.`)
    expect(card.text).toContain(NOTE)
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

  test('without feedback: a button that is nobody’s offer moves nothing', async () => {
    const { ada, ben, chat } = await friends(false)
    const card = await send(ada, '20 lunch', chat)
    const data: string = card.keyboard[0]?.[0]?.callback_data
    for (const forged of [`offer:${crypto.randomUUID()}`, data.slice(0, -1), `${data}0`, 'offer:'])
      expect((await ben.taps(card, forged, { stale: true })).text).toBe(STALE)
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('without feedback: an offer that was tapped in one message does nothing in another', async () => {
    const { ada, ben, chat } = await friends(false)
    const cy = await club.person('Cy', { balance: '0' })
    const offer = await only(ada, '20 lunch', chat)
    const [card, copy] = [ada.chooses(offer, chat), ada.chooses(offer, chat)]
    const data: string = card.keyboard[0]?.[0]?.callback_data
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    await club.reads(card, '✅ Ben')
    expect((await cy.taps(copy, 'Collect')).text).toBe(STALE)
    const other = await send(ada, '5', chat)
    expect((await cy.taps(other, data, { stale: true })).text).toBe(STALE)
    expect(other.buttons.flat()).toEqual(['Collect'])
    expect((await sentBy(ada)).items.filter(({ direction }) => direction === 'sent')).toHaveLength(1)
    expect((await cy.taps(other, 'Collect')).text).toBe('5.00 CREDIT is yours.')
  })

  test('without feedback: of two messages with one offer that are tapped at once, one is collected', async () => {
    const { ada, ben, chat } = await friends(false)
    const cy = await club.person('Cy', { balance: '0' })
    const offer = await only(ada, '20 lunch', chat)
    const [one, other] = [ada.chooses(offer, chat), ada.chooses(offer, chat)]
    const toasts = await Promise.all([ben.taps(one, 'Collect'), cy.taps(other, 'Collect')])
    expect(toasts.map(({ text }) => text).sort()).toEqual(['20.00 CREDIT is yours.', STALE])
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('without feedback: what nobody has tapped in ten minutes is over', async () => {
    const { ada, ben, chat } = await friends(false)
    const card = await send(ada, '20', chat)
    await club.database(sql`update offers set expires_at = now()`)
    expect((await ben.taps(card, 'Collect')).text).toBe(
      'Too late: nobody took it in time. Nothing has moved.',
    )
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('without feedback: /cancel takes back what nobody has tapped', async () => {
    const { ada, ben, chat } = await friends(false)
    const [one, other] = [await send(ada, '1', chat), await send(ada, '2', chat)]
    const button = (count: number) =>
      `Take back what you typed into other chats in the last minutes and nobody has tapped (${count})`
    const list = await club.answer(ada.chat, () => ada.says(ada.chat, '/cancel'))
    expect(list.text).toBe('Nothing of yours is waiting to be collected.')
    expect(list.buttons).toEqual([[button(2)]])
    // She is told so, and that is no answer to what she says next.
    await club.answer(ada.chat, () => ben.taps(one, 'Collect'))
    await club.card(ada.chat, () => ada.says(ada.chat, '/send 5'))
    const both = await club.answer(ada.chat, () => ada.says(ada.chat, '/cancel'))
    expect(both.buttons).toEqual([['Cancel 5.00 CREDIT'], [button(1)]])
    expect((await ada.taps(both, button(1))).text).toBe('Taken back: nobody can collect it any more.')
    expect((await ben.taps(other, 'Collect')).text).toBe('The sender has taken it back. Nothing has moved.')
    expect((await ada.taps(both, button(1))).text).toBe('There is nothing left to take back.')
    const alone = await club.answer(ada.chat, () => ada.says(ada.chat, '/cancel'))
    expect(alone.text).toBe('Cancelled. 5.00 CREDIT is back with you.')
    expect(await club.balance(ada)).toBe('99.00')
  })

  test('that is told late of a choice, or twice, sends once', async () => {
    const { ada, ben, chat } = await friends(false)
    const offer = await only(ada, `7 ${NOTE}`, chat)
    const card = ada.chooses(offer, chat)
    expect((await ben.taps(card, 'Collect')).text).toBe('7.00 CREDIT is yours.')
    await club.reads(card, '✅ Ben')
    // The same result, chosen again: now with feedback.
    club.fake.botFather.inlineFeedback = true
    const again = ada.chooses(offer, chat)
    club.fake.repeatUpdate()
    await club.reads(again, 'That was sent before, in another message.')
    expect(again.buttons).toEqual([])
    expect(card.text).toContain('✅ Ben')
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['93.00', '7.00'])
  })

  test('with feedback: what one has typed nobody else sends', async () => {
    const { ada, ben, chat } = await friends(true)
    const offer = await only(ada, '20', chat)
    const card = ben.chooses(offer, chat)
    await club.fake.until(() => club.fake.pendingUpdates === 0)
    expect(await club.balance(ada)).toBe('100.00')
    expect(card.edits).toBe(0)
  })

  test('with feedback: what was typed on the way to what was sent is nothing to take back', async () => {
    const { ada, chat } = await friends(true)
    for (const typed of ['2', '20', '20 l']) await only(ada, typed, chat)
    await club.reads(await send(ada, '20 lunch', chat), 'Goes back by itself')
    const cancelled = await club.answer(ada.chat, () => ada.says(ada.chat, '/cancel'))
    expect(cancelled.text).toBe('Cancelled. 20.00 CREDIT is back with you.')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('with feedback: a result that is sent twice sends once', async () => {
    const { ada, ben, chat } = await friends(true)
    const offer = await only(ada, '7', chat)
    const cards = [ada.chooses(offer, chat), ada.chooses(offer, chat)]
    await club.fake.until(() => cards.every(({ edits }) => edits > 0))
    const [card, ...others] = cards.filter(({ buttons }) => buttons.length > 0)
    expect(others).toEqual([])
    expect((await ben.taps(card as Message, 'Collect')).text).toBe('7.00 CREDIT is yours.')
    expect(await club.balance(ada)).toBe('93.00')
  })

  test('survives a restart between the offer and the tap', async () => {
    const { ada, ben, chat } = await friends(false)
    const card = await send(ada, '20 lunch', chat)
    await club.restart()
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    await club.reads(card, '✅ Ben')
  })
})

describe('A guest bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub('webhook')
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

  test('obeys nothing that was passed on, or written by a bot', async () => {
    const { ada, ben, chat } = await guestsIn()
    const other = { id: 9, is_bot: true, first_name: 'Other', username: 'other_bot' }
    for (const extra of [
      { forward_origin: { type: 'user', date: 1, sender_user: ben.json } },
      { forward_origin: { type: 'hidden_user', date: 1, sender_user_name: 'Somebody' } },
      { via_bot: other },
      { from: other },
    ])
      ada.says(chat, call('20 lunch'), { extra })
    const card = await club.answer(chat, () => ada.says(chat, call('1')))
    expect(card.text).toContain('1.00 CREDIT')
    expect(await club.balance(ada)).toBe('99.00')
    expect(club.fake.messages(chat).filter(({ from }) => from.id === club.fake.bot.id)).toEqual([card])
  })

  test('reads what stands under a picture', async () => {
    const { ada, ben, chat } = await guestsIn()
    const { photo } = (await club.card(ada.chat, () => ada.says(ada.chat, '/send 1'))).content
    const card = await club.answer(chat, () => ada.says(chat, call('20 lunch'), { photo }))
    expect(card.text).toContain('lunch')
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    const { id } = ben
    const named = [call('5 '), { json: { id, first_name: 'Benny' } } as Person]
    const forBen = await club.answer(chat, () => ada.says(chat, named, { photo }))
    expect(forBen.text).toContain(`Only ${called(ben)} can collect it.`)
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
