import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, openClub } from '../../support/qq/club.ts'

describe('The QQ bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.breaches(), ...club.errors()]).toEqual([]))

  test('answers with a card in words, with its link, and the picture behind it; whoever says its code and a number has the money', async () => {
    const { fake } = club
    const [ada, ben] = [await club.person(), await club.person()]
    const card = await club.answer(ada, '转账 20 午饭')
    const link = club.linkIn(card)
    expect(card.split('\n')).toEqual([
      '20.00 CREDIT',
      expect.stringContaining('→'),
      '“午饭”',
      expect.any(String),
      expect.stringContaining('自动退回'),
      link,
      '此卡片不会更新，打开链接可以看到最新状态。',
      expect.stringMatching(/^\/\d+ – 领取$/),
      '转发',
      `${link}/share`,
      expect.stringMatching(/^\/\d+ – 撤回$/),
    ])
    expect((await fake.until(() => ada.messages.find(({ picture }) => picture))).picture).toBe(
      `${link}/qr.png`,
    )
    const shown = await club.answer(ben, `看这个 ${link}`)
    expect(await club.balance(ben)).toBe('100.00')
    expect(await club.answer(ben, club.numberOf(shown, '领取'))).toBe('20.00 CREDIT 已到账。')
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
    const third = await club.answer(await club.person(), link.split('/').at(-1) ?? '')
    expect(third).toContain('✅')
  })

  test('takes commands with and without a slash, in Chinese and in English, and words that open a transfer', async () => {
    const { fake } = club
    const [ada, ben] = [await club.person(), await club.person()]
    for (const words of ['余额', '/余额', 'balance', '/balance'])
      expect(await club.answer(ada, words)).toContain('100.00 CREDIT')
    await fake.says(ada, '转账 5 口令')
    const words = await fake.until(
      () =>
        ada.messages.flatMap(({ text }) => /^(?:\p{Script=Han} ){3}\p{Script=Han}$/mu.exec(text) ?? [])[0],
    )
    await club.answer(ben, words)
    await expect.poll(() => club.balance(ben)).toBe('105.00')
    expect(
      await club.answer(ada, ' ', { attachments: [{ content_type: 'image/png', url: 'https://x' }] }),
    ).toContain('文字')
  })

  test('what it says of itself names nobody, and offers nothing that is about others', async () => {
    const ada = await club.person()
    for (const [words, has] of [
      ['帮助', '/red'],
      ['开始', '/send 20 午饭'],
      ['转账 900', '/send 20 午饭'],
    ] as const) {
      const said = await club.answer(ada, words)
      expect(said).toContain(has)
      expect(said).not.toMatch(/@|\/(split|pool|request|pay|rules|admins|join|part)\b/)
    }
  })

  test('nobody can be named: it is asked back with what to do instead, and nothing is sent', async () => {
    const ada = await club.person()
    for (const words of ['转账 20 给 @李本', 'send 20 to @ben'])
      expect(await club.answer(ada, words)).toContain('没法指定收款人')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('whoever adds it is greeted; in a group it takes nothing, and says why', async () => {
    const { fake } = club
    const user = fake.newChat()
    const event = fake.told('FRIEND_ADD', { openid: user.id, timestamp: 1_764_300_000 })
    fake.sources.set(event.id, { chat: user, until: Date.now() + 60_000, turns: new Set() })
    await fake.deliver(event)
    // Without a name they are called by their id: so they learn it.
    expect((await fake.until(() => user.messages[0])).text).toContain(user.id)
    const group = fake.newChat()
    const ada = await club.person()
    const d = {
      id: fake.sourceIn(group),
      group_openid: group.id,
      content: ' 转账 20',
      author: { member_openid: ada.id },
    }
    await fake.deliver(fake.told('GROUP_AT_MESSAGE_CREATE', d))
    expect((await fake.until(() => group.messages[0])).text).toContain('请私聊我')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('tells what has become of a transfer as long as it may answer, and no longer; the history keeps it', async () => {
    const { fake } = club
    const [ada, ben] = [await club.person(), await club.person()]
    const first = await club.answer(ada, '转账 1')
    await club.answer(ben, `领取 ${club.linkIn(first)}`)
    await fake.until(() => ada.messages.find(({ text }) => text.startsWith('✅')))
    // The card, its picture, and two words about what has become of it are all that it may say.
    const { client } = club.service
    const codes = await Promise.all(
      [2, 3, 4].map(
        async (amount) => (await client.send({ messenger: 'qq', id: ada.id }, String(amount))).code,
      ),
    )
    for (const code of codes) await club.answer(ben, `领取 ${code}`)
    await expect.poll(() => club.balance(ben)).toBe('110.00')
    await fake.until(() => club.log().some((line) => line.includes('they have been answered')))
    expect(ada.messages).toHaveLength(4)
    expect(await club.answer(ada, '记录')).toContain('4.00')
  })

  test('where QQ can’t fetch the picture, the card goes without it', async () => {
    const { fake } = club
    const ada = await club.person()
    fake.setting.takesPictures = false
    const card = await club.answer(ada, '转账 20')
    await fake.until(() => club.log().some((line) => line.includes('has no picture')))
    fake.setting.takesPictures = true
    expect(await club.answer(ada, '余额')).toContain('80.00 CREDIT')
    expect(ada.messages).toHaveLength(2)
    expect(await club.answer(ada, club.numberOf(card, '撤回'))).toContain('20.00 CREDIT')
  })
})
