import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { html, raw } from 'hono/html'
import { createInstance } from 'i18next'
import { type Language, nearestLanguage } from '../shared/language.ts'
import { en, type Texts } from './texts/en.ts'
import { zhHans } from './texts/zh-Hans.ts'

const languages = { en, 'zh-Hans': zhHans } satisfies Record<Language, Texts>

/** A piece of a page whose text is escaped already. */
export type Html = ReturnType<typeof html>

/** Keeps a label together: its direction is that of the page, whichever way the name in it runs. */
export const bdi = (label: string): Html => html`<bdi dir="ltr">${label}</bdi>`

/** How one language says things. */
export interface Words {
  language: Language
  /** Plain text: a template escapes it. */
  text(key: keyof Texts, details?: Record<string, string>): string
  /** The same as a piece of a page: what is put into it is escaped, and kept from turning the text around it. */
  rich(key: keyof Texts, details?: Record<string, string | Html>): Html
  /** A moment in UTC, which is named. */
  moment(at: Date): string
  /** One of several: `Telegram or Discord`. */
  either(names: string[]): string
  /** A length of time by its two largest units. */
  duration(milliseconds: number): string
}

/** The words in the language that the browser asks for most and that we have; else in English. */
export const wordsFor = (c: Context): Words =>
  words[
    accepts(c, {
      header: 'Accept-Language',
      supports: Object.keys(languages),
      default: 'en',
      match: (asked, { default: otherwise }) =>
        asked
          .slice(0, MOST_TAGS)
          .filter(({ q }) => q > 0)
          .map(({ type }) => nearestLanguage(type))
          .find((language) => language !== undefined) ?? otherwise,
    }) as Language
  ]

/** More than people speak. To read one costs microseconds, and a header has room for thousands. */
const MOST_TAGS = 20

const i18n = createInstance()
void i18n.init({
  initAsync: false,
  fallbackLng: false,
  keySeparator: false,
  nsSeparator: false,
  // Templates escape what they are given: here it would be done twice.
  interpolation: { escapeValue: false },
  resources: Object.fromEntries(
    Object.entries(languages).map(([language, texts]) => [language, { translation: texts }]),
  ),
})

const words = Object.fromEntries(
  (Object.keys(languages) as Language[]).map((language) => [language, wordsOf(language)]),
) as Record<Language, Words>

function wordsOf(language: Language): Words {
  const text = i18n.getFixedT(language) as Words['text']
  const moment = new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  })
  const inUnits = (unit: 'day' | 'hour' | 'minute') =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' })
  const list = new Intl.ListFormat(language, { type: 'disjunction' })
  const [days, hours, minutes] = [inUnits('day'), inUnits('hour'), inUnits('minute')]
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
    moment: (at) => moment.format(at),
    either: (names) => list.format(names),
    duration(milliseconds) {
      const whole = Math.floor(milliseconds / 60_000)
      const [d, h, m] = [Math.floor(whole / 1440), Math.floor(whole / 60) % 24, whole % 60]
      if (d > 0) return `${days.format(d)} ${hours.format(h)}`
      if (h > 0) return `${hours.format(h)} ${minutes.format(m)}`
      return m > 0 ? minutes.format(m) : text('underAMinute')
    },
  }
}
