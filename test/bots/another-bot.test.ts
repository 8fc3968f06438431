import type { Message } from 'telegraf/types'
import { expect, onTestFinished, test } from 'vitest'
import { commandInMessage } from '../../bots/telegram/messages.ts'
import { PUBLIC_URL, startTestService } from '../support/service.ts'
import { type Club, cardsOf, openClub, transferOf } from '../support/telegram/club.ts'
import { type Chat, type FakeTelegram, startFakeTelegram } from '../support/telegram/index.ts'

const botsIn = (fake: FakeTelegram, chat: Chat) =>
  fake.messages(chat).filter(({ from }) => from.id === fake.bot.id)

/** Telegram as another bot sees it: the same people, whose private messages it counts anew. */
async function openOther() {
  const fake = await startFakeTelegram({ botId: 7_000_000_002, username: 'other_bot' })
  onTestFinished(async () => {
    await fake.stop()
    expect([...fake.breaches, ...fake.floods]).toEqual([])
  })
  return fake
}

/** A service on the books of one that has ended, with the bot of a Telegram. */
async function serve({ service: { database, secretKey } }: Club, fake: FakeTelegram) {
  const polls = fake.callsOf('getUpdates').length
  const service = await startTestService({
    roles: 'api,worker,telegram',
    database,
    secretKey,
    environment: { TELEGRAM_BOT_TOKEN: fake.token, TELEGRAM_API_ROOT: fake.url, PUBLIC_URL },
  })
  onTestFinished(service.close)
  await fake.until(() => fake.callsOf('getUpdates').length > polls)
  return service
}

test('where the token is another bot’s, it answers under numbers that the former bot has used, and draws none of its cards', async () => {
  const club = await openClub('polling')
  onTestFinished(() => club.close())
  const ada = await club.person('Ada')
  const formerCard = await club.card(ada.chat, () => ada.says(ada.chat, '/send 20 anyone'))
  const heard = club.fake.messages(ada.chat).findLast(({ text }) => text.startsWith('/send'))
  await club.service.close()

  const other = await openOther()
  const service = await serve(club, other)
  const same = other.user({ ...ada.json, first_name: 'Ada' })
  expect(same.id).toBe(ada.id)
  same.starts()
  await other.until(() => botsIn(other, same.chat).length > 0)
  other.countFrom(heard?.id ?? 0)
  same.says(same.chat, '/send 7 anyone')
  const card = await other.until(() =>
    botsIn(other, same.chat).find(({ text }) => text.includes('7.00 CREDIT')),
  )
  // Telegram gave it the number of the former card.
  expect(card.id).toBe(formerCard.id)
  const noted = await other.until(async () => (await cardsOf(service, transferOf(card)))[0])
  expect(noted).toMatchObject({ chat: String(same.id), message: `7000000002:${card.id}` })

  // The former bot's card is not this one's to draw; its own is.
  const drawn = () => other.calls.filter(({ method }) => method.startsWith('edit')).length
  for (const one of [formerCard, card]) await service.client.cancel(transferOf(one), asPerson(ada))
  await other.until(() => card.text.includes('Cancelled'))
  expect(drawn()).toBe(1)
  expect(formerCard.text).not.toContain('Cancelled')

  // With the former token again its card is found to be out of date when the bot hears of the chat.
  await service.close()
  await serve(club, club.fake)
  ada.says(ada.chat, '/balance')
  await club.reads(formerCard, 'Cancelled')
})

const asPerson = ({ id }: { id: number }) => ({ messenger: 'telegram', id: String(id) })

test('what is said in a supergroup is the same for both bots, as it has one number there; in private it is not', () => {
  const keyIn = (type: string, scope: string) => {
    const from = { id: 5, is_bot: false, first_name: 'Ada' }
    const entities = [{ type: 'bot_command', offset: 0, length: 5 }]
    const message = { message_id: 101, date: 0, chat: { id: 5, type }, from, text: '/help', entities }
    return commandInMessage(message as Message, { username: 'bot', scope })?.invocation.key
  }
  for (const [type, isSame] of [
    ['private', false],
    ['group', false],
    ['supergroup', true],
  ] as const)
    expect(keyIn(type, '') === keyIn(type, '7000000002:')).toBe(isSame)
})
