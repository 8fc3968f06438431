import { randomInt } from 'node:crypto'
import { PermissionFlagsBits } from 'discord.js'
import { describe, expect } from 'vitest'
import { commands } from '../../../bots/commands/index.ts'
import { test } from '../../support/discord/club.ts'
import { type Client, localLink } from '../../support/service.ts'

const NO_BOTS = 'A bot can’t collect anything. Name a person.'

describe('The commands of the Discord bot', () => {
  test('are those of the command table, in English and Chinese, wherever people take the bot', ({
    fake,
    service: _,
  }) => {
    const slash = fake.commands.filter(({ type }) => type === 1)
    expect(slash.map(({ name }) => name)).toEqual(commands.map(({ name }) => name))
    const menus = fake.commands.filter(({ type }) => type !== 1)
    expect(menus.map(({ name, type }) => [type, name])).toEqual([
      [2, 'Send to…'],
      [3, 'Reward this message'],
    ])
    for (const {
      contexts,
      integration_types,
      name_localizations,
      description_localizations,
    } of fake.commands) {
      expect({ contexts, integration_types }).toEqual({ contexts: [0, 1, 2], integration_types: [0, 1] })
      expect(name_localizations?.['zh-CN']).toMatch(/\p{sc=Han}/u)
      if (description_localizations) expect(description_localizations['zh-CN']).toMatch(/\p{sc=Han}/u)
    }
    const [send] = slash
    expect(send).toMatchObject({
      name_localizations: { 'en-US': 'send', 'zh-CN': '转账' },
      description_localizations: { 'en-US': send?.description },
      options: [
        { name: 'amount', type: 3, required: true, name_localizations: { 'zh-CN': '金额' } },
        { name: 'asset', type: 3, autocomplete: true },
        { name: 'who', type: 6, description_localizations: { 'zh-CN': '谁可以领取；不填则先点先得' } },
        { name: 'note', type: 3, max_length: 200 },
        { name: 'picture', type: 3, choices: [{ name: 'yes', value: 'yes' }] },
        { name: 'phrase', type: 3, choices: [{ value: 'anywhere' }, { value: 'here' }] },
      ],
    })
    const pay = fake.commands.find(({ name }) => name === 'pay')
    expect(pay?.options?.at(-1)).toMatchObject({ name: 'picture', choices: [{ value: 'yes' }] })
    const guarded = fake.commands.filter((command) => command.default_member_permissions !== null)
    expect(guarded.map(({ name, default_member_permissions }) => [name, default_member_permissions])).toEqual(
      ['history', 'pay', 'join', 'part'].map((name) => [name, String(PermissionFlagsBits.ManageGuild)]),
    )
  })

  test('offer the assets as they are typed', async ({ club, ada }) => {
    const offered = async (typed: string) => {
      const deed = ada.autocomplete(club.channel(), 'send', { asset: typed }, 'asset')
      return (await deed.answer()).choices.map(({ value }) => value)
    }
    expect(await offered('')).toEqual(['CREDIT', 'FLASH'])
    expect(await offered('fl')).toEqual(['FLASH'])
    expect(await offered('gold')).toEqual([])
  })

  test('are understood where the whole line stands in the amount', async ({
    club,
    ada,
    ben,
    told,
    balance,
  }) => {
    const line = `1 CREDIT <@${ben.id}> for lunch`
    const { message } = await ada.slash(club.channel(), 'send', { amount: line }).answer()
    expect(message.text).toContain('Ada (@ada) → Ben (@ben)')
    expect(message.text).toContain('for lunch')
    expect(await balance(ada)).toBe('99.00')
    const signed = await told(ada.slash(club.channel(), 'send', { amount: '5 ¥' }))
    expect(signed.text).toContain('Understood: amount 5 ¥, to whoever taps first.')
    expect((await told(ada.slash(club.channel(), 'send', { amount: '1 000' }))).text).toContain(
      '"1 000" can be read in two ways',
    )
  })

  test('ask back what looks like a person or an asset and is none, and understand a person with words written on to them', async ({
    fake,
    club,
    ada,
    ben,
    told,
    balance,
  }) => {
    for (const [fields, sentence] of [
      [{ amount: '2 @Ben' }, 'I can’t tell who "@Ben" is.'],
      [{ amount: '2 Ben lunch' }, 'Nobody here is called Ben.'],
      [{ amount: '2 Zoë lunch' }, 'Nobody here is called Zoë.'],
      [{ amount: '2', note: '@ben lunch' }, 'I can’t tell who "@ben" is.'],
      [{ amount: `2 USD <@${ben.id}>` }, 'There is no USD here.'],
      [{ amount: '2', asset: 'USD' }, 'There is no USD here.'],
      [{ amount: `2 @${fake.bot.user.username}` }, 'A bot can’t collect anything.'],
    ] as const)
      expect((await told(ada.slash(club.channel(), 'send', fields))).text, fields.amount).toContain(sentence)
    expect(await balance(ada)).toBe('100.00')
    const line = `1 <@${ben.id}>谢谢`
    const { message } = await ada.slash(club.channel(), 'send', { amount: line }).answer()
    expect(message.text).toContain('→ Ben')
    expect(message.text).toContain('谢谢')
    ada.dm(`/sned 1 @ben`)
    await fake.until(() =>
      fake.messages(ada.privateChannel).some(({ text }) => text.includes('/send 1 @ben')),
    )
  })

  test('tell their sender alone why nothing came of it', async ({ fake, club, ada, told, balance }) => {
    const refused = await told(ada.slash(club.channel(), 'send', { amount: '20O', note: 'lunch' }))
    expect(refused.text).toMatch(/^"20O" is not an amount\./)
    expect(refused.text).toContain('Understood: amount 20O, to whoever taps first, note "lunch".')
    expect(fake.messages(club.channel())).toHaveLength(1)

    const poor = await told(ada.slash(club.channel(), 'send', { amount: '100.01' }))
    expect(poor.text).toContain('You have 100.00 CREDIT')
    expect((await told(ada.slash(club.channel(), 'send', { amount: '1', who: ada }))).text).toContain(
      'That is you.',
    )
    fake.failNext('DELETE /webhooks/{id}/{token}/messages/@original', { cut: true, applied: true })
    await told(ada.slash(club.channel(), 'send', { amount: '0' }))
    expect(fake.messages(club.channel())).toHaveLength(4)
    expect(await balance(ada)).toBe('100.00')
  })

  test('answer in private what concerns one person, in their language', async ({ club, ada, ben }) => {
    for (const name of ['balance', 'help', 'start', 'cancel']) {
      const { message, ephemeral } = await ben.slash(club.channel(), name).answer()
      expect(ephemeral, name).toBe(true)
      expect(message.text, name).toMatch(/\p{sc=Han}/u)
    }
    expect((await ada.slash(club.channel(), 'balance').answer()).message.text).toContain('100.00 CREDIT')
    expect((await ada.slash(ada.privateChannel, 'balance').answer()).ephemeral).toBe(false)
  })

  test('take words for the operators in a field, and ask in private before they forget a name', async ({
    club,
    ada,
    ben,
  }) => {
    const noted = await ben.slash(club.channel(), 'feedback', { words: '很好' }).answer()
    expect(noted.message.text).toContain('谢谢')
    expect((await ada.slash(club.channel(), 'forget').answer()).message.text).toContain('in private')
    const question = await ada.slash(ada.privateChannel, 'forget').answer()
    expect(question.message.buttons.flat()).toMatchObject([{ label: 'Forget me', customId: 'forget' }])
  })

  test('with a crowd of names ask Discord for a few of them, once, and for none that it has brought along', async ({
    fake,
    club: _,
    ada,
    ben,
  }) => {
    const before = fake.calls.length
    const lookUps = () => fake.calls.slice(before).filter(({ route }) => route === '/users/{user_id}').length
    const answer = async (line: string) => {
      // A notice of the money that she was given may come at any time.
      const said = () => fake.messages(ada.privateChannel).filter(({ text }) => !text?.startsWith('💰'))
      const before = said().length
      ada.dm(line)
      await fake.until(() => said().length >= before + 2)
      return said().at(-1)?.text
    }
    const nobody = (number: number) => `<@${100_000_000_000_000_000n + BigInt(number)}>`
    const crowd = Array.from({ length: 80 }, (_, number) => nobody(number)).join(' ')
    expect(await answer(`/send 1 ${crowd}`)).toContain(nobody(0))
    expect(lookUps()).toBe(3)
    // Of those it is known by now that they are nobody.
    await answer(`/send 1 ${nobody(0)} ${nobody(1)} <@1> <@${'9'.repeat(30)}>`)
    expect(lookUps()).toBe(3)
    const known = Array.from({ length: 9 }, (_, number) => fake.user({ username: `known${number}` }))
    const names = [ben, ...known].map(({ id }) => `<@${id}>`).join(' ')
    expect(await answer(`/send 1 ${names}`)).toContain('you named 10')
    expect(lookUps()).toBe(3)
  })

  test('send nothing to a bot, however it is named', async ({ fake, club, ada, told, balance }) => {
    const { bot } = fake
    expect((await told(ada.slash(club.channel(), 'send', { amount: '1', who: bot }))).text).toContain(NO_BOTS)
    const line = `1 <@${bot.user.id}> for you`
    expect((await told(ada.slash(club.channel(), 'send', { amount: line }))).text).toContain(NO_BOTS)
    ada.dm(`/send ${line}`)
    await fake.until(() => fake.messages(ada.privateChannel).some(({ text }) => text.includes(NO_BOTS)))
    expect(await balance(ada)).toBe('100.00')
  })

  test('ask which one to cancel where several wait', async ({ fake, club, ada, told, balance }) => {
    for (let amount = 1; amount <= 7; amount++)
      await ada.slash(club.channel(), 'send', { amount: String(amount) }).answer()
    const { message, ephemeral } = await ada.slash(club.channel(), 'cancel').answer()
    expect(ephemeral).toBe(true)
    expect(message.buttons).toHaveLength(7)
    expect((await told(ada.taps(message, 'Cancel 3.00 CREDIT'))).text).toBe(
      'Cancelled. 3.00 CREDIT is back with you.',
    )
    expect(await balance(ada)).toBe('75.00')
    const [three] = fake.messages(club.channel()).filter(({ text }) => text.includes('## 3.00'))
    await fake.until(() =>
      fake
        .messages(club.channel())
        .find(({ id }) => id === three?.id)
        ?.text.includes('Cancelled'),
    )
  })
})

describe('The menus of the Discord bot', () => {
  test('open a form for amount and note, and send to that person', async ({
    told,
    club,
    ada,
    ben,
    balance,
  }) => {
    const { modal } = await ada.userMenu(club.channel(), 'Send to…', ben).answer()
    expect(modal).toMatchObject({
      title: 'Send to Ben (@ben)',
      fields: [
        { customId: 'amount', label: 'Amount', required: true },
        { customId: 'note', label: 'Note', required: false, maxLength: 200 },
      ],
    })
    const sent = await ada.submits(modal, { amount: '5', note: 'for the ride' }).answer()
    expect(sent.message).toMatchObject({ ephemeral: false, componentsV2: true })
    expect(sent.message.text).toContain('Ada (@ada) → Ben (@ben)')
    expect(sent.message.text).toContain('for the ride')

    const thanks = ada.says(club.channel(), 'here is the recipe')
    const { modal: reward } = await ben.messageMenu(club.channel(), 'Reward this message', thanks).answer()
    expect(reward).toMatchObject({
      title: '转账给 Ada (@ada)',
      fields: [{ label: '金额' }, { label: '备注' }],
    })
    const rewarded = await ben.submits(reward, { amount: '2' }).answer()
    await told(ada.taps(rewarded.message, '领取'))
    expect(await balance(ada)).toBe('97.00')
    expect(await balance(ben)).toBe('98.00')
  })

  test('tell the sender alone what is wrong with the amount', async ({ club, ada, ben, told }) => {
    const { modal } = await ada.userMenu(club.channel(), 'Send to…', ben).answer()
    expect((await told(ada.submits(modal, { amount: 'much' }))).text).toMatch(/^"much" is not an amount/)
  })

  test('open for people alone', async ({ club, ada }) => {
    const { message } = await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
    const answer = await ada.messageMenu(club.channel(), 'Reward this message', message).answer()
    expect(answer.message).toMatchObject({ ephemeral: true, content: NO_BOTS })
  })
})

describe('Collecting in Discord', () => {
  const from = { messenger: 'telegram', id: String(randomInt(1e9, 1e10)), name: 'Tom', handle: 'tom' }
  const sendOf = async ({ client }: { client: Client }) => {
    await client.issue(from, '20')
    return client.send(from, '20', { note: 'a gift' })
  }

  test('goes by /collect with the code or the link of a transfer that was made anywhere', async ({
    service,
    club,
    ada,
    balance,
  }) => {
    const [one, two] = [await sendOf(service), await sendOf(service)]
    const byCode = await ada.slash(club.channel(), 'collect', { code: one.code }).answer()
    expect(byCode.message).toMatchObject({
      ephemeral: true,
      content: '20.00 CREDIT from Tom (Telegram: tom) is yours.',
    })
    const byLink = await ada.slash(ada.privateChannel, 'collect', { code: two.link }).answer()
    expect(byLink.message.content).toBe('20.00 CREDIT from Tom (Telegram: tom) is yours.')
    expect(await balance(ada)).toBe('140.00')
    const again = await ada.slash(club.channel(), 'collect', { code: one.code }).answer()
    expect(again.message.content).toContain('already')
    expect(await balance(ada)).toBe('140.00')
  })

  test('goes by a code or a link that is pasted in private, after showing what it is', async ({
    fake,
    service,
    club: _,
    ada,
    told,
    balance,
  }) => {
    for (const paste of ['code', 'link'] as const) {
      const transfer = await sendOf(service)
      const before = await balance(ada)
      ada.dm(paste === 'code' ? transfer.code : `look: <${transfer.link}>`)
      const card = await fake.until(() =>
        fake
          .messages(ada.privateChannel)
          .find(({ componentsV2, text }) => componentsV2 && text.includes(transfer.link)),
      )
      if (!card) throw new Error('no card')
      expect(card.lines).toContain('**Tom (Telegram: tom) → whoever taps first**')
      expect(await balance(ada)).toBe(before)
      expect((await told(ada.taps(card, 'Collect'))).text).toBe('20.00 CREDIT is yours.')
      expect(await balance(ada)).toBe(`${Number(before) + 20}.00`)
      await fake.until(
        () => fake.messages(ada.privateChannel).find(({ id }) => id === card.id)?.buttons.length === 0,
      )
    }
  })

  test('goes by the line that the claim page shows', async ({ fake, service, club: _, ada, balance }) => {
    const transfer = await sendOf(service)
    const page = await (
      await fetch(localLink(service, transfer.link), { headers: { accept: 'text/html' } })
    ).text()
    expect(page).toContain(`href="https://discord.com/users/${fake.applicationId}"`)
    const [line = ''] = page.match(/\/collect [\w-]{30,31}/) ?? []
    ada.dm(line)
    await fake.until(async () => (await balance(ada)) === '120.00')
    await fake.until(() =>
      fake
        .messages(ada.privateChannel)
        .some(({ text }) => text.includes('from Tom (Telegram: tom) is yours')),
    )
  })

  test('leaves other words in private to the help', async ({ fake, club: _, ada, ben }) => {
    await ben.slash(ben.privateChannel, 'balance').answer()
    for (const [person, help] of [
      [ada, 'What I can do:'],
      [ben, '我能做的事：'],
    ] as const) {
      person.dm('hello there')
      await fake.until(() => fake.messages(person.privateChannel).some(({ text }) => text.startsWith(help)))
    }
  })
})

describe('History in Discord', () => {
  test('is the server’s for who may manage it, ten at a time, for their eyes alone', async ({
    fake,
    club,
    ada,
    ben,
  }) => {
    const talk = club.channel('talk')
    for (let i = 1; i <= 12; i++)
      await ada.slash(i % 2 ? talk : club.channel(), 'send', { amount: '1', note: `no. ${i}.` }).answer()
    expect(() => ben.slash(talk, 'history')).toThrow('needs the permissions')

    const answer = await ada.slash(talk, 'history').answer()
    const noted = () => [...answer.message.text.matchAll(/no\. (\d+)\./g)].map(([, i]) => Number(i))
    expect(answer.ephemeral).toBe(true)
    expect(noted()).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
    expect(answer.message.text).toContain('In all: 12.00 CREDIT waiting (12)')
    await ada.taps(answer.message, 'Older').answer()
    await fake.until(() => noted().length === 2)
    await ada.taps(answer.message, 'Newest').answer()
    await fake.until(() => noted().length === 10)
  })

  test('that was dismissed before its page is turned leaves no error behind', async ({
    fake,
    service,
    club,
    ada,
  }) => {
    for (let i = 0; i < 11; i++) await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
    const { message } = await ada.slash(club.channel(), 'history').answer()
    fake.failNext('PATCH /webhooks/{id}/{token}/messages/@original', {
      status: 404,
      code: 10008,
      message: 'Unknown Message',
    })
    await ada.taps(message, 'Older').answer()
    await fake.until(() => service.log.some((line) => line.includes('somebody cannot be answered')))
  })

  test('asks for the permission at each call, whatever the server has made of the command', async ({
    fake,
    club,
    ada,
    ben,
    told,
  }) => {
    await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
    club.grant(ben, PermissionFlagsBits.ManageGuild)
    for (let i = 0; i < 11; i++) await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
    const { message } = await ben.slash(club.channel(), 'history').answer()
    expect(message.text).toContain('本群的转账')
    club.revoke(ben)
    expect((await told(ben.taps(message, '更早'))).text).toContain('群记录仅管理员可看')

    const command = fake.commands.find(({ name }) => name === 'history')
    const permissions = command?.default_member_permissions ?? null
    Object.assign(command as object, { default_member_permissions: null })
    const refused = await ben.slash(club.channel(), 'history').answer()
    Object.assign(command as object, { default_member_permissions: permissions })
    expect(refused.message).toMatchObject({ ephemeral: true })
    expect(refused.message.text).toContain('群记录仅管理员可看')
  })

  test('is everyone’s own in private', async ({ fake, club, ada, ben, told }) => {
    const card = await ada.slash(club.channel(), 'send', { amount: '4', who: ben, note: 'tea' }).answer()
    await told(ben.taps(card.message, 'Collect'))
    const { message } = await ben.slash(ben.privateChannel, 'history').answer()
    expect(message.lines[0]).toBe('你的转账（新的在前，时间为 UTC）')
    expect(message.text).toContain('+4.00 CREDIT ← Ada (@ada) · tea')
    ada.installsApp()
    const group = fake.group('Trip', [ada, ben])
    const own = await ada.slash(group, 'history').answer()
    expect(own.ephemeral).toBe(true)
    expect(own.message.text).toContain('−4.00 CREDIT → Ben (@ben)  collected · tea')
  })
})
