import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { html, raw } from 'hono/html'
import { createInstance } from 'i18next'
import { LANGUAGES, type Language, nearestLanguage } from '../shared/language.ts'
import { type english, translations } from '../texts/index.ts'

/** The key of a text. */
export type TextKey = keyof typeof english.pages

/** A piece of a page whose text is escaped already. */
export type Html = ReturnType<typeof html>

/** Isolates a label, so that a name in another direction doesn't reorder the text around it. */
export const bdi = (label: string): Html => html`<bdi dir="ltr">${label}</bdi>`

/** The texts and formats of one language. */
export interface Words {
  language: Language
  /** Plain text, which a template escapes. */
  text(key: TextKey, details?: Record<string, string>): string
  /** The same as HTML: details are escaped and isolated. */
  rich(key: TextKey, details?: Record<string, string | Html>): Html
  /** A date and time, in UTC by default; the time zone is named in it. */
  moment(at: Date, timeZone?: string): string
  /** A date and time whose time zone is named beside it. */
  local(at: Date, timeZone: string): string
  /** A day, as `2026-11-27`. */
  day(day: string): string
  /** A number or an amount, as a decimal string of any length: `1,234.50`. */
  number(decimal: string | number): string
  /** A list of alternatives: `Telegram or Discord`. */
  either(names: string[]): string
  /** A duration by its two largest units: `3 hr 20 min`. */
  duration(milliseconds: number): string
}

/** The texts in the language that the browser prefers, of those that we have; else in English. */
export const wordsFor = (c: Context): Words =>
  words[
    accepts(c, {
      header: 'Accept-Language',
      supports: [...LANGUAGES],
      default: 'en',
      match: (asked, { default: otherwise }) =>
        asked
          .slice(0, MAX_TAGS)
          .filter(({ q }) => q > 0)
          .map(({ type }) => nearestLanguage(type))
          .find((language) => language !== undefined) ?? otherwise,
    }) as Language
  ]

/** Nobody speaks more, and a header has room for thousands, of which each costs microseconds. */
const MAX_TAGS = 20

const i18n = createInstance()
void i18n.init({
  initAsync: false,
  fallbackLng: 'en',
  keySeparator: false,
  nsSeparator: false,
  // Templates escape the text already.
  interpolation: { escapeValue: false },
  resources: Object.fromEntries(
    Object.entries(translations).map(([language, { pages = {} }]) => [language, { translation: pages }]),
  ),
})

/** The texts in a language of ours. */
export const wordsIn = (language: Language): Words => words[language]

const words = Object.fromEntries(LANGUAGES.map((language) => [language, wordsOf(language)])) as Record<
  Language,
  Words
>

function wordsOf(language: Language): Words {
  const fixed = i18n.getFixedT(language)
  const plurals = new Intl.PluralRules(language)
  /** A count comes as it is to be shown, so its form is chosen here. */
  const text: Words['text'] = (key, details) => {
    const count = details?.count?.replace(/\D/g, '')
    const counted = count && `${key}_${plurals.select(Number(count))}`
    const isKnown = counted && i18n.getResource(language, 'translation', counted) !== undefined
    return fixed(isKnown ? counted : key, { ...details })
  }
  const day = { year: 'numeric', month: 'short', day: 'numeric' } as const
  const clock = { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const moments = onceEach(
    (timeZone: string) => new Intl.DateTimeFormat(language, { ...clock, timeZone, timeZoneName: 'short' }),
  )
  const locals = onceEach((timeZone: string) => new Intl.DateTimeFormat(language, { ...clock, timeZone }))
  const days = new Intl.DateTimeFormat(language, { ...day, timeZone: 'UTC' })
  const numbers = onceEach(
    (decimals: number) =>
      new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
  )
  const inUnits = (unit: 'day' | 'hour' | 'minute') =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' })
  const list = new Intl.ListFormat(language, { type: 'disjunction' })
  const inDays = inUnits('day')
  const [hours, minutes] = [inUnits('hour'), inUnits('minute')]
  return {
    language,
    text,
    rich: (key, details = {}) => {
      const pieces = Object.entries(details).map(([name, value]) => [
        name,
        String(typeof value === 'string' ? bdi(value) : value),
      ])
      return raw(text(key, Object.fromEntries(pieces))) as Html
    },
    moment: (at, timeZone = 'UTC') => moments(timeZone).format(at),
    local: (at, timeZone) => locals(timeZone).format(at),
    day: (plain) => days.format(new Date(plain)),
    number: (decimal) => numbers(decimalsOf(String(decimal))).format(decimal as Intl.StringNumericLiteral),
    either: (names) => list.format(names),
    duration(milliseconds) {
      const whole = Math.floor(milliseconds / 60_000)
      const [d, h, m] = [Math.floor(whole / 1440), Math.floor(whole / 60) % 24, whole % 60]
      if (d > 0) return `${inDays.format(d)} ${hours.format(h)}`
      if (h > 0) return `${hours.format(h)} ${minutes.format(m)}`
      return m > 0 ? minutes.format(m) : text('underAMinute')
    },
  }
}

const decimalsOf = (decimal: string) => decimal.split('.')[1]?.length ?? 0

/** Makes a format once for each way to make it, as that costs more than to use it. */
function onceEach<K, F>(make: (kind: K) => F): (kind: K) => F {
  const made = new Map<K, F>()
  return (kind) => {
    const format = made.get(kind) ?? make(kind)
    made.set(kind, format)
    return format
  }
}
