import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, called, openClub, transferOf } from '../../support/feishu/club.ts'

describe('The Feishu bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => {
    const { breaches, floods, late } = club.fake
    expect([...breaches, ...floods, ...late, ...club.errors()]).toEqual([])
  })

  test('makes a card for whom it mentions, with the picture of its code, and whoever taps it has the money', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () =>
      fake.says(ada, group, ['转账 20 给 ', ben, ' 午饭 *<at id=all>*']),
    )
    const { link } = await club.service.client.transfer(transferOf(card))
    expect(card.text.split('\n')).toEqual([
      '20.00 CREDIT',
      `${called(ada)} → ${called(ben)}`,
      '「午饭 *<at id=all>*」',
      `仅限 <at id=${ben.openId}></at> 领取。`,
      expect.stringMatching(/^若无人领取，\d+月\d+日 GMT\+8 \d\d:\d\d自动退回。$/),
      link,
    ])
    expect(card.labels).toEqual(['领取', '打开链接', '撤回', '拒收'])
    expect(card.picture).toMatch(/^img_v3_/)
    expect(card.mentioned).toEqual([ben.openId])
    expect(await fake.taps(ada, card, '领取')).toContain('这是你自己发出的')
    expect(await fake.taps(ben, card, '领取')).toBe('20.00 CREDIT 已到账。')
    // The answer to the tap has the card as it is now.
    expect(card.text).toContain(`✅ ${called(ben)} 已领取。`)
    expect([card.labels, card.picture, card.mentioned]).toEqual([[], undefined, []])
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('takes commands without a slash where it is named, in Chinese and in English, in a group and in private', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const chat = fake.privateChat(ada)
    expect(await club.answer(chat, () => fake.says(ada, chat, '余额'))).toContain('100.00 CREDIT')
    expect(await club.answer(chat, () => fake.says(ada, chat, 'balance'))).toContain('100.00 CREDIT')
    const first = await club.card(group, () => fake.says(ada, group, 'send 5 tea'))
    await club.card(group, () => fake.says(ada, group, ['转账6 ', { bot: true }]))
    const { code } = await club.service.client.transfer(transferOf(first))
    const bens = fake.privateChat(ben)
    expect(await club.answer(bens, () => fake.says(ben, bens, `领取 ${code}`))).toContain('5.00 CREDIT')
    const which = await club.answer(group, () => fake.says(ada, group, '撤回'))
    expect(which).toContain('6.00 CREDIT')
    expect(await club.balance(ada)).toBe('95.00')
    expect(await club.answer(group, () => fake.says(ada, group, 'what can you do?'))).toContain('/send')
  })

  test('reads what is written with marks, and in a group that isn’t said to it nothing but commands with a slash', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const marked = JSON.stringify({
      title: '',
      content: [
        [
          { tag: 'at', user_id: '@_user_1', user_name: 'Passalong' },
          { tag: 'text', text: ' 转账 20 给 ', style: ['bold'] },
          { tag: 'at', user_id: '@_user_3', user_name: ben.name },
        ],
        [{ tag: 'text', text: '午饭' }],
      ],
    })
    const card = await club.card(group, () =>
      fake.says(ada, group, ['', ada, ben], { message_type: 'post', content: marked }),
    )
    expect(card.text).toContain(`${called(ada)} → ${called(ben)}`)
    expect(card.text).toContain('「午饭」')

    const unnamed = { mentions: [] }
    await fake.says(ada, group, '', { ...unnamed, content: JSON.stringify({ text: '转账 7' }) })
    await fake.says(ada, group, '', { ...unnamed, content: JSON.stringify({ text: '/unknown 7' }) })
    const slash = { ...unnamed, content: JSON.stringify({ text: '/send 3' }) }
    const second = await club.card(group, () => fake.says(ada, group, '', slash))
    expect(second.text).toContain('3.00 CREDIT')
    expect(fake.cards(group)).toHaveLength(2)
    expect(fake.others(group)).toEqual([])
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
    const told = await club.answer(adas, () => fake.says(ada, group, '转账 5 口令'))
    await club.answer(bens, () => fake.says(ben, bens, told.split('\n').at(-1) ?? ''))
    await expect.poll(() => club.balance(ben)).toBe('125.00')
  })

  describe('knows whom a transfer is for by their id alone', () => {
    test('a name typed by hand is asked back with how to pick somebody, and nothing is sent', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      for (const words of ['转账 20 给 @李本', '转账 20 @ben 午饭', 'send 20 ＠李本', '转账 20 @_user_7'])
        expect(await club.answer(group, () => fake.says(ada, group, words))).toContain('从这个聊天里选')
      const both = ['转账 20 @李本 ', ben]
      expect(await club.answer(group, () => fake.says(ada, group, both))).toContain('从这个聊天里选')
      expect(await club.balance(ada)).toBe('100.00')
      expect(fake.cards(group)).toEqual([])
    })

    test('two of the same name are two; the bot itself is nobody', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const other = fake.user('李本')
      group.members.push(other)
      const card = await club.card(group, () => fake.says(ada, group, ['转账 20 ', other]))
      expect(await fake.taps(ben, card, '领取')).not.toContain('已到账')
      expect(await fake.taps(other, card, '领取')).toBe('20.00 CREDIT 已到账。')
      await club.answer(group, () => fake.says(ada, group, ['转账 20 给 ', { bot: true }, ' 午饭']))
      expect(await club.balance(ada)).toBe('80.00')
    })

    test('each amount of a split is for whom it stands with', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const cy = await club.person('赵云')
      group.members.push(cy)
      const card = await club.card(group, () => fake.says(ada, group, ['分摊 ', ben, ' 12 ', cy, ' 8 晚饭']))
      expect(await fake.taps(cy, card, '付款')).toContain('8.00 CREDIT')
      expect(await fake.taps(ben, card, '付款')).toContain('12.00 CREDIT')
      expect([await club.balance(ada), await club.balance(cy)]).toEqual(['120.00', '92.00'])
    })

    test('an answer to a message is for its author; to one of a bot, or that can’t be read, it is asked back', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const said = await fake.says(ben, group, '', {
        mentions: [],
        content: JSON.stringify({ text: '谢谢' }),
      })
      const card = await club.card(group, () => fake.says(ada, group, '转账 20', { parent_id: said }))
      expect(card.text).toContain(`${called(ada)} → ${called(ben)}`)
      for (const parent_id of [card.id, 'om_gone'])
        await club.answer(group, () => fake.says(ada, group, '转账 20', { parent_id }))
      expect(await club.balance(ada)).toBe('80.00')
    })

    test('who may not be read in the directory is paid all the same', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      fake.faults.hidesPeople = true
      const cy = fake.user('赵云')
      group.members.push(cy)
      const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
      expect(await fake.taps(cy, card, '领取')).toBe('20.00 CREDIT 已到账。')
      fake.faults.hidesPeople = false
      expect(card.text).not.toContain('赵云')
      expect(await club.balance(cy)).toBe('20.00')
    })

    test('whoever has tapped is named as soon as their name is looked up', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const cy = fake.user('赵云')
      const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
      await fake.taps(cy, card, '领取')
      await expect.poll(() => card.text, { timeout: 50_000 }).toContain(`✅ ${called(cy)} 已领取。`)
    })
  })

  test('answers for one person’s eyes come in private, and the group is told; also that somebody can’t be written to', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const chat = fake.privateChat(ada)
    const inPrivate = fake.texts(chat).length
    expect(await club.answer(group, () => fake.says(ada, group, '开始'))).toBe('已私聊发给你。')
    expect(fake.texts(chat).slice(inPrivate).join()).toContain('100.00 CREDIT')
    ada.isAvailable = false
    expect(await club.answer(group, () => fake.says(ada, group, '开始'))).toContain('可用范围')
  })

  test('what isn’t text is answered where it is said to the bot, and does nothing', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const chat = fake.privateChat(ada)
    const picture = { message_type: 'image', content: '{"image_key":"img_v3_x"}' }
    expect(await club.answer(chat, () => fake.says(ada, chat, '', picture))).toContain('文字消息')
    await fake.says(ada, group, '', { ...picture, mentions: [] })
    expect(fake.others(group)).toEqual([])
  })

  test('a red packet counts down on its card and keeps its picture, and buttons of messages work as those of cards do', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, '红包 8.88 2 平分'))
    const { picture } = card
    expect(await fake.taps(ben, card, '领取')).toBe('4.44 CREDIT 已到账。')
    await club.reads(card, '1/2')
    expect([picture, card.picture]).toEqual([expect.stringMatching(/^img/), picture])
    const chat = fake.privateChat(ada)
    await club.card(group, () => fake.says(ada, group, '转账 7'))
    const list = await club.other(chat, () => fake.says(ada, chat, '待领取'))
    await fake.taps(ada, list, list.labels.find((label) => label.includes('7.00')) ?? '')
    expect(list.labels).toContain('延长时间')
    await fake.taps(ada, list, '撤回')
    expect(await club.balance(ada)).toBe('91.12')
  })

  test('a card goes without its picture where that can’t be uploaded', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    fake.faults.takesNoPictures = true
    const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
    fake.faults.takesNoPictures = false
    expect(card.picture).toBeUndefined()
    expect(await fake.taps(ben, card, '领取')).toBe('20.00 CREDIT 已到账。')
  })

  test('a group’s books and treasury are for its owner and its managers, as Feishu says at that moment', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const boss = await club.person('王总')
    group.members.push(boss)
    group.managers.push(boss)
    expect(await club.answer(group, () => fake.says(ben, group, '记录'))).toContain('管理员')
    for (const admin of [ada, boss]) {
      const own = fake.privateChat(admin)
      const books = await club.other(own, () => fake.says(admin, group, '记录'))
      expect(books.buttons[0]?.url).toContain('https://')
    }
    await club.card(group, () => fake.says(ada, group, '转账 30 @金库'))
    const paid = await club.card(group, () => fake.says(boss, group, ['支付 20 给 ', ben]))
    expect(await fake.taps(ben, paid, '领取')).toBe('20.00 CREDIT 已到账。')
    group.managers.pop()
    expect(await club.answer(group, () => fake.says(boss, group, ['支付 5 给 ', ben]))).toContain('管理员')
    expect(await club.balance(ben)).toBe('120.00')
  })

  test('a red packet for the members of a group is for whoever is in it, also on the last page of its members', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    group.members.push(...Array.from({ length: 210 }, (_, i) => fake.user(`P${i}`)))
    const last = fake.user('最后一位')
    await fake.changes('added', group, last)
    const card = await club.card(group, () => fake.says(ada, group, '红包 10 2 平分 群成员'))
    const { code } = await club.service.client.transfer(transferOf(card))
    const stranger = await club.person('路人')
    const chat = fake.privateChat(stranger)
    const shown = await club.card(chat, () => fake.says(stranger, chat, code))
    expect(await fake.taps(stranger, shown, '领取')).not.toContain('已到账')
    expect(await fake.taps(last, card, '领取')).toBe('5.00 CREDIT 已到账。')
    expect([await club.balance(stranger), await club.balance(last)]).toEqual(['100.00', '5.00'])
  })

  test('one for those who were there before is for nobody who has come after it', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const gone = await club.person('赵云')
    await fake.changes('added', group, gone)
    await fake.changes('added', group, ben)
    const card = await club.card(group, () => fake.says(ada, group, '红包 10 2 平分 老成员'))
    const newcomer = await club.person('新人')
    await fake.changes('added', group, newcomer)
    await fake.changes('deleted', group, gone)
    for (const user of [newcomer, gone]) expect(await fake.taps(user, card, '领取')).not.toContain('已到账')
    expect(await fake.taps(ben, card, '领取')).toBe('5.00 CREDIT 已到账。')
  })

  test('whom a transfer is for gets it in private, too, and both cards end together', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const bens = fake.privateChat(ben)
    const before = fake.cards(bens).length
    const card = await club.card(group, () => fake.says(ada, group, ['转账 20 给 ', ben]))
    const own = await fake.until(() => fake.cards(bens)[before])
    expect(own.labels).toEqual(['领取', '打开链接', '拒收'])
    expect(await fake.taps(ben, own, '领取')).toBe('20.00 CREDIT 已到账。')
    await Promise.all([card, own].map((one) => club.reads(one, '已领取')))
  })

  test('what is said in a thread is answered in it, or where its message is gone in the group', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const thread = { thread_id: 'omt_1', root_id: 'om_root', parent_id: 'om_root' }
    const card = await club.card(group, async () => {
      const said = await fake.says(ada, group, '转账 20', thread)
      await fake.until(() => fake.cards(group).some((one) => one.thread === said))
    })
    await fake.taps(ada, card, '撤回')
    const gone = { ...thread, message_id: 'om_gone' }
    expect((await club.card(group, () => fake.says(ada, group, '转账 5', gone))).thread).toBeUndefined()
    expect(await club.balance(ada)).toBe('95.00')
  })
})
