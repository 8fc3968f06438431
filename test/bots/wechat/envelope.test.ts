import { decrypt, encrypt, getSignature } from '@wecom/crypto'
import { expect, test } from 'vitest'
import { openEnvelopes } from '../../../bots/wechat/envelope.ts'

/** As the vendor's documentation has them, for both of its products: https://developer.work.weixin.qq.com/document/path/90968 */
const KEYS = {
  appId: 'wx5823bf96d3bd56c7',
  token: 'QDG6eK',
  encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
}
const PUBLISHED = {
  signature: '5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3',
  timestamp: '1409659589',
  nonce: '263014780',
  encrypted: 'P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==',
  message: '1616140317555161061',
}

test('the published envelope is genuine, and holds what it is said to', () => {
  const { signature, timestamp, nonce, encrypted, message } = PUBLISHED
  const envelopes = openEnvelopes(KEYS)
  expect(envelopes.isSigned(signature, timestamp, nonce, encrypted)).toBe(true)
  expect(envelopes.open(encrypted)).toBe(message)
})

test('what the vendor’s library seals is opened, and the other way round, whatever its length', () => {
  const envelopes = openEnvelopes(KEYS)
  for (let length = 0; length < 70; length++) {
    const message = '字'.repeat(length)
    expect(envelopes.open(encrypt(KEYS.encodingAesKey, message, KEYS.appId))).toBe(message)
    const { encrypted, signature, timestamp, nonce } = envelopes.seal(message)
    expect(decrypt(KEYS.encodingAesKey, encrypted)).toMatchObject({ message, id: KEYS.appId })
    expect(getSignature(KEYS.token, timestamp, nonce, encrypted)).toBe(signature)
  }
})

test('what is of another account, in no form, or signed otherwise is not believed', () => {
  const envelopes = openEnvelopes(KEYS)
  const { signature, timestamp, nonce, encrypted } = PUBLISHED
  expect(envelopes.open(encrypt(KEYS.encodingAesKey, 'hello', 'wx0000000000000000'))).toBeUndefined()
  for (const broken of ['', 'AAAA', encrypted.slice(4), 'A'.repeat(64)])
    expect(envelopes.open(broken)).toBeUndefined()
  for (const [given, ...parts] of [
    [undefined, timestamp, nonce, encrypted],
    ['', timestamp, nonce, encrypted],
    [signature.slice(1), timestamp, nonce, encrypted],
    [signature, undefined, nonce, encrypted],
    [signature, '1409659590', nonce, encrypted],
    [signature, timestamp, nonce, `${encrypted} `],
  ] as const)
    expect(envelopes.isSigned(given, ...parts)).toBe(false)
})
