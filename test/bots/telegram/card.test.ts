import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { scanned } from '../../support/scanned.ts'
import { localLink } from '../../support/service.ts'
import { type Club, called, cardsOf, identityOf, openClub, transferOf } from '../../support/telegram/club.ts'
import type { Message } from '../../support/telegram/index.ts'

const STALE = 'This button has expired.'

describe('The Telegram bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub('polling')
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.errors()]).toEqual([]))

  const handleOf = (person: { json: { username?: string } }) => `@${person.json.username}`
  /** The labels of a card's buttons. */
  const labels = ({ buttons }: Message) => buttons.flat()

  describe('a card', () => {
    test('is the QR code with words that Telegram reads as they were typed', async () => {
      const { ben, group } = await club.pair()
      const eve = await club.person('<b>Eve</b> & "Söhne"', { handle: 'eve_s' })
      group.add(eve)
      const card = await club.card(group, () => eve.says(group, ['/send 20 ', ben, ' <i>a & b</i> &lt;']))
      const transfer = await club.service.client.transfer(transferOf(card))
      const picture = await fetch(localLink(club.service, `${transfer.link}/qr.png`))
      expect(card.photo?.equals(new Uint8Array(await picture.arrayBuffer()))).toBe(true)
      expect(card.text).toMatch(
        new RegExp(
          `^20\\.00 CREDIT\n<b>Eve</b> & "Söhne" \\(@eve_s\\) → ${handleOf(ben)}\n<i>a & b</i> &lt;\nFor whoever`,
        ),
      )
      const countdown = card.entities.find(({ type }) => type === 'date_time')
      const seconds = Math.floor(new Date(transfer.expiresAt).getTime() / 1000)
      expect(countdown).toMatchObject({ unix_time: seconds, date_time_format: 'r' })
      expect(labels(card)).toEqual(['Collect', 'Open link', 'Cancel', 'Decline'])
      expect((await ben.taps(card, 'Open link')).url).toBe(transfer.link)
      // So that it leads somewhere where it is forwarded, without its buttons.
      expect(card.text.split('\n').at(-1)).toBe(transfer.link)
      await ben.taps(card, 'Collect')
      await club.reads(card, '✅')
      expect(card.text).not.toContain(transfer.code)
      for (const { callback_data } of card.keyboard.flat())
        expect(callback_data ?? '').not.toContain(transfer.code)
    })

    test('is the picture to pass on where that was asked for', async () => {
      const { ada, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20 picture'))
      const { link } = await club.service.client.transfer(transferOf(card))
      const picture = await fetch(localLink(club.service, `${link}/card.png`))
      expect(card.photo?.equals(new Uint8Array(await picture.arrayBuffer()))).toBe(true)
      expect(await scanned(card.photo ?? Buffer.of())).toBe(link)
      expect(card.text).not.toContain('picture')
      const refused = await club.answer(group, () => ada.says(group, '/send 1000 picture'))
      expect(refused.text).toContain(
        'Understood: amount 1000, to whoever taps first, as a picture to pass on.',
      )
    })

    test('is the picture to pass on for a payment out of a treasury as well', async () => {
      const { ada, ben, group } = await club.pair()
      await club.answer(group, () => ada.says(group, '/send 20 @treasury'))
      const card = await club.card(group, () => ada.says(group, `/pay 20 @${ben.json.username} picture`))
      const { link, note } = await club.service.client.transfer(transferOf(card))
      const picture = await fetch(localLink(club.service, `${link}/card.png`))
      expect(card.photo?.equals(new Uint8Array(await picture.arrayBuffer()))).toBe(true)
      expect(note).toBeNull()
    })

    test('holds the longest names and notes', async () => {
      const { group } = await club.pair()
      const long = await club.person(`L${'&'.repeat(127)}`, { handle: 'l'.repeat(32) })
      const other = await club.person(`M${'<'.repeat(127)}`, { handle: null })
      group.add(long).add(other)
      const card = await club.card(group, () =>
        long.says(group, ['/send 20 ', other, ` ${'note '.repeat(39)}end`]),
      )
      expect(card.text).toContain('note end')
    })

    test('is collected by a tap, once, by who it is for', async () => {
      const { ada, ben, group } = await club.pair()
      const cy = await club.person('Cy')
      group.add(cy)
      const said = ben.says(group, 'hello')
      const card = await club.card(group, () => ada.says(group, '/send 20', { replyTo: said }))
      expect((await ada.taps(card, 'Collect')).text).toContain('It is your own')
      expect((await cy.taps(card, 'Collect')).text).toBe('It is for somebody else.')
      const data = `collect:${transferOf(card)}`
      expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
      expect((await ben.taps(card, data, { stale: true })).text).toContain('already')
      expect((await cy.taps(card, data, { stale: true })).text).toContain('Somebody was faster')
      await club.reads(card, `✅ ${called(ben)} has collected it.`)
      expect(labels(card)).toEqual([])
      expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
    })

    test('is taken back by its sender alone, and declined by the one it is for', async () => {
      const { ada, ben, group } = await club.pair()
      const said = ben.says(group, 'hello')
      const first = await club.card(group, () => ada.says(group, '/send 20', { replyTo: said }))
      expect((await ben.taps(first, 'Cancel')).text).toBe('Only its sender can do that.')
      expect((await ada.taps(first, 'Decline')).text).toBe('Only the one it is for can decline it.')
      expect((await ben.taps(first, 'Decline')).text).toContain('is back with its sender')
      await club.reads(first, '↩️ Declined')
      const second = await club.card(group, () => ada.says(group, '/send 20'))
      expect(labels(second)).not.toContain('Decline')
      expect((await ada.taps(second, 'Cancel')).text).toContain('is back with you')
      await club.reads(second, '↩️ Cancelled')
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('that is past its time goes back, says so, and a late tap is told', async () => {
      const { ada, ben, group } = await club.pair()
      await club.service.client.issue(identityOf(ada), '50', { asset: 'FLASH' })
      const card = await club.answer(group, () => ada.says(group, '/send 20 FLASH'))
      const data = `collect:${transferOf(card)}`
      await club.reads(card, '⌛ Not collected in time')
      expect((await ben.taps(card, data, { stale: true })).text).toBe(
        'Too late: its time is over, and it has gone back to its sender.',
      )
      const cancel = `cancel:${data.slice('collect:'.length)}`
      expect((await ada.taps(card, cancel, { stale: true })).text).toBe(
        'Its time is over, and it is back with you.',
      )
      await club.fake.until(() => club.last(ada.chat).text.includes('Nobody collected your 20.00 FLASH'))
    })

    test('shows how it stands in every chat where it hangs', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const { code } = await club.service.client.transfer(transferOf(card))
      const own = await club.card(ben.chat, () => ben.starts(code))
      const adas = await club.card(ada.chat, () => ada.starts(code))
      await ben.taps(own, 'Collect')
      for (const shown of [card, own, adas]) await club.reads(shown, `✅ ${called(ben)} has collected it.`)
    })

    test('of which the bot lost sight is found again by a tap', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      // The answer got lost: what was posted hangs there twice, and the bot knows of one.
      club.fake.failNext('sendPhoto', { loseAnswer: true })
      ada.says(group, '/send 5')
      await club.fake.until(() => club.pictures(group).length === 3)
      const [, lost, known] = club.pictures(group)
      if (!lost || !known) throw new Error('two cards were expected')
      expect(transferOf(lost)).toBe(transferOf(known))
      const data = `collect:${transferOf(lost)}`
      await ben.taps(known, 'Collect')
      await club.reads(known, '✅')
      await ada.taps(lost, data, { stale: true })
      await club.reads(lost, `✅ ${called(ben)} has collected it.`)
      expect(labels(card)).toContain('Collect')
    })

    test('answers a press on what no button of it says, and does nothing', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      for (const data of ['collect:x', 'i:AAAAAAAAAA:2aov:toz5bn:zt00:7 CREDIT', 'history:group:%%', '?'])
        expect((await ben.taps(card, data, { stale: true })).text).toBe(STALE)
    })

    test('is left alone by a press that a client has forged on it, and changes as before', async () => {
      const { ada, ben, group } = await club.pair()
      const eve = await club.person('Eve')
      group.add(eve)
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const own = await club.card(eve.chat, () => eve.says(eve.chat, '/send 5'))
      const other = await club.card(ada.chat, () => ada.says(ada.chat, '/send 7'))
      const id = transferOf(own)
      await eve.taps(own, 'Cancel')
      const forged = [
        `collect:${id}`,
        `collect:${transferOf(other)}`,
        `cancel:${id}`,
        'history:person:',
        'history:group:',
      ]
      await club.reads(own, '↩️ Cancelled')
      for (const data of forged) {
        expect((await eve.taps(card, data, { stale: true })).text).toBe(STALE)
        expect((await ada.taps(card, data, { stale: true })).text).toBe(STALE)
      }
      expect(await cardsOf(club.service, id)).toHaveLength(1)
      expect(card.edits).toBe(0)
      expect(await club.balance(eve)).toBe('100.00')
      await ben.taps(card, 'Collect')
      await club.reads(card, `✅ ${called(ben)} has collected it.`)
    })

    test('and no other message tells or moves anything by a press that it does not offer', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const help = await club.answer(group, () => ada.says(group, '/help'))
      for (const data of ['history:person:', 'history:group:', `collect:${transferOf(card)}`])
        for (const person of [ada, ben])
          expect((await person.taps(help, data, { stale: true })).text).toBe(STALE)
      expect([help.edits, await club.balance(ben)]).toEqual([0, '100.00'])
    })

    test('is believed where it was deleted, if it is known to have hung there', async () => {
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => ada.says(group, '/send 20'))
      const help = await club.answer(group, () => ada.says(group, '/help'))
      const data = `collect:${transferOf(card)}`
      for (const message of [card, help]) ada.deletes(message)
      expect((await ben.taps(help, data, { stale: true })).text).toBe(STALE)
      expect((await ben.taps(card, data, { stale: true })).text).toBe('20.00 CREDIT is yours.')
    })

    test('is not what a list to choose from becomes, when what is chosen there is over', async () => {
      const { ada, ben, group } = await club.pair()
      const one = await club.card(group, () => ada.says(group, '/send 1'))
      await club.card(group, () => ada.says(group, '/send 2'))
      const list = await club.answer(ada.chat, () => ada.says(ada.chat, '/cancel'))
      const words = list.text
      const id = transferOf(one)
      await ben.taps(one, 'Collect')
      expect((await ada.taps(list, `cancel:${id}`)).text).toContain('already')
      await club.reads(one, '✅')
      expect(await cardsOf(club.service, id)).toHaveLength(1)
      expect(list.text).toBe(words)
    })
  })
})
