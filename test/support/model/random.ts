/** Numbers by chance that follow from a seed, so that what they led to can be had again (mulberry32). */
export type Random = ReturnType<typeof randomFrom>

export function randomFrom(seed: number) {
  let state = seed | 0
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  /** From 0 on, below this. */
  const below = (end: number) => next() % end
  return {
    below,
    /** Both ends included. */
    between: (first: number, last: number) => first + below(last - first + 1),
    pick: <const T>(list: readonly T[]): T => list[below(list.length)] as T,
    /** One of so many times. */
    once: (times: number) => below(times) === 0,
  }
}

/** SEED in the environment has a run again; else each is another. */
export const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
