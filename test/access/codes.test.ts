import { expect, test } from 'vitest'
import { codeHashOf, codeOf, isCode, isShort, newSecret, shortHashOf } from '../../src/access/codes.ts'
import { newId } from '../../src/shared/ids.ts'

const codes = Array.from({ length: 500 }, () => codeOf('a key of 32 characters, or longer', newId()))

test('a code ends with a letter or a digit, as chats leave other marks at the end of a link out of it', () => {
  for (const code of codes) expect(code).toMatch(/^[\w-]{29,30}[A-Za-z0-9]$/)
})

test('a code that has got a last character opens what it opened without', () => {
  const longer = codes.filter((code) => code.length === 31)
  expect(longer.length).toBeGreaterThan(0)
  for (const code of longer) expect(codeHashOf(code.slice(0, 30))).toBe(codeHashOf(code))
  const [code = ''] = codes.filter((each) => each.length === 30)
  expect(codeHashOf(`${code}0`)).not.toBe(codeHashOf(code))
})

test('links and hashes that are out there keep their meaning', () => {
  const [key, id] = ['a key of 32 characters, or longer', '019a0000-0000-7000-8000-000000000000']
  expect([0, 1, 2].map((reissues) => codeOf(key, id, reissues))).toEqual([
    'AZoAAAAAisQ0-lQD7eIUYJxtvfoloG',
    'AZoAAAAARrtOegeXPWebhOnor2yOPz',
    'AZoAAAAAlJ9UO2oBEXvF5HtBFXjGkg',
  ])
  expect(codeHashOf('AZoAAAAAisQ0-lQD7eIUYJxtvfoloG')).toBe(
    '019a0000000038931c1460e0286009aa97215c3801aa63026ff6e7b463c69f75b1addb66485e',
  )
  expect(shortHashOf('a'.repeat(22))).toBe('ec7c494df6d2a7ea36668d656e6b8979e33641bfea378c15038af3964db057a3')
  expect(newSecret()).toMatch(/^[\w-]{43}$/)
})

test('a code has 22 to 64 url-safe characters, and one of the first versions 22', () => {
  expect([21, 22, 64, 65].map((length) => isCode('a'.repeat(length)))).toEqual([false, true, true, false])
  for (const other of [' ', '+', '=', '.']) {
    expect(isCode(other + 'a'.repeat(22))).toBe(false)
    expect(isCode('a'.repeat(22) + other)).toBe(false)
  }
  expect([21, 22, 23].map((length) => isShort('a'.repeat(length)))).toEqual([false, true, false])
})

test('only a last character that was appended is taken off', () => {
  const shapes = [
    `${'a'.repeat(30)}0`,
    `${'a'.repeat(29)}-0`,
    `${'a'.repeat(30)}-0`,
    `${'a'.repeat(14)}-0${'a'.repeat(15)}`,
  ]
  const [long, cut, longer, inside] = shapes.map((code) => codeHashOf(code))
  expect(long).not.toBe(codeHashOf('a'.repeat(30)))
  expect(cut).toBe(codeHashOf(`${'a'.repeat(29)}-`))
  expect(longer).not.toBe(codeHashOf(`${'a'.repeat(30)}-`))
  expect(inside).not.toBe(codeHashOf(`${'a'.repeat(14)}-0${'a'.repeat(14)}`))
})

test('an id that is too long to be told from another one gets no code', () => {
  const id = (length: number) => `019a0000-0000-7000-8000-${'0'.repeat(length - 24)}`
  const room = 128 - 'transfer code '.length
  expect(codeOf('key', id(room))).not.toBe(codeOf('key', id(room - 1)))
  expect(() => codeOf('key', id(room + 1))).toThrow(
    'A message that is cut off would have the secret of another.',
  )
})
