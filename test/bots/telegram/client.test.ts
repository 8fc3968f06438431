import { setTimeout as sleep } from 'node:timers/promises'
import qrcode from 'qrcode'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Undeliverable } from '../../../bots/messenger.ts'
import { createClient } from '../../../bots/telegram/client.ts'
import { type FakeTelegram, type Person, startFakeTelegram } from '../../support/telegram/index.ts'

describe('The client of the Bot API', () => {
  async function connect() {
    const fake = await startFakeTelegram()
    const moves: string[] = []
    const client = createClient({ token: fake.token, apiRoot: fake.url }, async (from, to) => {
      moves.push(`${from} > ${to}`)
    })
    onTestFinished(async () => {
      client.stop()
      await fake.stop()
      expect([...fake.breaches, ...fake.floods]).toEqual([])
    })
    return { fake, client, moves }
  }
  const person = (fake: FakeTelegram): Person => {
    const ada = fake.user({ first_name: 'Ada' })
    ada.starts()
    return ada
  }
  const textsIn = (fake: FakeTelegram, chat: Person['chat']) => fake.messages(chat).map(({ text }) => text)

  test(`uploads a picture on Node ${process.version}, byte for byte`, async () => {
    const { fake, client } = await connect()
    const ada = person(fake)
    const picture = await qrcode.toBuffer('https://pass.example.org/c/AAAAAAAAAAAAAAAAAAAAAA')
    const photo = new Blob([new Uint8Array(picture)], { type: 'image/png' })
    const reply_markup = { inline_keyboard: [[{ text: 'Collect', callback_data: 'x' }]] }
    await client.call('sendPhoto', {
      chat_id: ada.id,
      photo,
      caption: 'ä\nb',
      parse_mode: 'HTML',
      reply_markup,
    })
    const [, card] = fake.messages(ada.chat)
    expect(card?.photo?.equals(picture)).toBe(true)
    expect([card?.text, card?.buttons]).toEqual(['ä\nb', [['Collect']]])
  })

  test('makes the last alone of several edits that wait, and tells all who asked', async () => {
    const { fake, client } = await connect()
    const ada = person(fake)
    const { message_id } = await client.call<{ message_id: number }>('sendMessage', {
      chat_id: ada.id,
      text: '0',
    })
    const edit = (text: string) => client.call('editMessageText', { chat_id: ada.id, message_id, text })
    fake.failNext('editMessageText', { delayMs: 200 })
    const edits = ['1', '2', '3', '4', '5'].map(edit)
    await Promise.all(edits)
    expect(textsIn(fake, ada.chat).at(-1)).toBe('5')
    expect(fake.callsOf('editMessageText').map(({ params }) => params.text)).toEqual(['1', '5'])
    await edit('6')
    expect(textsIn(fake, ada.chat).at(-1)).toBe('6')
  })

  test('lets no older state of a message overtake a newer one, even when it has to try again', async () => {
    const { fake, client } = await connect()
    const ada = person(fake)
    const { message_id } = await client.call<{ message_id: number }>('sendMessage', {
      chat_id: ada.id,
      text: '0',
    })
    const edit = (text: string) => client.call('editMessageText', { chat_id: ada.id, message_id, text })
    fake.failNext('editMessageText', { status: 429, parameters: { retry_after: 1 } })
    const older = edit('older')
    await fake.until(() => fake.callsOf('editMessageText').length === 1)
    await Promise.all([older, edit('newer')])
    expect(textsIn(fake, ada.chat).at(-1)).toBe('newer')
  })

  test('rests in a chat for as long as Telegram asks, and not in others', async () => {
    const { fake, client } = await connect()
    const [ada, ben] = [person(fake), person(fake)]
    const say = (to: Person, text: string) => client.call('sendMessage', { chat_id: to.id, text })
    fake.failNext('sendMessage', { status: 429, parameters: { retry_after: 2 } })
    const began = Date.now()
    const sent = [say(ada, 'first'), say(ada, 'second')]
    await fake.until(() => fake.callsOf('sendMessage').length === 1)
    await say(ben, 'hello')
    expect(textsIn(fake, ada.chat)).toEqual(['/start'])
    await Promise.all(sent)
    expect(textsIn(fake, ada.chat)).toEqual(['/start', 'first', 'second'])
    const toAda = fake.callsOf('sendMessage').filter(({ params }) => params.chat_id === ada.id)
    expect(toAda[1]?.at).toBeGreaterThanOrEqual(began + 2000)
  })

  test('writes no more than 30 messages a second, answers before what merely changes', async () => {
    const { fake, client } = await connect()
    const people = Array.from({ length: 70 }, () => person(fake))
    const say = ({ id }: Person) =>
      client.call<{ message_id: number }>('sendMessage', { chat_id: id, text: 'x' })
    const [ada, ...others] = people as [Person, ...Person[]]
    const { message_id } = await say(ada)
    const first = others.slice(0, 40).map(say)
    const edit = client.call('editMessageText', { chat_id: ada.id, message_id, text: 'y' })
    await Promise.all([...first, edit, ...others.slice(40).map(say)])
    for (const { chat } of others) expect(fake.messages(chat)).toHaveLength(2)
    const methods = fake.calls.map(({ method }) => method)
    expect([methods.length, methods.at(-1)]).toEqual([71, 'editMessageText'])
  })

  test('writes no more than 20 messages a minute into a group, which holds up no other chat', async () => {
    const { fake, client } = await connect()
    const [group, other] = [fake.group(), fake.group()]
    const say = (text: string, to = group) =>
      client.call<{ message_id: number }>('sendMessage', { chat_id: to.id, text })
    const { message_id } = await say('card')
    const answers = Array.from({ length: 25 }, (_, i) => say(String(i)))
    const edit = client.call('editMessageText', { chat_id: group.id, message_id, text: 'changed' })
    const outcomes = Promise.allSettled([...answers, edit])
    await say('elsewhere', other)
    await fake.until(() => fake.messages(group).length === 20)
    await sleep(300)
    expect(fake.calls.filter(({ params }) => params.chat_id === group.id)).toHaveLength(20)
    client.stop()
    expect((await outcomes).filter(({ status }) => status === 'fulfilled')).toHaveLength(19)
  })

  test('takes "not modified" for done, and tells what is of no use from what passes', async () => {
    const { fake, client } = await connect()
    const [ada, ben] = [person(fake), person(fake)]
    const { message_id } = await client.call<{ message_id: number }>('sendMessage', {
      chat_id: ada.id,
      text: 'x',
    })
    expect(await client.call('editMessageText', { chat_id: ada.id, message_id, text: 'x' })).toBe(true)
    fake.failNext('sendMessage', { status: 502 })
    fake.failNext('sendMessage', { dropConnection: true })
    await client.call('sendMessage', { chat_id: ada.id, text: 'y' })
    expect(textsIn(fake, ada.chat)).toEqual(['/start', 'x', 'y'])
    ben.blocks()
    const gone = { chat_id: ada.id, message_id: 1, text: 'z' }
    for (const call of [
      client.call('sendMessage', { chat_id: ben.id, text: 'x' }),
      client.call('editMessageText', gone),
      client.call('sendMessage', { chat_id: fake.user({ first_name: 'Eve' }).id, text: 'x' }),
    ])
      await expect(call).rejects.toThrow(Undeliverable)
    fake.failNext('sendMessage', { status: 401 })
    const unauthorized = client.call('sendMessage', { chat_id: ada.id, text: 'x' })
    await expect(unauthorized).rejects.not.toThrow(Undeliverable)
    expect(fake.callsOf('sendMessage').filter(({ params }) => params.chat_id === ben.id)).toHaveLength(1)
  })

  test('follows a group that has moved with what is new, and leaves its old messages', async () => {
    const { fake, client, moves } = await connect()
    const old = fake.group({ type: 'group', creator: person(fake) })
    const { message_id } = await client.call<{ message_id: number }>('sendMessage', {
      chat_id: old.id,
      text: 'x',
    })
    const group = fake.migrate(old)
    const edit = client.call('editMessageText', { chat_id: old.id, message_id, text: 'y' })
    await expect(edit).rejects.toThrow(Undeliverable)
    expect(fake.callsOf('editMessageText').some(({ params }) => params.chat_id === group.id)).toBe(false)
    const reply_parameters = { message_id }
    await client.call('sendMessage', { chat_id: old.id, text: 'z', reply_parameters })
    expect(textsIn(fake, group)).toEqual(['z'])
    expect(new Set(moves)).toEqual(new Set([`${old.id} > ${group.id}`]))
  })

  test('lets go of what waits when it is stopped', async () => {
    const { fake, client } = await connect()
    const ada = person(fake)
    fake.failNext('sendMessage', { status: 429, parameters: { retry_after: 60 } })
    const sent = [1, 2].map((i) => client.call('sendMessage', { chat_id: ada.id, text: String(i) }))
    await fake.until(() => fake.callsOf('sendMessage').length === 1)
    client.stop()
    for (const { status } of await Promise.allSettled(sent)) expect(status).toBe('rejected')
    await expect(client.call('sendMessage', { chat_id: ada.id, text: '3' })).rejects.toThrow()
  })
})
