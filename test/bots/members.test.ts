import { PermissionFlagsBits } from 'discord.js'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { identityOf as inDiscord } from '../support/discord/club.ts'
import { type FakeDiscord, startFakeDiscord } from '../support/discord/index.ts'
import { openTestCore, type Person, PUBLIC_URL } from '../support/service.ts'
import { type Club, identityOf as inTelegram, openClub } from '../support/telegram/club.ts'
import type { Chat, Message, Person as TelegramPerson } from '../support/telegram/index.ts'

/** The operator: the first who is met in Telegram. */
const OPERATOR = '5000000001'

/** The bots run in one process; the pages are looked at in another. */
let discord: FakeDiscord
let telegram: Club
let olga: TelegramPerson
let pages: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  discord = await startFakeDiscord()
  telegram = await openClub('polling', {
    roles: 'api,worker,telegram,discord',
    operators: [`telegram:${OPERATOR}`],
    environment: { DISCORD_BOT_TOKEN: discord.token, DISCORD_API_ROOT: discord.url },
  })
  await discord.until(() => discord.commands.length > 0)
  const { database, secretKey } = telegram.service
  pages = await openTestCore({ roles: 'api', database, secretKey })
  olga = await telegram.person('Olga')
  expect(olga.id).toBe(Number(OPERATOR))
})
afterAll(async () => {
  await pages?.close()
  await telegram?.close()
  await discord?.stop()
})
afterEach(() => expect([...discord.breaches, ...telegram.fake.breaches]).toEqual([]))

/** Asks as a page does that somebody looks at. */
async function ask(by: Person, chat: { messenger: string; id: string }) {
  const { groups, people, memberships } = pages.core
  const [groupId, { person }] = await Promise.all([groups.meet(chat), people.meet(by)])
  // What was said a moment ago holds; each of these asks anew.
  await telegram.database(sql`update memberships set checked_at = checked_at - interval '2 minutes'`)
  const isAdmin = await memberships.isAdmin(groupId, person).catch((error) => error.code)
  return { isAdmin, isMember: await memberships.isMember(groupId, person) }
}

describe('A messenger in another process is asked', () => {
  test('who is an admin and a member of a group in Telegram', async () => {
    const [ada, ben, cy, dan] = await Promise.all(
      ['Ada', 'Ben', 'Cy', 'Dan'].map((name) => telegram.person(name)),
    )
    if (!(ada && ben && cy && dan)) throw new Error('nobody')
    const group = telegram.fake.group({ creator: ada, members: [ben] })
    const chat = { messenger: 'telegram', id: String(group.id) }
    group.add(cy, 'administrator')
    expect(await ask(inTelegram(ada), chat)).toEqual({ isAdmin: true, isMember: true })
    expect(await ask(inTelegram(cy), chat)).toEqual({ isAdmin: true, isMember: true })
    expect(await ask(inTelegram(ben), chat)).toEqual({ isAdmin: false, isMember: true })
    expect(await ask(inTelegram(dan), chat)).toEqual({ isAdmin: false, isMember: false })
    ben.leaves(group)
    group.add(cy, 'member')
    expect(await ask(inTelegram(ben), chat)).toEqual({ isAdmin: false, isMember: false })
    expect(await ask(inTelegram(cy), chat)).toEqual({ isAdmin: false, isMember: true })
    telegram.fake.kicksBot(group, ada)
    expect(await ask(inTelegram(ada), chat)).toEqual({ isAdmin: 'admins_unknown', isMember: undefined })
  })

  test('who may manage a server in Discord, by its roles, and who is in it', async () => {
    const [ada, ben, cy] = ['ada', 'ben', 'cy'].map((username) => discord.user({ username }))
    if (!(ada && ben && cy)) throw new Error('nobody')
    const club = discord.guild({ name: 'Club', owner: ada, members: [ben] })
    const chat = { messenger: 'discord', id: club.id }
    expect(await ask(inDiscord(ada), chat)).toEqual({ isAdmin: true, isMember: true })
    expect(await ask(inDiscord(ben), chat)).toEqual({ isAdmin: false, isMember: true })
    expect(await ask(inDiscord(cy), chat)).toEqual({ isAdmin: false, isMember: false })
    club.grant(ben, PermissionFlagsBits.ManageGuild)
    expect(await ask(inDiscord(ben), chat)).toEqual({ isAdmin: true, isMember: true })
    club.revoke(ben)
    expect(await ask(inDiscord(ben), chat)).toEqual({ isAdmin: false, isMember: true })
    const elsewhere = discord.guild({ name: 'Elsewhere', owner: ada, botInstalled: false })
    expect(await ask(inDiscord(ada), { messenger: 'discord', id: elsewhere.id })).toEqual({
      isAdmin: 'admins_unknown',
      isMember: undefined,
    })
  })
})

describe('/history gives the link to', () => {
  const linkIn = (message: Message) => message.keyboard.flat().find(({ url }) => url)
  const isLink = expect.stringMatching(new RegExp(`^${PUBLIC_URL}/session/[\\w-]{43}$`))
  /** All that the bot has ever said in a chat. */
  const allIn = (chat: Chat) =>
    JSON.stringify(telegram.fake.messages(chat).map((message) => message.toJson()))

  test('a group’s books to its admins in private, and the core need not ask who they are', async () => {
    const { ada, ben, group } = await telegram.pair()
    const whispered = await telegram.answer(ada.chat, () => ada.says(group, '/history'))
    expect(whispered.text).toContain('good once, for ten minutes')
    expect(linkIn(whispered)).toEqual({ text: 'Open the books', url: isLink })
    await telegram.fake.until(() => telegram.last(group).text.includes('Transfers of this group'))
    const refused = await telegram.answer(group, () => ben.says(group, '/history'))
    expect(refused.text).toContain('Yours is in our private chat: /history')
    expect(allIn(group)).not.toContain('/session/')
    const asked = telegram.fake.callsOf('getChatAdministrators').length
    const { groups, people, memberships } = pages.core
    const groupId = await groups.meet({ messenger: 'telegram', id: String(group.id) })
    const { person } = await people.meet(inTelegram(ada))
    expect(await memberships.isAdmin(groupId, person)).toBe(true)
    expect(await memberships.groupsOf(person)).toEqual([{ id: groupId, title: 'Lunch club' }])
    expect(telegram.fake.callsOf('getChatAdministrators')).toHaveLength(asked)
  })

  test('nobody where it can’t be told in private: the group says how to open that', async () => {
    const eve = await telegram.person('Eve', { started: false })
    const group = telegram.fake.group({ creator: eve })
    eve.says(group, '/history')
    const pointer = await telegram.fake.until(() =>
      telegram.fake.messages(group).find(({ text }) => text.includes('press Start')),
    )
    expect(linkIn(pointer)?.url).toMatch(/^https:\/\/t\.me\/\w+\?start=hello$/)
    expect(allIn(group)).not.toContain('/session/')
  })

  test('no anonymous admin, as whom nobody can be signed in: no answer about them is kept', async () => {
    const { ada, group } = await telegram.pair()
    group.add(ada, 'creator', true)
    const shown = await telegram.answer(group, () => ada.says(group, '/history'))
    expect(shown.text).toMatch(/^Transfers of this group[\s\S]*Write as yourself/)
    expect(allIn(group)).not.toContain('/session/')
    const anonymous = { messenger: 'telegram', id: '1087968824' }
    expect((await ask(anonymous, { messenger: 'telegram', id: String(group.id) })).isAdmin).toBe(false)
  })

  test('one’s own statement in private, and the operators’ pages to operators', async () => {
    const ada = await telegram.person('Ada', { language: 'zh-hans' })
    const mine = await telegram.answer(ada.chat, () => ada.says(ada.chat, '/history'))
    expect(mine.keyboard.flat()).toEqual([{ text: '打开我的账单', url: isLink }])
    const hers = await telegram.answer(olga.chat, () => olga.says(olga.chat, '/history'))
    expect(hers.keyboard.flat()).toEqual([
      { text: 'Open my statement', url: isLink },
      { text: 'Open the operators’ pages', url: isLink },
    ])
  })

  test('a server’s books in Discord, which nobody else reads', async () => {
    const dana = discord.user({ username: 'dana' })
    const club = discord.guild({ name: 'Club', owner: dana })
    const deed = dana.slash(club.channel(), 'history')
    const answer = await deed.answer()
    const told = await discord.until(() => answer.followUps[0])
    expect(told?.ephemeral).toBe(true)
    expect(told?.buttons).toEqual([expect.objectContaining({ label: 'Open the books', url: isLink })])
    expect(answer.message.text).toContain('Transfers of this group')
    expect(JSON.stringify(answer.message)).not.toContain('/session/')
  })

  test('and stands in no line of the log', () => {
    expect(telegram.service.log.join()).not.toContain('/session/')
  })
})
