import type { Temporal } from 'temporal-polyfill'
import { inZone, toDate } from '../shared/zones.ts'

/** When something is due again and again. */
export interface Rhythm {
  every: 'week' | 'month'
  /** Of the week, 1 is Monday; or of the month, whose last day it is where the month is shorter. */
  day: number
  /** 0 to 23. Where clocks leave it out, it is as much later; where it comes twice, it is the first. */
  hour: number
}

/** The first due time after a moment, by the calendar of a zone. @param zone an IANA name: `Asia/Shanghai` */
export function nextDue(rhythm: Rhythm, after: Date, zone: string): Date {
  const today = inZone(after, zone).toPlainDate()
  // From the one before, as clocks may move a due time into the next day.
  for (let turn = -1; ; turn += 1) {
    const plainTime = { hour: rhythm.hour }
    const due = toDate(dayOf(rhythm, today, turn).toZonedDateTime({ timeZone: zone, plainTime }))
    if (due > after) return due
  }
}

/** The last due time of those up to a moment, where `first` is one that is due by then. */
export function lastDue(rhythm: Rhythm, first: Date, upTo: Date, zone: string): Date {
  const next = nextDue(rhythm, first, zone)
  return next > upTo ? first : lastDue(rhythm, next, upTo, zone)
}

/** The due day of the week or month that is so many away from that of `today`. */
const dayOf = ({ every, day }: Rhythm, today: Temporal.PlainDate, turn: number): Temporal.PlainDate =>
  every === 'week'
    ? today.add({ days: day - today.dayOfWeek + 7 * turn })
    : today.toPlainYearMonth().add({ months: turn }).toPlainDate({ day })
