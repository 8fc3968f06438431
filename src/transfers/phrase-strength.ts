import { type Asset, formatAmount } from '../money/amount.ts'
import { mayBePhrase } from '../shared/phrase.ts'
import { Refusal } from '../shared/refusal.ts'

/** The least bits of a phrase for amounts up to a part of the most that one transfer of the asset holds. */
const LEAST = [
  { upTo: 100n, bits: 20 },
  { upTo: 10n, bits: 30 },
  { upTo: 1n, bits: 40 },
] as const

/**
 * Refuses a phrase that is too easy to guess for an amount.
 * @param amount in minor units
 * @throws Refusal `phrase_weak`
 */
export function checkStrength(phrase: string, amount: bigint, asset: Asset): void {
  const { bits } = LEAST.find(({ upTo }) => amount * upTo <= asset.maxTransfer) ?? LEAST[2]
  if (bitsIn(phrase) >= bits && mayBePhrase(phrase)) return
  throw new Refusal('phrase_weak', {
    amount: formatAmount(amount, asset),
    asset: asset.code,
    words: bits / BITS_OF_WORD,
    characters: bits / BITS_OF_IDEOGRAPH,
  })
}

const BITS_OF_WORD = 10
const BITS_OF_IDEOGRAPH = 4

/**
 * How many bits a phrase that somebody has chosen is worth at most: ten for a word, as if it were one of a thousand that come to mind; four for
 * a Chinese character, as they come in words. What everybody says, repeats, and rows of digits are worth little.
 */
export function bitsIn(phrase: string): number {
  const parts = phrase.normalize('NFKC').toLowerCase().match(PART) ?? []
  return [...new Set(parts)].reduce((sum, part) => sum + bitsOf(part), 0)
}

const PART = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}])+|\p{N}+/gu

function bitsOf(part: string): number {
  if (COMMON.has(part)) return 2
  if (/\p{Script=Han}/u.test(part)) return BITS_OF_IDEOGRAPH
  const letters = [...part]
  // `aaaa`, `abcd` and `4321` go on as they begin.
  const steps = letters.slice(1).map((letter, at) => codeOf(letter) - codeOf(letters[at] ?? ''))
  const surprises =
    1 + steps.filter((step, at) => Math.abs(step) > 1 || (at > 0 && step !== steps[at - 1])).length
  return Math.min(BITS_OF_WORD, 2 * surprises)
}

const codeOf = (letter: string) => letter.codePointAt(0) ?? 0

/** Words that wishes, greetings and passwords are made of. */
const COMMON = new Set([
  ...'the a an and of for to my your our you me i is it in on at with all'.split(' '),
  ...'happy merry good new year birthday christmas day morning night love friday weekend hello hi thanks thank'.split(
    ' ',
  ),
  ...'cheers lunch dinner breakfast coffee beer money cash password passphrase phrase secret qwerty letmein open sesame'.split(
    ' ',
  ),
  ...'新年快乐恭喜发财生日万事如意大吉红包口令密码芝麻开门身体健康节日圣诞中秋春元旦周末你好谢我爱的',
])
