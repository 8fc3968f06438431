import { hash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { luckyShares, restsOf, seedHashOf } from '../../src/ledger/lucky.ts'

const seedOf = (turn: number) => hash('sha256', `seed ${turn}`, 'hex')

const packet = fc
  .record({
    seed: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    count: fc.integer({ min: 1, max: 1000 }),
    more: fc.oneof(fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: 0n, max: 10n ** 37n })),
  })
  .map(({ seed, count, more }) => ({ seed, count, total: BigInt(count) + more }))

test('lucky shares add up to the total, each a minor unit at least, whatever the total and the count', () => {
  fc.assert(
    fc.property(packet, ({ seed, total, count }) => {
      const shares = luckyShares(seed, total, count)
      expect(shares).toHaveLength(count)
      expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(total)
      expect(shares.every((share) => share >= 1n)).toBe(true)
      expect(restsOf(seed, total, count).at(-1)).toBe(0n)
    }),
    { numRuns: 300 },
  )
})

test('each total of 60 at most has shares for each count up to it', () => {
  for (let total = 1; total <= 60; total++)
    for (let count = 1; count <= total; count++) {
      const shares = luckyShares(seedOf(total * 100 + count), BigInt(total), count)
      expect(shares.reduce((sum, share) => sum + share)).toBe(BigInt(total))
      expect(shares.filter((share) => share >= 1n)).toHaveLength(count)
    }
})

test('the same seed draws the same shares, as they were when this was written: packets that are open depend on it', () => {
  const seed = '00'.repeat(31) + '01'
  expect(luckyShares(seed, 100n, 5)).toEqual(luckyShares(seed, 100n, 5))
  expect(luckyShares(seed, 10_00n, 6).map(Number)).toMatchInlineSnapshot(`
    [
      95,
      149,
      112,
      103,
      457,
      84,
    ]
  `)
  expect(seedHashOf(seed)).toBe('ec4916dd28fc4c10d78e287ca5d9cc51ee1ae73cbfde08c6b37324cbfaac8bc5')
})

test('every way to cut a small total is as likely as any other, by chi-square', () => {
  const drawn = new Map<string, number>()
  const rounds = 20_000
  for (let turn = 0; turn < rounds; turn++) {
    const way = luckyShares(seedOf(turn), 7n, 4).join()
    drawn.set(way, (drawn.get(way) ?? 0) + 1)
  }
  // 20 ways: 6 places to cut, 3 cuts. With 19 degrees of freedom 43.8 is exceeded once in a thousand.
  expect(drawn.size).toBe(20)
  expect(chiSquare([...drawn.values()], rounds / 20)).toBeLessThan(43.8)
})

test('no place in the order is better than another: neither in how much it gets, nor in how often it is the luckiest', () => {
  const places = 10
  const rounds = 10_000
  const sums = Array.from({ length: places }, () => 0)
  const luckiest = Array.from({ length: places }, () => 0)
  const large = Array.from({ length: places }, () => 0)
  for (let turn = 0; turn < rounds; turn++) {
    const shares = luckyShares(seedOf(turn), 1000_00n, places).map(Number)
    const most = Math.max(...shares)
    shares.forEach((share, place) => {
      sums[place] = (sums[place] as number) + share
      if (share > 100_00) large[place] = (large[place] as number) + 1
    })
    const best = shares.indexOf(most)
    luckiest[best] = (luckiest[best] as number) + 1
  }
  // With 9 degrees of freedom 27.9 is exceeded once in a thousand.
  expect(chiSquare(luckiest, rounds / places)).toBeLessThan(27.9)
  const above = large.reduce((sum, count) => sum + count) / places
  expect(chiSquare(large, above)).toBeLessThan(27.9)
  // A share's deviation is about its mean, so that of the mean of ten thousand is a hundredth of it.
  for (const sum of sums) expect(Math.abs(sum / rounds - 100_00)).toBeLessThan(4_00)
})

const chiSquare = (counts: number[], expected: number) =>
  counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
