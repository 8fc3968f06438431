import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../../../bots/commands/index.ts'
import { localLink } from '../../support/service.ts'
import { type Club, called, openClub, transferOf } from '../../support/telegram/club.ts'

describe('The Telegram bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub('polling')
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.errors()]).toEqual([]))

  const handleOf = (person: { json: { username?: string } }) => `@${person.json.username}`

  describe('commands', () => {
    test('are offered in private, in groups and to their admins, in each language', async () => {
      const { ada, ben, group } = await club.pair()
      const chen = await club.person('Chen', { language: 'zh-hans' })
      group.add(chen)
      const names = commands.map(({ name }) => name)
      const told = (...to: Parameters<typeof club.fake.commandsFor>) =>
        club.fake.commandsFor(...to).find(({ command }) => command === 'balance')?.description
      for (const [who, chat] of [
        [ada, group],
        [ben, group],
        [ben, ben.chat],
      ] as const) {
        expect(club.fake.commandsFor(who, chat).map(({ command }) => command)).toEqual(names)
        expect(told(who, chat)).toBe('What you have')
      }
      for (const chat of [group, chen.chat]) expect(told(chen, chat)).toBe('查看余额')
    })

    test('send to a handle, to somebody without one, to whom they answer, or to whoever is first', async () => {
      const { ada, ben, group } = await club.pair()
      const cy = await club.person('Cy Smith', { handle: null })
      group.add(cy)
      const byHandle = await club.card(group, () => ada.says(group, ['/send 1 ', ben, ' lunch']))
      expect(byHandle.text).toContain(`For whoever goes by ${handleOf(ben)} when they collect.`)
      expect(byHandle.text).toContain('lunch')
      const byName = await club.card(group, () => ada.says(group, ['/send 2 ', cy, ' tea']))
      expect(byName.text).toContain(`Only ${called(cy)} can collect it.`)
      expect(byName.text).toContain('\ntea\n')
      const said = ben.says(group, 'who pays?')
      const byReply = await club.card(group, () => ada.says(group, '/send 3', { replyTo: said }))
      expect(byReply.text).toContain(`${called(ada)} → ${called(ben)}`)
      const byNobody = await club.card(group, () => ada.says(group, '/send 4'))
      expect(byNobody.text).toContain('Whoever taps Collect first has it.')
      expect(byNobody.replyTo?.text).toBe('/send 4')
      expect(await club.balance(ada)).toBe('90.00')
    })

    test('bind a handle to the first of its holders who collects', async () => {
      const { ada, ben, group } = await club.pair()
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
      const { ada, ben } = await club.pair()
      const forum = club.fake.group({ isForum: true, creator: ada, members: [ben] })
      const topic = club.fake.topic(forum, 'Lunch')
      const card = await club.card(forum, () => ada.says(forum, '/send 1', { topic }))
      expect(card.topic).toBe(topic)
      const gone = await club.card(forum, () => ada.deletes(ada.says(forum, '/send 2', { topic })))
      expect([gone.topic, gone.replyTo]).toEqual([topic, undefined])
      expect(card.text).toContain('Whoever taps Collect first has it.')
    })

    test('are heard with the name of this bot, and left alone with that of another', async () => {
      const { ada } = await club.pair()
      // To admins Telegram tells all that is said.
      const group = club.fake.group({ creator: ada, bot: 'administrator' })
      ada.says(group, '/send@another_bot 1')
      ada.says(group, 'send 1')
      ada.says(group, '/sendmoney 1')
      const card = await club.card(group, () => ada.says(group, `/SEND@${club.fake.bot.username} 1`))
      await club.answer(group, () => ada.says(group, '/help'))
      expect(club.pictures(group)).toEqual([card])
      expect(await club.balance(ada)).toBe('99.00')
    })

    test('are understood under a picture as in a message', async () => {
      const { ada, ben, group } = await club.pair()
      const { photo } = (await club.card(group, () => ada.says(group, '/send 20'))).content
      const card = await club.card(group, () => ada.says(group, ['/send 1 ', ben, ' lunch'], { photo }))
      expect(card.text).toContain(`For whoever goes by ${handleOf(ben)} when they collect.`)
      const { code } = await club.service.client.transfer(transferOf(card))
      // Who is named has the card in private as well.
      await club.fake.until(() => club.pictures(ben.chat).length === 1)
      const done = await club.answer(ben.chat, () => ben.says(ben.chat, `/collect ${code}`, { photo }))
      expect(done.text).toBe(`1.00 CREDIT from ${called(ada)} is yours.`)
      ada.says(group, 'lunch', { photo })
      ada.says(group, '', { photo })
      await club.answer(group, () => ada.says(group, '/help'))
      expect(club.pictures(group)).toHaveLength(5)
    })

    test('of edited messages send nothing', async () => {
      const { ada, group } = await club.pair()
      const said = ada.says(group, '/send 1')
      await club.fake.until(() => club.pictures(group).length === 1)
      ada.edits(said, '/send 1 again')
      await club.answer(group, () => ada.says(group, '/help'))
      expect(club.pictures(group)).toHaveLength(1)
      expect(await club.balance(ada)).toBe('99.00')
    })

    test('send nothing as an answer to what no person wrote, nor to two people', async () => {
      const { ada, ben, group } = await club.pair()
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
      const { ada, group } = await club.pair()
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
      const { ada, group } = await club.pair()
      const shy = await club.person('Shy', { started: false })
      group.add(shy)
      const told = await club.answer(group, () => ada.says(group, '/balance'))
      expect(told.text).toBe('Sent to you privately.')
      expect(club.last(ada.chat).text).toBe('You have\n100.00 CREDIT\n0.00 FLASH')
      const asked = await club.answer(group, () => shy.says(group, '/balance'))
      expect(asked.text).toContain('press Start')
      const { url } = await shy.taps(asked, 'Open private chat')
      const hello = await club.answer(shy.chat, () => shy.opens(String(url)))
      expect(hello.text).toContain('100.00 CREDIT')
    })

    test('are heard in the order in which a chat says them', async () => {
      const { ada } = await club.pair()
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
      const { group } = await club.pair()
      const chen = await club.person('Chen', { language: 'zh-hans' })
      group.add(chen)
      const poor = await club.answer(group, () => chen.says(group, '/send 100.01'))
      expect(poor.text).toContain('你有 100.00 CREDIT，不够 100.01 CREDIT。')
      const odd = await club.answer(chen.chat, () => chen.says(chen.chat, '你好'))
      expect(odd.text).toContain('我能做的事')
    })
  })

  describe('the link to the bot', () => {
    test('stands first on the claim page, shows what it is, and asks before it collects', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { link } = await club.service.client.transfer(transferOf(card))
      const page = await (await fetch(localLink(club.service, link))).text()
      const href = /href="(https:\/\/t\.me\/[^"]+)"/.exec(page)?.[1] ?? ''
      const shown = await club.card(ben.chat, () => ben.opens(href))
      expect(shown.text).toContain('20.00 CREDIT')
      expect(await club.balance(ben)).toBe('100.00')
      expect((await ben.taps(shown, 'Collect')).text).toBe('20.00 CREDIT is yours.')
      await club.reads(card, `✅ ${called(ben)} has collected it.`)
      await club.fake.until(() => club.last(ben.chat).text.startsWith('💰'))
      const over = await club.answer(ben.chat, () => ben.opens(href))
      expect([over.photo, over.text]).toEqual([undefined, expect.stringContaining('✅ Ben')])
    })

    test('does the same when it is merely pasted or forwarded into the private chat', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { link } = await club.service.client.transfer(transferOf(card))
      const shown = await club.card(ben.chat, () => ben.says(ben.chat, link))
      expect(transferOf(shown)).toBe(transferOf(card))
      const forwarded = await club.card(ben.chat, () => ben.forwards(card, ben.chat))
      expect(transferOf(forwarded)).toBe(transferOf(card))
      expect(await club.balance(ben)).toBe('100.00')
    })

    test('does the same when its command is forwarded, which collects nothing by itself', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { code } = await club.service.client.transfer(transferOf(card))
      const said = ada.says(club.fake.privateChat(ada, ben), `/collect ${code}`)
      const shown = await club.card(ben.chat, () => ben.forwards(said, ben.chat))
      expect(transferOf(shown)).toBe(transferOf(card))
      const before = club.fake.messages(ben.chat).length
      ben.forwards(ada.says(group, '/balance'), ben.chat)
      await club.answer(ben.chat, () => ben.says(ben.chat, '/help'))
      expect(club.fake.messages(ben.chat)).toHaveLength(before + 3)
      expect(await club.balance(ben)).toBe('100.00')
    })
  })
})
