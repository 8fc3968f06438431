// The official client library against the fake: a person who uses it, and the bot's own calls made by it.
import { createClient, EventTimeline, MsgType, Preset, RoomEvent } from 'matrix-js-sdk'
import { logger } from 'matrix-js-sdk/lib/logger.js'
import { expect, onTestFinished, test } from 'vitest'
import { openClub } from './club.ts'
import { startFakeMatrix, type User } from './index.ts'

// It says to the console all that it does.
;(logger as unknown as { disableAll(): void }).disableAll()

const connect = (baseUrl: string, { id, token }: User) =>
  createClient({ baseUrl, accessToken: token, userId: id })

test('a person with the official client sees the card, types its number, and sees it change', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const { ada, ben, group } = await club.pair()
  const client = connect(fake.url, ada)
  await client.startClient()
  onTestFinished(() => client.stopClient())
  const room = await fake.until(() => client.getRoom(group.id))
  expect(room.name).toBe('Lunch club')
  await client.sendTextMessage(group.id, '!send 20 lunch')
  const shown = () => room.getLiveTimeline().getEvents()
  const card = await fake.until(() => shown().find((event) => event.getContent().msgtype === MsgType.Image))
  expect(card.getContent().body).toContain('“lunch”')
  const [, number] = /^\/(\d+) – Collect/m.exec(card.getContent().body) ?? []
  const theirs = connect(fake.url, ben)
  await theirs.sendTextMessage(group.id, `!${number}`)
  await fake.until(() => card.getContent().body.includes('✅'))
  expect(card.getContent().msgtype).toBe(MsgType.Text)
  // In private, by a room that the client makes.
  const { room_id } = await client.createRoom({
    preset: Preset.TrustedPrivateChat,
    is_direct: true,
    invite: [fake.bot.id],
  })
  const heard: string[] = []
  client.on(RoomEvent.Timeline, (event) => {
    if (event.getRoomId() === room_id && event.getSender() === fake.bot.id)
      heard.push(String(event.getContent().body))
  })
  await client.sendTextMessage(room_id, 'balance')
  await fake.until(() => heard.find((text) => text.includes('80.00 CREDIT')))
  expect(fake.breaches).toEqual([])
})

test('what the bot asks, the official client asks and understands the same way', async () => {
  const fake = await startFakeMatrix()
  onTestFinished(() => fake.stop())
  const ada = fake.user('Ada')
  const bot = connect(fake.url, fake.bot)
  expect(await bot.whoami()).toMatchObject({ user_id: fake.bot.id })
  expect(await bot.getProfileInfo(ada.id, 'displayname')).toEqual({ displayname: 'Ada' })
  const group = fake.world.room(ada, { name: 'Lunch club' })
  fake.invites(ada, group)
  await bot.joinRoom(group.id)
  const { event_id } = await bot.sendTextMessage(group.id, 'hi', undefined)
  expect((await bot.fetchRoomEvent(group.id, event_id)).content).toMatchObject({ body: 'hi' })
  expect(await bot.getStateEvent(group.id, 'm.room.name', '')).toEqual({ name: 'Lunch club' })
  await expect(bot.getStateEvent(group.id, 'm.room.topic', '')).rejects.toMatchObject({ httpStatus: 404 })
  const { chunk } = await bot.members(group.id, undefined, 'leave')
  expect(chunk?.map(({ state_key }) => state_key).toSorted()).toEqual([ada.id, fake.bot.id].toSorted())
  await bot.setAccountDataRaw('m.direct' as never, { [ada.id]: [group.id] } as never)
  expect(await bot.getAccountDataFromServer('m.direct' as never)).toEqual({ [ada.id]: [group.id] })
  await bot.sendTyping(group.id, true, 10_000)
  const { content_uri } = await bot.uploadContent(new Blob(['x'], { type: 'image/png' }))
  expect(content_uri).toMatch(/^mxc:/)
  const page = await bot.createMessagesRequest(group.id, null, 2, EventTimeline.BACKWARDS)
  expect(page.chunk.map(({ type }) => type)).toEqual(['m.room.message', 'm.room.member'])
  // The same transaction is sent once.
  const send = () =>
    bot.sendEvent(group.id, 'm.room.message' as never, { msgtype: 'm.text', body: 'x' } as never, 'one')
  expect((await send()).event_id).toBe((await send()).event_id)
  fake.faults.tooMany.set('whoami', 1)
  await expect(bot.whoami()).rejects.toMatchObject({ errcode: 'M_LIMIT_EXCEEDED' })
  await bot.leave(group.id)
  await expect(bot.sendTextMessage(group.id, 'hi')).rejects.toMatchObject({ errcode: 'M_FORBIDDEN' })
  const stranger = connect(fake.url, { ...ada, token: 'another' })
  await expect(stranger.whoami()).rejects.toMatchObject({ errcode: 'M_UNKNOWN_TOKEN' })
})
