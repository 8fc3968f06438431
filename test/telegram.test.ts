import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, identityOf, type Mode, openClub, transferOf } from './support/telegram/club.ts'
import { hasTelegramSpec, type Message } from './support/telegram.ts'

const MODES: Mode[] = ['polling', 'webhook']

describe.skipIf(!hasTelegramSpec).each(MODES)('The Telegram bot by %s', (mode) => {
  let club: Club
  beforeAll(async () => {
    club = await openClub(mode)
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.errors()]).toEqual([]))

  const pair = async () => {
    const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
    return { ada, ben, group: club.fake.group({ creator: ada, members: [ben] }) }
  }
  const handleOf = (person: { json: { username?: string } }) => `@${person.json.username}`
  /** The labels of a card's buttons. */
  const labels = ({ buttons }: Message) => buttons.flat()

  describe('commands', () => {
    test('are offered in private, in groups and to their admins, in each language', async () => {
      const { ada, ben, group } = await pair()
      const chen = await club.person('Chen', { language: 'zh-hans' })
      group.add(chen)
      const names = ['send', 'collect', 'cancel', 'balance', 'history', 'help', 'start']
      for (const [who, chat] of [
        [ada, group],
        [ben, group],
        [ben, ben.chat],
      ] as const) {
        expect(club.fake.commandsFor(who, chat).map(({ command }) => command)).toEqual(names)
        expect(club.fake.commandsFor(who, chat)[3]?.description).toBe('What you have')
      }
      for (const chat of [group, chen.chat])
        expect(club.fake.commandsFor(chen, chat)[3]?.description).toBe('查看余额')
    })

    test('send to a handle, to somebody without one, to whom they answer, or to whoever is first', async () => {
      const { ada, ben, group } = await pair()
      const cy = await club.person('Cy Smith', { handle: null })
      group.add(cy)
      const byHandle = await club.card(group, () => ada.says(group, ['/send 1 ', ben, ' lunch']))
      expect(byHandle.text).toContain(`For whoever goes by ${handleOf(ben)} when they collect.`)
      expect(byHandle.text).toContain('lunch')
      const byName = await club.card(group, () => ada.says(group, ['/send 2 ', cy, ' tea']))
      expect(byName.text).toContain('For Cy Smith alone.')
      expect(byName.text).toContain('\ntea\n')
      const said = ben.says(group, 'who pays?')
      const byReply = await club.card(group, () => ada.says(group, '/send 3', { replyTo: said }))
      expect(byReply.text).toContain('Ada → Ben')
      const byNobody = await club.card(group, () => ada.says(group, '/send 4'))
      expect(byNobody.text).toContain('Whoever taps Collect first has it.')
      expect(byNobody.replyTo?.text).toBe('/send 4')
      expect(await club.balance(ada)).toBe('90.00')
    })

    test('bind a handle to the first of its holders who collects', async () => {
      const { ada, ben, group } = await pair()
      const card = await club.card(group, () => ada.says(group, '/send 5 @somebody_else'))
      expect((await ben.taps(card, 'Collect')).text).toBe('It is for somebody else.')
      ben.json.username = 'Somebody_Else'
      expect((await ben.taps(card, 'Collect')).text).toBe('5.00 CREDIT is yours.')
      expect(await club.balance(ben)).toBe('105.00')
      delete ben.json.username
      const next = await club.card(group, () => ada.says(group, '/send 5 @somebody_else'))
      expect((await ben.taps(next, 'Collect')).text).toBe('It is for somebody else.')
    })

    test('are answered in the topic that they are said in', async () => {
      const { ada, ben } = await pair()
      const forum = club.fake.group({ isForum: true, creator: ada, members: [ben] })
      const topic = club.fake.topic(forum, 'Lunch')
      const card = await club.card(forum, () => ada.says(forum, '/send 1', { topic }))
      expect(card.topic).toBe(topic)
      const gone = await club.card(forum, () => ada.deletes(ada.says(forum, '/send 2', { topic })))
      expect([gone.topic, gone.replyTo]).toEqual([topic, undefined])
      expect(card.text).toContain('Whoever taps Collect first has it.')
    })

    test('are heard with the name of this bot, and left alone with that of another', async () => {
      const { ada } = await pair()
      // To admins Telegram tells all that is said.
      const group = club.fake.group({ creator: ada, bot: 'administrator' })
      ada.says(group, '/send@another_bot 1')
      ada.says(group, 'send 1')
      ada.says(group, '/sendmoney 1')
      const card = await club.card(group, () => ada.says(group, `/SEND@${club.fake.bot.username} 1`))
      await club.answer(group, () => ada.says(group, '/help'))
      expect(cardsIn(group)).toEqual([card])
      expect(await club.balance(ada)).toBe('99.00')
    })

    test('of edited messages send nothing', async () => {
      const { ada, group } = await pair()
      const said = ada.says(group, '/send 1')
      await club.fake.until(() => cardsIn(group).length === 1)
      ada.edits(said, '/send 1 again')
      await club.answer(group, () => ada.says(group, '/help'))
      expect(cardsIn(group)).toHaveLength(1)
      expect(await club.balance(ada)).toBe('99.00')
    })

    test('send nothing as an answer to what no person wrote, nor to two people', async () => {
      const { ada, ben, group } = await pair()
      const twins = [await club.person('Cy', { handle: null }), await club.person('Cy', { handle: null })]
      const help = await club.answer(group, () => ada.says(group, '/help'))
      const toBot = await club.answer(group, () => ada.says(group, '/send 1', { replyTo: help }))
      expect(toBot.text).toContain('no person wrote')
      const [one, other] = twins
      const toTwo = await club.answer(group, () =>
        ada.says(group, ['/send 1 ', one ?? ben, ' and ', other ?? ben]),
      )
      expect(toTwo.text).toContain('you named 2')
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('in the name of the group move nothing', async () => {
      const { ada, group } = await pair()
      const eve = await club.person('Eve')
      group.add(eve, 'administrator', true)
      for (const command of ['/send 1', '/balance', '/collect AAAAAAAAAAAAAAAAAAAAAA']) {
        const answer = await club.answer(group, () => eve.says(group, command))
        expect(answer.text).toContain('Write as yourself')
      }
      expect((await club.answer(group, () => eve.says(group, '/help'))).text).toContain('/send')
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('are answered in private where others need not read along', async () => {
      const { ada, group } = await pair()
      const shy = await club.person('Shy', { started: false })
      group.add(shy)
      const told = await club.answer(group, () => ada.says(group, '/balance'))
      expect(told.text).toBe('I have told you in private.')
      expect(lastOf(ada.chat).text).toBe('You have\n100.00 CREDIT\n0.00 FLASH')
      const asked = await club.answer(group, () => shy.says(group, '/balance'))
      expect(asked.text).toContain('press Start')
      const { url } = await shy.taps(asked, 'Open private chat')
      const hello = await club.answer(shy.chat, () => shy.opens(String(url)))
      expect(hello.text).toContain('100.00 CREDIT')
    })

    test('are heard in the order in which a chat says them', async () => {
      const { ada } = await pair()
      const before = club.fake.messages(ada.chat).length
      for (const words of ['/send 1', '/cancel', '/balance']) ada.says(ada.chat, words)
      await club.fake.until(() => club.fake.messages(ada.chat).length === before + 6)
      const [card, cancelled, balance] = club.fake.messages(ada.chat).slice(before + 3)
      expect([card?.photo !== undefined, cancelled?.text, balance?.text.split('\n')[1]]).toEqual([
        true,
        'Cancelled. 1.00 CREDIT is back with you.',
        '100.00 CREDIT',
      ])
    })

    test('say what is wrong, in the language of who asks', async () => {
      const { group } = await pair()
      const chen = await club.person('Chen', { language: 'zh-hans' })
      group.add(chen)
      const poor = await club.answer(group, () => chen.says(group, '/send 100.01'))
      expect(poor.text).toContain('你有 100.00 CREDIT，不够 100.01 CREDIT。')
      const odd = await club.answer(chen.chat, () => chen.says(chen.chat, '你好'))
      expect(odd.text).toContain('我能做的事')
    })
  })

  describe('a card', () => {
    test('is the QR code with words that Telegram reads as they were typed', async () => {
      const { ben, group } = await pair()
      const eve = await club.person('<b>Eve</b> & "Söhne"', { handle: 'eve_s' })
      group.add(eve)
      const card = await club.card(group, () => eve.says(group, ['/send 20 ', ben, ' <i>a & b</i> &lt;']))
      const transfer = await club.service.client.transfer(transferOf(card))
      const picture = await fetch(`${transfer.link}/qr.png`)
      expect(card.photo?.equals(new Uint8Array(await picture.arrayBuffer()))).toBe(true)
      expect(card.text).toMatch(
        new RegExp(
          `^20\\.00 CREDIT\n<b>Eve</b> & "Söhne" → ${handleOf(ben)}\n<i>a & b</i> &lt;\nFor whoever`,
        ),
      )
      const countdown = card.entities.find(({ type }) => type === 'date_time')
      const seconds = Math.floor(new Date(transfer.expiresAt).getTime() / 1000)
      expect(countdown).toMatchObject({ unix_time: seconds, date_time_format: 'r' })
      expect(labels(card)).toEqual(['Collect', 'Open link', 'Cancel', 'Decline'])
      expect((await ben.taps(card, 'Open link')).url).toBe(transfer.link)
      for (const { callback_data } of card.keyboard.flat())
        expect(callback_data ?? '').not.toContain(transfer.code)
    })

    test('holds the longest names and notes', async () => {
      const { group } = await pair()
      const long = await club.person(`L${'&'.repeat(127)}`, { handle: 'l'.repeat(32) })
      const other = await club.person(`M${'<'.repeat(127)}`, { handle: null })
      group.add(long).add(other)
      const card = await club.card(group, () =>
        long.says(group, ['/send 20 ', other, ` ${'note '.repeat(39)}end`]),
      )
      expect(card.text).toContain('note end')
    })

    test('is collected by a tap, once, by who it is for', async () => {
      const { ada, ben, group } = await pair()
      const cy = await club.person('Cy')
      group.add(cy)
      const said = ben.says(group, 'hello')
      const card = await club.card(group, () => ada.says(group, '/send 20', { replyTo: said }))
      expect((await ada.taps(card, 'Collect')).text).toContain('It is your own')
      expect((await cy.taps(card, 'Collect')).text).toBe('It is for somebody else.')
      const data = `collect:${transferOf(card)}`
      expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
      expect((await ben.taps(card, data, { stale: true })).text).toContain('already')
      expect((await cy.taps(card, data, { stale: true })).text).toContain('Somebody was faster')
      await club.reads(card, '✅ Ben has collected it.')
      expect(labels(card)).toEqual([])
      expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
    })

    test('is taken back by its sender alone, and declined by the one it is for', async () => {
      const { ada, ben, group } = await pair()
      const said = ben.says(group, 'hello')
      const first = await club.card(group, () => ada.says(group, '/send 20', { replyTo: said }))
      expect((await ben.taps(first, 'Cancel')).text).toBe('Only the sender can cancel it.')
      expect((await ada.taps(first, 'Decline')).text).toBe('Only the one it is for can decline it.')
      expect((await ben.taps(first, 'Decline')).text).toContain('went back to the sender')
      await club.reads(first, '↩️ Declined')
      const second = await club.card(group, () => ada.says(group, '/send 20'))
      expect(labels(second)).not.toContain('Decline')
      expect((await ada.taps(second, 'Cancel')).text).toContain('is back with you')
      await club.reads(second, '↩️ Cancelled')
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('that is past its time goes back, says so, and a late tap is told', async () => {
      const { ada, ben, group } = await pair()
      await club.service.client.issue(identityOf(ada), '50', { asset: 'FLASH' })
      const card = await club.answer(group, () => ada.says(group, '/send 20 FLASH'))
      const data = `collect:${transferOf(card)}`
      await club.reads(card, '⌛ Not collected in time')
      expect((await ben.taps(card, data, { stale: true })).text).toContain('Too late')
      await club.fake.until(() => lastOf(ada.chat).text.includes('Nobody collected your 20.00 FLASH'))
    })

    test('shows how it stands in every chat where it hangs', async () => {
      const { ada, ben, group } = await pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { code } = await club.service.client.transfer(transferOf(card))
      const own = await club.card(ben.chat, () => ben.starts(code))
      const adas = await club.card(ada.chat, () => ada.starts(code))
      await ben.taps(own, 'Collect')
      for (const shown of [card, own, adas]) await club.reads(shown, '✅ Ben has collected it.')
    })

    test('of which the bot lost sight is found again by a tap', async () => {
      const { ada, ben, group } = await pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      // The answer got lost: what was posted hangs there twice, and the bot knows of one.
      club.fake.failNext('sendPhoto', { loseAnswer: true })
      ada.says(group, '/send 5')
      await club.fake.until(() => cardsIn(group).length === 3)
      const [, lost, known] = cardsIn(group)
      if (!lost || !known) throw new Error('two cards were expected')
      expect(transferOf(lost)).toBe(transferOf(known))
      const data = `collect:${transferOf(lost)}`
      await ben.taps(known, 'Collect')
      await club.reads(known, '✅')
      await ada.taps(lost, data, { stale: true })
      await club.reads(lost, '✅ Ben has collected it.')
      expect(labels(card)).toContain('Collect')
    })

    test('answers a press on what no button of it says, and does nothing', async () => {
      const { ada, ben, group } = await pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      for (const data of ['collect:x', 'i:AAAAAAAAAA:2aov:toz5bn:zt00:7 CREDIT', 'history:group:%%', '?'])
        expect((await ben.taps(card, data, { stale: true })).text).toBe(
          'This button no longer does anything.',
        )
    })
  })

  describe('the link to the bot', () => {
    test('stands first on the claim page, shows what it is, and asks before it collects', async () => {
      const { ada, ben, group } = await pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { link } = await club.service.client.transfer(transferOf(card))
      const page = await (await fetch(link)).text()
      const href = /href="(https:\/\/t\.me\/[^"]+)"/.exec(page)?.[1] ?? ''
      const shown = await club.card(ben.chat, () => ben.opens(href))
      expect(shown.text).toContain('20.00 CREDIT')
      expect(await club.balance(ben)).toBe('100.00')
      expect((await ben.taps(shown, 'Collect')).text).toBe('20.00 CREDIT is yours.')
      await club.reads(card, '✅ Ben has collected it.')
      await club.fake.until(() => lastOf(ben.chat).text.startsWith('💰'))
      const over = await club.answer(ben.chat, () => ben.opens(href))
      expect([over.photo, over.text]).toEqual([undefined, expect.stringContaining('✅ Ben')])
    })

    test('does the same when it is merely pasted or forwarded into the private chat', async () => {
      const { ada, ben, group } = await pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { link } = await club.service.client.transfer(transferOf(card))
      const shown = await club.card(ben.chat, () => ben.says(ben.chat, link))
      expect(transferOf(shown)).toBe(transferOf(card))
    })
  })

  describe('private notices', () => {
    test('tell the sender who has collected, and the recipient what they have', async () => {
      const { ada, ben, group } = await pair()
      const card = await club.card(group, () => ada.says(group, '/send 20 lunch'))
      await ben.taps(card, 'Collect')
      await club.fake.until(() => lastOf(ada.chat).text === '✅ Ben has collected your 20.00 CREDIT (lunch).')
      await club.fake.until(() => lastOf(ben.chat).text === '💰 You received 20.00 CREDIT from Ada (lunch).')
    })

    test('of who never pressed Start or has blocked the bot wait in /history, and the card says so', async () => {
      const { ada, group } = await pair()
      const shy = await club.person('Shy', { started: false, balance: '0' })
      group.add(shy)
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      ada.blocks()
      await shy.taps(card, 'Collect')
      await club.reads(card, /🔕 I can’t write to (Shy, Ada|Ada, Shy) in private\. It is kept in \/history/)
      expect(card.text).toContain('✅ Shy has collected it.')
      const calls = () => club.fake.callsOf('sendMessage').filter(({ params }) => params.chat_id === shy.id)
      expect(calls()).toHaveLength(1)
      await club.answer(shy.chat, () => shy.starts())
      const history = await club.answer(shy.chat, () => shy.says(shy.chat, '/history'))
      expect(history.text).toContain('+20.00 CREDIT ← Ada')
    })
  })

  describe('the history of a group', () => {
    test('shows its latest ten to its admins, and turns its pages for them alone', async () => {
      const { ada, ben, group } = await pair()
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
      await club.reads(page, ' 2.00 CREDIT  Adaaa')
      expect(page.text).not.toContain(' 12.00 CREDIT')
      expect((await ada.taps(page, 'Newest')).text).toBe('Here you are.')
      await club.reads(page, ' 12.00 CREDIT')
    })

    test('is for creators, admins and anonymous admins, as Telegram says at that moment', async () => {
      const { ada, ben, group } = await pair()
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
      // An answer of Telegram's is held for five seconds.
      await sleep(5100)
      const later = await club.answer(group, () => ben.says(group, '/history'))
      expect(later.text).toContain('Transfers of this group')
      group.add(ben, 'member')
      await sleep(5100)
      const noMore = await club.answer(group, () => ben.says(group, '/history'))
      expect(noMore.text).toContain('its admins')
    })
  })

  describe('a group', () => {
    test('that becomes a supergroup keeps its history, and what is said at that moment goes to the new one', async () => {
      const { ada, ben } = await pair()
      const old = club.fake.group({ type: 'group', creator: ada, members: [ben] })
      await club.card(old, () => ada.says(old, '/send 20'))
      const supergroup = club.fake.migrate(old)
      const page = await club.answer(supergroup, () => ada.says(supergroup, '/history'))
      expect(page.text).toContain('20.00 CREDIT  Ada → ')
    })

    test('whose move the bot learns from a refusal gets its answer in the new one', async () => {
      const { ada, ben } = await pair()
      const old = club.fake.group({ type: 'group', creator: ada, members: [ben] })
      await club.card(old, () => ada.says(old, '/send 20'))
      // Said before, answered after.
      club.fake.failNext('sendPhoto', { delayMs: 300 })
      ada.says(old, '/send 30')
      await club.fake.until(() => club.fake.callsOf('sendPhoto').at(-1)?.status === undefined)
      const supergroup = club.fake.migrate(old)
      const card = await club.fake.until(() => cardsIn(supergroup)[0])
      expect(card.text).toContain('30.00 CREDIT')
      await ben.taps(card, 'Collect')
      await club.reads(card, '✅ Ben has collected it.')
      const page = await club.answer(supergroup, () => ada.says(supergroup, '/history'))
      for (const amount of ['20.00', '30.00']) expect(page.text).toContain(` ${amount} CREDIT  Ada → `)
    })

    test('that throws the bot out sees no more of it, and the money comes back', async () => {
      const { ada, group } = await pair()
      await club.service.client.issue(identityOf(ada), '50', { asset: 'FLASH' })
      const card = await club.answer(group, () => ada.says(group, '/send 20 FLASH'))
      club.fake.kicksBot(group, ada)
      await club.fake.until(() => lastOf(ada.chat).text.includes('Nobody collected your 20.00 FLASH'))
      expect(await club.service.client.balance(identityOf(ada), 'FLASH')).toBe('50.00')
      await club.fake.until(() => toGroup(group).some(({ status }) => status === 403))
      expect(toGroup(group).filter(({ status }) => status === 403)).toHaveLength(1)
      expect(card.text).toContain('Whoever taps')
    })

    test('that mutes the bot has its answers told in private', async () => {
      const { ada, group } = await pair()
      const muted = {
        status: 400,
        description: 'Bad Request: not enough rights to send text messages to the chat',
      }
      club.fake.failNext('sendPhoto', muted)
      const card = await club.answer(ada.chat, () => ada.says(group, '/send 20'))
      expect(card.text).toContain('20.00 CREDIT · Ada → ')
      expect((await ada.taps(card, 'Cancel')).text).toContain('is back with you')
      const noPhotos = {
        status: 400,
        description: 'Bad Request: not enough rights to send photos to the chat',
      }
      club.fake.failNext('sendPhoto', noPhotos)
      const words = await club.card(group, () => ada.says(group, '/send 20'))
      expect([words.photo, words.buttons.flat()[0]]).toEqual([undefined, 'Collect'])
      await ada.taps(words, 'Cancel')
      await club.reads(words, '↩️ Cancelled')
    })

    test('in which a card was deleted is left in peace', async () => {
      const { ada, ben, group } = await pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { code } = await club.service.client.transfer(transferOf(card))
      ada.deletes(card)
      const own = await club.card(ben.chat, () => ben.starts(code))
      await ben.taps(own, 'Collect')
      await club.reads(own, '✅')
      await club.fake.until(() => toGroup(group).some(({ status }) => status === 400))
      const history = await club.answer(group, () => ada.says(group, '/history'))
      expect(history.text).toContain('Ada → Ben  collected')
      expect(cardsIn(group)).toEqual([])
    })

    const toGroup = (group: { id: number }) =>
      club.fake.calls.filter(({ params }) => params.chat_id === group.id)
  })

  const lastOf = (chat: Parameters<Club['fake']['messages']>[0]) => club.fake.messages(chat).at(-1) as Message
  /** The pictures in a chat. */
  const cardsIn = (chat: Parameters<Club['fake']['messages']>[0]) =>
    club.fake.messages(chat).filter(({ photo }) => photo)
})
