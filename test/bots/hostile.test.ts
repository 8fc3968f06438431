import { asc, desc, gt } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { encodeAction } from '../../bots/actions.ts'
import { type Bot, createBot } from '../../bots/bot.ts'
import type { DrawnCard } from '../../bots/card.ts'
import { connectApi } from '../../bots/client.ts'
import { admins } from '../../bots/commands/admins.ts'
import { commandOf, commands } from '../../bots/commands/index.ts'
import type { Capabilities } from '../../bots/description.ts'
import type { Button, Chat, Invocation, Message, Person } from '../../bots/messenger.ts'
import { messengers } from '../../bots/registry.ts'
import { HANDLES } from '../../bots/telegram/people.ts'
import { texts } from '../../bots/texts/index.ts'
import { commandIn } from '../../bots/typed-command.ts'
import { entries } from '../../db/schema.ts'
import { createApi } from '../../src/api/app.ts'
import { audit } from '../../src/ledger/audit.ts'
import { LANGUAGES } from '../../src/shared/language.ts'
import { translations } from '../../src/texts/index.ts'
import { effort } from '../support/effort.ts'
import { newcomer, openTestCore } from '../support/service.ts'

/** A piece of what somebody types. */
interface Piece {
  text: string
  /** The amount that it says, in minor units. Unset: nothing that may move as one. */
  amount?: bigint
  /** Whether it can only mean somebody, or the treasury. */
  isSomebody?: true
}

const pieces = (...all: string[]): Piece[] => all.map((text) => ({ text }))
const amounts = (...all: [text: string, amount: bigint][]): Piece[] =>
  all.map(([text, amount]) => ({ text, amount }))
const names = (...all: string[]): Piece[] => all.map((text) => ({ text, isSomebody: true }))

/** Stands for the code of a transfer. */
const CODE = '\uE000'

const HOSTILE: Piece[][] = [
  [
    ...amounts(
      ['1', 100n],
      ['0.01', 1n],
      ['2.50', 250n],
      ['0003', 300n],
      ['$4', 400n],
      ['５', 500n],
      ['٦', 600n],
    ),
    ...amounts(
      ['\u200F7\u200F', 700n],
      ['0.008k', 800n],
      ['9€', 900n],
      ['1000', 1000_00n],
      ['/send 1', 100n],
    ),
    ...pieces(
      '0',
      '0.00',
      '-1',
      '+1',
      '--1',
      '1e3',
      '1E-2',
      '1e999',
      'NaN',
      'Infinity',
      '0x10',
      '1_0',
      '1/2',
    ),
    ...pieces('1,50', '1.234', "1'000", '1.2.3', '.5', '5.', '0.001', '2000.01', '$', '$$1', '9'.repeat(400)),
    ...pieces(
      '²',
      '1²',
      '½',
      '四',
      '𝟙',
      'Ⅳ',
      '①',
      '১',
      '1\u202E2',
      '1\u200B2',
      '1\u00AD2',
      '1\uFEFF2',
      '1\u2060k',
    ),
  ],
  [
    ...names(
      '@ben',
      '@BEN',
      'to @ben',
      '@ben,',
      '(@ben)',
      '给@ben',
      '@nobody_at_all',
      '@treasury',
      '@some_bot',
    ),
    ...names(
      '@here',
      '@everyone',
      '<@1>',
      '@@@ben',
      '@\u200Bben',
      '@ben\u202E',
      '＠ben',
      '@йцу',
      '@-',
      '@#7;',
      '@#8;',
    ),
    ...names(`@${'a'.repeat(500)}`),
    ...pieces('@', 'Ben', 'to Ben', 'for', 'from', 'to', 'anyone', 'me', 'with', 'and'),
  ],
  [
    ...pieces(
      'CREDIT',
      'credit',
      'DOGE',
      'dollars',
      'equal',
      'members',
      'before',
      'list',
      'list "',
      '10m',
      'all',
    ),
    ...pieces(
      '99999d',
      'picture',
      'phrase',
      'phrase here',
      'phrase:',
      'phrase: amber fox lamp',
      'add',
      'remove',
    ),
    ...pieces(
      'on',
      'off',
      'max',
      'day',
      'senders',
      'asset',
      'language',
      'zone',
      'hours',
      'approvals',
      'above',
      'none',
    ),
    ...pieces(
      'Europe/Atlantis',
      'klingon',
      'amber fox lamp river',
      '春眠不觉晓',
      'x'.repeat(22),
      'A'.repeat(64),
    ),
    ...pieces('4K7Q-4K7Q-4K7Q-4K7Q', 'https://pass.test/c/', 'start=', CODE, `https://pass.test/c/${CODE}?`),
  ],
  [
    ...pieces(
      '\0',
      '\u0007\u001B[31m',
      '\u202Eevil',
      '\u2066\u2067',
      '\u200B\u200D\u2060\uFEFF',
      '\u3164',
      '\u0301',
    ),
    ...pieces(
      '\uD800',
      'half \uDC00 a letter',
      '👩‍👩‍👧',
      '🏳️‍🌈'.repeat(60),
      `e${'\u0301'.repeat(300)}`,
      'שלום',
      'مرحبا',
    ),
    ...pieces(
      'x'.repeat(201),
      'y'.repeat(5000),
      '字'.repeat(300),
      'a '.repeat(900),
      '<script>alert(1)</script>',
    ),
    ...pieces(
      '</b><a href="x">',
      '&lt;&#0;',
      "'; drop table entries; --",
      '**b** _x_ ~~y~~ ||z|| `c` ```d',
      '[a](b:1)',
    ),
    ...pieces(
      '{{amount}}',
      '$t(refusals.unknown)',
      '__proto__',
      'constructor',
      '%00',
      '%s%n',
      '../..',
      '\\',
      '"',
      '“',
    ),
  ],
]
const byChance = fc
  .string({ unit: 'binary', maxLength: 12 })
  // Without what could be an amount, or a person.
  .map((text): Piece => ({ text: text.replace(/[\p{N}@＠]/gu, '') }))
const piece = fc.oneof(...HOSTILE.map((all) => fc.constantFrom(...all)), byChance)

const COMMANDS = [...commands, admins]
const WORDS = COMMANDS.flatMap(({ name }) =>
  LANGUAGES.flatMap((language) => translations[language].commandWords?.[name] ?? []),
)
const NO_WORDS = [
  '',
  'x',
  '1',
  '999999999',
  'a'.repeat(300),
  `a${'𝐚'.repeat(40)}`,
  'constructor',
  'sned',
  'send@other',
]

const someWords = fc.record({
  sign: fc.constantFrom('/', '/', '/', '／', '!', '', ' /', '\u200F/'),
  word: fc.oneof(
    { arbitrary: fc.constantFrom(...WORDS), weight: 9 },
    { arbitrary: fc.constantFrom(...NO_WORDS), weight: 1 },
  ),
  blank: fc.constantFrom(' ', ' ', '  ', '\n', '\t', '\u00A0', '\u3000', '\r\n'),
  pieces: fc.array(piece, { maxLength: 6 }),
})
const someFields = fc.record({
  command: fc.constantFrom(...COMMANDS),
  pieces: fc.array(piece, { minLength: 9, maxLength: 9 }),
  who: fc.constantFrom(undefined, 'ben', 'bot'),
})
const somewhere = fc.record({
  who: fc.constantFrom('ada', 'ben', 'a stranger'),
  where: fc.constantFrom('in the group', 'in private', 'among others'),
  replyTo: fc.constantFrom(undefined, undefined, 'ben', 'nobody'),
  language: fc.constantFrom(...LANGUAGES),
  isLate: fc.constantFrom(false, false, false, true),
})
const someHearing = fc.record({
  isAddressed: fc.boolean(),
  isForwarded: fc.constantFrom(false, false, false, true),
})
type Made<T> = T extends fc.Arbitrary<infer Value> ? Value : never
type Where = Made<typeof somewhere>

const service = await openTestCore({
  roles: 'api',
  assets: [{ code: 'CREDIT', scale: 2, symbols: ['$'], maxTransfer: 2000_00n, lifetime: 86_400 }],
})
const { core, client, log } = service
const app = createApi(core)
const api = connectApi('http://core.test', core.tokens.inProcess('telegram'), async (url, init) =>
  app.request(String(url), init),
)
const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
const GROUP: Chat = { id: '-1001', kind: 'group', title: '<b>Lunch</b> club' }
/** The code of an open transfer of Ben's, and its id. */
let open = { code: '', id: '' }
let count = 0

beforeAll(async () => {
  for (const person of [ada, ben]) await client.issue(person, '1000000')
  const given = { from: ada, amount: '1000', title: GROUP.title }
  await client.post(`/v1/groups/telegram/${GROUP.id}/contributions`, given)
})
afterAll(() => service.close())
afterEach(async () => expect((await audit(core.db)).faults).toEqual([]))

/** One messenger for all that bots can do in some of them. */
const KINDS = new Map(
  messengers.map(({ name, capabilities: { language: _, ...can } }) => [JSON.stringify(can), name]),
)

describe.each([...KINDS.values()])('where the bot can do what it can in %s', (name) => {
  const { capabilities } = messengers.find((one) => one.name === name) as { capabilities: Capabilities }
  const said: string[] = []
  const bot = botThat(capabilities, said)
  const timeout = 3600_000

  /** Carries out a command, and checks what is said. @returns the entries that it has made */
  async function dispatch(command: string, where: Where, more: Pick<Invocation, 'words' | 'fields'>) {
    const [logged, last] = [log.length, await lastEntry()]
    said.splice(0)
    const invocation = { ...invocationOf(where), ...more }
    const post = async (card: DrawnCard) => {
      said.push(...linesOf(card))
      return { chat: invocation.chat.id, message: String(++count) }
    }
    const say = async (message: Message) => void said.push(...linesIn(message))
    await (await bot.dispatch(command, invocation, { post, say })).answered
    expect(said).not.toEqual([])
    expect([...said.flatMap(faultsIn), ...log.slice(logged).filter(isError)]).toEqual([])
    return core.db.select().from(entries).where(gt(entries.id, last)).orderBy(asc(entries.id))
  }

  async function type(where: Where, hearing: Made<typeof someHearing>, line: Made<typeof someWords>) {
    const { sign, word, blank } = line
    const text = sign + [word, ...line.pieces.map((one) => one.text)].join(blank)
    const command = commandIn(text.replaceAll(CODE, open.code), {
      ...hearing,
      isPrivate: where.where !== 'in the group',
      hasChoices: !capabilities.buttons,
      ...(capabilities.handles && { botHandle: 'passalong_bot' }),
    })
    if (!command) return
    const moved = await dispatch(command.name, where, { words: command.words })
    await expectMeant(command.name, line.pieces, moved)
  }

  test('whatever is typed is understood, or refused in a sentence; what moves was written there', {
    timeout,
  }, async () => {
    open = await client.send(ben, '20')
    const property = fc.asyncProperty(somewhere, someHearing, someWords, type)
    await fc.assert(property, { numRuns: effort(50, 3000) })
  })

  test('no less is whatever is put into fields', { timeout }, async () => {
    open = await client.send(ben, '20')
    const property = fc.asyncProperty(somewhere, someFields, async (where, { command, who, pieces }) => {
      const texts = command.options.map(({ name }, turn) => [
        name,
        pieces[turn]?.text.replaceAll(CODE, open.code),
      ])
      const fields = { ...Object.fromEntries(texts), who: who === 'ben' ? identityOf(ben) : who }
      const moved = await dispatch(command.name, where, { words: '', fields })
      const named = who ? names('@ben') : []
      await expectMeant(command.name, [...pieces.map(({ isSomebody: _, ...one }) => one), ...named], moved)
    })
    await fc.assert(property, { numRuns: effort(10, 1000) })
  })
})

test.each([
  ['send', { words: '\u000E @ben \uD800' }],
  ['send', { words: '', fields: { asset: '@ben\u202E', note: '@ben' } }],
  ['sned', { words: '\0 \u202E' }],
  [`a${'𝐚'.repeat(40)}`, { words: '' }],
])(
  'an answer to /%s %j repeats neither half a character nor a mark that nobody sees',
  async (command, more) => {
    const said: string[] = []
    const where = {
      who: 'ada',
      where: 'in the group',
      replyTo: undefined,
      language: 'en',
      isLate: false,
    } as const
    const say = async (message: Message) => void said.push(...linesIn(message))
    const post = async () => ({ chat: '', message: '' })
    const bot = botThat({ handles: false, redraw: 'always', buttons: true, language: 'en' }, said)
    await (await bot.dispatch(command, { ...invocationOf(where), ...more }, { post, say })).answered
    expect(said).toHaveLength(1)
    expect(said.flatMap(faultsIn)).toEqual([])
  },
)

/** What may follow from a command; from all others nothing. */
const MOVES: Record<string, string[]> = {
  send: ['fund', 'collect'],
  red: ['fund'],
  pay: ['fund'],
  collect: ['collect'],
  refund: ['fund', 'collect'],
  cancel: ['return'],
}

/** Money moved only as the command can mean it, by an amount and a code that are written there, and for nobody else than somebody who is named. */
async function expectMeant(command: string, typed: Piece[], moved: (typeof entries.$inferSelect)[]) {
  const name = commandOf(command)?.name ?? ''
  const isNumber = /^\d+$/.test(command)
  for (const { kind, amount, transferId } of isNumber ? [] : moved) {
    expect(MOVES[name] ?? []).toContain(kind)
    if (name === 'collect' || name === 'refund') {
      expect(typed.some(({ text }) => text.includes(CODE))).toBe(true)
    } else if (kind === 'fund') {
      expect(typed.map((one) => one.amount)).toContain(-amount)
      const { to, treasury } = await client.transfer(transferId)
      if (typed.some(({ isSomebody }) => isSomebody)) expect(to ?? treasury).not.toBeNull()
    }
  }
}

const identityOf = ({ id, name, handle }: ReturnType<typeof newcomer>): Person => ({
  messenger: 'telegram',
  id,
  handle,
  name: name ?? '',
})

function invocationOf({ who, where, replyTo, language, isLate }: Where): Omit<Invocation, 'words'> {
  const person = identityOf(who === 'ada' ? ada : who === 'ben' ? ben : newcomer('<i>Nobody</i>'))
  const { id } = person
  const withOthers = where === 'among others' && ({ withOthers: true } as const)
  const chat: Chat = where === 'in the group' ? GROUP : { id, kind: 'private', ...withOthers }
  return {
    person,
    chat,
    target: { chat: chat.id },
    language,
    key: `typed-${++count}`,
    handles: HANDLES,
    mentions: new Map<string, Person | 'bot'>([
      ['@#7;', identityOf(ben)],
      ['@#8;', 'bot'],
    ]),
    replyTo: replyTo === 'ben' ? identityOf(ben) : replyTo,
    ...(isLate && { sentAt: new Date(Date.now() - 3600_000) }),
  }
}

/** @param said gets what it says */
function botThat(capabilities: Capabilities, said: string[]): Bot {
  const show = (lines: string[]) => void said.push(...lines)
  return createBot(
    api,
    {
      name: 'telegram',
      capabilities,
      async post(card, { chat }) {
        show(linesOf(card))
        return { chat, message: String(++count) }
      },
      privateChat: async ({ id }) => id,
      redraw: async (_, card) => show(linesOf(card)),
      sendPrivately: async (_, message) => show(linesIn(message)),
      ping: async () => {},
      isAdmin: async (_, { id }) => id === ada.id,
      isMember: async () => true,
    },
    core.log,
  )
}

const linesOf = ({ title, note, status, hint, unreached, choices = [], buttons }: DrawnCard): string[] => [
  ...[title, note, status, hint, unreached].filter((line) => line != null),
  ...choices,
  ...buttons.map(labelOf),
]

const linesIn = ({ text, buttons = [] }: Message): string[] => [text, ...buttons.flat().map(labelOf)]

function labelOf(button: Button): string {
  if ('action' in button) expect(Buffer.byteLength(encodeAction(button.action))).toBeLessThanOrEqual(64)
  expect(button.label.length).toBeLessThanOrEqual(80)
  return button.label
}

const UNKNOWN = LANGUAGES.map((language) => texts(language)('refusals.unknown'))

/** Why a text is none that every messenger takes, or none of ours. */
function faultsIn(text: string): string[] {
  return [
    ...(text.trim() === '' ? ['says nothing'] : []),
    ...(text.isWellFormed() ? [] : ['holds half a character']),
    ...(/(?!\n)\p{Cc}/u.test(text) ? ['holds a control character'] : []),
    ...(/[\u202A-\u202E]/.test(text) ? ['turns what follows'] : []),
    ...(UNKNOWN.some((one) => text.includes(one)) ? ['is for what we did not foresee'] : []),
    ...(/^[a-z]+(\.[A-Za-z]+)+$/m.test(text) ? ['is a key'] : []),
    ...(text.length > 4000 ? ['is too long'] : []),
  ].map((fault) => `${fault}: ${JSON.stringify(text.slice(0, 300))}`)
}

const isError = (line: string) => /"level":"(error|fatal)"/.test(line)

async function lastEntry(): Promise<bigint> {
  const [last] = await core.db.select({ id: entries.id }).from(entries).orderBy(desc(entries.id)).limit(1)
  return last?.id ?? 0n
}
