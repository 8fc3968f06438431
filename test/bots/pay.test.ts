import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { PayoutView } from '../../src/payouts/view.ts'
import { identityOf as inDiscord } from '../support/discord/club.ts'
import { type FakeDiscord, type SeenMessage, startFakeDiscord } from '../support/discord/index.ts'
import { noted, openPlayground, said } from '../support/playground.ts'
import { type Club, called, identityOf, openClub } from '../support/telegram/club.ts'
import type { Chat, Message, Person } from '../support/telegram/index.ts'

describe('A treasury in the chat', () => {
  let discord: FakeDiscord
  let club: Club
  let ada: Person
  let ben: Person
  let group: Chat

  beforeAll(async () => {
    discord = await startFakeDiscord()
    club = await openClub('polling', {
      roles: 'api,worker,telegram,discord',
      environment: { DISCORD_BOT_TOKEN: discord.token, DISCORD_API_ROOT: discord.url },
    })
    await discord.until(() => discord.commands.length > 0)
    ;({ ada, ben, group } = await club.pair())
    await club.answer(group, () => ada.says(group, '/send 50 @treasury'))
  })
  afterAll(async () => {
    await club?.close()
    await discord?.stop()
  })
  afterEach(() => expect([...discord.breaches, ...club.fake.breaches, ...club.errors()]).toEqual([]))

  const treasury = async () => {
    const path = `/v1/groups/telegram/${group.id}/treasury`
    const { balances } = await club.service.client.get<{ balances: { amount: string }[] }>(path)
    return balances[0]?.amount
  }
  const rows = ({ keyboard }: Message) => keyboard.map((row) => row.map(({ text }) => text))

  test('has at once what anybody sends to it, and the card says so', async () => {
    const before = Number(await treasury())
    const card = await club.answer(group, () => ben.says(group, '/send 5 @treasury paint'))
    expect(card.text.split('\n')).toEqual([
      '5.00 CREDIT',
      `${called(ben)} → Treasury of Lunch club`,
      'paint',
      '✅ It is in the treasury.',
    ])
    expect(card.keyboard).toEqual([])
    expect(Number(await treasury())).toBe(before + 5)
    const chinese = await club.answer(group, () => ben.says(group, '/send 1 @金库'))
    expect(chinese.text).toContain('Treasury of Lunch club')
  })

  test('is told to admins with their own balance, in private, and to nobody else', async () => {
    const whispered = await club.answer(ada.chat, () => ada.says(group, '/balance'))
    expect(whispered.text).toContain(`50.00 CREDIT`)
    expect(whispered.text).toContain(`\nTreasury of Lunch club: ${await treasury()} CREDIT`)
    const own = await club.answer(ben.chat, () => ben.says(group, '/balance'))
    expect(own.text).not.toContain('Treasury')
    const pointers = () => club.fake.messages(group).filter(({ text }) => text === 'Sent to you privately.')
    await club.fake.until(() => pointers().length === 2)
  })

  test('pays by an admin, with a card as any transfer has it, and whoever collects it reads where it came from', async () => {
    const card = await club.card(group, () => ada.says(group, `/pay 20 @${ben.json.username} for the room`))
    expect(card.text).toContain(`Treasury of Lunch club → @${ben.json.username}`)
    expect(card.text).toContain('for the room')
    expect(rows(card)).toEqual([['Collect'], ['Open link', 'Cancel', 'Decline']])
    const before = Number(await club.balance(ben))
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    expect(Number(await club.balance(ben))).toBeCloseTo(before + 20)
    await club.fake.until(() =>
      club.fake
        .messages(ben.chat)
        .some(
          ({ text }) =>
            text === '💰 You received 20.00 CREDIT from the treasury of Lunch club (for the room).',
        ),
    )
  })

  test('what waits of it is shown to its admins by /waiting in the group, who remind of it and give it more time', async () => {
    // Telegram lets a bot write to one group only so often.
    const group = club.fake.group({ creator: ada, members: [ben] })
    await club.answer(group, () => ada.says(group, '/send 3 @treasury'))
    const card = await club.card(group, () => ada.says(group, `/pay 3 @${ben.json.username} for tea`))
    const waiting = await club.answer(ada.chat, () => ada.says(group, '/waiting'))
    expect(waiting.text).toContain(`3.00 CREDIT · Treasury of Lunch club → @${ben.json.username}`)
    expect(rows(waiting)).toEqual([['Remind', 'More time'], ['New code'], ['Cancel']])
    expect((await ada.taps(waiting, 'Remind')).text).toContain(`@${ben.json.username}`)
    await club.fake.until(() =>
      club.fake.messages(ben.chat).some(({ text }) => text.includes('🔔 Treasury of Lunch club reminds you')),
    )
    const before = waiting.text
    expect((await ada.taps(waiting, 'More time')).text).toBeTruthy()
    const after = await club.fake.until(() =>
      club.fake.messages(ada.chat).find(({ id, text }) => id === waiting.id && text !== before),
    )
    expect(after.text).toContain('3.00 CREDIT · Treasury')
    const bens = await club.answer(group, () => ben.says(group, '/waiting'))
    expect(bens.text).toBe('Nothing of yours is waiting to be collected.')
    await ada.taps(card, 'Cancel')
  })

  test('is cancelled by an admin, and not by the one it is for', async () => {
    const card = await club.card(group, () => ada.says(group, `/pay 2 @${ben.json.username}`))
    const before = Number(await treasury())
    expect((await ben.taps(card, 'Cancel')).text).toContain('admins')
    expect((await ada.taps(card, 'Cancel')).text).toBe('Cancelled. 2.00 CREDIT is back in the treasury.')
    expect(Number(await treasury())).toBe(before + 2)
  })

  test.each([
    ['somebody who is no admin', () => ben, () => group, '/pay 1 @x', 'Only admins pay out of the treasury.'],
    ['/pay in private', () => ada, () => ada.chat, '/pay 1 @x', 'Write /pay in your group'],
    ['/pay for nobody', () => ada, () => group, '/pay 1 tea', 'Whom shall the treasury pay?'],
    ['@treasury in private', () => ada, () => ada.chat, '/send 1 @treasury', 'Which group’s treasury?'],
    ['more than there is', () => ada, () => group, '/pay 1999 @somebody', 'The treasury has'],
  ])('asks back where it is %s', async (_, who, chat, words, expected) => {
    const answer = await club.answer(chat(), () => who().says(chat(), words))
    expect(answer.text).toContain(expected)
  })

  test('waits for two admins’ taps, one in each messenger, and can be collected then and not before', async () => {
    const { client } = club.service
    const dana = discord.user({ username: 'dana', global_name: 'Dana' })
    const server = discord.guild({ name: 'Club', owner: dana })
    await client.issue(inDiscord(dana), '10')
    await dana.slash(server.channel(), 'send', { amount: '1' }).answer()
    const col = await club.person('Col')
    group.add(col, 'administrator')
    // The two chats are one community's.
    await club.database(sql`
      update groups set merged_into = (select group_id from chats where messenger = 'telegram' and id = ${String(group.id)})
      where id = (select group_id from chats where messenger = 'discord')`)
    const rules = { approvals: { CREDIT: { above: '10.00', needs: 2 } } }
    const saved = await client.call('PUT', `/v1/groups/telegram/${group.id}/rules`, {
      by: identityOf(ada),
      rules,
    })
    expect(saved.status).toBeLessThan(300)

    const card = await club.answer(group, () => ada.says(group, `/pay 15 @${ben.json.username}`))
    expect(card.text).toContain(`⏳ ${called(ada)} asks for it. Admins have to approve it: 0 of 2 so far.`)
    expect(rows(card)).toEqual([['Approve'], ['Cancel']])
    expect((await ben.taps(card, 'Approve')).text).toContain('admins')
    expect((await ada.taps(card, 'Approve')).text).toContain('You asked for it yourself')

    const elsewhere = (await discord.until(() =>
      discord.messages(server.channel()).find(({ text }) => text.includes('Admins have to approve it')),
    )) as SeenMessage
    const tap = await dana.taps(elsewhere, 'Approve').answer()
    const told = await discord.until(() => tap.followUps[0]?.text)
    expect(told).toContain('1 of 2 so far')
    await club.reads(card, '1 of 2 so far (Dana (Discord: dana)).')
    expect(club.fake.messages(ben.chat).some(({ text }) => text.includes('15.00'))).toBe(false)

    expect((await col.taps(card, 'Approve')).text).toBe('Approved: now it can be collected.')
    await club.fake.until(() => rows(card)[0]?.[0] === 'Collect')
    const labels = () =>
      discord.messages(server.channel()).flatMap(({ buttons }) => buttons.map(({ label }) => label))
    await discord.until(() => labels().includes('Collect') && !labels().includes('Approve'))
    await club.fake.until(() => club.fake.messages(ben.chat).some(({ text }) => text.includes('15.00')))
    expect((await ben.taps(card, 'Collect')).text).toBe('15.00 CREDIT is yours.')
  })

  test('pays many by one card, on which each collects their own', async () => {
    const { client } = club.service
    const eve = await club.person('Eve')
    // Telegram lets a bot write to one group only so often.
    const group = club.fake.group({ creator: ada, members: [ben, eve] })
    await club.answer(group, () => ada.says(group, '/send 10 @treasury'))
    const asked = {
      by: identityOf(ada),
      items: [ben, eve].map((one) => ({ to: identityOf(one), amount: '2' })),
      note: 'thanks',
    }
    const posted = await club.answer(group, () =>
      client.post<{ payout: PayoutView }>(`/v1/groups/telegram/${group.id}/payouts`, asked),
    )
    expect(posted.text.split('\n').slice(0, 5)).toEqual([
      '4.00 CREDIT',
      'Treasury of Lunch club → 2 people',
      'thanks',
      'Are you on the list? Tap Collect my share.',
      '0 of 2 have collected.',
    ])
    expect((await ben.taps(posted, 'Collect my share')).text).toBe('2.00 CREDIT is yours.')
    await club.reads(posted, '1 of 2 have collected.')
    expect((await ada.taps(posted, 'Collect my share')).text).toBe('It is for somebody else.')
    expect((await ben.taps(posted, 'Collect my share')).text).toContain('already')
    expect((await eve.taps(posted, 'Collect my share')).text).toBe('2.00 CREDIT is yours.')
    await club.reads(posted, '2 of 2 have collected.')
    expect(posted.keyboard).toEqual([])
  })

  test('takes back what nobody has collected of a payout, by a tap of an admin', async () => {
    const { client } = club.service
    const eve = await club.person('Eve')
    const group = club.fake.group({ creator: ada, members: [ben, eve] })
    await club.answer(group, () => ada.says(group, '/send 10 @treasury'))
    const items = [ben, eve].map((one) => ({ to: identityOf(one), amount: '2' }))
    const posted = await club.answer(group, () =>
      client.post(`/v1/groups/telegram/${group.id}/payouts`, { by: identityOf(ada), items }),
    )
    await ben.taps(posted, 'Collect my share')
    expect((await eve.taps(posted, 'Cancel')).text).toContain('admins')
    expect((await ada.taps(posted, 'Cancel')).text).toContain('is back in the treasury')
    await club.reads(posted, '1 of 2 have collected. The rest is back in the treasury.')
  })
})

test('a treasury in the playground: given to, paid from, and cancelled by its admin alone', async () => {
  const playground = await openPlayground()
  const follower = await playground.follow()
  try {
    await follower.until(({ balances }) => balances.ada === '100.00')
    await playground.say('ben', '/send 30 @treasury for cake')
    expect(await follower.until(noted('for cake'))).toMatchObject({
      card: { title: 'Ben (@ben) → Treasury of Lunch club', status: '✅ It is in the treasury.' },
    })
    await playground.say('ada', '/pay 12 @chen the room')
    const card = await follower.until(noted('the room'))
    expect(card).toMatchObject({ card: { title: 'Treasury of Lunch club → 陈晨 (@chen)', hasCode: true } })
    expect(await playground.press('chen', card, 'cancel')).toContain('管理员')
    expect(await playground.press('ada', card, 'cancel')).toContain('back in the treasury')
    await playground.say('ben', '/pay 1 @chen')
    await follower.until(said('Only admins pay out of the treasury'))
  } finally {
    follower.leave()
    await playground.close()
  }
})
