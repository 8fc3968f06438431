import { expect, test } from 'vitest'
import type * as Ids from '../../src/shared/ids.ts'

// A module of its own: that of other files of this worker remembers the time to which they have set the clock.
const { newId } = (await import(new URL('../../src/shared/ids.ts?alone', import.meta.url).href)) as typeof Ids

test('ids are UUIDs of version 7, and each comes after the one before it, also within a millisecond', () => {
  const before = Date.now()
  const ids = Array.from({ length: 10_000 }, newId)
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(ids).toEqual(ids.toSorted())
  expect(new Set(ids).size).toBe(ids.length)
  const time = Number.parseInt((ids[0] as string).replaceAll('-', '').slice(0, 12), 16)
  expect(time).toBeGreaterThanOrEqual(before)
  expect(time).toBeLessThanOrEqual(Date.now())
})

test('the random end of an id is not that of another', () => {
  const ends = Array.from({ length: 1000 }, () => newId().slice(-11))
  expect(new Set(ends).size).toBe(ends.length)
})
