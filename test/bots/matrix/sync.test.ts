import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { texts } from '../../../bots/texts/index.ts'
import { holdLedger } from '../../support/held-ledger.ts'
import { type Club, openClub } from '../../support/matrix/club.ts'

describe('What a homeserver tells the bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect(club.fake.breaches).toEqual([]))

  /** Up to where all is carried out, as the bot's account keeps it. */
  const place = () => {
    const { next_batch: kept = '' } = (club.fake.bot.accountData.get('passalong.sync') ?? {}) as {
      next_batch?: string
    }
    return Number(kept.slice(1))
  }
  const kept = () => club.fake.until(() => place() >= club.fake.world.last())

  test('what is said while it is stopped is done at the next start, once, however much that is', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    await club.card(group, () => fake.says(ada, group, '!send 20'))
    await kept()
    fake.faults.mostTold = 5
    await club.restart(() => {
      for (let i = 0; i < 12; i++) fake.says(i % 2 ? ada : ben, group, '!send 1')
    })
    await fake.until(() => fake.cards(group).length === 13)
    fake.faults.mostTold = 1000
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['74.00', '94.00'])
    await kept()
    await club.restart()
    await club.answer(group, () => fake.says(ada, group, '!help'))
    expect(fake.cards(group)).toHaveLength(13)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['74.00', '94.00'])
  })

  test('what is told again, also to another process, moves nothing and is answered once', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    await kept()
    const before = fake.bot.accountData.get('passalong.sync') as object
    const card = await club.card(group, () => fake.says(ada, group, '!send 20'))
    await club.answer(group, () => fake.says(ben, group, `!${card.numberOf('Collect')}`))
    await club.answer(group, () => fake.says(ben, group, '!help'))
    await fake.until(() => card.text.includes('✅'))
    const said = fake.messages(group).length
    await kept()
    // As if it had died before it could keep the place.
    fake.bot.accountData.set('passalong.sync', before)
    const other = await club.another()
    await kept()
    await club.answer(group, () => fake.says(ada, group, '!balance'))
    await other.close()
    expect(fake.cards(group)).toHaveLength(1)
    expect(fake.messages(group)).toHaveLength(said + 1)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('while the ledger is held the room shows that the answer is on its way, others are heard, and all of it is done once it goes on', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, '!send 20'))
    const release = await holdLedger(club.service.database)
    const held = fake.world.orderOf(fake.says(ada, group, '!send 5'))
    fake.says(ben, group, `!${card.numberOf('Collect')}`)
    await fake.until(() => fake.typing.some(({ room, typing }) => room === group.id && typing))
    const cy = fake.user('Cy')
    const own = await fake.privateChat(cy)
    await club.answer(own, () => fake.says(cy, own, 'help'))
    // The next start would be told of it.
    expect(place()).toBeLessThan(held)
    release()
    await fake.until(() => fake.cards(group)[1])
    await fake.until(() => fake.texts(group).includes('Ben: 20.00 CREDIT is yours.'))
    await fake.until(() => fake.typing.findLast(({ room }) => room === group.id)?.typing === false)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['75.00', '120.00'])
  })

  test('a message that has waited for too long moves nothing by itself', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const event = { origin_server_ts: Date.now() - 10 * 60_000 }
    const asked = await club.answer(group, () => fake.says(ada, group, '!send 20', {}, event))
    expect(asked).toContain('10 minutes ago')
    expect(await club.balance(ada)).toBe('100.00')
    const [, number = ''] = /^\/(\d+) – /m.exec(asked) ?? []
    await club.card(group, () => fake.says(ada, group, `!${number}`))
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('what can’t be read is left, and the log says no word of it; what came with it is done', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const before = club.log().length
    const wrong = [{ origin_server_ts: 'SECRET' }, { event_id: '' }, { content: ['SECRET'] }]
    for (const more of wrong) fake.says(ada, group, 'SECRET', {}, more as object)
    fake.says(ada, group, 'SECRET', { body: { text: 'SECRET' } })
    await club.card(group, () => fake.says(ada, group, '!send 20'))
    const lines = club.log().slice(before).join()
    expect(lines).toContain('could not be read')
    expect(lines).not.toContain('SECRET')
  })

  describe('where a call fails', () => {
    test('a card whose answer was lost, or that was too much at once, is there once', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      fake.faults.lost.set('send', 1)
      fake.faults.lost.set('upload', 1)
      const card = await club.card(group, () => fake.says(ada, group, '!send 20'))
      // How long to wait is told, and waited for.
      fake.faults.tooMany.set('send', 1)
      expect(await club.answer(group, () => fake.says(ben, group, `!${card.numberOf('Collect')}`))).toBe(
        'Ben: 20.00 CREDIT is yours.',
      )
      await fake.until(() => card.text.includes('✅'))
      expect(fake.cards(group)).toHaveLength(1)
    })

    test('what the homeserver has lost in between is asked again; a place that it doesn’t know is begun anew', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      fake.faults.lost.set('sync', 2)
      await club.card(group, () => fake.says(ada, group, '!send 20'))
      await club.restart(() => {
        fake.bot.accountData.set('passalong.sync', { next_batch: 's999999999' })
      })
      await club.answer(group, () => fake.says(ada, group, '!help'))
      expect(club.log().join()).toContain('what was said meanwhile in Matrix is not known')
      expect(fake.cards(group)).toHaveLength(1)
    })

    test('a room that it was sent away from holds no money: the sender has the card in their own room, or the money back', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const own = await fake.privateChat(ada)
      const release = await holdLedger(club.service.database)
      const typing = fake.typing.length
      fake.says(ada, group, '!send 20')
      await fake.until(() => fake.typing.length > typing)
      fake.world.becomes(group, ada, fake.bot, 'leave')
      await club.card(own, release)
      expect(await club.balance(ada)).toBe('80.00')
      fake.invites(ada, group)
      await fake.until(() => fake.isIn(group))
      fake.leaves(ada, own)
      const held = await holdLedger(club.service.database)
      const shown = fake.typing.length
      fake.says(ada, group, '!send 30')
      await fake.until(() => fake.typing.length > shown)
      fake.world.becomes(group, ada, fake.bot, 'leave')
      held()
      await expect.poll(() => club.balance(ada)).toBe('80.00')
    })
  })

  test('who has left a room is none of its admins, whatever the room still lists', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    await club.card(group, () => fake.says(ada, group, '!send 30 @treasury'))
    fake.world.happens(
      group,
      ada,
      'm.room.power_levels',
      { users: { [ada.id]: 100, [ben.id]: 100 } },
      { state_key: '' },
    )
    fake.leaves(ben, group)
    // Said by somebody who has just left.
    const told = fake.says(ben, group, ['!pay 20 ', ben])
    expect(told.sender).toBe(ben.id)
    const t = texts('en')
    expect(await club.answer(group, () => {})).toContain(t('pay.onlyAdmins'))
  })
})
