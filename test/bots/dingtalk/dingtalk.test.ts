import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, called, identityOf, openClub, transferOf } from '../../support/dingtalk/club.ts'

describe('The DingTalk bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => {
    const { breaches, floods, late, calls } = club.fake
    const refused = calls.filter(({ status }) => status >= 400)
    expect([...breaches, ...floods, ...late, ...refused, ...club.errors()]).toEqual([])
  })

  test('makes a card for whom it mentions, with the picture of its code, and whoever taps it has the money', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, ['转账 20 给 ', ben, ' 午饭']))
    const { link } = await club.service.client.transfer(transferOf(card))
    expect(card.text.split('\n')).toEqual([
      '20.00 CREDIT',
      `${called(ada)} → ${called(ben)}`,
      '「午饭」',
      `仅限 ${called(ben)} 领取。`,
      expect.stringMatching(/^若无人领取，北京时间 \d+月\d+日 \d\d:\d\d自动退回。$/),
      link,
    ])
    expect(card.labels).toEqual(['领取', '打开链接', '撤回', '拒收'])
    expect(card.picture).toMatch(/^@lADP/)
    expect(card.mentioned).toEqual([ben.userId])
    expect(await fake.taps(ada, card, '领取')).toContain('这是你自己发出的')
    expect(await fake.taps(ben, card, '领取')).toBe('20.00 CREDIT 已到账。')
    await club.reads(card, `✅ ${called(ben)} 已领取。`)
    expect([card.labels, card.picture]).toEqual([[], ''])
    // What a tap has said only its author reads.
    expect(card.notice(ada)).not.toBe(card.notice(ben))
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('takes commands without a slash, in Chinese and in English, in a group and in private', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const chat = fake.privateChat(ada)
    expect(await club.answer(chat, () => fake.says(ada, chat, '余额'))).toContain('100.00 CREDIT')
    expect(await club.answer(chat, () => fake.says(ada, chat, 'balance'))).toContain('100.00 CREDIT')
    const first = await club.card(group, () => fake.says(ada, group, 'send 5 tea'))
    await club.card(group, () => fake.says(ada, group, '转账6'))
    const { code } = await club.service.client.transfer(transferOf(first))
    const bens = fake.privateChat(ben)
    expect(await club.answer(bens, () => fake.says(ben, bens, `领取 ${code}`))).toContain('5.00 CREDIT')
    expect(await club.balance(ada)).toBe('89.00')
    await fake.until(() => fake.texts(chat).some((text) => text.includes('领取了你的')))
    const which = await club.answer(group, () => fake.says(ada, group, '撤回'))
    expect(which).toContain('6.00 CREDIT')
    expect(await club.balance(ada)).toBe('95.00')
    expect(await club.answer(chat, () => fake.says(ada, chat, '帮助'))).toContain('/send')
    const history = await club.card(chat, () => fake.says(ada, chat, '记录'))
    expect(history.text).toContain('5.00 CREDIT')
    expect(await club.answer(group, () => fake.says(ada, group, 'what can you do?'))).toContain('/send')
  })

  test('a pasted link is shown with its button in private, and words that open a transfer are enough', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const bens = fake.privateChat(ben)
    const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
    const { link } = await club.service.client.transfer(transferOf(card))
    const shown = await club.card(bens, () => fake.says(ben, bens, `看这个 ${link}`))
    expect(await club.balance(ben)).toBe('100.00')
    expect(await fake.taps(ben, shown, '领取')).toBe('20.00 CREDIT 已到账。')
    await Promise.all([card, shown].map((one) => club.reads(one, '已领取')))
    const adas = fake.privateChat(ada)
    const told = fake.cards(adas).length
    await fake.says(ada, group, '转账 5 口令')
    await fake.until(() => fake.cards(adas).length > told)
    const words = fake.cards(adas).at(-1)?.text.split('\n').at(-1) ?? ''
    await club.answer(bens, () => fake.says(ben, bens, words))
    expect(await club.balance(ben)).toBe('125.00')
  })

  describe('knows whom a transfer is for by their id alone', () => {
    test('a name typed by hand is asked back with how to pick somebody, and nothing is sent', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      for (const words of ['转账 20 给 @李本', '转账 20 @ben 午饭', 'send 20 ＠李本'])
        expect(await club.answer(group, () => fake.says(ada, group, words))).toContain('从这个聊天里选')
      expect(await club.balance(ada)).toBe('100.00')
      expect(fake.cards(group)).toEqual([])
    })

    test('a typed name beside somebody who was picked is asked back, too: it may be another one', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const cy = await club.person('赵云', { balance: '0' })
      group.members.push(cy)
      expect(await club.answer(group, () => fake.says(ada, group, ['转账 20 给 @赵云 ', ben]))).toContain(
        '从这个聊天里选',
      )
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('a name that DingTalk leaves in the text is theirs where one of those picked is called so', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => fake.says(ada, group, ['转账 20 @李本 午饭', ben]))
      expect(card.text).toContain(`${called(ada)} → ${called(ben)}`)
      expect(card.text).toContain('「午饭」')
    })

    test('two of the same name are asked back, and so are several in one transfer', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const other = await club.person('李本', { balance: '0' })
      group.members.push(other)
      expect(await club.answer(group, () => fake.says(ada, group, ['转账 20 @李本 ', ben, other]))).toContain(
        '从这个聊天里选',
      )
      expect(await club.answer(group, () => fake.says(ada, group, ['转账 20 ', ben, other]))).toContain(
        '2 个',
      )
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('a sum is split among all who were picked; amounts of their own are asked back', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const cy = await club.person('赵云')
      group.members.push(cy)
      const card = await club.card(group, () => fake.says(ada, group, ['分摊 30 ', ben, cy, ' 晚饭']))
      expect(card.text).toContain('15.00')
      expect(card.text).toContain(called(ben))
      expect(card.text).toContain(called(cy))
      expect(card.text).toContain('「晚饭」')
      expect(
        await club.answer(group, () => fake.says(ada, group, ['分摊 ', ben, ' 12 ', cy, ' 8'])),
      ).toContain('哪个人')
    })

    test('an answer to a message is for its author where the bot knows their id, and is asked back where not', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const repliedMsg = { msgId: 'msg1', msgType: 'text', senderId: ben.senderId }
      const reply = { text: { content: ' 转账 20', isReplyMsg: true, repliedMsg } }
      const asked = await club.answer(group, () => fake.says(ada, group, '', reply))
      expect(asked).toContain('@')
      expect(await club.balance(ada)).toBe('100.00')
      await club.answer(group, () => fake.says(ben, group, '余额'))
      const card = await club.card(group, () => fake.says(ada, group, '', reply))
      expect(card.text).toContain(`${called(ada)} → ${called(ben)}`)
    })

    test('who may not be read in the directory is paid all the same, without a name', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      fake.faults.hidesDirectory = true
      const cy = fake.user('赵云')
      group.members.push(cy)
      const card = await club.card(group, () => fake.says(ada, group, ['转账 20 给 ', cy]))
      fake.faults.hidesDirectory = false
      expect(card.text).not.toContain('赵云')
      expect(await fake.taps(cy, card, '领取')).toBe('20.00 CREDIT 已到账。')
      expect(await club.balance(cy)).toBe('20.00')
    })
  })

  describe('people of other companies', () => {
    test('can’t send, and are told so where they said it; an id of another kind is never taken for theirs', async () => {
      const { fake } = club
      const { group } = await club.pair()
      const guest = fake.outsider('客人')
      group.members.push(guest)
      expect(await club.answer(group, () => fake.says(guest, group, '转账 20'))).toContain('所属企业的成员')
      expect(fake.cards(group)).toEqual([])
      const to = { messenger: 'dingtalk', id: guest.senderId }
      await expect(club.service.client.issue(to, '1')).rejects.toThrow('$:LWCP is none')
    })

    test('can’t collect, and read so on the card', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const guest = fake.outsider('客人')
      group.members.push(guest)
      const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
      expect(await fake.taps(guest, card, '领取')).toContain('所属企业的成员')
      expect(await fake.taps(ben, card, '领取')).toBe('20.00 CREDIT 已到账。')
    })

    test('can’t be sent to', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const guest = fake.outsider('客人')
      group.members.push(guest)
      expect(await club.answer(group, () => fake.says(ada, group, ['转账 20 给 ', guest]))).toContain(
        '本企业以外',
      )
      expect(await club.balance(ada)).toBe('100.00')
    })
  })

  test('answers for one person’s eyes come in private, and the group is told', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const chat = fake.privateChat(ada)
    const inPrivate = fake.texts(chat).length
    expect(await club.answer(group, () => fake.says(ada, group, '开始'))).toBe('已私聊发给你。')
    expect(fake.texts(chat).slice(inPrivate).join()).toContain('100.00 CREDIT')
  })

  test('what isn’t plain text is answered, and does nothing', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const richText = { msgtype: 'richText', text: undefined, content: { richText: [{ text: '转账 20' }] } }
    expect(await club.answer(group, () => fake.says(ada, group, '', richText))).toContain('纯文字')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('a red packet counts down on its card, and buttons of messages work as those of cards do', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, '红包 8.88 2 平分'))
    expect(await fake.taps(ben, card, '领取')).toBe('4.44 CREDIT 已到账。')
    await club.reads(card, '1/2')
    expect(card.picture).not.toBe('')
    const chat = fake.privateChat(ada)
    await club.card(group, () => fake.says(ada, group, '转账 7'))
    const list = await club.card(chat, () => fake.says(ada, chat, '待领取'))
    const button = list.labels.find((label) => label.includes('7.00')) ?? ''
    await fake.taps(ada, list, button)
    expect(list.labels).toContain('延长时间')
    await fake.taps(ada, list, '撤回')
    expect(await club.balance(ada)).toBe('91.12')
  })

  test('a group’s books and treasury are for admins of the company, as DingTalk says at that moment', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const boss = await club.person('王总', { isAdmin: true })
    group.members.push(boss)
    expect(await club.answer(group, () => fake.says(ben, group, '记录'))).toContain('管理员')
    const bosses = fake.privateChat(boss)
    const books = await club.card(bosses, () => fake.says(boss, group, '记录'))
    expect(books.buttons[0]?.event).toMatchObject({ type: 'openLink' })
    await club.card(group, () => fake.says(ada, group, '转账 30 @金库'))
    const paid = await club.card(group, () => fake.says(boss, group, ['支付 20 给 ', ben]))
    expect(await fake.taps(ben, paid, '领取')).toBe('20.00 CREDIT 已到账。')
    boss.isAdmin = false
    expect(await club.answer(group, () => fake.says(boss, group, ['支付 5 给 ', ben]))).toContain('管理员')
    expect(await club.balance(ben)).toBe('120.00')
  })

  test('a red packet for the members of a group is for whoever taps it there', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, '红包 10 2 平分 群成员'))
    expect(await fake.taps(ben, card, '领取')).toBe('5.00 CREDIT 已到账。')
    const stranger = await club.person('路人')
    const chat = fake.privateChat(stranger)
    const { code } = await club.service.client.transfer(transferOf(card))
    const shown = await club.card(chat, () => fake.says(stranger, chat, String(code)))
    await fake.taps(stranger, shown, '领取')
    expect(await club.balance(stranger)).toBe('100.00')
  })

  test('whom a transfer is for gets it in private, too, and both cards end together', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const bens = fake.privateChat(ben)
    const before = fake.cards(bens).length
    const card = await club.card(group, () => fake.says(ada, group, ['转账 20 给 ', ben]))
    await fake.until(() => fake.cards(bens).length > before)
    const own = fake.cards(bens)[before] as typeof card
    expect(own.labels).toEqual(['领取', '打开链接', '拒收'])
    expect(await fake.taps(ben, own, '领取')).toBe('20.00 CREDIT 已到账。')
    await Promise.all([card, own].map((one) => club.reads(one, '已领取')))
    expect(identityOf(ben)).toEqual({ messenger: 'dingtalk', id: ben.userId })
  })
})
