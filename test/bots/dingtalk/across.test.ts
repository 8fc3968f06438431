import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, identityOf, openClub, transferOf } from '../../support/dingtalk/club.ts'
import { identityOf as inDiscord } from '../../support/discord/club.ts'
import { type FakeDiscord, startFakeDiscord } from '../../support/discord/index.ts'
import { transferOf as transferInTelegram } from '../../support/telegram/club.ts'
import { type FakeTelegram, startFakeTelegram } from '../../support/telegram/index.ts'

describe('A transfer between DingTalk and another messenger', () => {
  let telegram: FakeTelegram
  let discord: FakeDiscord
  let club: Club
  beforeAll(async () => {
    telegram = await startFakeTelegram()
    discord = await startFakeDiscord()
    club = await openClub({
      roles: 'api,worker,dingtalk,telegram,discord',
      environment: {
        TELEGRAM_BOT_TOKEN: telegram.token,
        TELEGRAM_API_ROOT: telegram.url,
        DISCORD_BOT_TOKEN: discord.token,
        DISCORD_API_ROOT: discord.url,
      },
    })
    await telegram.until(() => telegram.callsOf('getUpdates').length > 0)
    await discord.until(() => discord.commands.length > 0)
  })
  afterAll(async () => {
    await club?.close()
    await telegram?.stop()
    await discord?.stop()
  })
  afterEach(() => {
    const { breaches, floods } = club.fake
    expect([...breaches, ...floods, ...telegram.breaches, ...discord.breaches, ...club.errors()]).toEqual([])
  })

  /** Chen with 100 CREDIT in a group in DingTalk. */
  async function chen() {
    const ada = await club.person('陈晨')
    return { ada, group: club.fake.group('午餐俱乐部', [ada]) }
  }
  const madeThere = async () => {
    const { ada, group } = await chen()
    const card = await club.card(group, () => club.fake.says(ada, group, '转账 20 午饭'))
    return { ada, card, code: (await club.service.client.transfer(transferOf(card))).code }
  }
  /** Somebody in Telegram with 100 CREDIT. */
  async function tomInTelegram() {
    const tom = telegram.user({ first_name: 'Tom', username: 'tom', language_code: 'en' })
    tom.starts()
    await telegram.until(() => telegram.messages(tom.chat).length > 1)
    const identity = { messenger: 'telegram', id: String(tom.id) }
    await club.service.client.issue({ ...identity, name: 'Tom', handle: 'tom' }, '100')
    return { tom, identity }
  }

  test('made in DingTalk is collected in Telegram, and the card in DingTalk says who has it', async () => {
    const { ada, card, code } = await madeThere()
    const { tom, identity } = await tomInTelegram()
    tom.says(tom.chat, `/collect ${code}`)
    await club.reads(card, '✅ Tom (Telegram: tom) 已领取。')
    expect([await club.balance(ada), await club.service.client.balance(identity)]).toEqual([
      '80.00',
      '120.00',
    ])
    await club.fake.until(() =>
      club.fake.texts(club.fake.privateChat(ada)).some((text) => text.includes('Tom')),
    )
  })

  test('made in Telegram is collected in DingTalk by its link, and the card in Telegram says who has it', async () => {
    const { ada } = await chen()
    const { tom } = await tomInTelegram()
    const group = telegram.group({ creator: tom })
    tom.says(group, '/send 20 lunch')
    const card = await telegram.until(() => telegram.messages(group).find(({ photo }) => photo))
    const { link } = await club.service.client.transfer(transferInTelegram(card))
    const chat = club.fake.privateChat(ada)
    const shown = await club.card(chat, () => club.fake.says(ada, chat, link))
    expect(shown.text).toContain('Tom (Telegram: tom)')
    expect(await club.fake.taps(ada, shown, '领取')).toBe('20.00 CREDIT 已到账。')
    await telegram.until(() => card.text.includes(`陈晨 (DingTalk: #${ada.userId}) has collected it`))
    expect(await club.balance(ada)).toBe('120.00')
  })

  test('made in DingTalk is collected in Discord, and the other way round', async () => {
    const { ada, card, code } = await madeThere()
    const dana = discord.user({ username: `dana${Date.now() % 100_000}`, global_name: 'Dana' })
    const channel = discord.guild({ name: 'Club', owner: dana }).channel()
    await dana.slash(channel, 'collect', { code }).answer()
    await club.reads(card, 'Dana (Discord: ')
    expect(await club.service.client.balance(inDiscord(dana))).toBe('20.00')

    const sent = await dana.slash(channel, 'send', { amount: '5' }).answer()
    const back = /\/c\/([\w-]{30,31})$/m.exec(sent.message.text)?.[1] ?? ''
    const chat = club.fake.privateChat(ada)
    await club.answer(chat, () => club.fake.says(ada, chat, `领取 ${back}`))
    await discord.until(() => sent.message.text.includes(`#${ada.userId}`))
    expect(await club.balance(ada)).toBe('85.00')
  })

  test('two who are linked are one person in both', async () => {
    const { ada } = await chen()
    const { identity } = await tomInTelegram()
    await club.service.client.link(identityOf(ada), identity)
    const chat = club.fake.privateChat(ada)
    await club.fake.says(ada, chat, '余额')
    await club.fake.until(() => club.fake.texts(chat).some((text) => text.includes('200.00 CREDIT')))
  })
})
