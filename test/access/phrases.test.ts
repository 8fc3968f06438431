import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { PHRASE_WORDS } from '../../src/access/phrase-words.ts'
import { inTurn, phraseHashOf, phraseOf, sealedPhrase, slowHashOf } from '../../src/access/phrases.ts'
import { Refusal } from '../../src/shared/refusal.ts'

const [KEY, ID] = ['a key of 32 characters, or longer', '019a0000-0000-7000-8000-000000000000']

test('phrases and hashes that are out there keep their meaning', async () => {
  expect([phraseOf(KEY, ID, 'en'), phraseOf(KEY, ID, 'zh-Hans'), phraseOf(KEY, ID, 'es')]).toEqual([
    'glad pass wave puzzle',
    '轮 脚 筒 呼',
    'glad pass wave puzzle',
  ])
  const slow = await slowHashOf(KEY, 'Blue Whale  ')
  expect(slow.toString('hex')).toBe('cac1980008ef2ad5e1e8a767d69f59c3dd99bb40edbd27ab3964114b6d3be28c')
  expect(phraseHashOf(slow, 'anywhere')).toBe(
    '7e0d05b77ec629568f0824485c4357233fea6589f83cda6b5ba0169c82dea9c3',
  )
  expect(sealedPhrase(KEY, 'Blue Whale')).toBe(
    'a566a8cc7d08e488125d05d46bd6eb21a9857574c23afe6a4b22a69921a95086',
  )
})

test('each language has 1,024 words, each of its own', () => {
  for (const words of Object.values(PHRASE_WORDS)) {
    expect(new Set(words).size).toBe(1024)
    expect(words.filter((word) => !/^[a-z]{3,8}$|^\p{Script=Han}$/u.test(word))).toEqual([])
  }
})

test('two slow hashes are made at once, 200 wait, and more are refused', async () => {
  let [begun, isOver] = [0, false]
  onTestFinished(() => {
    isOver = true
  })
  const task = async () => {
    begun += 1
    while (!isOver) await setImmediate()
  }
  const taken = Array.from({ length: 202 }, () => inTurn(task))
  expect(begun).toBe(2)
  expect(() => inTurn(task)).toThrow(new Refusal('overloaded'))
  isOver = true
  await Promise.all(taken)
  expect(begun).toBe(202)
})
