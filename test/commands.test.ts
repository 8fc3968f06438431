import { expect, test } from 'vitest'
import { sentenceOf } from '../bots/bot.ts'
import { collect } from '../bots/commands/collect.ts'
import { fromWords } from '../bots/commands/send.ts'
import { type Core, Refused } from '../bots/core.ts'
import { texts } from '../bots/texts/index.ts'

const understood = (words: string, mentions = new Map<string, { messenger: string; id: string }>()) =>
  fromWords(
    {
      person: { messenger: 'playground', id: 'ada' },
      chat: { id: '1', kind: 'private' },
      language: 'en',
      key: 'k',
      words,
      mentions,
    },
    ['CREDIT'],
  )

test.each([
  ['20', { amount: '20' }],
  ['20 lunch with Ben', { amount: '20', note: 'lunch with Ben' }],
  [
    '20 credit @ben lunch',
    { amount: '20', asset: 'credit', to: { messenger: 'playground', handle: 'ben' }, note: 'lunch' },
  ],
  ['@ben 20', { amount: '20', to: { messenger: 'playground', handle: 'ben' } }],
  ['20 € lunch', { amount: '20€', note: 'lunch' }],
  ['¥ 20 lunch', { amount: '¥20', note: 'lunch' }],
])('"/send %s" is understood', (words, expected) => {
  const { amount, asset, to, note } = understood(words)
  const nothing = { asset: undefined, to: undefined, note: undefined }
  expect({ amount, asset, to: to[0], note }).toEqual({ ...nothing, ...expected })
})

test('somebody who is named twice is one person, and a longer name is another', () => {
  const ben = { messenger: 'playground', id: 'ben' }
  expect(understood('20 @ben @ben', new Map([['@ben', ben]])).to).toEqual([ben])
  expect(understood('20 @ben @benny', new Map([['@ben', ben]])).to).toHaveLength(2)
})

test.each(['1 000 lunch', '¥ 1 000'])('"/send %s" may be one number, and is asked back', (words) => {
  expect(understood(words).twoNumbers).toBeDefined()
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
  ['\u3164', 'Write the code or the link after the command'],
])('what is typed (%j) is repeated so that it stays in its sentence', async (words, answer) => {
  const asked = {
    person: { messenger: 'playground', id: 'ada' },
    chat: { id: '1', kind: 'private' as const },
    language: 'en',
    key: 'k',
    words,
  }
  const context = { core: {} as Core, commands: [], isAdmin: async () => false }
  expect(await collect.run(asked, context)).toMatchObject({
    message: { text: expect.stringContaining(answer) },
  })
})
