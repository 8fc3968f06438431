import { Temporal } from 'temporal-polyfill'

/** A moment as a clock in a zone shows it. @param zone an IANA name: `Asia/Shanghai` */
export const inZone = (at: Date, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone)

/** The day of a moment in a zone: `2026-11-27`. */
export const dayOf = (at: Date, zone: string): string => inZone(at, zone).toPlainDate().toString()

/**
 * The first moment of a day in a zone, which is not always midnight: clocks may be put forward then.
 * @param day a moment in that day, or the day itself, as `2026-11-27`
 */
export const startOfDay = (day: Date | string, zone: string): Date =>
  toDate(
    typeof day === 'string'
      ? Temporal.PlainDate.from(day).toZonedDateTime(zone)
      : inZone(day, zone).startOfDay(),
  )

/** The day after a day. */
export const nextDay = (day: string): string => Temporal.PlainDate.from(day).add({ days: 1 }).toString()

/** The number of a day in its year; the first one is 1. */
export const dayOfYear = (day: string): number => Temporal.PlainDate.from(day).dayOfYear

/** Whether a text is a day, as `2026-11-27`, of the years 1000 to 2999. */
export function isDay(text: string): boolean {
  if (!/^[12]\d{3}-\d\d-\d\d$/.test(text)) return false
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text
  } catch {
    return false
  }
}

/** A `Date` of the moment. */
export const toDate = ({ epochMilliseconds }: Temporal.ZonedDateTime): Date => new Date(epochMilliseconds)

/** The usual spelling of a zone's IANA name; undefined where there is no such zone. An offset is none: it has no summer time. */
export function zoneNamed(typed: string): string | undefined {
  if (!/^[a-z]/i.test(typed)) return undefined
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(typed).timeZoneId
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
