import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { localLink } from '../../support/service.ts'
import { BOT, type Club, identityOf, nickOf, openClub } from '../../support/xmpp/club.ts'
import type { Person } from '../../support/xmpp/people.ts'
import { DOMAIN, hasProsody } from '../../support/xmpp/prosody.ts'

describe.runIf(hasProsody)('In private in XMPP', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect(club.errors()).toEqual([]))

  const asks = async (person: Person, text: string, more = {}) =>
    (await person.answer(() => person.tells(BOT, text, more))).text

  test('a code, a link and words are enough: the first two show the card, words collect', async () => {
    const { client } = club.service
    const ada = await club.person('ada')
    const ben = await club.person('ben', '0')
    const { code, link } = await client.send(identityOf(ada), '20', { note: 'lunch' })
    for (const pasted of [code, link]) {
      const card = await asks(ben, pasted)
      expect(card).toContain('20.00 CREDIT')
      expect(card).toContain('“lunch”')
    }
    const [, number = ''] = /\/(\d+) – Collect/.exec(await asks(ben, link)) ?? []
    expect(await asks(ben, number)).toBe('20.00 CREDIT is yours.')
    ada.tells(BOT, '/send 5 phrase')
    const { text } = await ada.reads('🔑 These open')
    const words = text.split('\n')[1] ?? ''
    ben.tells(BOT, words)
    await ben.reads(`5.00 CREDIT from ${nickOf(ada)}`)
    expect(await club.balance(ben)).toBe('25.00')
  })

  test('money goes to an address, and who has it is told there', async () => {
    const ada = await club.person('ada')
    const ben = await club.person('ben', '0')
    expect(await asks(ada, `send 20 ${ben.address} lunch`)).toContain(`→ ${nickOf(ben)} (#${ben.address})`)
    const card = await ben.reads('It waits for you')
    expect(card.text).toContain('“lunch”')
    expect(await asks(ben, /\/(\d+) – Collect/.exec(card.text)?.[1] ?? '')).toBe('20.00 CREDIT is yours.')
    await expect.poll(() => card.text).toContain('has collected it')
    ada.tells(BOT, '/send 20 @ben')
    await ada.reads('by their address like ben@example.org')
  })

  test('what is for an address that nobody has says so, and can be taken back', async () => {
    const ada = await club.person('ada')
    const card = await ada.answer(() => ada.tells(BOT, `/send 20 nobody@${DOMAIN}`))
    expect(card.text).toContain(`→ nobody (#nobody@${DOMAIN})`)
    const waiting = await ada.answer(() => ada.tells(BOT, '/waiting'))
    ada.tells(BOT, /\/(\d+) – Remind/.exec(waiting.text)?.[1] ?? '')
    await expect.poll(() => card.text).toContain('🔕')
    await ada.answer(() => ada.tells(BOT, /\/(\d+) – Cancel/.exec(card.text)?.[1] ?? ''))
    await expect.poll(() => card.text).toContain('↩️ Cancelled')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('what is encrypted can’t be read, and its author is told so, once in a while', async () => {
    const ada = await club.person('ada')
    const xml = '<encrypted xmlns="eu.siacs.conversations.axolotl"/>'
    expect(await asks(ada, 'I sent you an OMEMO encrypted message', { xml })).toContain(
      'I can’t read encrypted messages',
    )
    ada.tells(BOT, 'I sent you an OMEMO encrypted message', { xml })
    expect(await asks(ada, '/balance')).toContain('100.00 CREDIT')
  })

  test('what is not understood is answered by the help, but not again and again: two bots would never end', async () => {
    const ada = await club.person('ada')
    expect(await asks(ada, 'hello?')).toContain('What I can do:')
    ada.tells(BOT, 'What I can do:')
    expect(await asks(ada, '/help')).toContain('/41')
    expect(await asks(ada, '/balance')).toContain('100.00 CREDIT')
  })

  test('a command that has waited at the server for long is asked about first', async () => {
    const ada = await club.person('ada')
    const stamp = new Date(Date.now() - 3_600_000).toISOString()
    const xml = `<delay xmlns="urn:xmpp:delay" from="${DOMAIN}" stamp="${stamp}"/>`
    const { text } = await ada.answer(() => ada.tells(BOT, '/send 20 lunch', { xml }))
    expect(text).toContain('1 hour ago')
    expect(await club.balance(ada)).toBe('100.00')
    const [, number = ''] = /\/(\d+) – /.exec(text) ?? []
    ada.tells(BOT, number)
    await ada.reads('“lunch”')
    ada.tells(BOT, number)
    ada.tells(BOT, '/balance')
    await ada.reads('80.00 CREDIT')
  })

  test('through a room somebody acts as themselves, and is answered there while they are there', async () => {
    const [ada, ben] = [await club.person('ada'), await club.person('ben')]
    const room = await club.room(ada, ben)
    const answer = await ben.answer(() => ben.says(`${room}/passalong`, '/balance'))
    expect(answer).toMatchObject({ sender: `${room}/passalong`, type: 'chat' })
    expect(answer.text).toContain('100.00 CREDIT')
    const before = ada.messages.length
    await ben.answer(() => club.service.client.issue(identityOf(ben), '1'), room)
    // Somebody else has the name now.
    ben.raw(`<presence to="${room}/${nickOf(ben)}" type="unavailable"/>`)
    await expect.poll(() => ada.present.has(`${room}/${nickOf(ben)}`)).toBe(false)
    ada.raw(`<presence to="${room}/${nickOf(ben)}"/>`)
    await expect.poll(() => ada.present.has(`${room}/${nickOf(ben)}`)).toBe(true)
    const told = await ben.answer(() => club.service.client.issue(identityOf(ben), '2'))
    expect(told.sender).toMatch(new RegExp(`^${BOT}`))
    expect(ada.messages.slice(before)).toEqual([])
  })

  test('names and notes hold what XML can’t, and letters of all alphabets, and the talk goes on', async () => {
    const { client } = club.service
    const ada = await club.person('ada')
    const { link } = await client.send(identityOf(ada), '1', { note: '午饭 🍜 \u001b\ufffe ünïcödé <b>&' })
    expect(await asks(ada, link)).toContain('“午饭 🍜')
    expect(await asks(ada, '/balance')).toContain('99.00 CREDIT')
  })

  test('the page of a transfer leads into a talk with the bot', async () => {
    const { client } = club.service
    const ada = await club.person('ada')
    const { link, code } = await client.send(identityOf(ada), '20')
    const page = await (
      await fetch(localLink(club.service, link), { headers: { accept: 'text/html' } })
    ).text()
    expect(page).toContain(`href="xmpp:${BOT}?message;body=%2Fstart%20${code}"`)
    expect(page).toContain('XMPP')
  })

  test('whoever adds the bot to their contacts sees that it is there', async () => {
    const ada = await club.person('ada')
    ada.raw(`<presence to="${BOT}" type="subscribe"/>`)
    await expect.poll(() => [...ada.present].some((one) => one.startsWith(BOT))).toBe(true)
  })
})
