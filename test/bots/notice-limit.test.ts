import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openNoticeLimit } from '../../bots/notice-limit.ts'

const MINUTE_MS = 60_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function openCounting() {
  const mayNotify = openNoticeLimit()
  let transfers = 0
  return {
    mayNotify,
    /** How many of so many new transfers may disturb. */
    of(count: number, sender: string, recipient = 'ben') {
      const asked = Array.from({ length: count }, () => mayNotify(String(++transfers), sender, recipient))
      return asked.filter(Boolean).length
    },
  }
}

test('one sender disturbs one recipient five times in ten minutes', () => {
  const { of } = openCounting()
  expect(of(6, 'ada')).toBe(5)
  expect(of(6, 'ada', 'cy')).toBe(5)
  expect(of(1, 'cy')).toBe(1)
  vi.advanceTimersByTime(9 * MINUTE_MS)
  expect(of(1, 'ada')).toBe(0)
  vi.advanceTimersByTime(MINUTE_MS)
  expect(of(6, 'ada')).toBe(5)
})

test('nobody is disturbed more than twenty times an hour, by however many', () => {
  const { of } = openCounting()
  const senders = Array.from({ length: 30 }, (_, index) => `sender ${index}`)
  expect(senders.map((sender) => of(1, sender)).filter(Boolean)).toHaveLength(20)
  expect(of(1, 'ada', 'cy')).toBe(1)
  vi.advanceTimersByTime(60 * MINUTE_MS)
  expect(of(1, 'ada')).toBe(1)
})

test('a transfer is decided and counted once, by whatever it disturbs', () => {
  const { mayNotify, of } = openCounting()
  for (let times = 0; times < 10; times++) expect(mayNotify('one', 'ada', 'ben')).toBe(true)
  expect(of(5, 'ada')).toBe(4)
  expect(mayNotify('one', 'ada', 'ben')).toBe(true)
})
