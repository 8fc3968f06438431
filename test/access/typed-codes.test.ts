import { expect, test } from 'vitest'
import { makeTypedCode, TYPED_CODE_SECONDS, typedCodeHash } from '../../src/access/typed-codes.ts'

test('a code to be typed has sixteen letters and digits in fours, and is good for ten minutes', () => {
  for (let turn = 0; turn < 20; turn++)
    expect(makeTypedCode().code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/)
  expect(TYPED_CODE_SECONDS).toBe(600)
})

test('it is known however it is typed', () => {
  const { code, hash } = makeTypedCode()
  for (const typed of [code, code.toLowerCase(), code.replaceAll('-', ''), ` ${code.replaceAll('-', ' ')}\n`])
    expect(typedCodeHash(typed)).toEqual(hash)
  expect(typedCodeHash('oOIl-0123')).toEqual(typedCodeHash('00110123'))
  expect(typedCodeHash(`${code}0`)).not.toEqual(hash)
})
