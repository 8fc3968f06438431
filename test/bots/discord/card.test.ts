import { describe, expect } from 'vitest'
import { identityOf, test } from '../../support/discord/club.ts'
import { type SeenMessage } from '../../support/discord/index.ts'
import { localLink } from '../../support/service.ts'

const LINK_KNOWS = 'This card may stop changing after 15 minutes: the link shows how it stands.'

describe('The card in Discord', () => {
  test('shows who, how much, what for and until when, with a QR picture of the link; a tap collects', async ({
    fake,
    service,
    club,
    ada,
    ben,
    told,
    balance,
  }) => {
    const send = ada.slash(club.channel(), 'send', { amount: '20', who: ben, note: 'lunch' })
    const { message, type } = await send.answer()
    expect(type).toBe(5)
    expect(message).toMatchObject({ componentsV2: true, ephemeral: false, pings: [ben.id] })
    const link = message.buttons.find(({ label }) => label === 'Open link')?.url ?? ''
    const [{ transfer } = { transfer: undefined }] = (await service.client.history(identityOf(ada))).items
    const until = Date.parse(String(transfer?.expiresAt)) / 1000
    expect(message.lines).toEqual([
      '## 20.00 CREDIT',
      '**Ada (@ada) → Ben (@ben)**',
      '> lunch',
      `Only <@${ben.id}> can collect it.`,
      `(picture: QR code: collect 20.00 CREDIT at ${link})`,
      expect.stringMatching(/^Goes back by itself <t:(\d+):R> \(<t:\1:f>\)\.$/),
      link,
      '[Collect]',
      '[Open link]',
      '[Cancel]',
      '[Decline]',
    ])
    expect(Number(/<t:(\d+):R>/.exec(message.text)?.[1])).toBe(Math.floor(until))
    const [picture] = message.attachments
    expect(Buffer.from(picture?.bytes ?? [])).toEqual(
      Buffer.from(await (await fetch(localLink(service, `${link}/qr.png`))).arrayBuffer()),
    )
    expect(await balance(ada)).toBe('80.00')

    expect((await told(ben.taps(message, 'Collect'))).text).toBe('20.00 CREDIT 已到账。')
    expect(await balance(ben)).toBe('120.00')
    const card = await fake.until(() =>
      fake.messages(club.channel()).find(({ id, buttons }) => id === message.id && buttons.length === 0),
    )
    expect(card?.lines).toEqual([
      '## 20.00 CREDIT',
      '**Ada (@ada) → Ben (@ben)**',
      '> lunch',
      '✅ Ben (@ben) has collected it.',
    ])
    const drawn = fake.calls.filter(({ method, route }) => method === 'PATCH' && route.includes('/messages/'))
    expect(drawn.at(-1)?.body).toMatchObject({ attachments: [] })
  })

  test('has the picture to pass on where that was asked for, also when it is drawn anew', async ({
    fake,
    service,
    club,
    ada,
  }) => {
    const options = { amount: '2', note: 'lunch', picture: 'yes' }
    const { message } = await ada.slash(club.channel(), 'send', options).answer()
    const link = message.buttons.find(({ url }) => url)?.url ?? ''
    const picture = Buffer.from(await (await fetch(localLink(service, `${link}/card.png`))).arrayBuffer())
    const shown = () => {
      const now = fake.messages(club.channel()).find(({ id }) => id === message.id)
      return Buffer.from(now?.attachments[0]?.bytes ?? [])
    }
    expect(shown().equals(picture)).toBe(true)
    expect(message.lines).toContain('> lunch')

    const [{ transfer } = { transfer: undefined }] = (await service.client.history(identityOf(ada))).items
    const path = `/v1/transfers/${transfer?.id}/cards`
    const cards = await service.client.get<{ items: { id: string; picture: boolean }[] }>(path)
    expect(cards.items).toMatchObject([{ picture: true }])
    // As if it showed another state than it has.
    const { id: _, ...card } = cards.items[0] ?? {}
    await service.client.post(path, { ...card, drawn: 'returned' })
    await expect
      .poll(async () => (await service.client.get<typeof cards>(path)).items)
      .toMatchObject([{ drawn: 'open', picture: true }])
    expect(shown().equals(picture)).toBe(true)
  })

  test('pings whom it is for alone, and shows what people wrote as they wrote it', async ({
    fake,
    club,
    ben,
  }) => {
    const ada = fake.user({ username: 'ada', global_name: '*Ada* [bank](https://evil.test)' })
    club.join(ada)
    const note = `@everyone <@${ben.id}> [free](https://evil.test) **b** ||s||`
    const { message } = await ben.slash(club.channel(), 'send', { amount: '1', who: ada, note }).answer()
    expect(message).toMatchObject({ pings: [ada.id], allowedMentions: { parse: [], users: [ada.id] } })
    expect(message.lines).toContain('**Ben (@ben) → \\*Ada\\* \\[bank](https\\://evil.test) (@ada)**')
    expect(message.lines).toContain(
      `> \\@everyone \\<@${ben.id}> \\[free](https\\://evil.test) \\*\\*b\\*\\* \\|\\|s\\|\\|`,
    )
  })

  test('pings nobody who has turned that off, nor anybody when it is for whoever taps first', async ({
    club,
    ada,
    ben,
  }) => {
    const { message: off } = await ben.slash(club.channel(), 'notices', { switch: 'off' }).answer()
    expect(off.text).toContain('我不会私聊你')
    for (const who of [ben, undefined]) {
      const { message } = await ada
        .slash(club.channel(), 'send', { amount: '1', ...(who && { who }) })
        .answer()
      expect(message).toMatchObject({ pings: [], allowedMentions: { parse: [] } })
      expect(message.text).not.toContain('<@')
    }
  })

  test('is cancelled by its sender alone and declined by the one it is for alone', async ({
    fake,
    club,
    person,
    ada,
    ben,
    told,
    balance,
  }) => {
    const carl = await person('carl')
    club.join(carl)
    const send = () => ada.slash(club.channel(), 'send', { amount: '10', who: ben }).answer()
    const [one, two] = [await send(), await send()]
    expect((await told(ben.taps(one.message, 'Cancel'))).text).toBe('只有付款人可以这样做。')
    expect((await told(carl.taps(one.message, 'Decline'))).text).toBe(
      'Only the one it is for can decline it.',
    )
    expect((await told(carl.taps(one.message, 'Collect'))).text).toBe('It is for somebody else.')
    expect((await told(ada.taps(one.message, 'Collect'))).text).toContain('It is your own')
    expect(await balance(ada)).toBe('80.00')

    expect((await told(ada.taps(one.message, 'Cancel'))).text).toBe(
      'Cancelled. 10.00 CREDIT is back with you.',
    )
    expect((await told(ben.taps(two.message, 'Decline'))).text).toBe('已拒收，10.00 CREDIT 已退回付款人。')
    expect(await balance(ada)).toBe('100.00')
    await fake.until(() => one.message.text.includes('Cancelled') && two.message.text.includes('Declined'))
    const open = await ada.slash(club.channel(), 'send', { amount: '10' }).answer()
    expect(open.message.buttons.map(({ label }) => label)).toEqual(['Collect', 'Open link', 'Cancel'])
  })

  test('is left alone by a press that a client has forged on it, and changes as before', async ({
    fake,
    service,
    club,
    ada,
    ben,
    told,
    balance,
  }) => {
    const send = (channel = club.channel()) => ada.slash(channel, 'send', { amount: '5' }).answer()
    const [sent, { message: other }] = [await send(), await send(club.channel('other'))]
    const card = sent.message
    const idOf = ({ buttons }: SeenMessage) => buttons[0]?.customId?.slice('collect:'.length) ?? ''
    const own = await ben.slash(club.channel('other'), 'send', { amount: '1' }).answer()
    const bens = idOf(own.message)
    await told(ben.taps(own.message, '撤回'))
    for (const forged of [`collect:${bens}`, `collect:${idOf(other)}`, 'history:person:', 'history:group:'])
      expect((await told(ben.forges(card, forged))).text).toBe('这个按钮已失效。')
    const shown = await service.client.get<{ items: object[] }>(`/v1/transfers/${bens}/cards`)
    expect(shown.items).toHaveLength(1)
    expect(await balance(ben)).toBe('100.00')
    const { message: list } = await ben.slash(club.channel(), 'help').answer()
    expect((await told(ben.forges(list, `collect:${idOf(other)}`))).text).toBe('这个按钮已失效。')

    const late = `collect:${idOf(card)}`
    await told(ben.taps(card, 'Collect'))
    await fake.until(() => sent.message.buttons.length === 0)
    expect(sent.message.text).toContain('Ben (@ben) has collected it')
    // An app that still shows the button.
    expect((await told(ada.forges(card, late))).text).toContain('already')
  })

  test('that was deleted meanwhile still answers who tapped it, and nothing is amiss', async ({
    fake,
    service,
    club,
    ada,
    ben,
    told,
    balance,
  }) => {
    const { message: card } = await ada.slash(club.channel(), 'send', { amount: '5' }).answer()
    fake.failNext('PATCH /webhooks/{id}/{token}/messages/@original', {
      status: 404,
      code: 10008,
      message: 'Unknown Message',
    })
    expect((await told(ben.taps(card, 'Collect'))).text).toBe('5.00 CREDIT 已到账。')
    await fake.until(() => fake.calls.some(({ method, status }) => method === 'PATCH' && status === 404))
    await ada.slash(club.channel(), 'balance').answer()
    expect(service.log.filter((line) => line.includes('somebody c'))).toEqual([])
    expect(await balance(ben)).toBe('105.00')
  })

  test('is in the language of its sender, and a tap is answered in the one of who taps', async ({
    club,
    ada,
    ben,
    told,
  }) => {
    const { message } = await ben.slash(club.channel(), 'send', { amount: '1' }).answer()
    expect(message.lines).toContain('谁先点“领取”就归谁。')
    expect((await told(ada.taps(message, '领取'))).text).toBe('1.00 CREDIT is yours.')
  })

  test('changes wherever it hangs, whatever changed it', async ({ fake, service, club, ada, ben }) => {
    const sent = await ada.slash(club.channel(), 'send', { amount: '1', note: 'here' }).answer()
    const link = sent.message.buttons.find(({ url }) => url)?.url ?? ''
    ben.dm(link)
    const shown = await ben.slash(club.channel('other'), 'start', { code: link }).answer()
    expect(shown).toMatchObject({ ephemeral: true })
    expect(shown.message.text).toContain('15 分钟后这张卡片可能不再更新，最新状态请看链接。')
    const inPrivate = () => fake.messages(ben.privateChannel).filter(({ componentsV2 }) => componentsV2)
    await fake.until(() => inPrivate().length === 1)
    await service.client.collect(link.split('/c/')[1] ?? '', {
      messenger: 'telegram',
      id: '77',
      name: 'Tess',
    })
    for (const card of [() => sent.message, () => shown.message, () => inPrivate()[0]])
      await fake.until(() => card()?.buttons.length === 0 && card()?.text.includes('Tess'))
  })
})

describe('The card in a server that threw the bot out', () => {
  test('shows what became of it when the bot is back', async ({ fake, service, club, ada, ben }) => {
    const sent = await ada.slash(club.channel(), 'send', { amount: '2' }).answer()
    const code = sent.message.buttons.find(({ url }) => url)?.url?.split('/c/')[1] ?? ''
    club.setBot(false)
    await service.client.collect(code, identityOf(ben))
    await fake.until(() => fake.calls.some(({ method, status }) => method !== 'POST' && status === 403))
    expect(sent.message.buttons).not.toEqual([])
    club.setBot(true)
    await fake.until(() => sent.message.buttons.length === 0 && sent.message.text.includes('✅'))
  })
})

describe('The card where the bot itself is not', () => {
  test('says that the link knows, and is drawn anew by the interaction’s token', async ({
    fake,
    service,
    ada,
    ben,
    told,
  }) => {
    const elsewhere = fake.guild({ name: 'Elsewhere', owner: ben, members: [ada], botInstalled: false })
    ada.installsApp()
    const group = fake.group('Trip', [ada, ben])
    for (const channel of [elsewhere.channel(), group, fake.privateChannel(ada, ben)]) {
      const one = await ada.slash(channel, 'send', { amount: '2', who: ben }).answer()
      expect(one.message.lines).toContain(`-# ${LINK_KNOWS}`)
      expect(one.message.lines).toContain('[Open link]')
      expect((await told(ben.taps(one.message, 'Collect'))).text).toBe('2.00 CREDIT 已到账。')
      await fake.until(() => one.message.buttons.length === 0)
      expect(one.message.text).not.toContain(LINK_KNOWS)

      const two = await ada.slash(channel, 'send', { amount: '2' }).answer()
      const code = two.message.buttons.find(({ url }) => url)?.url?.split('/c/')[1] ?? ''
      await service.client.collect(code, identityOf(ben))
      await fake.until(
        () => two.message.buttons.length === 0 && two.message.text.includes('Ben (@ben) has collected it'),
      )
    }
  })

  test('leads its sender, who alone sees it in private, to the page by which it is passed on', async ({
    ada,
  }) => {
    ada.installsApp()
    const { message } = await ada.slash(ada.privateChannel, 'send', { amount: '2' }).answer()
    const button = message.buttons.find(({ label }) => label === 'Pass it on')
    expect(message.lines).toContain(button?.url?.replace(/\/share$/, ''))
    expect(button?.url).toMatch(/\/share$/)
  })

  test('is left in peace when its token is over, until somebody taps it', async ({
    fake,
    service,
    ada,
    ben,
    told,
  }) => {
    const elsewhere = fake.guild({ name: 'Elsewhere', owner: ben, members: [ada], botInstalled: false })
    ada.installsApp()
    const { message } = await ada.slash(elsewhere.channel(), 'send', { amount: '2' }).answer()
    const now = () => fake.messages(elsewhere.channel()).find(({ id }) => id === message.id)
    fake.passTime(16 * 60_000)
    const code = message.buttons.find(({ url }) => url)?.url?.split('/c/')[1] ?? ''
    await service.client.collect(code, { messenger: 'telegram', id: '78' })
    await fake.until(() => fake.calls.some(({ method, status }) => method === 'PATCH' && status === 401))
    expect(now()?.buttons).toHaveLength(3)
    expect((await told(ben.taps(message, 'Collect'))).text).toBe('手慢了，已经被领走了。')
    await fake.until(() => now()?.buttons.length === 0)
  })

  test('follows again for a while when somebody has tapped it', async ({ fake, service, ada, ben, told }) => {
    const elsewhere = fake.guild({ name: 'Elsewhere', owner: ben, members: [ada], botInstalled: false })
    ada.installsApp()
    const sent = await ada.slash(elsewhere.channel(), 'send', { amount: '2' }).answer()
    fake.passTime(16 * 60_000)
    await told(ada.taps(sent.message, 'Collect'))
    const code = sent.message.buttons.find(({ url }) => url)?.url?.split('/c/')[1] ?? ''
    await service.client.collect(code, { messenger: 'telegram', id: '79', name: 'Tim' })
    await fake.until(() => sent.message.text.includes('Tim (Telegram: #79) has collected it'))
  })

  test('says so too in a channel of its own server that the bot cannot see', async ({
    fake,
    ada,
    ben,
    told,
  }) => {
    const club = fake.guild({ name: 'Secret', owner: ada, members: [ben], botPermissions: 0n })
    const sent = await ada.slash(club.channel(), 'send', { amount: '2' }).answer()
    expect(sent.message.lines).toContain(`-# ${LINK_KNOWS}`)
    await told(ben.taps(sent.message, 'Collect'))
    await fake.until(() => sent.message.buttons.length === 0)
  })
})

describe('Notices in Discord', () => {
  test('tell in private what waits, as a card to collect or decline there', async ({
    fake,
    club,
    ada,
    ben,
    told,
    balance,
  }) => {
    // Now the bot knows their language.
    await ben.slash(ben.privateChannel, 'help').answer()
    const sent = await ada.slash(club.channel(), 'send', { amount: '3', who: ben, note: 'tea' }).answer()
    const inPrivate = () => fake.messages(ben.privateChannel).find(({ componentsV2 }) => componentsV2)
    const card = await fake.until(() => inPrivate())
    expect(card?.buttons.map(({ label }) => label)).toEqual(['领取', '打开链接', '拒收'])
    expect(card?.lines).toContain('-# 🔔 这一笔在等你领取。不想再收到提醒：/notices off')
    await told(ben.taps(card as NonNullable<typeof card>, '领取'))
    await fake.until(() => inPrivate()?.buttons.length === 0 && sent.message.buttons.length === 0)
    expect(await balance(ben)).toBe('103.00')
    expect(sent.message.pings).toEqual([ben.id])
  })

  test('tell sender and recipient in private', async ({ fake, club, ada, ben, told }) => {
    const { message } = await ada.slash(club.channel(), 'send', { amount: '3', note: 'tea' }).answer()
    await told(ben.taps(message, 'Collect'))
    const heard = (person: typeof ada, words: string) =>
      fake.until(() => fake.messages(person.privateChannel).some(({ content }) => content === words))
    await heard(ada, '✅ Ben (@ben) has collected your 3.00 CREDIT (tea).')
    await heard(ben, '💰 你收到 Ada (@ada) 的 3.00 CREDIT（tea）。')
  })

  test('that cannot be told are lost on nobody: the money is there, history knows, and the card says it', async ({
    fake,
    service,
    club,
    ada,
    ben,
    told,
    balance,
  }) => {
    const sent = await ada.slash(club.channel(), 'send', { amount: '3', note: 'cake' }).answer()
    ada.closesPrivateMessages()
    await told(ben.taps(sent.message, 'Collect'))
    await fake.until(() =>
      sent.message.lines.some((line) => line.startsWith('🔕') && line.includes('Ada (@ada)')),
    )
    expect(sent.message.lines).toContain('✅ Ben (@ben) has collected it.')
    expect([await balance(ada), await balance(ben)]).toEqual(['97.00', '103.00'])
    const { message: history } = await ada.slash(ada.privateChannel, 'history').answer()
    expect(history.text).toContain('−3.00 CREDIT → Ben (@ben)  collected · cake')
    const metrics = await (await fetch(`${service.url}/metrics`)).text()
    expect(metrics).toMatch(/outcome="undeliverable"\} [1-9]/)
    expect(metrics).not.toContain('outcome="retried"')
  })
})
