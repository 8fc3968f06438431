import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, identityOf, openClub } from '../../support/feishu/club.ts'
import { transferOf } from '../../support/telegram/club.ts'
import { type FakeTelegram, startFakeTelegram } from '../../support/telegram/index.ts'

describe('Feishu along with another messenger', () => {
  let telegram: FakeTelegram
  let club: Club
  beforeAll(async () => {
    telegram = await startFakeTelegram()
    club = await openClub({
      roles: 'api,worker,feishu,telegram',
      environment: {
        TELEGRAM_BOT_TOKEN: telegram.token,
        TELEGRAM_API_ROOT: telegram.url,
      },
    })
    await telegram.until(() => telegram.callsOf('getUpdates').length > 0)
  })
  afterAll(async () => {
    await club?.close()
    await telegram?.stop()
  })
  afterEach(() => {
    const { breaches, floods } = club.fake
    expect([...breaches, ...floods, ...telegram.breaches, ...club.errors()]).toEqual([])
  })

  /** Somebody in Telegram with 100 CREDIT. */
  async function tomInTelegram() {
    const tom = telegram.user({ first_name: 'Tom', username: 'tom', language_code: 'en' })
    tom.starts()
    await telegram.until(() => telegram.messages(tom.chat).length > 1)
    const identity = { messenger: 'telegram', id: String(tom.id) }
    await club.service.client.issue({ ...identity, name: 'Tom', handle: 'tom' }, '100')
    return { tom, identity }
  }

  test('made in Telegram is collected in Feishu by its link, and the card in Telegram says who has it', async () => {
    const ada = await club.person('陈晨')
    const { tom } = await tomInTelegram()
    const group = telegram.group({ creator: tom })
    tom.says(group, '/send 20 lunch')
    const card = await telegram.until(() => telegram.messages(group).find(({ photo }) => photo))
    const { link } = await club.service.client.transfer(transferOf(card))
    const chat = club.fake.privateChat(ada)
    const shown = await club.card(chat, () => club.fake.says(ada, chat, link))
    expect(shown.text).toContain('Tom (Telegram: tom)')
    expect(await club.fake.taps(ada, shown, '领取')).toBe('20.00 CREDIT 已到账。')
    await telegram.until(() => card.text.includes(`陈晨 (Feishu: #${ada.openId}) has collected it`))
    expect(await club.balance(ada)).toBe('120.00')
  })

  test('two who are linked are one person in both', async () => {
    const ada = await club.person('陈晨')
    const { identity } = await tomInTelegram()
    await club.service.client.link(identityOf(ada), identity)
    const chat = club.fake.privateChat(ada)
    await club.fake.says(ada, chat, '余额')
    await club.fake.until(() => club.fake.texts(chat).some((text) => text.includes('200.00 CREDIT')))
  })
})
