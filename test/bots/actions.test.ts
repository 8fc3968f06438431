import { expect, test } from 'vitest'
import { type Action, decodeAction, encodeAction } from '../../bots/actions.ts'

const ID = '019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21'

/** As they stand in messages that were posted before November 2026. */
test.each<[data: string, action: Action]>([
  [`collect:${ID}`, { do: 'collect', transfer: ID }],
  [`cancel:${ID}`, { do: 'cancel', transfer: ID }],
  [`decline:${ID}`, { do: 'decline', transfer: ID }],
  ['history:person:', { do: 'history', of: 'person', cursor: null }],
  ['history:person:4711', { do: 'history', of: 'person', cursor: '4711' }],
  [`history:group:${ID}`, { do: 'history', of: 'group', cursor: ID }],
  [`make:${ID}`, { do: 'make', offer: ID }],
  ['revoke', { do: 'revoke' }],
  [`confirm:${ID}:1`, { do: 'confirm', transfer: ID, turn: 1 }],
  [`refuse:${ID}:999999`, { do: 'refuse', transfer: ID, turn: 999_999 }],
])('a button with %s is read, and made, for as long as it hangs', (data, action) => {
  expect(decodeAction(data)).toEqual(action)
  expect(encodeAction(action)).toBe(data)
  expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64)
})

test.each([
  '',
  ':',
  'collect',
  'collect:',
  'collect:1',
  `collect:${ID}:`,
  `collect:${ID}:${ID}`,
  `Collect:${ID}`,
  ` collect:${ID}`,
  'history:person',
  'history:anybody:',
  'history:person:4711:',
  'history:person:x',
  'make:',
  'revoke:',
  `confirm:${ID}`,
  `confirm:${ID}:0`,
  `refuse:${ID}:1:`,
  `refuse:${ID}:1000000`,
  `revoke:${ID}`,
  'constructor',
  '__proto__:1',
  `toString:${ID}`,
])('data like "%s" is no action', (data) => {
  expect(decodeAction(data)).toBeUndefined()
})
