import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lastDue, nextDue, type Rhythm } from '../../src/payouts/calendar.ts'
import { inZone } from '../../src/shared/zones.ts'

describe('the next due time', () => {
  test.each([
    [
      'is later the same day',
      '2026-11-27T08:59:59+08:00',
      { every: 'week', day: 5, hour: 9 },
      '2026-11-27T09:00+08:00',
    ],
    [
      'is never the moment itself',
      '2026-11-27T09:00+08:00',
      { every: 'week', day: 5, hour: 9 },
      '2026-12-04T09:00+08:00',
    ],
    [
      'is on the day of the week that the zone has',
      '2026-11-26T23:00Z',
      { every: 'week', day: 4, hour: 0 },
      '2026-12-03T00:00+08:00',
    ],
    [
      'comes once a month',
      '2026-11-27T12:00+08:00',
      { every: 'month', day: 1, hour: 9 },
      '2026-12-01T09:00+08:00',
    ],
    [
      'crosses the year',
      '2026-12-31T12:00+08:00',
      { every: 'month', day: 15, hour: 0 },
      '2027-01-15T00:00+08:00',
    ],
  ] as const)('%s', (_what, after, rhythm, due) => {
    expect(nextDue(rhythm, new Date(after), 'Asia/Shanghai')).toEqual(new Date(due))
  })

  test.each([
    ['2026-02-28T09:00Z', '2026-02-01T00:00Z'],
    ['2028-02-29T09:00Z', '2028-02-01T00:00Z'],
    ['2026-04-30T09:00Z', '2026-03-31T09:00Z'],
    ['2026-03-31T09:00Z', '2026-02-28T09:00Z'],
  ])('of day 31 is %s after %s: the last day of a month that is shorter', (due, after) => {
    expect(nextDue({ every: 'month', day: 31, hour: 9 }, new Date(after), 'UTC')).toEqual(new Date(due))
  })

  test('is an hour later where clocks leave the hour out', () => {
    const due = nextDue({ every: 'week', day: 7, hour: 2 }, new Date('2026-03-28T12:00Z'), 'Europe/Berlin')
    expect(due).toEqual(new Date('2026-03-29T03:00+02:00'))
  })

  test('is the first of two where the hour comes twice, and does not come twice', () => {
    const rhythm: Rhythm = { every: 'week', day: 7, hour: 2 }
    const due = nextDue(rhythm, new Date('2026-10-24T12:00Z'), 'Europe/Berlin')
    expect(due).toEqual(new Date('2026-10-25T02:00+02:00'))
    expect(nextDue(rhythm, due, 'Europe/Berlin')).toEqual(new Date('2026-11-01T02:00+01:00'))
  })

  test('is the day after where a zone left out a whole day', () => {
    // Samoa had no 30 December 2011, a Friday.
    const due = nextDue(
      { every: 'week', day: 5, hour: 10 },
      new Date('2011-12-29T12:00-10:00'),
      'Pacific/Apia',
    )
    expect(due).toEqual(new Date('2011-12-31T10:00+14:00'))
    const before = new Date('2011-12-31T05:00+14:00')
    expect(nextDue({ every: 'week', day: 5, hour: 10 }, before, 'Pacific/Apia')).toEqual(due)
  })
})

const ZONES = [
  'UTC',
  'Asia/Shanghai',
  'Asia/Kolkata',
  'Europe/Berlin',
  'America/Santiago',
  'Australia/Lord_Howe',
]
const zones = fc.constantFrom(...ZONES)
const rhythms: fc.Arbitrary<Rhythm> = fc.oneof(
  fc.record({
    every: fc.constant('week' as const),
    day: fc.integer({ min: 1, max: 7 }),
    hour: fc.integer({ min: 0, max: 23 }),
  }),
  fc.record({
    every: fc.constant('month' as const),
    day: fc.integer({ min: 1, max: 31 }),
    hour: fc.integer({ min: 0, max: 23 }),
  }),
)
const moments = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })

describe('always', () => {
  test('a due time is after the moment, within its week or month, and on its day and hour unless clocks jump', () => {
    fc.assert(
      fc.property(rhythms, moments, zones, (rhythm, after, zone) => {
        const due = nextDue(rhythm, after, zone)
        const days = (due.getTime() - after.getTime()) / 86_400_000
        expect(days).toBeGreaterThan(0)
        expect(days).toBeLessThanOrEqual(rhythm.every === 'week' ? 7 + 1 / 24 : 31 + 1 / 24)
        const local = inZone(due, zone)
        const day = rhythm.every === 'week' ? local.dayOfWeek : local.day
        const wanted = rhythm.every === 'week' ? rhythm.day : Math.min(rhythm.day, local.daysInMonth)
        expect(day).toBe(wanted)
        if (local.hour !== rhythm.hour) expect(isJump(due, zone)).toBe(true)
      }),
    )
  })

  test('there is no due time between a moment and the next', () => {
    fc.assert(
      fc.property(
        rhythms,
        moments,
        zones,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rhythm, after, zone, part) => {
          const due = nextDue(rhythm, after, zone)
          const between = new Date(after.getTime() + Math.floor((due.getTime() - 1 - after.getTime()) * part))
          expect(nextDue(rhythm, between, zone)).toEqual(due)
        },
      ),
    )
  })

  test('the last of those that were missed is followed by one in the future', () => {
    fc.assert(
      fc.property(rhythms, moments, zones, fc.integer({ min: 0, max: 400 }), (rhythm, after, zone, days) => {
        const first = nextDue(rhythm, after, zone)
        const now = new Date(first.getTime() + days * 86_400_000)
        const last = lastDue(rhythm, first, now, zone)
        expect(last >= first && last <= now).toBe(true)
        expect(nextDue(rhythm, last, zone) > now).toBe(true)
      }),
    )
  })
})

/** Whether clocks were put forward in the hour before. */
function isJump(at: Date, zone: string): boolean {
  const before = new Date(at.getTime() - 3_600_000)
  return inZone(before, zone).offsetNanoseconds < inZone(at, zone).offsetNanoseconds
}
