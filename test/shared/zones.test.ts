import { describe, expect, test } from 'vitest'
import { dayOf, startOfDay } from '../../src/shared/zones.ts'

describe('days in a zone', () => {
  const moment = new Date('2026-11-26T17:30:00Z')

  test('a moment belongs to the day that its zone has then', () => {
    expect(dayOf(moment, 'UTC')).toBe('2026-11-26')
    expect(dayOf(moment, 'Asia/Shanghai')).toBe('2026-11-27')
  })

  test('a day starts at midnight of its zone', () => {
    expect(startOfDay(moment, 'Asia/Shanghai')).toEqual(new Date('2026-11-26T16:00:00Z'))
    expect(startOfDay('2026-11-27', 'Asia/Shanghai')).toEqual(new Date('2026-11-26T16:00:00Z'))
  })

  test('a day whose midnight is left out starts with its first moment', () => {
    // Chile puts its clocks from 24:00 to 1:00.
    const first = new Date('2026-09-06T04:00:00Z')
    expect(startOfDay('2026-09-06', 'America/Santiago')).toEqual(first)
    expect(startOfDay(first, 'America/Santiago')).toEqual(first)
    expect(dayOf(new Date(first.getTime() - 1), 'America/Santiago')).toBe('2026-09-05')
  })
})
