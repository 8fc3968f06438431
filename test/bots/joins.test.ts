import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { identityOf as inDiscord } from '../support/discord/club.ts'
import { type Person as DiscordPerson, type FakeDiscord, startFakeDiscord } from '../support/discord/index.ts'
import { type Club, openClub } from '../support/telegram/club.ts'
import type { Chat, Person } from '../support/telegram/index.ts'

describe('A chat in Telegram and a server in Discord', () => {
  let discord: FakeDiscord
  let telegram: Club
  beforeAll(async () => {
    discord = await startFakeDiscord()
    telegram = await openClub('polling', {
      roles: 'api,worker,telegram,discord',
      environment: { DISCORD_BOT_TOKEN: discord.token, DISCORD_API_ROOT: discord.url },
    })
    await discord.until(() => discord.commands.length > 0)
  })
  afterAll(async () => {
    await telegram?.close()
    await discord?.stop()
  })
  afterEach(() => expect([...discord.breaches, ...telegram.fake.breaches, ...telegram.errors()]).toEqual([]))

  /** Dana and her server, in which Eve is a member. */
  async function server() {
    const [dana, eve] = ['dana', 'eve'].map((username) => discord.user({ username }))
    if (!dana || !eve) throw new Error('nobody')
    const club = discord.guild({ name: 'Dinner server', owner: dana, members: [eve] })
    await telegram.service.client.issue(inDiscord(dana), '100')
    const says = async (command: string, options = {}, who: DiscordPerson = dana) =>
      (await who.slash(club.channel(), command, options).answer()).message
    return { eve, club, says }
  }

  const codeIn = (text: string) => /\/join (\S+)/.exec(text)?.[1] ?? ''
  const hears = (chat: Chat, by: Person, text: string) =>
    telegram.answer(chat, () => by.says(chat, text)).then((message) => message.text)

  test('have one book by a code that was whispered, and each its own again', async () => {
    const { ada, ben, group } = await telegram.pair()
    const { says } = await server()
    await telegram.card(group, () => ada.says(group, '/send 3 soup'))
    await says('send', { amount: '4', note: 'salad' })

    const whispered = await telegram.answer(ada.chat, () => ada.says(group, '/join'))
    const code = codeIn(whispered.text)
    expect(whispered.text).toContain('once, within ten minutes')
    expect(telegram.fake.messages(group).some(({ text }) => text.includes(code))).toBe(false)

    const joined = await says('join', { invitation: code })
    expect(joined.text).toMatch(/^Joined to Lunch club: one book, with its rules and its treasury\./)
    const both = await says('history')
    expect(both.text).toMatch(/4\.00 CREDIT.*· salad\n.*3\.00 CREDIT.*· soup · in Lunch club\n/)
    expect(both.text).toContain('In all: 7.00 CREDIT waiting (2)')
    const here = await hears(group, ada, '/history')
    expect(here).toMatch(/4\.00 CREDIT.*· salad · in Dinner server\n.*3\.00 CREDIT.*· soup\n/)
    expect(await hears(group, ben, '/part')).toBe('That is for the admins of this group.')
    expect(await hears(group, ada, '/part')).toContain('joined to no other one')
    expect((await says('join', { invitation: code })).text).toContain('was used, is too old, or was mistyped')
    expect((await says('join', { invitation: codeIn((await says('join')).text) })).text).toBe(
      'These two chats have one book already.',
    )

    expect((await says('part')).text).toBe(
      'This chat has its own books again. What is in the treasury of Lunch club stays there.',
    )
    expect((await says('history')).text).not.toContain('soup')
  })

  test('are joined by admins of both alone, in groups alone', async () => {
    const { ada, ben, group } = await telegram.pair()
    const { eve, club, says } = await server()
    expect(await hears(group, ben, '/join')).toBe('That is for the admins of this group.')
    expect(await hears(ada.chat, ada, '/join')).toBe('Write it in a group of which you are an admin.')
    expect(() => eve.slash(club.channel(), 'join')).toThrow('needs the permissions')
    const code = codeIn((await says('join')).text)
    expect(await hears(group, ben, `/join ${code}`)).toBe('That is for the admins of this group.')
    expect(await hears(group, ada, `/join ${code.toLowerCase()}`)).toMatch(/^Joined to Dinner server: /)
  })

  test('keep one book where the group in Telegram becomes a supergroup', async () => {
    const ada = await telegram.person('Ada')
    const old = telegram.fake.group({ type: 'group', creator: ada, title: 'Tea club' })
    const { says } = await server()
    await telegram.card(old, () => ada.says(old, '/send 2 tea'))
    expect(await hears(old, ada, `/join ${codeIn((await says('join')).text)}`)).toContain(
      'Joined to Dinner server',
    )
    const supergroup = telegram.fake.migrate(old)
    await telegram.card(supergroup, () => ada.says(supergroup, '/send 3 cake'))
    expect((await says('history')).text).toMatch(/· cake · in Tea club\n.*· tea · in Tea club\n/)
    expect(await hears(supergroup, ada, '/part')).toContain('its own books again')
    expect(await hears(supergroup, ada, '/history')).toMatch(/· cake\n.*· tea\n/)
  })
})
