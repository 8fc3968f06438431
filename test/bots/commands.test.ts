import { describe, expect, test } from 'vitest'
import { type ApiClient, Refused } from '../../bots/client.ts'
import { collect } from '../../bots/commands/collect.ts'
import { commandOf, nearestCommand } from '../../bots/commands/index.ts'
import { parseRed } from '../../bots/commands/parse-red.ts'
import { parseFields, parseWords, takePicture } from '../../bots/commands/parse-send.ts'
import { phraseProblem } from '../../bots/commands/send.ts'
import type { Handles, Invocation } from '../../bots/messenger.ts'
import { playground } from '../../bots/playground/index.ts'
import { sentenceOf } from '../../bots/refusals.ts'
import { HANDLES as TELEGRAM } from '../../bots/telegram/people.ts'
import { texts } from '../../bots/texts/index.ts'
import { codeIn } from '../../src/shared/pasted-code.ts'

const DISCORD: Handles = { pattern: /^(?!.*\.\.)[a-z\d_.]{2,32}$/, isBot: (handle) => handle === 'passalong' }

const asked = (words: string, more: Partial<Invocation> = {}): Invocation => ({
  person: { messenger: 'telegram', id: 'ada' },
  chat: { id: '1', kind: 'group' },
  language: 'en',
  key: 'k',
  words,
  handles: TELEGRAM,
  ...more,
})
const understood = (words: string, more?: Partial<Invocation>) => parseWords(asked(words, more), ['CREDIT'])

const ben = { messenger: 'telegram', id: '7', name: 'Ben' }
const cleo = { messenger: 'telegram', id: '8', name: 'Cleo' }
const handle = (name: string) => ({ messenger: 'telegram', handle: name })

describe('a /red is understood', () => {
  const red = (words: string, more?: Partial<Invocation>) => parseRed(asked(words, more), ['CREDIT'])
  test.each([
    ['100 10', { amount: '100', count: 10, draw: 'lucky' }],
    ['100 10 happy new year', { amount: '100', count: 10, draw: 'lucky', note: 'happy new year' }],
    [
      '100 credit 10 equal lunch',
      { amount: '100', asset: 'credit', count: 10, draw: 'equal', note: 'lunch' },
    ],
    ['￥100 10人 平分 午饭', { amount: '￥100', count: 10, draw: 'equal', note: '午饭' }],
    ['88.88 ８个 拼手气 周五快乐', { amount: '88.88', count: 8, draw: 'lucky', note: '周五快乐' }],
    ['20 5 members hi', { amount: '20', count: 5, draw: 'lucky', takers: { of: 'members' }, note: 'hi' }],
    ['20 5 members equal', { amount: '20', count: 5, draw: 'equal', takers: { of: 'members' } }],
    [
      '20 5份 平分 群成员 周五',
      { amount: '20', count: 5, draw: 'equal', takers: { of: 'members' }, note: '周五' },
    ],
    ['20 5 anyone hi', { amount: '20', count: 5, draw: 'lucky', note: 'hi' }],
    ['20 5 before hi', { amount: '20', count: 5, draw: 'lucky', takers: { of: 'before' }, note: 'hi' }],
    ['20 5份 老成员', { amount: '20', count: 5, draw: 'lucky', takers: { of: 'before' } }],
    [
      '20 5 list Crew hi',
      { amount: '20', count: 5, draw: 'lucky', takers: { of: 'list', list: 'Crew' }, note: 'hi' },
    ],
    [
      '20 5 equal 名单 “Night crew” hi',
      { amount: '20', count: 5, draw: 'equal', takers: { of: 'list', list: 'Night crew' }, note: 'hi' },
    ],
    ['20 5 hi members', { amount: '20', count: 5, draw: 'lucky', note: 'hi members' }],
    ['20 1 10m', { amount: '20', count: 1, draw: 'lucky', settlement: { by: 'draw', seconds: 600 } }],
    [
      '20 5 1小时 群成员 平分 周五',
      {
        amount: '20',
        count: 5,
        draw: 'equal',
        takers: { of: 'members' },
        settlement: { by: 'draw', seconds: 3600 },
        note: '周五',
      },
    ],
    ['20 all 90s hi', { amount: '20', draw: 'lucky', settlement: { by: 'split', seconds: 90 }, note: 'hi' }],
    ['20 全部 ２天', { amount: '20', draw: 'lucky', settlement: { by: 'split', seconds: 172_800 } }],
    ['20 5 hi 10m', { amount: '20', count: 5, draw: 'lucky', note: 'hi 10m' }],
    ['20 1 equally', { amount: '20', count: 1, draw: 'lucky', note: 'equally' }],
  ])('%s', (words, parsed) => {
    expect(red(words)).toEqual(parsed)
  })

  test.each([
    ['', 'noAmount'],
    ['100', 'noCount'],
    ['100 ten people', 'noCount'],
    ['100 0', 'wrongCount'],
    ['100 1001', 'wrongCount'],
    // For one thousand many write `1 000`.
    ['1 000 10', 'wrongCount'],
    // It looks like 12.
    ['1\uFEFF2', 'noCount'],
    ['100 10 @ben', 'somebody'],
    ['100 @treasury 10', 'somebody'],
    ['100 all happy Friday', 'noTime'],
    ['100 10 5s', 'wrongTime'],
    ['100 all 8d', 'wrongTime'],
  ])('%s is asked back', (words, what) => {
    expect(red(words).unclear?.what).toBe(what)
  })

  test('by the fields of a messenger', () => {
    const fields = { amount: '100', count: '10', draw: 'equal', note: 'lunch' }
    expect(red('', { fields })).toEqual({ amount: '100', count: 10, draw: 'equal', note: 'lunch' })
    expect(red('', { fields: { ...fields, takers: 'members' } })).toMatchObject({ takers: { of: 'members' } })
    expect(red('', { fields: { ...fields, takers: 'before' } })).toMatchObject({ takers: { of: 'before' } })
    expect(red('', { fields: { ...fields, list: 'Night crew' } }).takers).toEqual({
      of: 'list',
      list: 'Night crew',
    })
    expect(red('20 5 list').unclear?.what).toBe('noList')
    expect(red('', { fields: { ...fields, takers: 'anyone' } })).not.toHaveProperty('takers')
    expect(red('', { fields: { amount: '100' } }).unclear?.what).toBe('noCount')
    expect(red('', { fields: { ...fields, count: 'all', time: '10m' } })).toMatchObject({
      settlement: { by: 'split', seconds: 600 },
    })
    expect(red('', { fields: { ...fields, time: 'soon' } }).unclear?.what).toBe('wrongTime')
  })

  test('for members of the group where it is written alone, and in private nobody’s', () => {
    expect(red('20 5 members', { chat: { id: '1', kind: 'private' } }).unclear?.what).toBe('membersWhere')
  })

  test('in Chinese, too', () => {
    expect(commandOf('红包')?.name).toBe('red')
    expect(commandOf('发红包')?.name).toBe('red')
  })
})

describe('a /send or a /red asks for words that open it', () => {
  const send = (words: string) => parseWords(asked(words), ['CREDIT'], { byWords: true })
  test.each([
    ['20 phrase', {}, undefined],
    ['20 phrase lunch', {}, 'lunch'],
    ['20 credit Phrase here', { here: true }, undefined],
    ['20 口令', {}, undefined],
    ['20 口令 本群 周五快乐', { here: true }, '周五快乐'],
    ['20 phrase: amber fox', { words: 'amber fox' }, undefined],
    ['20 phrase : amber fox', { words: 'amber fox' }, undefined],
    ['20 口令：春眠不觉晓', { words: '春眠不觉晓' }, undefined],
    ['20 passphrase:', { words: '' }, undefined],
    ['20 phrases', undefined, 'phrases'],
    ['20 for the phrase', undefined, 'for the phrase'],
  ])('%s', (words, phrase, note) => {
    expect(send(words)).toMatchObject({ to: [], note, phrase })
  })

  test('and whoever is named in it is understood, so that the bot asks', () => {
    expect(send('20 @ben phrase')).toMatchObject({ to: [handle('ben')], phrase: {} })
    expect(send('20 phrase Ben lunch').perhaps).toEqual({ word: 'Ben', isLikely: true })
  })

  test('in a red packet', () => {
    expect(parseRed(asked('100 10 equal phrase here lunch'), [])).toMatchObject({
      draw: 'equal',
      phrase: { here: true },
      note: 'lunch',
    })
    const fields = { amount: '100', count: '10', phrase: 'anywhere' }
    expect(parseRed(asked('', { fields }), []).phrase).toEqual({})
    expect(parseFields(asked('', { fields: { amount: '1', phrase: 'here' } })).phrase).toEqual({ here: true })
  })

  test('which nobody else may have read', () => {
    const target = { chat: '1' }
    const problem = (chat: Partial<Invocation['chat']>, phrase: object, more: object = { target }) =>
      phraseProblem({ phrase, to: [] }, asked('', { chat: { id: '1', kind: 'private', ...chat }, ...more }))
        ?.what
    const own = { words: 'amber fox lamp river' }
    expect(problem({}, own)).toBeUndefined()
    expect(problem({ kind: 'group' }, own)).toBe('phraseInGroup')
    expect(problem({ withOthers: true }, own)).toBe('phraseInGroup')
    expect(problem({ kind: 'group' }, { here: true })).toBeUndefined()
    expect(problem({}, { here: true })).toBe('phraseNotHere')
    expect(problem({}, {}, {})).toBe('phraseNotHere')
    expect(problem({}, { words: '' })).toBe('phraseEmpty')
  })

  test('but a /pay does not, where it is a word of the note', () => {
    expect(understood('20 phrase')).toMatchObject({ note: 'phrase', phrase: undefined })
  })
})

describe('a /send asks for the picture', () => {
  const asksFor = (words: string) => takePicture(understood(words))

  test.each([
    ['20 picture', {}],
    ['20 Picture', {}],
    ['20 图片', {}],
    ['20 credit @ben picture', { asset: 'credit', to: [handle('ben')] }],
    ['@ben 20 picture', { to: [handle('ben')] }],
    ['20 anyone picture', {}],
  ])('by the word alone behind amount, asset and person: %s', (words, more) => {
    const { note, picture, unclear, ...rest } = asksFor(words)
    expect([note, picture, unclear]).toEqual([undefined, true, undefined])
    expect(rest).toMatchObject(more)
  })

  test.each([
    '20 lunch picture',
    '20 picture frames',
    '20 @ben pictures',
    '20 picture.',
    '20 @treasury picture',
  ])('and never by a word of its note: %s', (words) => {
    const { note, picture } = asksFor(words)
    expect(note).toMatch(/picture/)
    expect(picture).toBeUndefined()
  })
})

describe('a /send is understood', () => {
  test.each([
    ['20', { amount: '20' }],
    ['20 lunch with Ben', { amount: '20', note: 'lunch with Ben' }],
    ['20 credit @ben lunch', { amount: '20', asset: 'credit', to: handle('ben'), note: 'lunch' }],
    ['@ben 20', { amount: '20', to: handle('ben') }],
    ['20 € lunch', { amount: '20€', note: 'lunch' }],
    ['¥ 20 lunch', { amount: '¥20', note: 'lunch' }],
    // A handle as people write it into a sentence.
    ['20 ＠ben lunch', { amount: '20', to: handle('ben'), note: 'lunch' }],
    ['20 ﹫ben', { amount: '20', to: handle('ben') }],
    ['20 @ben!', { amount: '20', to: handle('ben') }],
    ['20 @ben.', { amount: '20', to: handle('ben') }],
    ['20 @ben, lunch', { amount: '20', to: handle('ben'), note: 'lunch' }],
    ['20 @ben，', { amount: '20', to: handle('ben') }],
    ['20 @ben: lunch', { amount: '20', to: handle('ben'), note: 'lunch' }],
    ['20 (@ben)', { amount: '20', to: handle('ben') }],
    ['20 “@ben” lunch', { amount: '20', to: handle('ben'), note: 'lunch' }],
    ["20 @ben's lunch", { amount: '20', to: handle('ben'), note: 'lunch' }],
    ['20 @ben’s lunch', { amount: '20', to: handle('ben'), note: 'lunch' }],
    ['20 @ben谢谢', { amount: '20', to: handle('ben'), note: '谢谢' }],
    ['20 @ben，谢谢', { amount: '20', to: handle('ben'), note: '谢谢' }],
    ['20 to @ben lunch', { amount: '20', to: handle('ben'), note: 'lunch' }],
    ['20 给 @ben 午饭', { amount: '20', to: handle('ben'), note: '午饭' }],
    ['20 给@ben 午饭', { amount: '20', to: handle('ben'), note: '午饭' }],
    ['20\u3000@ben', { amount: '20', to: handle('ben') }],
    // The treasury of the group, also where somebody goes by that handle.
    ['20 @treasury', { amount: '20', treasury: true }],
    ['20 to @Treasury, for the room', { amount: '20', treasury: true, note: 'for the room' }],
    ['@treasury 20', { amount: '20', treasury: true }],
    ['给@金库 20', { amount: '20', treasury: true }],
    ['20 ＠金库加油', { amount: '20', treasury: true, note: '加油' }],
    ['20 @treasurys', { amount: '20', to: handle('treasurys') }],
    // Whoever taps first, said in so many words.
    ['20 anyone Ben lunch', { amount: '20', note: 'Ben lunch' }],
    ['20 Anyone', { amount: '20' }],
    ['20 CREDIT anyone lunch', { amount: '20', asset: 'CREDIT', note: 'lunch' }],
    ['20 谁都行 午饭', { amount: '20', note: '午饭' }],
    // What looks like an asset is one, and the core says whether there is such a one.
    ['5 USD @ben', { amount: '5', asset: 'USD', to: handle('ben') }],
    ['5 @ben USD', { amount: '5', asset: 'USD', to: handle('ben') }],
    ['5 usd', { amount: '5', asset: 'usd' }],
    ['5 元 @ben', { amount: '5', asset: '元', to: handle('ben') }],
    ['5 dollars @ben', { amount: '5', asset: 'dollars', to: handle('ben') }],
    ['5 cup of tea', { amount: '5', note: 'cup of tea' }],
    ['5 OK', { amount: '5', note: 'OK' }],
  ])('%j', (words, expected) => {
    const { amount, asset, to, treasury, note, unclear } = understood(words)
    const nothing = { asset: undefined, to: undefined, treasury: false, note: undefined }
    expect(unclear).toBeUndefined()
    expect({ amount, asset, to: to[0], treasury, note }).toEqual({ ...nothing, ...expected })
  })

  test('somebody who is named twice is one person, and a longer name is another', () => {
    const mentions = new Map([['@ben', ben]])
    expect(understood('20 @ben @ben', { mentions }).to).toEqual([ben])
    expect(understood('20 @ben @benny', { mentions }).to).toHaveLength(2)
  })

  test.each(['<@7>谢谢', '<@7>, 谢谢', '<@7>！谢谢', "<@7>'s 谢谢", 'to <@7> 谢谢', '给<@7> 谢谢'])(
    'somebody picked from the list of the messenger, in "20 %s"',
    (words) => {
      const { to, note, unclear } = understood(`20 ${words}`, { mentions: new Map([['<@7>', ben]]) })
      expect({ to, note, unclear }).toEqual({ to: [ben], note: '谢谢', unclear: undefined })
    },
  )

  test('an answer is for the one who is answered, unless somebody else is named, or anyone', () => {
    expect(understood('20 lunch', { replyTo: cleo }).to).toEqual([cleo])
    expect(understood('20 Thanks!', { replyTo: cleo })).toMatchObject({ to: [cleo], note: 'Thanks!' })
    expect(understood('20 ＠ben lunch', { replyTo: cleo }).to).toEqual([handle('ben')])
    expect(understood('20 anyone lunch', { replyTo: cleo }).to).toEqual([])
  })
})

describe('a /send is asked back', () => {
  test.each([
    ['', 'noAmount'],
    ['1 000 lunch', 'twoNumbers'],
    ['¥ 1 000', 'twoNumbers'],
    ['lunch 20', 'amountFirst'],
    ['ben 20', 'amountFirst'],
    ['USD 5 @ben', 'amountFirst'],
    // What looks like a person and can't be one.
    ['20 @here', 'whoIs'],
    ['20 @everyone lunch', 'whoIs'],
    ['20 @1abc', 'whoIs'],
    ['20 @a-b', 'whoIs'],
    ['20 @anna-lena', 'whoIs'],
    ['20 @ben.smith', 'whoIs'],
    ['20 @ben@cleo', 'whoIs'],
    ['20 @ben/lunch', 'whoIs'],
    ['20 @bené', 'whoIs'],
    ['20 @小明', 'whoIs'],
    ['20 @!', 'whoIs'],
    ['20 <@999>', 'whoIs'],
    ['20 <@&999>', 'whoIs'],
    ['20 @passalong_bot', 'bot'],
    ['20 @SomeBot lunch', 'bot'],
    ['20 @ben @cleo', 'tooManyPeople'],
    ['20 anyone @ben', 'anyoneAndSomebody'],
  ])('%j: %s, whoever is answered', (words, what) => {
    expect(understood(words).unclear?.what).toBe(what)
    expect(understood(words, { replyTo: cleo }).unclear?.what).toBe(what)
  })

  test.each([
    ['2 @Ben', 'whoIs'],
    ['2 @ben.', 'whoIs'],
    ['2 @b..n', 'whoIs'],
    ['2 @passalong', 'bot'],
  ])('%j in Discord: %s', (words, what) => {
    expect(understood(words, { handles: DISCORD }).unclear?.what).toBe(what)
  })

  test('a bot that the messenger points at', () => {
    const mentions = new Map([['<@7>', 'bot' as const]])
    expect(understood('20 <@7> lunch', { mentions }).unclear?.what).toBe('bot')
    expect(parseFields(asked('', { fields: { amount: '20', who: 'bot' } })).unclear?.what).toBe('bot')
  })

  test('a note in a field of its own that names a person, where nobody else is named', () => {
    const unclear = (fields: Invocation['fields'] & {}) => parseFields(asked('', { fields })).unclear?.what
    expect(unclear({ amount: '20', note: 'for @ben' })).toBe('whoIs')
    expect(unclear({ amount: '20', note: '＠ben lunch' })).toBe('whoIs')
    expect(unclear({ amount: '20', note: '<@7> lunch' })).toBe('whoIs')
    expect(unclear({ amount: '20', note: 'thanks, also from @cleo', who: ben })).toBeUndefined()
    expect(unclear({ amount: '20', note: 'Ben lunch' })).toBeUndefined()
  })

  test.each([
    ['20 Ben lunch', { word: 'Ben', isLikely: true }],
    ["20 Ben's lunch", { word: 'Ben', isLikely: true }],
    ['20 Ben, lunch', { word: 'Ben', isLikely: true }],
    ['20 to ben', { word: 'ben', isLikely: true }],
    ['20 给小明 午饭', { word: '小明', isLikely: true }],
    ['20 @ ben', { word: 'ben', isLikely: true }],
    ['20 ben@example.org', { word: 'ben@example.org', isLikely: true }],
    ['20 app:shop coffee', { word: 'app:shop', isLikely: true }],
    ['20 telegram:123456789', { word: 'telegram:123456789', isLikely: true }],
    ['20 re:lunch', { word: 're:lunch', isLikely: false }],
    ['20 ben lunch', { word: 'ben', isLikely: false }],
    ['20 小明 午饭', { word: '小明', isLikely: false }],
    ['20 @ben Ben', undefined],
    ['20 anyone Ben', undefined],
  ])('%j may begin with somebody', (words, perhaps) => {
    expect(understood(words).perhaps).toEqual(perhaps)
  })
})

describe('a command', () => {
  test.each([
    ['tip', 'send'],
    ['支付', 'pay'],
    ['Send', 'send'],
    ['bal', 'balance'],
  ])('/%s is /%s', (typed, name) => {
    expect(commandOf(typed)?.name).toBe(name)
  })

  test.each([
    ['sned', 'send'],
    ['balanse', 'balance'],
    ['cancle', 'cancel'],
    ['colect', 'collect'],
    ['pai', 'pay'],
    ['weather', undefined],
    ['stop', undefined],
    ['hi', undefined],
  ])('/%s is near to %j', (typed, name) => {
    expect(commandOf(typed)).toBeUndefined()
    expect(nearestCommand(typed, 'en')?.name).toBe(name)
  })

  test('is near to the words of English and of one’s own language alone', () => {
    expect(nearestCommand('enviarr', 'es')?.name).toBe('send')
    expect(nearestCommand('balanse', 'es')?.name).toBe('balance')
    expect(nearestCommand('enviarr', 'en')).toBeUndefined()
  })
})

describe('a code', () => {
  const code = 'AZq0b1c2d3e4f5g6h7i8j9k0l1m2_-'
  const link = `https://pass.test/c/${code}`

  test.each([
    code,
    link,
    `look: ${link}`,
    `${link}.`,
    `(${link})`,
    `"${link}"`,
    `“${link}”`,
    `<${link}>`,
    `${link}/`,
    `${link}?utm=1#x`,
    `看这里：${link}，谢谢`,
    `look at this\n${link}\nnow`,
    `https://t.me/passalong_bot?start=${code}`,
    `http://127.0.0.1:3000/?start=${code}`,
    `the code is ${code}.`,
    `(${code})`,
    `“${code}”`,
  ])('is found in %j', (typed) => {
    expect(codeIn(typed)).toBe(code)
  })

  test.each([
    '20',
    'hello',
    'Donaudampfschifffahrtsgesellschaft',
    '',
    `${code}${code}${code}`,
    'https://pass.test/c/short',
  ])('is not found in %j', (typed) => {
    expect(codeIn(typed)).toBeUndefined()
  })
})

test.each([
  ['expired', {}, 'it goes back to its sender', '将退回付款人'],
  ['expired', { reader: 'sender' }, 'it comes back to you', '将退回给你'],
  ['expired', { state: 'returned' }, 'it has gone back to its sender', '已退回付款人'],
  ['expired', { state: 'returned', reader: 'sender' }, 'it is back with you', '已退回给你'],
  ['declined', {}, 'it is back with its sender', '已退回付款人'],
  ['declined', { reader: 'sender' }, 'it is back with you', '已退回给你'],
  ['cancelled', {}, 'The sender has cancelled it', '付款人已撤回'],
  ['cancelled', { reader: 'sender' }, 'You have cancelled it already', '你已经撤回'],
  ['already_collected', { reader: 'sender' }, 'Too late: it is collected already', '已经被领走了'],
])('a refusal of %s with %j says where it is, and to whom', (code, details, english, chinese) => {
  const refused = new Refused({ code, detail: code, details: details as Record<string, string> })
  expect(sentenceOf(refused, texts('en'))).toContain(english)
  expect(sentenceOf(refused, texts('zh-Hans'))).toContain(chinese)
})

test.each([
  ['\u202Eedoc', '"edoc" is neither'],
  ['\u05E9\u05DC\u05D5\u05DD', '"\u2068\u05E9\u05DC\u05D5\u05DD\u2069" is neither'],
  ['two\nlines', '"two lines" is neither'],
  ['😀'.repeat(60), `"${'😀'.repeat(39)}…" is neither`],
  ['\u3164', 'Write the code, the link or the words after the command'],
])('what is typed (%j) is repeated so that it stays in its sentence', async (words, answer) => {
  const asked = {
    person: { messenger: 'playground', id: 'ada' },
    chat: { id: '1', kind: 'private' as const },
    language: 'en',
    key: 'k',
    words,
  }
  const { capabilities } = playground
  const context = { api: {} as ApiClient, commands: [], capabilities, isAdmin: async () => false }
  expect(await collect.run(asked, context)).toMatchObject({
    message: { text: expect.stringContaining(answer) },
  })
})

describe('who writes very much', () => {
  test.each(['!', '。', '@', '@a.', '给', '('])(
    'and so long a word of %j as no name is, is understood all the same',
    (mark) => {
      const word = `${mark.repeat(4000 / mark.length)}b`
      const { to, note, unclear, perhaps } = understood(`20 ${word}`)
      expect([to, perhaps]).toEqual([[], undefined])
      expect(unclear ? unclear.what : note).toBe(unclear ? 'whoIs' : word)
    },
  )

  test('and names hundreds is told that it is for one', () => {
    const crowd = Array.from({ length: 600 }, (_, id) => ({ messenger: 'telegram', id: String(id) }))
    const mentions = new Map(crowd.map((one) => [`@#${one.id};`, one]))
    expect(understood(`20 ${[...mentions.keys()].join(' ')}`, { mentions })).toMatchObject({
      to: crowd,
      unclear: { what: 'tooManyPeople' },
    })
  })
})
