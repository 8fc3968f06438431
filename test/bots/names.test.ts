import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { labelOf } from '../../src/shared/names.ts'
import { cleanText, isolated, short } from '../../src/shared/text.ts'
import { identityOf as inDiscord } from '../support/discord/club.ts'
import { type FakeDiscord, startFakeDiscord } from '../support/discord/index.ts'
import { localLink } from '../support/service.ts'
import { type Club, openClub, transferOf } from '../support/telegram/club.ts'

const FAMILY = '👩‍👩‍👧'
const ENGLAND = '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}'

/** Names that somebody may choose, and what is left of them beside the handle. */
const CHOSEN: [what: string, name: string, shown: string | undefined][] = [
  ['the words for the issuer', 'the issuer', 'the issuer'],
  ['the Chinese words for the issuer', '发行方', '发行方'],
  ["another's handle", '@ben', 'ben'],
  ["another's handle in full width", '＠ben', 'ben'],
  ["another's small handle", '﹫ben', 'ben'],
  ["another's label", 'Ben (@ben)', 'Ben (ben)'],
  ["another's number", '#123456789', '123456789'],
  ["another's number in full width", '＃123456789', '123456789'],
  ['a whole title', 'the issuer → Ben', 'the issuer Ben'],
  ['a Hangul filler', '\u3164', undefined],
  ['a halfwidth Hangul filler', '\uFFA0', undefined],
  ['Hangul jamo fillers', '\u115F\u1160', undefined],
  ['a braille blank', '\u2800', undefined],
  ['a soft hyphen', '\u00AD', undefined],
  ['a grapheme joiner', '\u034F', undefined],
  ['a Mongolian separator', '\u180E', undefined],
  ['zero widths', '\u200B\u200C\u200D\u2060\uFEFF', undefined],
  ['tags', '\u{E0041}\u{E0042}', undefined],
  ['variation selectors', '\uFE0F\u{E0100}', undefined],
  ['marks without a letter', '\u0301\u20DD', undefined],
  ['a sign alone', '@', undefined],
  ['turned text', '\u202Eneb\u061C', 'neb'],
  ['text from right to left', 'שרה', '\u2068שרה\u2069'],
  ['Arabic with the joiner that it is written with', 'می\u200Cخواهم', '\u2068می\u200Cخواهم\u2069'],
  ['letters with an invisible joiner', 'b\u200De\u200Cn', 'ben'],
  ['a tower of marks', `Z${'\u0300'.repeat(30)}`, 'Z\u0300\u0300\u0300'],
  ['two lines', 'Ada\nLovelace', 'Ada Lovelace'],
  ['emoji', `${FAMILY} ${ENGLAND} 🇩🇪 ❤️‍🔥 👍🏽`, `${FAMILY} ${ENGLAND} 🇩🇪 ❤️‍🔥 👍🏽`],
  ['a very long name', 'x'.repeat(120), `${'x'.repeat(39)}…`],
]

const mallory = { messenger: 'telegram', id: '7', handle: 'mallory' }

/** Beside a name from right to left a handle is isolated, or its sign would go to its other end. */
const called = (shown: string | undefined, mark: string) =>
  shown ? `${shown} (${shown.startsWith('\u2068') ? `\u2066${mark}\u2069` : mark})` : undefined

test.each(CHOSEN)('%s as a name does not make somebody look like somebody else', (_what, name, shown) => {
  expect(labelOf({ ...mallory, name }, 'telegram')).toBe(called(shown, '@mallory') ?? '@mallory')
  expect(labelOf({ ...mallory, name }, 'discord')).toBe(
    called(shown, 'Telegram: mallory') ?? 'Telegram: mallory',
  )
  const unnamed = { ...mallory, handle: null, name }
  expect(labelOf(unnamed, 'telegram')).toBe(called(shown, '#7'))
})

test('no name and no handle make a label of somebody else, or of the issuer', () => {
  const text = fc.string({ unit: fc.oneof(fc.constantFrom(...'@＠﹫#＃()→ ben\u200F\u3164'), fc.string()) })
  fc.assert(
    fc.property(text, (name) => {
      const label = labelOf({ ...mallory, name }, 'telegram') ?? ''
      expect(label).toMatch(/^(?:@mallory|[^@＠﹫#＃→←]* \(\u2066?@mallory\u2069?\))$/)
    }),
  )
})

test('what is clean stays as it is, is seen, and is never cut in the middle of a character', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      FAMILY,
      ENGLAND,
      '1️⃣',
      '\u200D',
      '\uFE0F',
      '\u0301',
      '\u3164',
      '\uD83D',
      'ش',
      '\u200C',
      ' ',
    ),
  )
  fc.assert(
    fc.property(fc.array(unit), fc.integer({ min: 1, max: 12 }), (parts, most) => {
      const clean = cleanText(parts.join(''))
      if (clean === undefined) return
      expect(cleanText(clean)).toBe(clean)
      expect(clean).toMatch(/[\p{L}\p{N}\p{P}\p{S}]/u)
      expect(clean.isWellFormed()).toBe(true)
      expect(cleanText(parts.join(''), most)?.length ?? 0).toBeLessThanOrEqual(2 * most)
      expect(short(clean, most).isWellFormed()).toBe(true)
    }),
  )
  expect(short(`${FAMILY}${FAMILY}`, 8)).toBe(`${FAMILY}…`)
  expect(short('lunch', 5)).toBe('lunch')
  expect(isolated(isolated('שרה'))).toBe('\u2068שרה\u2069')
})

describe('A chosen name', () => {
  let discord: FakeDiscord
  let club: Club

  beforeAll(async () => {
    discord = await startFakeDiscord()
    club = await openClub('polling', {
      roles: 'api,worker,telegram,discord',
      environment: { DISCORD_BOT_TOKEN: discord.token, DISCORD_API_ROOT: discord.url },
    })
    await discord.until(() => discord.commands.length > 0)
  })
  afterAll(async () => {
    await club?.close()
    await discord?.stop()
  })
  afterEach(() => expect([...discord.breaches, ...club.fake.breaches, ...club.errors()]).toEqual([]))

  let count = 0
  const SHOWN = [
    'the words for the issuer',
    "another's label",
    'a Hangul filler',
    'a braille blank',
    'turned text',
    'text from right to left',
    'a tower of marks',
    'emoji',
    'a very long name',
  ]
  const some = CHOSEN.filter(([what]) => SHOWN.includes(what))

  test.each(some)(
    'of %s is shown with the handle, in Telegram and on the page',
    async (_what, name, shown) => {
      const handle = `mallory_${++count}`
      const sentBy = called(shown, `@${handle}`) ?? `@${handle}`
      const [sender, ben] = [
        await club.person(name, { handle }),
        await club.person('Ben', { handle: `ben_${count}` }),
      ]
      const group = club.fake.group({ creator: ben, members: [sender] })
      const asked = ben.says(group, 'who pays?')
      const card = await club.card(group, () => sender.says(group, '/send 20', { replyTo: asked }))
      expect(card.text.split('\n')[1]).toBe(`${sentBy} → Ben (@ben_${count})`)

      const { link } = await club.service.client.transfer(transferOf(card))
      const page = await (
        await fetch(localLink(club.service, link), { headers: { accept: 'text/html' } })
      ).text()
      expect(page).toContain(`<bdi dir="ltr">${sentBy}</bdi>`)
      expect(page).toContain(`<title>20.00 CREDIT from ${sentBy} for Ben (@ben_${count}) · Passalong</title>`)

      await ben.taps(card, 'Collect')
      await club.fake.until(() => club.last(ben.chat).text === `💰 You received 20.00 CREDIT from ${sentBy}.`)
      const history = await club.answer(group, () => ben.says(group, '/history'))
      // A name gives way in a list, and the handle never does.
      const listed = name.startsWith('xxx') ? `${'x'.repeat(23)}… (@${handle})` : sentBy
      expect(history.text).toContain(`20.00 CREDIT  ${listed} → Ben (@ben_${count})  collected`)
    },
  )

  // Discord's own names have 32 characters at most.
  const ofDiscord = some.filter(([, name]) => name.length <= 32)
  test.each(ofDiscord)('of %s is shown with the handle in Discord', async (_what, name, shown) => {
    const handle = `mallory${++count}`
    const sentBy = called(shown, `@${handle}`) ?? `@${handle}`
    const sender = discord.user({ username: handle, global_name: name })
    const ben = discord.user({ username: `ben${count}`, global_name: 'Ben' })
    const channel = discord.guild({ name: 'Club', owner: sender, members: [ben] }).channel()
    await club.service.client.issue(inDiscord(sender), '20')
    const sent = await sender.slash(channel, 'send', { amount: '20', who: ben }).answer()
    expect(sent.message.lines[1]).toBe(`**${sentBy} → Ben (@ben${count})**`)
    await ben.taps(sent.message, 'Collect').answer()
    await discord.until(() => sent.message.lines.includes(`✅ Ben (@ben${count}) has collected it.`))
    const notice = `💰 You received 20.00 CREDIT from ${sentBy}.`
    await discord.until(() => discord.messages(ben.privateChannel).some(({ text }) => text.includes(notice)))
    const books = await sender.slash(channel, 'history').answer()
    expect(books.message.text).toContain(`20.00 CREDIT  ${sentBy} → Ben (@ben${count})  collected`)
  })

  test('and a note from right to left turn no sentence around, and a note is cleaned like a name', async () => {
    const [ada, ben] = [await club.person('עדה', { handle: 'ada_rtl' }), await club.person('Ben')]
    const group = club.fake.group({ creator: ada, members: [ben] })
    const note = 'שלום \u05E2\u05D5\u05DC\u05DD'
    const card = await club.card(group, () =>
      ada.says(group, `/send 20 \u202E${note}\n\u3164${FAMILY}\u200F`),
    )
    expect(card.text.split('\n').slice(1, 3)).toEqual([
      '\u2068עדה\u2069 (\u2066@ada_rtl\u2069) → whoever taps first',
      `${note} ${FAMILY}`,
    ])
    const { link } = await club.service.client.transfer(transferOf(card))
    const page = await (
      await fetch(localLink(club.service, link), { headers: { accept: 'text/html' } })
    ).text()
    expect(page).toContain(`content="“\u2068${note} ${FAMILY}\u2069” · `)
    expect(page).toContain('content="20.00 CREDIT from \u2068עדה\u2069 (\u2066@ada_rtl\u2069)"')
    await ben.taps(card, 'Collect')
    const received = `💰 You received 20.00 CREDIT from \u2068עדה\u2069 (\u2066@ada_rtl\u2069) (\u2068${note} ${FAMILY}\u2069).`
    await club.fake.until(() => club.last(ben.chat).text === received)
    const history = await club.answer(group, () => ada.says(group, '/history'))
    expect(history.text).toContain(`collected · \u2068${note} ${FAMILY}\u2069\n`)
  })

  test('that nobody can see, without a handle, shows no number before others, and the number in the books', async () => {
    const [ada, shade] = [await club.person('Ada'), await club.person('\u3164', { handle: null })]
    const group = club.fake.group({ creator: ada, members: [shade] })
    const asked = shade.says(group, 'me')
    const card = await club.card(group, () => ada.says(group, '/send 20', { replyTo: asked }))
    expect(card.text).toContain('→ somebody\n')
    expect(card.text).toContain('Only the one it is for can collect it.')
    const { link } = await club.service.client.transfer(transferOf(card))
    const page = await (
      await fetch(localLink(club.service, link), { headers: { accept: 'text/html' } })
    ).text()
    expect(page).toContain('<bdi dir="ltr">somebody</bdi>')
    await shade.taps(card, 'Collect')
    await club.reads(card, '✅ Somebody has collected it.')
    for (const seen of [card.text, page]) expect(seen).not.toContain(String(shade.id))
    await club.fake.until(
      () => club.last(ada.chat).text === `✅ #${shade.id} has collected your 20.00 CREDIT.`,
    )
    const history = await club.answer(group, () => ada.says(group, '/history'))
    expect(history.text).toContain(` → #${shade.id}  collected`)
    expect(history.text).toContain('Times are those of UTC.')
  })
})
