import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BOT, type Club, invite, nickOf, openClub } from '../../support/xmpp/club.ts'
import type { Message, Person } from '../../support/xmpp/people.ts'
import { hasProsody, PLAIN_ROOMS, ROOMS } from '../../support/xmpp/prosody.ts'

/** The number that stands for a button in a message. */
function numberOf({ text }: Message, label: string): string {
  const number = new RegExp(`^/(\\d+) – ${label}`, 'm').exec(text)?.[1]
  if (!number) throw new Error(`There is no ${label} in: ${text}`)
  return number
}

describe.runIf(hasProsody)('In rooms of XMPP', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect(club.errors()).toEqual([]))

  async function pair() {
    const [ada, ben] = [await club.person('ada'), await club.person('ben')]
    return { ada, ben, room: await club.room(ada, ben) }
  }
  const balances = (...people: Person[]) => Promise.all(people.map(club.balance))
  /** The card that somebody's words bring in a room. */
  const cardOf = (person: Person, room: string, words: string) =>
    person.answer(() => person.says(room, words), room)

  test('a transfer for somebody is collected by its number, and its card shows it', async () => {
    const { ada, ben, room } = await pair()
    const card = await cardOf(ada, room, `/send 20 @${nickOf(ben)} lunch`)
    expect(card.text.split('\n')).toEqual([
      '20.00 CREDIT',
      `${nickOf(ada)} (#${ada.address}) → ${nickOf(ben)} (#${ben.address})`,
      '“lunch”',
      `Only ${nickOf(ben)} (#${ben.address}) can collect it.`,
      expect.stringMatching(/^Goes back by itself /),
      expect.stringMatching(/^https:\/\/pass\.example\.org\/c\//),
      expect.stringMatching(/^\/\d+ – Collect$/),
      expect.stringMatching(/^\/\d+ – Cancel$/),
      expect.stringMatching(/^\/\d+ – Decline$/),
    ])
    const cy = await club.person('cy')
    await cy.join(room, 'Cy')
    const refused = await cy.answer(() => cy.says(room, `/${numberOf(card, 'Collect')}`), 'private')
    expect(refused).toMatchObject({ type: 'chat', text: expect.stringContaining('somebody else') })
    const taken = await ben.answer(() => ben.says(room, `/${numberOf(card, 'Collect')}`), 'private')
    expect(taken).toMatchObject({ type: 'chat', text: '20.00 CREDIT is yours.' })
    await expect.poll(() => card.text).toContain(`✅ ${nickOf(ben)} (#${ben.address}) has collected it.`)
    expect(card.text).not.toMatch(/^\/\d/m)
    await ada.reads(`has collected your 20.00 CREDIT (lunch).`)
    expect(await balances(ada, ben)).toEqual(['80.00', '120.00'])
  })

  test('one for whoever is first is collected once, and taken back by its sender alone', async () => {
    const { ada, ben, room } = await pair()
    const cy = await club.person('cy')
    await cy.join(room, 'Cy')
    const card = await cardOf(ada, room, '!send 5')
    const collect = `!${numberOf(card, 'Collect')}`
    const answers = await Promise.all(
      [ben, cy].map((one) => one.answer(() => one.says(room, collect), 'private')),
    )
    expect(answers.map(({ text }) => text).toSorted()).toEqual([
      '5.00 CREDIT is yours.',
      'Somebody was faster: it is collected already.',
    ])
    ada.says(room, 'passalong: what a nice bot')
    const another = await cardOf(ada, room, 'passalong: send 6')
    const cancel = `/${numberOf(another, 'Cancel')}`
    expect((await ben.answer(() => ben.says(room, cancel), 'private')).text).toContain('Only its sender')
    await ada.answer(() => ada.says(room, cancel))
    await expect.poll(() => another.text).toContain('↩️ Cancelled')
    expect(await club.balance(ada)).toBe('95.00')
  })

  test('whom money is for is never guessed: names in rooms are free to take', async () => {
    const { ada, ben, room } = await pair()
    const says = async (words: string) => (await cardOf(ada, room, words)).text
    const cy = await club.person('cy')
    await cy.join(room, 'Cy')
    const dee = await club.person('dee')
    await dee.join(room, 'cy')
    expect(await says('/send 20 @cy')).toContain(
      'I can’t tell who "@cy" is. Name one person by @ and their name in this room',
    )
    expect(await says('/send 20 @nobody lunch')).toContain('or by their address like ben@example.org')
    expect(await says('/send 20 @passalong')).toContain('A bot can’t collect anything.')
    expect(await says(`/send 20 ${BOT}`)).toContain('A bot can’t collect anything.')
    expect(await says(`/send 20 @${nickOf(ada)}`)).toContain('That is you.')
    expect(await says(`/send 20 ${ben.address} and ${cy.address}`)).toContain('you named 2')
    dee.raw(`<presence to="${room}/Dee of the long name"/>`)
    await expect.poll(() => ada.present.has(`${room}/Dee of the long name`)).toBe(true)
    expect(await says(`/send 1 @Dee of the long name thanks`)).toContain(
      `→ Dee of the long name (#${dee.address})`,
    )
    expect(await says(`/send 2 xmpp:${ben.address.toUpperCase()} thanks`)).toContain(
      `→ ${nickOf(ben)} (#${ben.address})`,
    )
    expect(await club.balance(ada)).toBe('97.00')
  })

  test('an answer is for the author of that message, whatever a client says and whoever has the name by now', async () => {
    const { ada, ben, room } = await pair()
    ben.says(room, 'I paid for lunch')
    const { stanzaId } = await ada.reads('I paid for lunch')
    const reply = (id: string | null) => ({
      xml: `<reply xmlns="urn:xmpp:reply:0" to="${room}/${nickOf(ada)}" id="${id}"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="19"/></fallback>`,
    })
    const words = '> I paid for lunch\n/send 20'
    const card = await ada.answer(() => ada.says(room, words, reply(stanzaId)))
    expect(card.text).toContain(`→ ${nickOf(ben)} (#${ben.address})`)
    const unknown = await ada.answer(() => ada.says(room, words, reply('forged')))
    expect(unknown.text).not.toContain('→')
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('in a room that gives no ids a forged one makes nobody the author of another’s message', async () => {
    const [ada, ben, eve] = [await club.person('ada'), await club.person('ben'), await club.person('eve')]
    const room = await club.roomOf(PLAIN_ROOMS, ada, ben, eve)
    const id = ben.says(room, 'I paid for lunch')
    await ada.reads('I paid for lunch')
    eve.says(room, 'nice', { xml: `<stanza-id xmlns="urn:xmpp:sid:0" by="${room}" id="${id}"/>` })
    await ada.reads('nice')
    const xml = `<reply xmlns="urn:xmpp:reply:0" to="${room}/${nickOf(ben)}" id="${id}"/>`
    const { text } = await ada.answer(() => ada.says(room, '/send 20', { xml }), room)
    expect(text).not.toContain('→')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('corrections, copies, forwarded words and what was said before command nothing', async () => {
    const { ada, ben, room } = await pair()
    for (const xml of [
      '<replace xmlns="urn:xmpp:message-correct:0" id="one"/>',
      '<sent xmlns="urn:xmpp:carbons:2"/>',
      '<forwarded xmlns="urn:xmpp:forward:0"/>',
    ]) {
      ada.says(room, '/send 20', { xml })
      ada.tells(BOT, '/send 20', { xml })
    }
    // The next command is answered after these.
    await cardOf(ben, room, '/send 1')
    expect(await club.balance(ada)).toBe('100.00')
    // Who comes later is told what was said, and the bot comes again.
    ada.says(room, '/send 30')
    await ben.reads('30.00 CREDIT')
    await club.restart()
    await expect.poll(() => ben.present.has(`${room}/passalong`)).toBe(true)
    await cardOf(ben, room, '/send 1')
    expect(await balances(ada, ben)).toEqual(['70.00', '98.00'])
  })

  test('a message that a client sends again is carried out once, one with an id that is short each time', async () => {
    const { ada, room } = await pair()
    const id = crypto.randomUUID()
    await ada.answer(() => ada.says(room, '/send 20', { id }))
    ada.says(room, '/send 20', { id })
    await cardOf(ada, room, '/send 1')
    expect(await club.balance(ada)).toBe('79.00')
    for (const amount of ['2', '2']) await ada.answer(() => ada.says(room, `/send ${amount}`, { id: 'm1' }))
    expect(await club.balance(ada)).toBe('75.00')
  })

  test('a room that hides addresses is told so, and nothing moves until it shows them', async () => {
    const { ada, ben, room } = await pair()
    const whois = (who: string) =>
      ada.order({ do: 'configure', room, fields: { 'muc#roomconfig_whois': who } })
    const card = await cardOf(ada, room, '/send 20')
    await whois('moderators')
    ben.says(room, `/${numberOf(card, 'Collect')}`)
    await ben.reads('This room hides who is who')
    await whois('anyone')
    const collected = await ben.answer(() => ben.says(room, `/${numberOf(card, 'Collect')}`), 'private')
    expect(collected.text).toBe('20.00 CREDIT is yours.')
    // A room in which it is so from the beginning.
    const hidden = `hidden-${room}`
    await ada.join(hidden, 'ada')
    await ada.order({ do: 'configure', room: hidden, fields: { 'muc#roomconfig_whois': 'moderators' } })
    invite(ada, hidden)
    await expect.poll(() => ada.present.has(`${hidden}/passalong`)).toBe(true)
    await ada.answer(() => ada.says(hidden, '/send 20'))
    await ada.reads('This room hides who is who')
    expect(await balances(ada, ben)).toEqual(['80.00', '120.00'])
  })

  test('its books are for its owner and admins, as they are at this moment', async () => {
    const { ada, ben, room } = await pair()
    await cardOf(ada, room, '/send 20 lunch')
    const history = async (person: Person) => (await person.answer(() => person.says(room, '/history'))).text
    expect(await history(ada)).toContain('lunch')
    expect(await history(ben)).toContain('admins')
    await ada.order({ do: 'affiliation', room, address: ben.address, affiliation: 'admin' })
    await expect.poll(() => history(ben)).toContain('lunch')
    await ada.order({ do: 'affiliation', room, address: ben.address, affiliation: 'member' })
    await expect.poll(() => history(ben)).toContain('admins')
  })

  test('requests, pools, red packets and rules are answered by numbers, too', async () => {
    const { ada, ben, room } = await pair()
    const presses = async (person: Person, message: Message, label: string, answer: string) => {
      person.says(room, `/${numberOf(message, label)}`)
      await person.reads(answer)
    }
    const ask = await cardOf(ada, room, `/request 10 from @${nickOf(ben)} tea`)
    await presses(ben, ask, 'Pay', 'has your 10.00 CREDIT')
    await expect.poll(() => ask.text).toContain('has paid it')
    const pool = await cardOf(ada, room, '/pool 20 a grill')
    await presses(ben, pool, 'The missing', 'With it the goal is reached!')
    await expect.poll(() => pool.text).toContain(`✅ 20.00 ${nickOf(ben)}`)
    const packet = await cardOf(ada, room, '/red 4 2 equal members')
    await presses(ben, packet, 'Collect', '2.00 CREDIT is yours.')
    const rehearsed = await cardOf(ada, room, '/rules max 15')
    await presses(ada, rehearsed, 'Save', 'Saved')
    expect((await cardOf(ben, room, '/send 16')).text).toContain('15')
    expect(await balances(ada, ben)).toEqual(['126.00', '72.00'])
  })

  test('a number counts in the chat in which it stands', async () => {
    const { ada, ben, room } = await pair()
    const elsewhere = await club.room(ada, ben)
    const card = await cardOf(ada, room, '/send 20')
    const collect = numberOf(card, 'Collect')
    const wrong = await ben.answer(() => ben.says(elsewhere, `/${collect}`))
    expect(wrong.text).toBe(
      `Nothing here has the number ${collect}: it was offered in another chat, or long ago.`,
    )
    await ben.answer(() => ben.tells(BOT, collect), 'private')
    expect(await balances(ada, ben)).toEqual(['80.00', '100.00'])
  })

  test('where its name is taken the bot takes another one, and answers to it', async () => {
    const { ada, ben } = await pair()
    const room = `taken-${nickOf(ada)}@${ROOMS}`
    await ada.join(room, 'passalong')
    await ben.join(room, 'ben')
    invite(ada, room)
    await expect.poll(() => ben.present.has(`${room}/passalong-2`)).toBe(true)
    expect((await cardOf(ben, room, 'passalong-2: /send 1')).text).toContain('1.00 CREDIT')
    expect((await cardOf(ben, room, '/send 2 @passalong')).text).toContain(`→ passalong (#${ada.address})`)
  })

  test('it comes back to a room after a restart, with its password, but not where it was sent away', async () => {
    const { ada, room } = await pair()
    const [locked, left] = [`locked-${room}`, await club.room(ada)]
    await ada.join(locked, 'ada')
    const fields = {
      'muc#roomconfig_passwordprotectedroom': true,
      'muc#roomconfig_roomsecret': 'open sesame',
    }
    await ada.order({ do: 'configure', room: locked, fields })
    ada.raw(
      `<message to="${BOT}"><x xmlns="jabber:x:conference" jid="${locked}" password="open sesame"/></message>`,
    )
    await expect.poll(() => ada.present.has(`${locked}/passalong`)).toBe(true)
    await ada.order({ do: 'kick', room: left, nick: 'passalong' })
    await expect.poll(() => ada.present.has(`${left}/passalong`)).toBe(false)
    // When it answers it has seen that, too.
    await ada.answer(() => ada.tells(BOT, '/balance'))
    await club.restart(() => expect.poll(() => ada.present.has(`${room}/passalong`)).toBe(false))
    await expect.poll(() => ada.present.has(`${room}/passalong`)).toBe(true)
    await expect.poll(() => ada.present.has(`${locked}/passalong`)).toBe(true)
    expect(ada.present.has(`${left}/passalong`)).toBe(false)
  })
})
