import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { partsOf } from '../../../bots/wechat/parts.ts'
import { PUBLIC_URL } from '../../support/service.ts'
import { type Club, codeIn, identityOf, openClub } from '../../support/wechat/club.ts'

describe('In WeChat', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => {
    club.fake.unauthorized.clear()
    expect([...club.fake.breaches, ...club.errors()]).toEqual([])
  })

  test('a transfer is answered at once with its link and what to type, and its picture follows', async () => {
    const { fake } = club
    const [ada, ben] = [await club.person(), await club.person()]
    const before = ada.messages.length
    const said = await fake.says(ada, '转账20 午饭')
    expect(said).toMatch(/^20\.00 CREDIT\n.*先点先得\n“午饭”/)
    expect(said).toContain(`${PUBLIC_URL}/c/`)
    expect(said).toContain('此卡片不会更新')
    expect(ada.messages[before]?.isAnswer).toBe(true)
    await fake.until(() => fake.pictures(ada).length === 1)

    const shown = await fake.says(ben, codeIn(said))
    expect(shown).toContain('午饭')
    const [, number = ''] = /\/(\d+) – 领取/.exec(shown) ?? []
    expect(await fake.says(ben, number)).toBe('20.00 CREDIT 已到账。')
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
    // Its sender hears of it.
    await fake.until(() => ada.messages.some(({ text }) => text.includes('领取了')))
  })

  test('words that open a transfer collect it', async () => {
    const { fake } = club
    const [ada, ben] = [await club.person(), await club.person()]
    const before = ada.messages.length
    await fake.says(ada, '/send 20 phrase')
    const words = await fake.until(() =>
      ada.messages
        .slice(before)
        .flatMap(({ text }) => text.split('\n'))
        .find((line) => /^\p{Script=Han}( \p{Script=Han}){3}$/u.test(line)),
    )
    expect(await fake.says(ben, words)).toContain('20.00 CREDIT')
    expect(await club.balance(ben)).toBe('120.00')
  })

  test('nobody can be named, and a name is asked back', async () => {
    const { fake } = club
    const ada = await club.person()
    expect(await fake.says(ada, '转账 20 给 @李本')).toContain('没法指定收款人')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('whoever scans a QR code with a scene has its transfer opened, whether or not they follow already', async () => {
    const { fake } = club
    const ada = await club.person()
    const code = codeIn(await fake.says(ada, '转账 5 茶'))
    for (const [event, key] of [
      ['subscribe', `qrscene_${code}`],
      ['SCAN', code],
    ] as const) {
      const ben = fake.user()
      await fake.tell(ben, fake.eventOf(ben, event, key))
      expect(ben.messages[0]?.text).toContain('茶')
    }
    const cy = fake.user()
    await fake.tell(cy, fake.eventOf(cy, 'subscribe'))
    expect(cy.messages[0]?.text).toContain('你好')
    expect(await club.balance(ada)).toBe('95.00')
  })

  test('the page of a transfer leads to the account’s QR code for it, where there is such a transfer and the account may have one', async () => {
    const { fake, service } = club
    const ada = await club.person()
    const code = codeIn(await fake.says(ada, '转账 5'))
    const open = (what: string) => fetch(`${service.url}/wechat/open/${what}`, { redirect: 'manual' })
    fake.unauthorized.add('/cgi-bin/qrcode/create')
    expect((await open(code)).headers.get('location')).toBe(`/c/${code}`)
    fake.unauthorized.clear()
    const before = fake.scenes.length
    const answers = [await open(code), await open(code)]
    expect(answers.map(({ headers }) => headers.get('location'))).toEqual([
      expect.stringMatching(/^https:\/\/mp\.weixin\.qq\.com\/cgi-bin\/showqrcode\?ticket=/),
      answers[0]?.headers.get('location'),
    ])
    expect(fake.scenes.slice(before)).toEqual([code])
    const unknown = code.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
    expect((await open(unknown)).headers.get('location')).toBe(`/c/${unknown}`)
    expect((await open('no-code')).status).toBe(404)
    expect(fake.scenes.slice(before)).toEqual([code])
    const page = await (await fetch(`${service.url}/c/${code}`)).text()
    expect(page).toContain(`/wechat/open/${code}`)
  })

  test('so does the page of what somebody asks for, and whoever scans it can pay', async () => {
    const { fake, service } = club
    const open = (what: string) => fetch(`${service.url}/wechat/open/${what}`, { redirect: 'manual' })
    const asked = { by: { messenger: 'wechat', id: (await club.person()).openId }, amount: '5', note: '茶' }
    const { id } = await service.client.post<{ id: string }>('/v1/asks', asked)
    const before = fake.scenes.length
    expect((await open(id)).headers.get('location')).toContain('https://mp.weixin.qq.com/')
    expect(fake.scenes.slice(before)).toEqual([id])
    const unknown = crypto.randomUUID()
    expect((await open(unknown)).headers.get('location')).toBe(`/p/${unknown}`)
    const ben = fake.user()
    await fake.tell(ben, fake.eventOf(ben, 'SCAN', id))
    expect(ben.messages[0]?.text).toMatch(/茶[\s\S]*付款/)
  })

  test('the menu gives commands', async () => {
    const { fake } = club
    expect(fake.menu()?.button.map(({ name }) => name)).toEqual(['转账', '余额', '更多'])
    const ada = await club.person()
    const keys = (fake.menu()?.button ?? []).flatMap((one) =>
      'key' in one ? one.key : one.sub_button.map(({ key }) => key),
    )
    for (const key of keys) {
      const before = ada.messages.length
      await fake.tell(ada, fake.eventOf(ada, 'CLICK', key))
      await fake.until(() => ada.messages.length > before)
      expect(ada.messages[before]?.text).not.toBe('')
    }
    expect(ada.messages.some(({ text }) => text.includes('100.00 CREDIT'))).toBe(true)
  })

  test('a long answer comes in parts, none longer than WeChat takes, and nothing of it is lost', async () => {
    const { fake } = club
    const ada = await club.person()
    for (const text of [
      '',
      '字'.repeat(5000),
      `${'益介降并\n'.repeat(900)}x`,
      `short\n${'🧧'.repeat(700)}\nshort`,
    ]) {
      const parts = partsOf(text)
      expect(parts.filter((part) => Buffer.byteLength(part) > 2048)).toEqual([])
      expect(parts.join('').replaceAll('\n', '')).toBe(text.replaceAll('\n', ''))
    }
    const before = ada.messages.length
    for (let i = 1; i < 15; i++)
      await club.service.client.send(identityOf(ada), '1', { note: '字'.repeat(200) })
    await fake.says(ada, '记录')
    await fake.until(() => ada.messages.length > before + 1)
  })

  test('who can’t be written to any more finds in the history what they have missed', async () => {
    const { fake } = club
    const [ada, ben] = [await club.person(), await club.person()]
    const code = codeIn(await fake.says(ada, '转账 20'))
    await fake.until(() => fake.pictures(ada).length > 0)
    ada.window.until = 0
    const missed = ada.messages.length
    expect(await fake.says(ben, `领取 ${code}`)).toContain('20.00 CREDIT')
    await fake.until(() => club.log().some((line) => line.includes('45015')))
    expect(ada.messages).toHaveLength(missed)
    expect(await fake.says(ada, '记录')).toContain('20.00 CREDIT')
  })

  test('an account without the rights of a verified one answers all the same, in words', async () => {
    const { fake } = club
    const ada = await club.person()
    for (const path of ['message/custom/send', 'menu/create']) fake.unauthorized.add(`/cgi-bin/${path}`)
    await club.restart()
    expect(await fake.says(ada, '转账 20')).toContain(`${PUBLIC_URL}/c/`)
    await fake.until(() => club.log().some((line) => line.includes('picture of a card could not be sent')))
    await fake.until(() => club.log().some((line) => line.includes('may have no menu')))
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('an access token that has ended is replaced', async () => {
    const { fake } = club
    const ada = await club.person()
    fake.tokens.clear()
    const before = fake.calls.length
    await club.service.client.issue(identityOf(ada), '1')
    await fake.until(() => ada.messages.some(({ text }) => text.includes('1.00 CREDIT')))
    expect(fake.calls.slice(before).filter(({ code }) => code === 40001)).toHaveLength(1)
  })
})
