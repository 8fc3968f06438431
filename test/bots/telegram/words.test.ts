import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, openClub, transferOf } from '../../support/telegram/club.ts'
import { type Chat, type Person } from '../../support/telegram/index.ts'

describe('What people type in Telegram', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub('polling')
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.errors()]).toEqual([]))

  const handleOf = (person: Person) => `@${person.json.username}`
  const answer = async (person: Person, chat: Chat, words: string) =>
    (await club.answer(chat, () => person.says(chat, words))).text

  test('a name or an asset that there is not is asked back, and nothing moves', async () => {
    const { ada, ben, group } = await club.pair()
    const cy = await club.person('Cy')
    // Another group, as the bot may say so much in one of them only.
    const other = club.fake.group({ creator: ada, members: [ben, cy] })
    const said = cy.says(other, 'who pays?')
    // From now on both groups know what Ben is called.
    for (const chat of [group, other])
      await ben.taps(await club.card(chat, () => ben.says(chat, '/send 1')), 'Cancel')
    const stranger = await answer(ada, group, '/send 20 Zoë lunch')
    expect(stranger).toContain('Nobody here is called Zoë.')
    expect(stranger).toContain('For whoever taps first? Send\n/send 20 anyone lunch')
    const twice = await answer(ada, group, '/send 20 Zoë lunch with Zoë and Al')
    expect(twice).toContain('\n/send 20 anyone lunch with Zoë and Al')
    const everyone = await answer(ada, group, '/send 20 @everyone lunch today')
    expect(everyone).toContain('\n/send 20 anyone lunch today')
    for (const [words, sentence] of [
      ['/send 20 Ben lunch', 'I can’t tell who "Ben" is.'],
      [`/send 20 ${ben.json.username} lunch`, `I can’t tell who "${ben.json.username}" is.`],
      ['/send 20 @a-b', 'I can’t tell who "@a-b" is.'],
      ['/send 20 @here lunch', 'I can’t tell who "@here" is.'],
      [`/send 20 @${club.fake.bot.username}`, 'A bot can’t collect anything.'],
      [`/send 5 USD ${handleOf(ben)}`, 'There is no USD here. There is: CREDIT'],
      [`/send lunch 20 ${handleOf(ben)}`, 'The amount comes first, and "lunch" is none.'],
      [`/send ben 20`, 'The amount comes first, and "ben" is none.'],
      [`/send 20 ${handleOf(ada)}`, 'That is you.'],
    ] as const) {
      expect(await answer(ada, group, words), words).toContain(sentence)
      const reply = await club.answer(other, () => ada.says(other, words, { replyTo: said }))
      expect(reply.text, `${words} as an answer to somebody`).toContain(sentence)
    }
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('a word is somebody only where somebody called so has dealt: elsewhere it is a note', async () => {
    const { ada, ben, group } = await club.pair()
    await ben.taps(await club.card(group, () => ben.says(group, '/send 1')), 'Cancel')
    const other = club.fake.group({ creator: ada, members: [ben] })
    const card = await club.card(other, () => ada.says(other, `/send 1 ${ben.json.username} lunch`))
    expect(card.text).toContain(`${ben.json.username} lunch`)
    const collected = await club.card(other, () => ada.says(other, '/send 1'))
    await ben.taps(collected, 'Collect')
    expect(await answer(ada, other, `/send 1 ${ben.json.username} lunch`)).toContain('I can’t tell who')
  })

  test('a handle is understood however it is written into the line, and everywhere alike', async () => {
    const { ada, ben, group } = await club.pair()
    const cy = await club.person('Cy')
    group.add(cy)
    const { username } = ben.json
    const said = cy.says(group, 'who pays?')
    for (const name of [
      `＠${username}`,
      `@${username}!`,
      `@${username}，`,
      `@${username}.`,
      `@${username}'s`,
    ]) {
      const card = await club.card(group, () => ada.says(group, `/send 1 ${name} lunch`, { replyTo: said }))
      expect(card.text, name).toContain(`@${username}`)
      expect((await cy.taps(card, 'Collect')).text, name).toBe('It is for somebody else.')
      expect((await ben.taps(card, 'Collect')).text, name).toBe('1.00 CREDIT is yours.')
    }
    const friends = club.fake.privateChat(ada, ben)
    for (const name of [`＠${username}`, `@${username}!`]) {
      const { results } = await ada.types(`1 ${name} lunch`, { chat: friends })
      expect(results[0]?.title, name).toBe('Send 1.00 CREDIT')
      expect(results[0]?.description, name).toContain(`@${username}`)
    }
    const { results } = await ada.types('1 Zoë lunch', { chat: friends })
    expect(results[0]?.description).toContain('Nobody here is called Zoë.')
    expect(await club.balance(ada)).toBe('95.00')
  })

  test('a transfer for whoever taps first says so in its title, and one tap takes it back', async () => {
    const { ada, group } = await club.pair()
    const card = await club.card(group, () => ada.says(group, '/send 20 anyone Ben lunch'))
    expect(card.text.split('\n')[1]).toMatch(/→ whoever taps first$/)
    expect(card.text).toContain('Ben lunch')
    expect((await ada.taps(card, 'Cancel')).text).toContain('back with you')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('an amount with the marks of a keyboard from right to left is an amount', async () => {
    const { ada, group } = await club.pair()
    const card = await club.card(group, () => ada.says(group, '/send \u200f20\u200e lunch'))
    expect(card.text).toContain('20.00 CREDIT')
  })

  test('a mistyped command is answered with the nearest one, where it can only be for this bot', async () => {
    const { ada, ben, group } = await club.pair()
    expect(await answer(ada, ada.chat, `/sned 20 ${handleOf(ben)}`)).toBe(
      `There is no /sned here. Did you mean\n/send 20 ${handleOf(ben)}`,
    )
    expect(await answer(ada, ada.chat, '/weather')).toBe(
      'There is no /weather here. See /help for what I can do.',
    )
    ada.says(group, '/sned 20')
    expect(await answer(ada, group, `/sned@${club.fake.bot.username} 20`)).toContain('/send 20')
    expect(club.fake.messages(group).filter(({ text }) => text.startsWith('There is no'))).toHaveLength(1)
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('the habits of other bots work', async () => {
    const { ada, ben, group } = await club.pair()
    const said = ben.says(group, 'my recipe')
    const card = await club.card(group, () => ada.says(group, '/tip 5 thanks', { replyTo: said }))
    expect(card.text).toContain('5.00 CREDIT')
    expect(await answer(ada, ada.chat, '/bal')).toContain('95.00 CREDIT')
    expect(await answer(ada, ada.chat, '／balance')).toContain('95.00 CREDIT')
  })

  test('a link is found in whatever is written around it, and moves nothing before the tap', async () => {
    const { ada, ben, group } = await club.pair()
    const sent = await club.card(group, () => ada.says(group, '/send 20'))
    const { code, link } = await club.service.client.transfer(transferOf(sent))
    for (const words of [`look: ${link}`, `${link}.`, `(${link})`, `"${link}"`, `/start ${link}.`, code]) {
      const card = await club.answer(ben.chat, () => ben.says(ben.chat, words))
      expect(transferOf(card), words).toBe(transferOf(sent))
    }
    expect(await club.balance(ben)).toBe('100.00')
    expect(await answer(ben, ben.chat, `/collect look: (${link}).`)).toContain('20.00 CREDIT')
    expect(await club.balance(ben)).toBe('120.00')
  })

  test('/cancel with what is no code says so, and offers what there is to cancel', async () => {
    const { ada, group } = await club.pair()
    expect(await answer(ada, ada.chat, '/cancel 20')).toBe(
      '"20" is neither a code nor a link of a transfer.\nNothing of yours is waiting to be collected.',
    )
    await club.card(group, () => ada.says(group, '/send 20'))
    const asked = await club.answer(ada.chat, () => ada.says(ada.chat, '/cancel 20'))
    expect(asked.text).toContain('"20" is neither a code nor a link of a transfer.')
    expect(await club.balance(ada)).toBe('80.00')
    await ada.taps(asked, 'Cancel 20.00 CREDIT')
    expect(await club.balance(ada)).toBe('100.00')
  })
})
