import { hash } from 'node:crypto'

/**
 * Draws the shares of a red packet: whole minor units, one at least for each, which add up to the total.
 *
 * The total is a line that is cut at `count - 1` different places, and each set of places is as likely as any other (Floyd's
 * sampling). So is each order of the pieces: whoever taps first, in the middle or last draws from the same distribution. The
 * places follow from the seed alone, so that anybody can draw them again: the n-th of them is made of SHA-256(seed, n), with n in
 * four bytes. As a number that is so much larger than any total that its remainder favours no place by more than one in 2^128.
 * @param seed 32 bytes in hexadecimal digits
 * @returns in the order of the claims
 */
export function luckyShares(seed: string, total: bigint, count: number): bigint[] {
  const cuts = new Set<bigint>()
  for (let turn = 1; turn < count; turn++) {
    const last = total - BigInt(count - turn)
    const place = 1n + (numberOf(seed, turn) % last)
    cuts.add(cuts.has(place) ? last : place)
  }
  const ends = [...cuts, total].sort((a, b) => (a < b ? -1 : 1))
  return ends.map((end, index) => end - (ends[index - 1] ?? 0n))
}

/** What remains of the total after each claim. */
export function restsOf(seed: string, total: bigint, count: number): bigint[] {
  let rest = total
  return luckyShares(seed, total, count).map((share) => {
    rest -= share
    return rest
  })
}

/**
 * The order in which people are paid who have entered, by their turns: a turn comes the earlier the lower SHA-256(seed, 'turn', n) is, with
 * n in four bytes. So each order is as likely as any other, and anybody can put them in order again.
 * @param count how many have entered: their turns are 1 to `count`
 */
export function drawnOrder(seed: string, count: number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => ({
    turn: index + 1,
    lot: hash('sha256', Buffer.concat([Buffer.from(seed, 'hex'), TURN, bytesOf(index + 1)]), 'hex'),
  }))
  return numbers.sort((a, b) => (a.lot < b.lot ? -1 : 1)).map(({ turn }) => turn)
}

/** What is shown of a seed from the start: its SHA-256, in hexadecimal digits. */
export const seedHashOf = (seed: string): string => hash('sha256', Buffer.from(seed, 'hex'), 'hex')

/** Other hashes than those of the places. */
const TURN = Buffer.from('turn')

const numberOf = (seed: string, turn: number): bigint =>
  BigInt(`0x${hash('sha256', Buffer.concat([Buffer.from(seed, 'hex'), bytesOf(turn)]), 'hex')}`)

function bytesOf(turn: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(turn)
  return bytes
}
