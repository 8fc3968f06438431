import { expect, test } from 'vitest'
import { fromWords } from '../bots/commands/send.ts'

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
