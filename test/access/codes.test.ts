import { expect, test } from 'vitest'
import { codeHashOf, codeOf } from '../../src/access/codes.ts'
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
