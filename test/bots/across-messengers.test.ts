import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { drawnOrder, luckyShares } from '../../src/ledger/lucky.ts'
import { identityOf as inDiscord } from '../support/discord/club.ts'
import { type Person as DiscordPerson, type FakeDiscord, startFakeDiscord } from '../support/discord/index.ts'
import { localLink } from '../support/service.ts'
import {
  type Club,
  called,
  identityOf as inTelegram,
  openClub,
  transferOf,
} from '../support/telegram/club.ts'
import { type Person } from '../support/telegram/index.ts'

describe('A transfer across messengers', () => {
  let discord: FakeDiscord
  let telegram: Club

  beforeAll(async () => {
    discord = await startFakeDiscord()
    telegram = await openClub('polling', {
      roles: 'api,worker,telegram,discord',
      assets: [
        {
          code: 'CREDIT',
          scale: 2,
          symbols: [],
          maxTransfer: 2000_00n,
          confirmAbove: 50_00n,
          lifetime: 24 * 3600,
        },
      ],
      environment: { DISCORD_BOT_TOKEN: discord.token, DISCORD_API_ROOT: discord.url },
    })
    await discord.until(() => discord.commands.length > 0)
  })
  afterAll(async () => {
    await telegram?.close()
    await discord?.stop()
  })
  afterEach(() => expect([...discord.breaches, ...telegram.fake.breaches, ...telegram.errors()]).toEqual([]))

  /** Tom with 100 CREDIT in a group in Telegram, Dana with 100 CREDIT in a server in Discord. */
  async function people() {
    const { client } = telegram.service
    const tom = await telegram.person('Tom')
    const group = telegram.fake.group({ creator: tom })
    const dana = discord.user({ username: 'dana', global_name: 'Dana' })
    const server = discord.guild({ name: 'Club', owner: dana })
    await client.issue(inDiscord(dana), '100')
    const balances = async () => [await telegram.balance(tom), await client.balance(inDiscord(dana))]
    return { client, tom, group, dana, server, channel: server.channel(), balances }
  }

  // Nobody shall take him for a `@tom` of Discord's own.
  const tomInDiscord = (tom: Person) => `Tom (Telegram: ${tom.json.username?.replace('_', '\\_')})`

  const cardIn = (person: DiscordPerson, words: string) =>
    discord.until(() =>
      discord
        .messages(person.privateChannel)
        .find((message) => message.componentsV2 && message.text.includes(words)),
    )
  const heard = (person: DiscordPerson, words: string) =>
    discord.until(() => discord.messages(person.privateChannel).some(({ lines }) => lines.includes(words)))

  test('made in Telegram is collected in Discord by its code, and the card in Telegram shows it', async () => {
    const { client, tom, group, dana, channel, balances } = await people()
    const card = await telegram.card(group, () => tom.says(group, '/send 20 lunch'))
    const { code } = await client.transfer(transferOf(card))
    const { message } = await dana.slash(channel, 'collect', { code }).answer()
    expect(message).toMatchObject({
      ephemeral: true,
      content: `20.00 CREDIT from ${tomInDiscord(tom)} is yours.`,
    })
    await telegram.reads(card, 'Dana (Discord: dana) has collected it')
    expect(await balances()).toEqual(['80.00', '120.00'])
    await heard(dana, `💰 You received 20.00 CREDIT from ${tomInDiscord(tom)} (lunch).`)
    await telegram.fake.until(() =>
      telegram.fake
        .messages(tom.chat)
        .some(({ text }) => text === '✅ Dana (Discord: dana) has collected your 20.00 CREDIT (lunch).'),
    )
  })

  test('made in Telegram is collected in Discord by its link, and both cards show it', async () => {
    const { client, tom, group, dana, balances } = await people()
    const card = await telegram.card(group, () => tom.says(group, '/send 20'))
    const { link } = await client.transfer(transferOf(card))
    const page = await (
      await fetch(localLink(telegram.service, link), { headers: { accept: 'text/html' } })
    ).text()
    expect(page).toContain(`https://discord.com/users/${discord.applicationId}`)
    dana.dm(link)
    const shown = await cardIn(dana, link)
    expect(await balances()).toEqual(['80.00', '100.00'])
    dana.taps(shown as NonNullable<typeof shown>, 'Collect')
    await cardIn(dana, 'Dana (@dana) has collected it')
    await telegram.reads(card, 'Dana (Discord: dana) has collected it')
    expect(await balances()).toEqual(['80.00', '120.00'])
  })

  test('made in Discord is collected in Telegram by its code, and the card in Discord shows it', async () => {
    const { tom, dana, channel, balances } = await people()
    const sent = await dana.slash(channel, 'send', { amount: '20', note: 'tea' }).answer()
    const code = /\/c\/([\w-]{30,31})$/m.exec(sent.message.text)?.[1] ?? ''
    const answer = await telegram.answer(tom.chat, () => tom.says(tom.chat, `/collect ${code}`))
    expect(answer.text).toBe('20.00 CREDIT from Dana (Discord: dana) is yours.')
    await discord.until(() => sent.message.lines.includes(`✅ ${tomInDiscord(tom)} has collected it.`))
    expect(await balances()).toEqual(['120.00', '80.00'])
    await heard(dana, `✅ ${tomInDiscord(tom)} has collected your 20.00 CREDIT (tea).`)
  })

  test('made in Discord is collected in Telegram by its link, and both cards show it', async () => {
    const { tom, dana, channel, balances } = await people()
    const sent = await dana.slash(channel, 'send', { amount: '20' }).answer()
    const link = sent.message.buttons.find(({ url }) => url)?.url ?? ''
    const page = await (
      await fetch(localLink(telegram.service, link), { headers: { accept: 'text/html' } })
    ).text()
    const [way = ''] = /https:\/\/t\.me\/\w+\?start=[\w-]+/.exec(page) ?? []
    const card = await telegram.card(tom.chat, () => tom.opens(way))
    expect(await balances()).toEqual(['100.00', '80.00'])
    expect((await tom.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    await telegram.reads(card, `${called(tom)} has collected it`)
    await discord.until(() => sent.message.lines.includes(`✅ ${tomInDiscord(tom)} has collected it.`))
    expect(await balances()).toEqual(['120.00', '80.00'])
  })

  test('is its sender’s in both, once /link has made them one person, and their private chats say what was done', async () => {
    const { tom, group, dana, channel, balances } = await people()
    const tomSays = (text: string, chat = tom.chat) => telegram.answer(chat, () => tom.says(chat, text))
    const codeIn = (text: string) => /\/link (\S+)/.exec(text)?.[1] ?? ''
    const card = await telegram.card(group, () => tom.says(group, '/send 20 lunch'))
    const sent = await dana.slash(channel, 'send', { amount: '5', note: 'tea' }).answer()
    expect((await tomSays('/link', group)).text).toBe(
      'That is for our private chat: open it, and send /link there.',
    )
    const { text } = await tomSays('/link')
    expect(text).toContain('once, within ten minutes')
    // Where others read it, a code is dead.
    const shown = await dana.slash(channel, 'link', { linking: codeIn(text) }).answer()
    expect(shown.message.text).toContain('the code is dead now')
    const typed = (code: string) => dana.slash(dana.privateChannel, 'link', { linking: code }).answer()
    expect((await typed(codeIn(text))).message.text).toContain('was used, is too old, or was mistyped')

    const question = (await typed(codeIn((await tomSays('/link')).text))).message
    expect(question.text).toContain(`Are you ${tomInDiscord(tom)}, too?`)
    const asked = await telegram.fake.until(() =>
      telegram.fake
        .messages(tom.chat)
        .find((message) => message.text.startsWith('Are you Dana (Discord: dana), too?')),
    )
    expect((await tom.taps(asked, 'Yes, that is me')).text).toBe('Noted. Now confirm it over there.')
    expect(await balances()).toEqual(['80.00', '95.00'])
    await telegram.reads(asked, 'Now say yes as Dana')
    dana.taps(question, 'Yes, that is me')
    await heard(
      dana,
      `🔗 You and ${tomInDiscord(tom)} are one person now. What both had is together: /balance. /unlink parts you again.`,
    )
    await telegram.fake.until(() =>
      telegram.fake
        .messages(tom.chat)
        .some((message) => message.text.startsWith('🔗 You and Dana (Discord: dana) are one')),
    )
    expect(await balances()).toEqual(['175.00', '175.00'])

    dana.taps(sent.message, 'Cancel')
    await discord.until(() => sent.message.text.includes('Cancelled'))
    const inDana = await dana.slash(dana.privateChannel, 'history').answer()
    expect(inDana.message.text).toContain('lunch')
    expect(inDana.message.text).toMatch(/🔗 Dana \(@dana\) was linked with Tom/)
    expect((await tom.taps(card, 'Collect')).text).toContain('your own')

    const parting = await tomSays('/取消关联')
    expect(parting.text).toContain('All the money stays with Dana (Discord: dana)')
    expect((await tom.taps(parting, 'Part')).text).toBe('Parted.')
    await heard(
      dana,
      `✂️ ${tomInDiscord(tom)} is no longer one person with you. All the money has stayed here.`,
    )
    expect(await balances()).toEqual(['0.00', '180.00'])
    // The group in Telegram never learns of Discord: there it is still Tom's.
    expect((await tomSays('/history', group)).text).toMatch(
      new RegExp(`20\\.00 CREDIT +${called(tom).replace(/[()]/g, '\\$&')} → `),
    )
    await telegram.fake.until(() =>
      telegram.fake.messages(tom.chat).some((message) => message.text.startsWith('The books of this group')),
    )
    expect((await tomSays('/unlink')).text).toBe('This account is linked with no other one. /link does that.')
    const refusing = (await typed(codeIn((await tomSays('/link')).text))).message
    dana.taps(refusing, 'No')
    await heard(dana, 'Not linked: nothing has changed.')
  })

  test('whose sender confirms who gets it, is asked for in Discord and said yes to in Telegram; another one is refused there', async () => {
    const { client, tom, group, dana, balances } = await people()
    const mallory = discord.user({ username: 'mallory', global_name: 'Dana' })
    const channel = discord.guild({ name: 'Both', owner: dana, members: [mallory] }).channel()
    const card = await telegram.card(group, () => tom.says(group, '/send 60 rent'))
    expect(card.text).toContain('Whoever wants it waits for the sender’s yes.')
    expect(card.text).toContain(`${called(tom)} → whom the sender means`)
    expect(card.text).not.toContain('Whoever taps')
    const { id, code } = await client.transfer(transferOf(card))
    const askedFor = async (person: DiscordPerson) => {
      const { message } = await person.slash(channel, 'collect', { code }).answer()
      expect(message.text).toContain('The sender is asked whether you are the one')
      return telegram.fake.until(() =>
        telegram.fake.messages(tom.chat).find(({ text }) => text.includes(`id ${person.id}`)),
      )
    }
    const other = await askedFor(mallory)
    expect(other.text).toBe(
      [
        '🙋 Somebody wants to collect your 60.00 CREDIT (rent):',
        `Dana (Discord: mallory) · Discord, id ${mallory.id}`,
        'Is that the one? With your yes the money is theirs at once.',
      ].join('\n'),
    )
    expect((await tom.taps(other, 'No')).text).toBe('Noted: they are told.')
    await heard(mallory, `🙅 ${tomInDiscord(tom)} says that you are not the one for 60.00 CREDIT (rent).`)
    expect((await mallory.slash(channel, 'collect', { code }).answer()).message.text).toBe(
      'The sender has said that you are not the one.',
    )

    const asked = await askedFor(dana)
    const waiting = await telegram.answer(tom.chat, () => tom.says(tom.chat, '/waiting'))
    expect(waiting.text).toContain(`Waits for your yes: Dana (Discord: dana) · Discord, id ${dana.id}`)
    expect(await balances()).toEqual(['40.00', '100.00'])
    expect((await tom.taps(asked, 'Yes, that’s the one')).text).toBe('Dana (Discord: dana) has 60.00 CREDIT.')
    await heard(dana, `💰 You received 60.00 CREDIT from ${tomInDiscord(tom)} (rent).`)
    await telegram.reads(card, 'Dana (Discord: dana) has collected it')
    expect(await balances()).toEqual(['40.00', '160.00'])
    expect((await tom.taps(waiting, 'Yes: Dana (Discord: dana)')).text).toBe(
      'You have answered that already.',
    )
    expect(await client.transfer(id)).toMatchObject({ state: 'collected' })
  })

  test('for several, is shared by those who tap in Telegram and in Discord at once, each one share, as its cards and its page say', async () => {
    const { client, tom, group, dana, channel } = await people()
    const uma = await telegram.person('Uma', { balance: '0' })
    group.add(uma)
    const card = await telegram.card(group, () => tom.says(group, '/red 10 2 happy Friday'))
    const packet = await client.transfer(transferOf(card))
    for (const said of [
      `${called(tom)} → 🧧 2 people`,
      'happy Friday',
      '0 of 2 taken.',
      packet.seedHash ?? '',
    ])
      expect(card.text).toContain(said)
    expect((await tom.taps(card, 'Collect')).text).toContain('your own')
    const [tapped, typed] = await Promise.all([
      uma.taps(card, 'Collect'),
      dana.slash(channel, 'collect', { code: packet.code }).answer(),
    ])
    const { seed, luckiest, claims } = await client.transfer(packet.id)
    const drawn = luckyShares(seed ?? '', 10_00n, 2).map((share) => (Number(share) / 100).toFixed(2))
    const [umas, danas] = [
      await telegram.balance(uma),
      (Number(await client.balance(inDiscord(dana))) - 100).toFixed(2),
    ]
    expect(new Set([umas, danas])).toEqual(new Set(drawn))
    expect(tapped.text).toBe(`${umas} CREDIT is yours.`)
    expect(typed.message.content).toContain(`${danas} CREDIT from`)
    await telegram.reads(card, 'All 2 shares are taken.')
    await telegram.reads(card, `Dana (Discord: dana) ${danas}`)
    await telegram.reads(card, `The luckiest: ${luckiest?.by?.name} `)
    const ended = await telegram.fake.until(() =>
      telegram.fake.messages(tom.chat).find(({ text }) => text?.startsWith('🧧')),
    )
    expect(ended.text).toMatch(
      /^🧧 All 2 shares of your red packet of 10\.00 CREDIT \(happy Friday\) are taken\. Luckiest: (Uma|Dana) /,
    )
    expect(ended.text).toContain(`${luckiest?.amount} CREDIT.`)
    expect(claims).toHaveLength(2)
    expect(card.keyboard.flat().map(({ text }) => text)).toEqual(['Check the lots'])
    const page = await (
      await fetch(localLink(telegram.service, packet.link), { headers: { accept: 'text/html' } })
    ).text()
    for (const amount of drawn) expect(page).toContain(`>${amount}<`)
    expect(page).toContain(seed)

    const made = await dana.slash(channel, 'red', { amount: '9', count: '3', draw: 'equal' }).answer()
    expect(made.message.lines).toContain('0 of 3 taken.')
    const code = /\/c\/([\w-]{30,31})$/m.exec(made.message.text)?.[1] ?? ''
    const answer = await telegram.answer(uma.chat, () => uma.says(uma.chat, `/collect ${code}`))
    expect(answer.text).toBe('3.00 CREDIT from Dana (Discord: dana) is yours.')
    await discord.until(() => made.message.lines.includes('1 of 3 taken.'))
  })

  test('for those whom the lot falls on, has people join in Telegram and in Discord, and pays one of them when its time is over', async () => {
    const { client, tom, group, dana, channel } = await people()
    const uma = await telegram.person('Uma', { balance: '0' })
    group.add(uma)
    const card = await telegram.card(group, () => tom.says(group, '/red 10 1 10s who wins?'))
    const packet = await client.transfer(transferOf(card))
    for (const said of [
      'the lot falls on 1 of those who did',
      'Joined so far: 0.',
      'Lots are drawn',
      packet.seedHash ?? '',
    ])
      expect(card.text).toContain(said)
    expect((await tom.taps(card, 'Join')).text).toContain('your own')
    expect((await uma.taps(card, 'Join')).text).toMatch(/^You are in, with number 1\. Lots are drawn at /)
    expect((await uma.taps(card, 'Join')).text).toBe('You are in already, with number 1.')
    const typed = await dana.slash(channel, 'collect', { code: packet.code }).answer()
    expect(typed.message.content).toMatch(/^You are in, with number 2\. Lots are drawn at /)
    await telegram.reads(card, 'Joined so far: 2.')
    await telegram.reads(card, 'Lots are drawn: shares for 1 of the 2 who joined.')
    const { claims, seed } = await client.transfer(packet.id)
    expect(claims.map(({ turn }) => turn)).toEqual(drawnOrder(seed ?? '', 2).slice(0, 1))
    const [umas, danas] = [await telegram.balance(uma), await client.balance(inDiscord(dana))]
    expect([umas, danas]).toEqual(claims[0]?.turn === 1 ? ['10.00', '100.00'] : ['0.00', '110.00'])
    const told = `🎉 The lot has fallen on you: 10.00 CREDIT of the red packet of ${
      claims[0]?.turn === 1 ? called(tom) : 'Tom'
    }`
    const said = () =>
      claims[0]?.turn === 1
        ? telegram.fake.messages(uma.chat).map(({ text }) => text)
        : discord.messages(dana.privateChannel).map(({ lines }) => lines.join(' '))
    await expect.poll(said).toContainEqual(expect.stringContaining(told))
    expect(card.keyboard.flat().map(({ text }) => text)).toEqual(['Check the lots'])
  })

  test('for members of the group in Telegram, is shared by them, and whoever taps elsewhere is told whose it is', async () => {
    const { client, tom, group, dana, channel } = await people()
    const [uma, eve] = [await telegram.person('Uma', { balance: '0' }), await telegram.person('Eve')]
    group.add(uma)
    const card = await telegram.card(group, () => tom.says(group, '/red 10 2 members hi'))
    expect(card.text).toContain('For members of this group only.')
    const { code } = await client.transfer(transferOf(card))
    const { message } = await dana.slash(channel, 'collect', { code }).answer()
    expect(message.content).toBe('It is for members of the group in which it was sent.')
    const answer = await telegram.answer(eve.chat, () => eve.says(eve.chat, `/collect ${code}`))
    expect(answer.text).toBe('It is for members of the group in which it was sent.')
    expect((await uma.taps(card, 'Collect')).text).toMatch(/ CREDIT is yours\.$/)
    await telegram.reads(card, '1 of 2 taken.')
    const refused = await telegram.answer(tom.chat, () => tom.says(tom.chat, '/red 10 2 members'))
    expect(refused.text).toContain('For people of which group?')
  })

  test('for those who were in the group in Telegram before it, is shared by them, linked people included, and by nobody who came later', async () => {
    const { client, tom, group, dana, channel } = await people()
    const person = (name: string) => telegram.person(name, { balance: '0' })
    const [uma, vic, eve, fay] = await Promise.all(['Uma', 'Vic', 'Eve', 'Fay'].map(person))
    if (!(uma && vic && eve && fay)) throw new Error('nobody')
    const hidden = telegram.fake.group({ creator: tom, bot: 'administrator' })
    for (const here of [group, hidden]) {
      const how = here === hidden ? 'quiet' : undefined
      uma.joins(here, how)
      vic.joins(here, how)
      // Nobody has told of her coming, but she has written something.
      here.add(fay)
      if (here === hidden) fay.says(here, 'hello')
      else await telegram.answer(here, () => fay.says(here, '/history'))
      const card = await telegram.card(here, () => tom.says(here, '/red 10 4 equal before hi'))
      expect(card.text).toContain('Only for those who were in this group before it.')
      const late = 'I know you there from now on, so the next one is for you, too.'
      eve.joins(here, how)
      vic.leaves(here, how)
      vic.joins(here, how)
      expect((await fay.taps(card, 'Collect')).text).toBe('2.50 CREDIT is yours.')
      for (const who of [eve, vic]) expect((await who.taps(card, 'Collect')).text).toContain(late)
      if (here === group) {
        const { code } = await client.transfer(transferOf(card))
        const stranger = await dana.slash(channel, 'collect', { code }).answer()
        expect(stranger.message.content).toContain(late)
        await client.link(inTelegram(uma), inDiscord(dana))
        const { message } = await dana.slash(channel, 'collect', { code }).answer()
        expect(message.content).toMatch(/^2\.50 CREDIT from .* is yours\.$/)
      } else expect((await uma.taps(card, 'Collect')).text).toMatch('2.50 CREDIT is yours.')
      await telegram.reads(card, '2 of 4 taken.')
      const next = await telegram.card(here, () => tom.says(here, '/red 10 2 equal before'))
      expect((await eve.taps(next, 'Collect')).text).toBe('5.00 CREDIT is yours.')
    }
  })

  test('for those who were in the server in Discord before it, is shared by whoever had joined by then', async () => {
    const { dana, channel, server } = await people()
    const [finn, gus] = ['finn', 'gus'].map((username) => discord.user({ username }))
    if (!finn || !gus) throw new Error('nobody')
    server.join(finn)
    server.join(gus)
    const terms = { amount: '10', count: '3', draw: 'equal', takers: 'before' }
    const { message } = await dana.slash(channel, 'red', terms).answer()
    expect(message.text).toContain('Only for those who were in this group before it.')
    server.leave(gus)
    server.join(gus)
    const said = async (who: DiscordPerson) => {
      const answer = await who.taps(message, 'Collect').answer()
      return (await discord.until(() => answer.followUps[0]))?.text
    }
    expect(await said(finn)).toMatch(/^3\.3\d CREDIT/)
    expect(await said(gus)).toContain('the next one is for you, too.')
  })

  test('that opens by words: they are told to its sender alone, and whoever types them in the other messenger has it', async () => {
    const { client, tom, group, dana, channel, balances } = await people()
    const card = await telegram.card(group, () => tom.says(group, '/send 20 phrase cinema'))
    expect(card.text).toContain('Opens by words')
    expect(card.keyboard.flat().map(({ text }) => text)).toEqual(['Open link', 'Cancel'])
    const toldTo = (words: string) =>
      telegram.fake.until(() => telegram.fake.messages(tom.chat).find(({ text }) => text?.includes(words)))
    const told = await toldTo('These open 20.00 CREDIT')
    const words = told.text.split('\n').at(-1) ?? ''
    expect(telegram.fake.messages(group).some(({ text }) => text?.includes(words))).toBe(false)
    await tom.taps(told, 'The words alone')
    await telegram.fake.until(() => told.text === words)
    dana.dm(`${words.toUpperCase()}!`)
    await heard(dana, `20.00 CREDIT from ${tomInDiscord(tom)} is yours.`)
    await telegram.reads(card, 'Dana (Discord: dana) has collected it')
    expect(await balances()).toEqual(['80.00', '120.00'])

    const made = await dana.slash(channel, 'red', { amount: '9', count: '3', phrase: 'here' }).answer()
    expect([made.ephemeral, made.message.text.includes('in this group only')]).toEqual([false, true])
    const whispered = await discord.until(() =>
      discord.messages(channel).find(({ lines }) => lines[0]?.includes('These open 9.00 CREDIT')),
    )
    expect(whispered?.ephemeral).toBe(true)
    const theirs = whispered?.content.split('\n').at(-1) ?? ''
    const elsewhere = await telegram.answer(tom.chat, () => tom.says(tom.chat, theirs))
    expect(elsewhere.text).toContain('Nothing opens by these words.')
    const own = await dana.slash(channel, 'collect', { code: theirs }).answer()
    expect(own.message).toMatchObject({ ephemeral: true, content: expect.stringContaining('your own') })
    const weak = await telegram.answer(tom.chat, () => tom.says(tom.chat, '/send 20 phrase: happy birthday'))
    expect(weak.text).toContain('too easy to guess for 20.00 CREDIT. It takes 2 words')
    const chosen = await telegram.answer(tom.chat, () => tom.says(tom.chat, '/send 20 phrase: purple walrus'))
    expect(chosen.text).toContain('Opens by words')
    const shown = await telegram.answer(group, () => tom.says(group, '/send 20 phrase: purple walruses'))
    expect(shown.text).toContain('Everybody here has read these words now.')
    expect(await client.balance(inDiscord(dana))).toBe('111.00')
  })

  test('is given back in Telegram, and the card and the sender in Discord are told', async () => {
    const { tom, dana, channel, balances } = await people()
    const sent = await dana.slash(channel, 'send', { amount: '20', note: 'cake' }).answer()
    const code = /\/c\/([\w-]{30,31})$/m.exec(sent.message.text)?.[1] ?? ''
    await telegram.answer(tom.chat, () => tom.says(tom.chat, `/collect ${code}`))
    const notice = await telegram.fake.until(() =>
      telegram.fake
        .messages(tom.chat)
        .find(({ text }) => text?.includes('You received') && text.includes('cake')),
    )
    expect((await tom.taps(notice, 'Give back')).text).toBe(
      '↩️ 20.00 CREDIT is back with Dana (Discord: dana).',
    )
    await heard(dana, `↩️ ${tomInDiscord(tom)} has given back 20.00 CREDIT (cake). It is yours again.`)
    await discord.until(() =>
      sent.message.lines.includes(`↩️ ${tomInDiscord(tom)} had collected it, and has given it back.`),
    )
    expect(await balances()).toEqual(['100.00', '100.00'])
  })

  test('takes somebody in Telegram and somebody elsewhere for two, whatever their numbers and names', async () => {
    const { client, group } = await people()
    const ada = await telegram.person('Ada')
    const twin = { ...inTelegram(ada), messenger: 'shop', handle: ada.json.username ?? null, name: 'Ada' }
    await client.issue(twin, '5')
    expect([await telegram.balance(ada), await client.balance(twin)]).toEqual(['100.00', '5.00'])
    const card = await telegram.card(group, () => ada.says(group, '/send 1'))
    const { code } = await client.transfer(transferOf(card))
    await client.collect(code, twin)
    expect([await telegram.balance(ada), await client.balance(twin)]).toEqual(['99.00', '6.00'])
    const named = await client.send(twin, '1', { to: inTelegram(ada) })
    await expect(client.collect(named.code, twin)).rejects.toMatchObject({ code: 'own_transfer' })
    await client.collect(named.code, inTelegram(ada))
  })
})
