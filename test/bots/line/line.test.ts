import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, called, openClub } from '../../support/line/club.ts'

describe('The LINE bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.breaches(), ...club.errors()]).toEqual([]))

  test('answers a command with a card, which costs nothing, and whoever taps it has the money, which all read', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const pushes = fake.callsOf('push').length
    const card = await club.card(group, () => fake.says(ada, group, 'send 20 lunch'))
    const [link = ''] = /https:\S+/.exec(card.text) ?? []
    expect(card.text.split('\n')).toEqual([
      '20.00 CREDIT',
      `${called(ada)} → whoever taps first`,
      '“lunch”',
      'Whoever taps Collect first has it.',
      expect.stringMatching(/^Goes back by itself /),
      link,
      'The link shows how it stands: this card doesn’t change.',
    ])
    expect(card.labels).toEqual(['Collect', 'Open link', 'Cancel'])
    expect(card.picture).toBe(`${link}/qr.png`)
    expect(card.buttons[1]?.uri).toBe(link)
    expect(await fake.taps(ada, card, 'Collect')).toMatch(/^Ada: /)
    expect(await fake.taps(ben, card, 'Collect')).toBe('Ben: 20.00 CREDIT is yours.')
    expect(fake.callsOf('push').length - pushes).toBeLessThanOrEqual(1)
    expect(await club.standsNow(card)).toContain('Already collected')
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('takes commands without a slash where it is named, and nothing else but those with one, in a group, a room, and in private', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const room = fake.group('', [ada, ben], 'room')
    for (const chat of [group, room]) {
      await fake.says(ada, chat, 'send 7 is what I’d say', { isPlain: true })
      await fake.says(ada, chat, '/unknown 7', { isPlain: true })
      const card = await club.card(chat, () => fake.says(ada, chat, '/send 3', { isPlain: true }))
      expect(card.text).toContain('3.00 CREDIT')
      await club.card(chat, () => fake.says(ada, chat, ['转账4 ', { bot: true }]))
      expect(await club.answer(chat, () => fake.says(ada, chat, 'what can you do?'))).toContain('/send')
      expect(fake.cards(chat)).toHaveLength(2)
    }
    const chat = fake.privateChat(ada)
    expect(await club.answer(chat, () => fake.says(ada, chat, 'balance'))).toContain('86.00 CREDIT')
    const picture = { type: 'image', contentProvider: { type: 'line' } }
    expect(await club.answer(chat, () => fake.says(ada, chat, '', { picture }))).toContain('text alone')
  })

  test('speaks in private the language that LINE tells of somebody', async () => {
    const { fake } = club
    const chen = fake.user('陈晨', { language: 'zh-TW' })
    const chat = fake.privateChat(chen)
    expect(
      await club.answer(chat, () =>
        fake.deliver(fake.eventOf('follow', chat, chen, { follow: { isUnblocked: false } })),
      ),
    ).toContain('陈晨')
    expect(await club.answer(chat, () => fake.says(chen, chat, '转账 5'))).toContain('不够')
  })

  test('a pasted link is shown with its button in private, and words that open a transfer are enough', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const bens = fake.privateChat(ben)
    const card = await club.card(group, () => fake.says(ada, group, 'send 20'))
    const [link] = /https:\S+/.exec(card.text) ?? []
    const shown = await club.card(bens, () => fake.says(ben, bens, `look: ${link}`))
    expect(await club.balance(ben)).toBe('100.00')
    expect(await fake.taps(ben, shown, 'Collect')).toBe('20.00 CREDIT is yours.')
    const adas = fake.privateChat(ada)
    await fake.says(ada, group, 'send 5 passphrase')
    const words = await fake.until(() => /^(?:[a-z]+ ){3}[a-z]+$/m.exec(fake.texts(adas).join('\n'))?.[0])
    await fake.says(ben, bens, words)
    await expect.poll(() => club.balance(ben)).toBe('125.00')
  })

  describe('knows whom a transfer is for by their id alone', () => {
    test('of somebody who was picked; two of the same name are two; and each amount of a split is for whom it stands with', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const other = await club.person('Ben')
      group.members.push(other)
      const card = await club.card(group, () => fake.says(ada, group, ['send 20 to ', other, ' lunch 🍜']))
      expect(card.text).toContain(`${called(ada)} → ${called(other)}`)
      expect(card.text).toContain('“lunch 🍜”')
      expect(await fake.taps(ben, card, 'Collect')).not.toContain('is yours')
      expect(await fake.taps(other, card, 'Collect')).toContain('20.00 CREDIT is yours.')
      const split = await club.card(group, () =>
        fake.says(ada, group, ['split ', ben, ' 12 ', other, ' 8 dinner']),
      )
      expect(await fake.taps(other, split, 'Pay')).toContain('8.00 CREDIT')
      expect(await fake.taps(ben, split, 'Pay')).toContain('12.00 CREDIT')
    })

    test('a name typed by hand, everybody, and the bot are nobody: it is asked back, and nothing is sent', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      for (const words of [
        'send 20 to @Ben',
        'send 20 ＠Ben lunch',
        ['send 20 @Ben ', ben],
        ['send 20 to ', { bot: true as const }, ' x'],
      ])
        expect(await club.answer(group, () => fake.says(ada, group, words))).toMatch(/pick|who|bot/i)
      const all = { mention: { mentionees: [{ type: 'all', index: 9, length: 4 }] } }
      expect(
        await club.answer(group, () =>
          fake.says(ada, group, '', { message: { text: '/send 20 @All', ...all } }),
        ),
      ).toMatch(/pick|who/i)
      expect(fake.cards(group)).toEqual([])
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('of whom LINE doesn’t tell who they are nobody is guessed, and it is said what to do; an answer to their message is enough', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const cy = await club.person('Cy')
      cy.isTold = false
      group.members.push(cy)
      expect(await club.answer(group, () => fake.says(ada, group, ['send 20 to ', cy]))).toContain(
        'Answer one of their messages',
      )
      const said = await fake.says(cy, group, 'thanks!', { isPlain: true })
      const card = await club.card(group, () =>
        fake.says(ada, group, 'send 20', { message: { quotedMessageId: said } }),
      )
      expect(card.text).toContain(`${called(ada)} → ${called(cy)}`)
      for (const quotedMessageId of [card.id, '404'])
        await club.answer(group, () => fake.says(ada, group, 'send 5', { message: { quotedMessageId } }))
      expect(await club.balance(ada)).toBe('80.00')
    })

    test('who isn’t told at all can neither send nor collect, and reads why', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const ghost = fake.user('Ghost', { isHidden: true })
      group.members.push(ghost)
      expect(await club.answer(group, () => fake.says(ghost, group, 'send 20'))).toContain('who you are')
      const card = await club.card(group, () => fake.says(ada, group, 'send 20'))
      expect(await fake.taps(ghost, card, 'Collect')).toContain('who you are')
      expect(await fake.taps(ada, card, 'Cancel')).toContain('20.00 CREDIT')
    })
  })

  test('what concerns all is said once in a group, however many tap; what concerns one is said to them', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const others = await Promise.all(['Cy', 'Di', 'Ed'].map((name) => club.person(name)))
    group.members.push(...others)
    const card = await club.card(group, () => fake.says(ada, group, ['send 20 to ', ben]))
    const [cy, di, ed] = others as [typeof ada, typeof ada, typeof ada]
    expect(await fake.taps(cy, card, 'Collect')).toMatch(/^Cy: /)
    expect(await fake.taps(di, card, 'Collect')).toMatch(/^Di: /)
    await fake.deliver(fake.tapOf(di, card, 'Collect'))
    await fake.taps(ben, card, 'Collect')
    const said = fake.texts(group).length
    expect(await fake.taps(ed, card, 'Collect')).not.toContain('Ed')
    for (const one of others) await fake.deliver(fake.tapOf(one, card, 'Collect'))
    await club.answer(group, () => fake.says(ada, group, 'help'))
    expect(fake.texts(group)).toHaveLength(said + 2)
  })

  test('answers for one person’s eyes go to their own chat, and the group is told; also that somebody can’t be written to', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const chat = fake.privateChat(ada)
    const before = fake.texts(chat).length
    const inGroup = await club.answer(group, () => fake.says(ada, group, 'balance'))
    expect(inGroup).not.toContain('100.00')
    expect(fake.texts(chat).slice(before).join()).toContain('100.00 CREDIT')
    ada.isFriend = false
    expect(await club.answer(group, () => fake.says(ada, group, 'balance'))).toContain('add me as a friend')
  })

  test('whom a transfer is for gets it in their own chat, where they are a friend; both cards stay, and their links say how they stand', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const bens = fake.privateChat(ben)
    const card = await club.card(group, () => fake.says(ada, group, ['send 20 to ', ben]))
    const own = await fake.until(() => fake.cards(bens)[0])
    expect(own.labels).toEqual(['Collect', 'Open link', 'Decline'])
    expect(await fake.taps(ben, own, 'Decline')).toContain('20.00 CREDIT')
    for (const one of [card, own]) expect(one.labels).toContain('Collect')
    expect(await fake.taps(ben, card, 'Collect')).not.toContain('is yours')
    expect(await club.standsNow(card)).toMatch(/declined/i)
    const stranger = fake.user('Cy', { isFriend: false })
    group.members.push(stranger)
    const theirs = await club.card(group, () => fake.says(ada, group, ['send 5 to ', stranger]))
    expect(await fake.taps(stranger, theirs, 'Collect')).toContain('5.00 CREDIT is yours.')
    expect(fake.privateChat(stranger).messages).toEqual([])
  })

  test('where nothing may be sent any more this month, commands and taps are answered all the same', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    fake.faults.left = 0
    const card = await club.card(group, () => fake.says(ada, group, 'send 20'))
    expect(await fake.taps(ben, card, 'Collect')).toContain('20.00 CREDIT is yours.')
    expect(await club.answer(group, () => fake.says(ada, group, 'balance'))).toContain('our own chat')
    const chat = fake.privateChat(ada)
    expect(await club.answer(chat, () => fake.says(ada, chat, 'balance'))).toContain('80.00 CREDIT')
    fake.faults.left = Number.POSITIVE_INFINITY
  })

  test('admins are the service’s operators who are in the group, and whom they name', async () => {
    const { fake, operator } = club
    const { ada, ben, group } = await club.pair()
    const says = (user: typeof ada, words: Parameters<typeof fake.says>[2]) =>
      club.answer(group, () => fake.says(user, group, words))
    expect(await says(ada, ['/admins add ', ben])).toContain('admins')
    expect(await says(operator, ['/admins add ', ada])).toContain(called(ada))
    await club.card(group, () => fake.says(ben, group, 'send 30 @treasury'))
    const paid = await club.card(group, () => fake.says(ada, group, ['pay 20 to ', ben]))
    expect(await fake.taps(ben, paid, 'Collect')).toContain('20.00 CREDIT is yours.')
    expect(await says(operator, ['/admins remove ', ada])).toContain(called(ada))
    expect(await says(ada, ['pay 5 to ', ben])).toContain('admins')
    group.members.splice(group.members.indexOf(operator), 1)
    expect(await says(operator, ['/admins add ', ada])).toContain('admins')
  })

  test('a red packet for members is for whoever is in the group, one for those who were there before for nobody who came after it', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const [stranger, old, newcomer] = await Promise.all(['Cy', 'Di', 'Ed'].map((name) => club.person(name)))
    if (!stranger || !old || !newcomer) throw new Error('nobody')
    const card = await club.card(group, () => fake.says(ada, group, 'red 15 3 equal members'))
    const [code] = /[\w-]{22,}$/m.exec(card.text) ?? []
    const chat = fake.privateChat(stranger)
    const shown = await club.card(chat, () => fake.says(stranger, chat, code ?? ''))
    expect(await fake.taps(stranger, shown, 'Collect')).not.toContain('is yours')
    expect(await fake.taps(ben, card, 'Collect')).toContain('5.00 CREDIT is yours.')
    await fake.changes('memberJoined', group, old)
    const before = await club.card(group, () => fake.says(ada, group, 'red 10 2 equal before'))
    await fake.changes('memberJoined', group, newcomer)
    expect(await fake.taps(newcomer, before, 'Collect')).not.toContain('is yours')
    expect(await fake.taps(old, before, 'Collect')).toContain('5.00 CREDIT is yours.')
    await fake.changes('memberLeft', group, old)
    expect(await fake.taps(old, card, 'Collect')).not.toContain('is yours')
  })

  test('a group that it comes into is told how to begin', async () => {
    const { fake } = club
    const { group } = await club.pair()
    expect(
      await club.answer(group, () => fake.deliver(fake.eventOf('join', group, undefined, {}))),
    ).toContain('send 20')
  })
})
