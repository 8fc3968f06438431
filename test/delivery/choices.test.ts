import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestCore } from '../support/service.ts'

describe('What is typed in place of a button', () => {
  let running: Awaited<ReturnType<typeof openTestCore>>
  beforeAll(async () => {
    running = await openTestCore()
  })
  afterAll(() => running?.close())

  const room = { messenger: 'wall', chat: 'room' }
  const show = (actions: string[], chat = room) => running.core.deliveries.choices.show(chat, actions)
  const find = (number: number, chat = room) => running.core.deliveries.choices.find(chat, number)

  test('has a number for good, which no other chat has', async () => {
    const [one = 0, two = 0] = await show(['a', 'b'])
    expect(two).toBe(one + 1)
    expect(await show(['b', 'c', 'b', 'a'])).toEqual([two, two + 1, two, one])
    const other = { ...room, chat: 'other' }
    const [elsewhere = 0] = await show(['a'], other)
    expect(elsewhere).toBeGreaterThan(two + 1)
    expect(await find(one)).toBe('a')
    expect([await find(elsewhere), await find(one, other), await find(9_999_999)]).toEqual(
      Array(3).fill(undefined),
    )
  })

  test('has one number, however many ask for it at once', async () => {
    const numbers = await Promise.all(Array.from({ length: 20 }, () => show(['x', 'y'])))
    expect(new Set(numbers.map(String)).size).toBe(1)
  })

  test('is forgotten where nobody was shown it for ninety days, and its number is not given again', async () => {
    const [old = 0, shown = 0] = await show(['old', 'shown'])
    await running.core.db.execute(sql`update choices set shown_at = now() - interval '91 days'`)
    const [again, fresh = 0] = await show(['shown', 'fresh'])
    expect(await find(old)).toBeUndefined()
    expect(again).not.toBe(old)
    expect([again, fresh].every((number) => Number(number) > shown)).toBe(true)
  })
})
