import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { holdLedger } from '../../support/held-ledger.ts'
import { PUBLIC_URL } from '../../support/service.ts'
import { type Club, called, openClub } from '../../support/wecom/club.ts'

describe('In WeCom', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods]).toEqual([]))

  /** A card of 20 CREDIT in a group of two. */
  async function posted(words = '转账 20 午饭') {
    const { ada, ben, group } = await club.pair()
    return { ada, ben, group, card: await club.card(group, () => club.fake.says(ada, group, words)) }
  }

  test('a transfer is a card with its picture, its link and buttons, which a tap redraws for all', async () => {
    const { fake } = club
    const { ada, ben, card } = await posted()
    expect(card.text).toContain(`20.00 CREDIT\n${called(ada)} → 先点先得\n「午饭」`)
    expect(card.text).toContain('只在有人点按钮时更新')
    expect(card.labels).toEqual(['领取', '撤回'])
    expect(card.above).toMatch(new RegExp(`^${PUBLIC_URL}/c/`))
    expect(card.hasPicture).toBe(true)
    expect(card.shown).toMatchObject({ jump_list: [{ url: card.above }], card_action: { url: card.above } })

    expect(await fake.taps(ben, card, '领取')).toBe('20.00 CREDIT 已到账。')
    expect(card.shown.sub_title_text).toContain(`✅ ${called(ben)} 已领取。`)
    expect(card.shown).toMatchObject({ card_type: 'text_notice', card_action: { url: PUBLIC_URL } })
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('a tap that comes before WeCom has confirmed the card redraws it, too', async () => {
    const { fake } = club
    const confirmed = Promise.withResolvers<void>()
    fake.lateAnswers.set('aibot_respond_msg', confirmed.promise)
    const { ben, card } = await posted()
    const tap = fake.taps(ben, card, '领取')
    await expect.poll(() => club.balance(ben)).toBe('120.00')
    fake.lateAnswers.delete('aibot_respond_msg')
    confirmed.resolve()
    expect(await tap).toBe('20.00 CREDIT 已到账。')
    expect(card.text).toContain(`✅ ${called(ben)} 已领取。`)
  })

  test('whoever is refused reads so on the card, which stays as it is for all others', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, `转账 5 给 账号:${ada.userId}x`))
    expect(await fake.taps(ben, card, '领取')).toContain('这是给别人的')
    expect(card.notice(ada)).toBeUndefined()
    expect(card.labels).toContain('领取')
    await fake.taps(ada, card, '撤回')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('a card that was collected elsewhere is redrawn at the next tap', async () => {
    const { fake } = club
    const { ada, ben, card } = await posted()
    const code = card.above.split('/c/')[1] ?? ''
    await club.service.client.collect(code, { messenger: 'shop', id: 'tom', name: 'Tom' })
    expect(card.text).not.toContain('✅')
    expect(await fake.taps(ben, card, '领取')).toContain('手慢了')
    expect(card.text).toContain('✅ Tom')
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '100.00'])
  })

  test('a mention names nobody, as WeCom tells its letters alone: the bot asks for the account', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    for (const words of [`转账 20 给 @${ben.name}`, `转账 20 @${ben.userId}`])
      expect(await club.answer(group, () => fake.says(ada, group, words))).toContain('账号:lisi')
    const quoted = { quote: { msgtype: 'text', text: { content: '嗨' } } }
    expect(await club.answer(group, () => fake.says(ada, group, '转账 20', quoted))).toContain('账号:lisi')
    expect(await club.balance(ada)).toBe('100.00')
    const card = await club.card(group, () => fake.says(ada, group, `转账 20 给账号：${ben.userId} 茶`))
    expect(card.text).toContain(`→ ${called(ben)}`)
    // As the help has it.
    const asked = await club.card(group, () => fake.says(ada, group, `/request 5 向 账号:${ben.userId} 茶`))
    expect(asked.text).toContain(called(ben))
    const split = await club.card(group, () =>
      fake.says(ada, group, `/split 30 账号:${ben.userId} userid:nobody 茶`),
    )
    expect(split.text).toContain(`15.00 ${called(ben)}`)
  })

  test('people of another company can neither send nor collect', async () => {
    const { fake } = club
    const { ada, group, card } = await posted()
    const stranger = fake.user('外人', 'wpAnother')
    group.members.push(stranger)
    expect(await club.answer(group, () => fake.says(stranger, group, '转账 20'))).toContain('所属企业')
    expect(await fake.taps(stranger, card, '领取')).toContain('所属企业')
    expect(await club.balance(ada)).toBe('80.00')
    expect(card.labels).toContain('领取')
  })

  test('what is for one person goes to their chat, or the group reads that it can’t', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const own = fake.privateChat(ada)
    const here = club.answer(group, () => {})
    expect(await club.answer(own, () => fake.says(ada, group, '余额'))).toContain('100.00 CREDIT')
    expect(await here).toBe('已私聊发给你。')
    const shy = fake.user('周西')
    group.members.push(shy)
    expect(await club.answer(group, () => fake.says(shy, group, '余额'))).toContain('请先打开与我的单聊')
  })

  test('what people write can’t be taken for markup, a mention or a link', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const answer = await club.answer(group, () =>
      fake.says(ada, group, '转账 [x](http://evil.example) <@all> `'),
    )
    expect(answer).not.toMatch(/[<>[\]`]/)
  })

  test('whoever opens the bot is greeted, and what is no plain text is said to be none', async () => {
    const { fake } = club
    const ada = fake.user('陈晨')
    expect(await club.answer(fake.privateChat(ada), () => fake.enters(ada))).toContain('账号:lisi')
    const voice = { msgtype: 'voice', text: undefined, voice: { content: '转账二十' } }
    expect(
      await club.answer(fake.privateChat(ada), () => fake.says(ada, fake.privateChat(ada), '', voice)),
    ).toContain('纯文字')
  })

  test('many choices are as many cards as they need, and each is answered where it stands', async () => {
    const { fake } = club
    const { ada } = await posted('转账 1')
    for (let i = 2; i < 9; i++)
      await club.service.client.send({ messenger: 'wecom', id: ada.userId }, String(i))
    const own = fake.privateChat(ada)
    const [choices] = [await club.card(own, () => fake.says(ada, own, '撤回'))]
    const labels = () => fake.cards(own).flatMap((card) => card.labels)
    await fake.until(() => labels().length >= 8)
    expect(new Set(labels()).size).toBe(labels().length)
    const before = await club.balance(ada)
    fake.sendTap(ada, choices, fake.tapOf(ada, choices, choices.labels[0] ?? ''))
    await expect.poll(() => club.balance(ada)).not.toBe(before)
  })

  describe('what it tells', () => {
    test('while the ledger is slow, a tap is answered in time, and a message says later what came of it', async () => {
      const { fake } = club
      const { ben, card } = await posted()
      const release = await holdLedger(club.service.database)
      const own = fake.texts(fake.privateChat(ben)).length
      const request = fake.sendTap(ben, card, fake.tapOf(ben, card, '领取'))
      await fake.until(() => fake.isAnswered(request))
      expect(card.notice(ben)).toContain('正在处理')
      release()
      expect(await fake.until(() => fake.texts(fake.privateChat(ben))[own])).toBe('20.00 CREDIT 已到账。')
      expect(await club.balance(ben)).toBe('120.00')
    })

    test('twice, also at the same moment and after a restart, does once what it says', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const message = fake.messageOf(ada, group, '转账 20')
      fake.tell(ada, group, message)
      fake.tell(ada, group, message)
      const card = await fake.until(() => fake.cards(group)[0])
      const tap = fake.tapOf(ben, card, '领取')
      const first = fake.sendTap(ben, card, tap)
      fake.sendTap(ben, card, tap)
      await fake.until(() => fake.isAnswered(first))
      await club.restart()
      fake.tell(ada, group, message)
      const again = fake.sendTap(ben, card, tap)
      await fake.until(() => fake.isAnswered(again))
      expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
      expect(fake.cards(group)).toHaveLength(1)
    })

    test('late, it moves nothing by itself', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const old = { create_time: Math.floor(Date.now() / 1000) - 600 }
      const question = await club.card(group, () => fake.says(ada, group, '转账 20', old))
      expect(fake.texts(group).join() + question.above).toContain('10分钟前')
      expect(await club.balance(ada)).toBe('100.00')
      fake.sendTap(ada, question, fake.tapOf(ada, question, question.labels[0] ?? ''))
      await expect.poll(() => club.balance(ada)).toBe('80.00')
    })

    test('of a button that the card never had is not believed', async () => {
      const { fake } = club
      const { ada, ben, group, card } = await posted()
      const other = await club.card(group, () => fake.says(ada, group, '转账 5'))
      const tap = fake.tapOf(ben, card, '领取')
      const { event_key: key } = (tap.event as { template_card_event: { event_key: string } })
        .template_card_event
      for (const [forged, on] of [
        [key.replace('collect:', 'cancel:'), card],
        [key, other],
        ['collect:1', card],
      ] as const) {
        const pressed = { event_key: forged, task_id: on.shown.task_id }
        const event = {
          ...tap,
          msgid: key + forged + on.above,
          event: { eventtype: 'template_card_event', template_card_event: pressed },
        }
        const request = fake.sendTap(ben, on, event)
        await fake.until(() => fake.isAnswered(request))
        expect(on.notice(ben)).toBe('这个按钮已失效。')
      }
      expect([await club.balance(ada), await club.balance(ben)]).toEqual(['75.00', '100.00'])
    })

    test('in a form that can’t be read is logged without what it says', async () => {
      const { fake } = club
      const before = club.log().length
      fake.raw('{"cmd":"aibot_msg_callback","headers":{"req_id":"1"},"body":{"text":"SECRET"}}')
      fake.raw('{"cmd":"aibot_event_callback","headers":{"req_id":"1"},"body":{"event":"SECRET"}}')
      fake.raw('SECRET')
      await fake.until(() => club.log().length >= before + 3)
      const lines = club.log().slice(before).join()
      expect(lines).toContain('could not be read')
      expect(lines).not.toContain('SECRET')
    })
  })

  describe('the connection', () => {
    test('is opened anew where it breaks, and a card whose answer was lost on the way is posted once', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      fake.lost.set('aibot_respond_msg', 1)
      const before = fake.arrivals()
      fake.says(ada, group, '转账 20')
      await fake.until(() => fake.arrivals() > before && fake.isConnected())
      const sent = () => fake.callsOf('aibot_send_msg').filter(({ body }) => 'template_card' in body)
      await fake.until(() => sent().some(({ body }) => JSON.stringify(body).includes(group.id)))
      expect(fake.cards(group)).toHaveLength(1)
      const [card] = fake.cards(group)
      expect(card && (await fake.taps(ada, card, '撤回'))).toContain('退回')
    })

    test('of another process ousts this one, which says so plainly, and leaves it all to the other', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const other = await club.another()
      await fake.until(() => club.errors().some((line) => line.includes('another process has connected')))
      const before = fake.arrivals()
      const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
      expect(card.text).toContain('20.00 CREDIT')
      expect(fake.arrivals()).toBe(before)
      await other.close()
      await club.restart()
    })

    test('keeps codes, links and secrets out of the log', async () => {
      const { fake } = club
      const { card } = await posted()
      const log = club.log().join('\n')
      for (const secret of [card.above.split('/c/')[1] || 'no code', fake.secret])
        expect(log).not.toContain(secret)
    })
  })

  test('a chat has no more messages in a minute than WeCom takes, and holds up no other', async () => {
    const { fake } = club
    const ada = await club.person('陈晨')
    const own = fake.privateChat(ada)
    for (let i = 0; i < 40; i++) fake.says(ada, own, '余额')
    await fake.until(() => fake.texts(own).length >= 28)
    await club.person('李本')
    expect(fake.texts(own)).toHaveLength(28)
    expect(fake.floods).toEqual([])
  })
})
