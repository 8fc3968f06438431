import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, called, cardsOf, identityOf, openClub, transferOf } from '../../support/telegram/club.ts'
import { type Chat, type Message } from '../../support/telegram/index.ts'

describe('The Telegram bot in groups', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub('webhook')
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.errors()]).toEqual([]))

  const labels = ({ buttons }: Message) => buttons.flat()

  describe('private notices', () => {
    test('tell the sender who has collected, and the recipient what they have', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20 lunch'))
      await ben.taps(card, 'Collect')
      await club.fake.until(
        () => club.last(ada.chat).text === `✅ ${called(ben)} has collected your 20.00 CREDIT (lunch).`,
      )
      await club.fake.until(
        () => club.last(ben.chat).text === `💰 You received 20.00 CREDIT from ${called(ada)} (lunch).`,
      )
    })

    test('of who never pressed Start or has blocked the bot wait in /history, and the card says so', async () => {
      const { ada, group } = await club.pair()
      const shy = await club.person('Shy', { started: false, balance: '0' })
      group.add(shy)
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      ada.blocks()
      await shy.taps(card, 'Collect')
      await club.reads(
        card,
        /🔕 I can’t write to (Shy \S+, Ada \S+|Ada \S+, Shy \S+) in private\. It is kept in \/history/,
      )
      expect(card.text).toContain(`✅ ${called(shy)} has collected it.`)
      const calls = () => club.fake.callsOf('sendMessage').filter(({ params }) => params.chat_id === shy.id)
      expect(calls()).toHaveLength(1)
      await club.answer(shy.chat, () => shy.starts())
      const history = await club.answer(shy.chat, () => shy.says(shy.chat, '/history'))
      expect(history.text).toContain(`+20.00 CREDIT ← ${called(ada)}`)
    })
  })

  describe('what waits for somebody', () => {
    const cardsTo = (person: { chat: Chat }) => club.pictures(person.chat)

    test('is told to them in private, as a card to collect or decline there', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, ['/send 20 ', ben, ' lunch']))
      const own = await club.fake.until(() => cardsTo(ben)[0])
      expect(labels(own)).toEqual(['Collect', 'Open link', 'Decline'])
      expect(own.text).toContain(`20.00 CREDIT\n${called(ada)} → `)
      expect(own.text.split('\n').at(-1)).toBe('🔔 It waits for you. No more such messages: /notices off')
      await club.fake.until(async () => (await cardsOf(club.service, transferOf(card))).length === 2)
      expect((await ben.taps(own, 'Collect')).text).toBe('20.00 CREDIT is yours.')
      for (const shown of [card, own]) await club.reads(shown, `✅ ${called(ben)} has collected it.`)
      expect(own.text).not.toContain('🔔')
      expect(await club.balance(ben)).toBe('120.00')
    })

    test('mentions them on its card, by their handle or by who they are; once it is over it doesn’t', async () => {
      const { ada, ben, group } = await club.pair()
      const cy = await club.person('Cy & Co', { handle: null })
      group.add(cy)
      const byHandle = await club.card(group, () => ada.says(group, ['/send 1 ', ben]))
      expect(mentions(byHandle).map(({ type }) => type)).toContain('mention')
      const byName = await club.card(group, () => ada.says(group, ['/send 2 ', cy]))
      expect(byName.text).toContain(`Only ${called(cy)} can collect it.`)
      const named = () => mentions(byName).filter(({ type }) => type === 'text_mention')
      expect(named()).toMatchObject([{ length: called(cy).length, user: { id: cy.id } }])
      await cy.taps(byName, 'Collect')
      await club.reads(byName, '✅ Cy & Co')
      expect(named()).toEqual([])
    })

    test('and nobody is called by an answer to all that names them', async () => {
      const { ada, ben, group } = await club.pair()
      await ben.taps(await club.card(group, () => ada.says(group, '/send 1')), 'Collect')
      const books = await club.answer(group, () => ada.says(group, '/history'))
      expect(books.text).toContain(called(ben))
      expect(mentions(books)).toEqual([])
    })

    test('is told and mentioned to nobody who has turned that off', async () => {
      const { ada, ben, group } = await club.pair()
      const cy = await club.person('Cy', { handle: null })
      group.add(cy)
      for (const person of [ben, cy]) {
        const off = await club.answer(person.chat, () => person.says(person.chat, '/notices off'))
        expect(off.text).toContain('I don’t tell you')
        const card = await club.card(group, () => ada.says(group, ['/send 1 ', person]))
        expect(mentions(card)).toEqual([])
        await person.taps(card, 'Collect')
        // What came of it is told as ever.
        await club.fake.until(() => club.last(person.chat).text.startsWith('💰 You received 1.00'))
        expect(cardsTo(person)).toEqual([])
      }
      const asked = await club.answer(ben.chat, () => ben.says(ben.chat, '/notices'))
      expect(asked.text).toContain('I don’t tell you')
      const wrong = await club.answer(ben.chat, () => ben.says(ben.chat, '/notices constructor'))
      expect(wrong.text).toBe('Write /notices on or /notices off.')
      const on = await club.answer(ben.chat, () => ben.says(ben.chat, '/notices ON'))
      expect(on.text).toContain('I tell you in private')
    })

    test('disturbs them no oftener than five times for one sender; the money waits all the same', async () => {
      const { ada, ben, group } = await club.pair()
      const cards: Message[] = []
      for (let amount = 1; amount <= 6; amount++)
        cards.push(await club.card(group, () => ada.says(group, [`/send ${amount} `, ben])))
      expect(cards.map((card) => mentions(card).length > 0)).toEqual([true, true, true, true, true, false])
      await club.fake.until(() => cardsTo(ben).length === 5)
      const last = cards[5] as Message
      await ben.taps(last, 'Collect')
      await club.fake.until(() => club.last(ben.chat).text.startsWith('💰 You received 6.00'))
      expect(cardsTo(ben)).toHaveLength(5)
    })

    test('is told to nobody who can’t be reached, which nobody need be told', async () => {
      const { ada, group } = await club.pair()
      const shy = await club.person('Shy', { started: false, balance: '0', handle: null })
      group.add(shy)
      await club.answer(group, () => shy.says(group, '/help'))
      const card = await club.card(group, () => ada.says(group, ['/send 1 ', shy]))
      const refused = () => club.fake.callsOf('sendPhoto').filter(({ params }) => params.chat_id === shy.id)
      await club.fake.until(() => refused()[0]?.status === 403)
      expect(card.text).not.toContain('🔕')
      expect((await shy.taps(card, 'Collect')).text).toBe('1.00 CREDIT is yours.')
      expect(refused()).toHaveLength(1)
    })
  })

  describe('the history of a group', () => {
    test('shows its latest ten to its admins, and turns its pages for them alone', async () => {
      const { ada, ben, group } = await club.pair()
      const cy = await club.person('Cy')
      for (let amount = 1; amount <= 12; amount++)
        await club.service.client.send(
          { ...identityOf(ada), name: `Ada${'a'.repeat(120)}` },
          String(amount),
          {
            group: { messenger: 'telegram', id: String(group.id) },
            to: { ...identityOf(cy), name: 'N'.repeat(128) },
            note: 'n'.repeat(200),
          },
        )
      const refused = await club.answer(group, () => ben.says(group, '/history'))
      expect(refused.text).toContain('for its admins')
      const page = await club.answer(group, () => ada.says(group, '/history'))
      expect(page.text.split('\n')).toHaveLength(12)
      expect(page.text).toContain(' 12.00 CREDIT  Adaaa')
      expect(page.text).toContain('In all: 78.00 CREDIT waiting (12)')
      expect((await ben.taps(page, 'Older')).text).toContain('for its admins')
      expect(page.edits).toBe(0)
      expect((await ada.taps(page, 'Older')).text).toBe('Here you are.')
      await club.reads(page, ' 2.00 CREDIT  Ada')
      expect(mentions(page)).toEqual([])
      expect(page.text).not.toContain(' 12.00 CREDIT')
      expect((await ada.taps(page, 'Newest')).text).toBe('Here you are.')
      await club.reads(page, ' 12.00 CREDIT')
    })

    test('is for creators, admins and anonymous admins, as Telegram says at that moment', async () => {
      const { ada, ben, group } = await club.pair()
      const eve = await club.person('Eve')
      group.add(eve, 'administrator', true)
      await club.card(group, () => ada.says(group, '/send 1'))
      const shown = await club.answer(group, () => eve.says(group, '/history'))
      expect(shown.text).toContain('Transfers of this group')
      const mine = await club.answer(ben.chat, () => ben.says(ben.chat, '/history'))
      expect(mine.text).toContain('Your transfers')
      const asMember = await club.answer(group, () => ben.says(group, '/history'))
      expect(asMember.text).toContain('its admins')
      group.add(ben, 'administrator')
      const later = await club.answer(group, () => ben.says(group, '/history'))
      expect(later.text).toContain('Transfers of this group')
      group.add(ben, 'member')
      const noMore = await club.answer(group, () => ben.says(group, '/history'))
      expect(noMore.text).toContain('its admins')
    })

    test.each(['member list is inaccessible', 'CHAT_ADMIN_REQUIRED', 'chat not found'])(
      'tells who asks for it that the bot is not told the admins: %s',
      async (description) => {
        const { ada, group } = await club.pair()
        const chen = await club.person('Chen', { language: 'zh-hans' })
        group.add(chen)
        for (let i = 0; i < 11; i++)
          await club.service.client.send(identityOf(ada), '1', {
            group: { messenger: 'telegram', id: String(group.id) },
          })
        const page = await club.answer(group, () => ada.says(group, '/history'))
        const refuse = () =>
          club.fake.failNext('getChatAdministrators', {
            status: 400,
            description: `Bad Request: ${description}`,
          })
        refuse()
        expect((await club.answer(group, () => ada.says(group, '/history'))).text).toContain(
          'I am not told who the admins of this group are',
        )
        refuse()
        expect((await club.answer(group, () => chen.says(group, '/history'))).text).toContain(
          '我查不到本群的管理员是谁',
        )
        refuse()
        expect((await ada.taps(page, 'Older')).text).toContain('I am not told who the admins')
        expect(page.edits).toBe(0)
      },
    )
  })

  describe('a group', () => {
    test('that becomes a supergroup keeps its history, and what is said at that moment goes to the new one', async () => {
      const { ada, ben } = await club.pair()
      const old = club.fake.group({ type: 'group', creator: ada, members: [ben] })
      await club.card(old, () => ada.says(old, '/send 20'))
      const supergroup = club.fake.migrate(old)
      const page = await club.answer(supergroup, () => ada.says(supergroup, '/history'))
      expect(page.text).toContain(`20.00 CREDIT  ${called(ada)} → `)
    })

    test('whose move the bot learns from a refusal gets its answer in the new one', async () => {
      const { ada, ben } = await club.pair()
      const old = club.fake.group({ type: 'group', creator: ada, members: [ben] })
      await club.card(old, () => ada.says(old, '/send 20'))
      // Said before, answered after.
      club.fake.failNext('sendPhoto', { delayMs: 300 })
      ada.says(old, '/send 30')
      await club.fake.until(() => club.fake.callsOf('sendPhoto').at(-1)?.status === undefined)
      const supergroup = club.fake.migrate(old)
      const card = await club.fake.until(() => club.pictures(supergroup)[0])
      expect(card.text).toContain('30.00 CREDIT')
      await ben.taps(card, 'Collect')
      await club.reads(card, `✅ ${called(ben)} has collected it.`)
      const page = await club.answer(supergroup, () => ada.says(supergroup, '/history'))
      for (const amount of ['20.00', '30.00'])
        expect(page.text).toContain(` ${amount} CREDIT  ${called(ada)} → `)
    })

    test('has rules that its admins set by taps, and everything is said there in its language', async () => {
      const { ada, ben, group } = await club.pair()
      expect((await club.answer(group, () => ben.says(group, '/rules off'))).text).toContain('for the admins')
      const asked = await club.answer(group, () => ada.says(group, '/rules language 中文'))
      expect((await ben.taps(asked, 'Save')).text).toContain('for the admins')
      expect((await ada.taps(asked, 'Save')).text).toBe('✅ 已保存。')
      await club.reads(asked, /我在这里使用简体中文/)
      expect((await club.answer(group, () => ben.says(group, '/balance'))).text).toBe('已私聊发给你。')
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      expect(card.text).toContain('谁先点“领取”就归谁。')
      await ben.taps(card, '领取')
      await club.reads(card, `✅ ${called(ben)} 已领取。`)
    })

    test('that throws the bot out sees no more of it, and the money comes back', async () => {
      const { ada, group } = await club.pair()
      await club.service.client.issue(identityOf(ada), '50', { asset: 'FLASH' })
      const card = await club.answer(group, () => ada.says(group, '/send 20 FLASH'))
      club.fake.kicksBot(group, ada)
      await club.fake.until(() => club.last(ada.chat).text.includes('Nobody collected your 20.00 FLASH'))
      expect(await club.service.client.balance(identityOf(ada), 'FLASH')).toBe('50.00')
      await club.fake.until(() => toGroup(group).some(({ status }) => status === 403))
      expect(toGroup(group).filter(({ status }) => status === 403)).toHaveLength(1)
      expect(card.text).toContain('Whoever taps')
    })

    test('that threw the bot out and has it back shows what became of a card meanwhile', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { code } = await club.service.client.transfer(transferOf(card))
      club.fake.kicksBot(group, ada)
      await club.service.client.collect(code, identityOf(ben))
      await club.fake.until(() => toGroup(group).some(({ status }) => status === 403))
      expect(labels(card)).toContain('Collect')
      club.fake.addsBot(group, ada)
      await club.reads(card, `✅ ${called(ben)} has collected it.`)
      expect(labels(card)).toEqual([])
    })

    test('in which a card could not be drawn anew shows it when it is heard of again, or at a tap', async () => {
      const { ada, ben, group } = await club.pair()
      const { client } = club.service
      /** A card that the bot posts for another program, and that it can't change when it is collected. */
      const stale = async () => {
        const target = { messenger: 'telegram', chat: String(group.id), language: 'en' }
        const { code } = await client.send(identityOf(ada), '20', { card: target })
        const before = club.pictures(group).length
        await club.dueNow()
        const card = await club.fake.until(() => club.pictures(group)[before])
        await club.fake.until(async () => (await cardsOf(club.service, transferOf(card))).length > 0)
        const refused = { status: 400, description: 'Bad Request: have no rights to send a message' }
        club.fake.failNext('editMessageCaption', refused)
        const edits = club.fake.callsOf('editMessageCaption').length
        await client.collect(code, identityOf(ben))
        await club.fake.until(() => club.fake.callsOf('editMessageCaption')[edits]?.status === 400)
        return card
      }
      const heard = await stale()
      expect(labels(heard)).toContain('Collect')
      await club.answer(group, () => ada.says(group, '/help'))
      await club.reads(heard, `✅ ${called(ben)} has collected it.`)
      const tapped = await stale()
      expect((await ada.taps(tapped, 'Collect')).text).toContain('collected already')
      await club.reads(tapped, `✅ ${called(ben)} has collected it.`)
      expect(labels(tapped)).toEqual([])
    })

    test.each([
      [400, 'Bad Request: not enough rights to send text messages to the chat'],
      [400, 'Bad Request: have no rights to send a message'],
      [400, 'Bad Request: CHAT_WRITE_FORBIDDEN'],
      [403, 'Forbidden: bot is not a member of the supergroup chat'],
    ])('that mutes the bot has its answers told in private: %i %s', async (status, description) => {
      const { ada, group } = await club.pair()
      const shut = { status, description }
      club.fake.failNext('sendPhoto', shut)
      // Where it may say nothing at all the words are not tried.
      if (status !== 403) club.fake.failNext('sendMessage', shut)
      const card = await club.answer(ada.chat, () => ada.says(group, '/send 20'))
      expect([card.photo !== undefined, card.text]).toEqual([
        true,
        expect.stringContaining(`${called(ada)} → `),
      ])
      expect(club.pictures(group)).toEqual([])
      expect((await ada.taps(card, 'Cancel')).text).toContain('is back with you')
      await club.reads(card, '↩️ Cancelled')
    })

    test.each([
      'not enough rights to send photos to the chat',
      'CHAT_SEND_PHOTOS_FORBIDDEN',
      'CHAT_SEND_MEDIA_FORBIDDEN',
      'PHOTO_INVALID_DIMENSIONS',
      'a reason that nobody has read yet',
    ])('that takes no picture has the card in words, and it changes: %s', async (description) => {
      const { ada, group } = await club.pair()
      const fault = { status: 400, description: `Bad Request: ${description}` }
      club.fake.failNext('sendPhoto', fault)
      const words = await club.card(group, () => ada.says(group, '/send 20'))
      expect([words.photo, words.buttons.flat()[0]]).toEqual([undefined, 'Collect'])
      club.fake.failNext('editMessageCaption', fault)
      await ada.taps(words, 'Cancel')
      await club.reads(words, '↩️ Cancelled')
    })

    test.each([
      ['message thread not found', 1],
      ['TOPIC_CLOSED', 2],
      ['TOPIC_DELETED', 2],
      ['MESSAGE_THREAD_INVALID', 2],
      ['message to be replied not found', 1],
      ['replied message not found', 1],
      ['REPLY_MESSAGE_ID_INVALID', 1],
    ])(
      'whose topic, or what is answered there, is no more still has its answers: %s',
      async (reason, times) => {
        const { ada, ben } = await club.pair()
        const forum = club.fake.group({ isForum: true, creator: ada, members: [ben] })
        const topic = club.fake.topic(forum, 'Lunch')
        const fault = { status: 400, description: `Bad Request: ${reason}`, times }
        club.fake.failNext('sendPhoto', fault)
        const card = await club.card(forum, () => ada.says(forum, '/send 1', { topic }))
        expect([card.photo !== undefined, card.replyTo]).toEqual([true, undefined])
        club.fake.failNext('sendMessage', fault)
        const help = await club.answer(forum, () => ada.says(forum, '/help', { topic }))
        expect([help.text.startsWith('What I can do'), help.replyTo]).toEqual([true, undefined])
      },
    )

    test('in which a card was deleted is left in peace', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { code } = await club.service.client.transfer(transferOf(card))
      ada.deletes(card)
      const own = await club.card(ben.chat, () => ben.starts(code))
      await ben.taps(own, 'Collect')
      await club.reads(own, '✅')
      await club.fake.until(() => toGroup(group).some(({ status }) => status === 400))
      const history = await club.answer(group, () => ada.says(group, '/history'))
      expect(history.text).toContain(`${called(ada)} → ${called(ben)}  collected`)
      expect(club.pictures(group)).toEqual([])
    })

    const toGroup = (group: { id: number }) =>
      club.fake.calls.filter(({ params }) => params.chat_id === group.id)
  })
})

const mentions = (message: Message) =>
  message.entities.filter(({ type }) => type === 'mention' || type === 'text_mention')
