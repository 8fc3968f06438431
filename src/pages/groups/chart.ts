import { html } from 'hono/html'
import { Temporal } from 'temporal-polyfill'
import { type Asset as AssetRules, formatAmount } from '../../money/amount.ts'
import { scrolling } from '../components.ts'
import type { Html, Words } from '../language.ts'

/** What was sent on one day, in minor units of one asset, by what has become of it. */
export interface Day {
  /** In the group's time zone: `2026-11-27`. */
  day: string
  collected: bigint
  open: bigint
  returned: bigint
}

type Asset = Pick<AssetRules, 'code' | 'scale'>

const PARTS = ['collected', 'open', 'returned'] as const

/** Days that are drawn as one bar: a day, a week from Monday on, or a month. */
export interface Slot extends Record<(typeof PARTS)[number], bigint> {
  start: string
  unit: 'day' | 'week' | 'month'
}

/** The most bars that can be told from each other on a phone. */
const MAX_BARS = 62
/** With fewer bars than this, they are not drawn wider. */
const MIN_BARS = 14
/** Pixels: of the whole picture, and of what is between its highest line and its lowest. */
const [HEIGHT, TOP, BOTTOM] = [200, 10, 176]

/**
 * A picture of what was sent, and the same numbers as a table.
 * @param days days without anything may be left out; in any order
 * @param asset of which the amounts are
 */
export function chart(words: Words, days: Day[], asset: Asset): Html {
  const { text } = words
  const slots = slotsOf(days)
  if (slots.length === 0) return html`<p class="soft">${text('chart.empty')}</p>`
  return html`<figure class="chart">
<figcaption><ul class="legend">
${PARTS.map((part) => html`<li><span class="swatch ${part}"></span>${text(`chart.${part}`)}</li>`)}
</ul></figcaption>
${picture(words, slots, asset)}
<details><summary>${text('chart.table')}</summary>
${scrolling(text('chart.table'), table(words, slots, asset))}
</details>
</figure>`
}

/** Days as bars from the first to the last day, also for days without anything: weeks or months where there are too many days. */
export function slotsOf(days: Day[]): Slot[] {
  if (days.length === 0) return []
  const sorted = days.map(({ day }) => day).sort()
  const first = Temporal.PlainDate.from(sorted[0] as string)
  const last = Temporal.PlainDate.from(sorted.at(-1) as string)
  const count = first.until(last).days + 1
  const unit = count <= MAX_BARS ? 'day' : count <= 7 * MAX_BARS ? 'week' : 'month'
  const slots = new Map<string, Slot>()
  for (
    let at = startOf(first, unit);
    Temporal.PlainDate.compare(at, last) <= 0;
    at = at.add({ [`${unit}s`]: 1 })
  )
    slots.set(String(at), { start: String(at), unit, collected: 0n, open: 0n, returned: 0n })
  for (const day of days) {
    const slot = slots.get(String(startOf(Temporal.PlainDate.from(day.day), unit))) as Slot
    for (const part of PARTS) slot[part] += day[part]
  }
  return [...slots.values()]
}

function startOf(day: Temporal.PlainDate, unit: Slot['unit']): Temporal.PlainDate {
  switch (unit) {
    case 'day':
      return day
    case 'week':
      return day.subtract({ days: day.dayOfWeek - 1 })
    case 'month':
      return day.with({ day: 1 })
  }
}

const sentIn = (slot: Slot): bigint => slot.collected + slot.open + slot.returned

/**
 * Across it is measured in percent, so that letters keep their size at any width, and up and down in pixels. Whatever it shows
 * is in the table, too: to a screen reader it is one picture.
 */
function picture(words: Words, slots: Slot[], asset: Asset): Html {
  const top = roundedUp(slots.map(sentIn).reduce((most, sent) => (sent > most ? sent : most), 0n))
  const levels = [top, top / 2n, 0n]
  const yOf = (amount: bigint) => BOTTOM - Number((amount * 10_000n * BigInt(BOTTOM - TOP)) / top) / 10_000
  const label = words.text('chart.label', {
    asset: asset.code,
    first: nameOf(words, slots[0] as Slot),
    last: nameOf(words, slots.at(-1) as Slot),
  })
  return html`<div class="plot" role="img" aria-label="${label}">
<svg width="100%" height="${HEIGHT}">
${levels.map((level) => html`<text x="100%" y="${yOf(level) + 4}" text-anchor="end">${shortly(words, level, asset)}</text>`)}
</svg>
<svg width="100%" height="${HEIGHT}">
${levels.map((level) => html`<line x1="0" x2="100%" y1="${yOf(level)}" y2="${yOf(level)}"/>`)}
${bars(words, slots, asset, yOf)}
${dates(words, slots)}
</svg>
</div>`
}

/** Where a bar is, in percent of the width; a few bars stand in the middle. @param part of the bar: 0 is its left edge */
function across(count: number, index: number, part: number): string {
  const room = Math.max(count, MIN_BARS)
  return `${((100 * ((room - count) / 2 + index + part)) / room).toFixed(3)}%`
}

function bars(words: Words, slots: Slot[], asset: Asset, yOf: (amount: bigint) => number): Html[] {
  const width = `${(80 / Math.max(slots.length, MIN_BARS)).toFixed(3)}%`
  return slots.map((slot, index) => {
    let below = 0n
    const parts = PARTS.filter((part) => slot[part] > 0n).map((part) => {
      const bottom = yOf(below)
      below += slot[part]
      // Never so low that it isn't seen.
      const height = Math.max(bottom - yOf(below), 1)
      return html`<rect class="${part}" x="${across(slots.length, index, 0.1)}" width="${width}" y="${(bottom - height).toFixed(2)}" height="${height.toFixed(2)}"/>`
    })
    return html`<g><title>${sentence(words, slot, asset)}</title>${parts}</g>\n`
  })
}

/** The first and the last date, turned away from each other where there are few bars; else one or two between them, too. */
function dates(words: Words, slots: Slot[]): Html[] {
  const count = slots.length
  const date = (index: number, part: number, anchor: string) =>
    html`<text x="${across(count, index, part)}" y="${HEIGHT - 5}" text-anchor="${anchor}">${nameOf(words, slots[index] as Slot, 'short')}</text>`
  if (count === 1) return [date(0, 0.5, 'middle')]
  if (count < MIN_BARS) return [date(0, 0.9, 'end'), date(count - 1, 0.1, 'start')]
  // A month has a longer name, with its year.
  const between = slots[0]?.unit === 'month' ? [1 / 2] : [1 / 3, 2 / 3]
  return [
    date(0, 0, 'start'),
    ...between.map((part) => date(Math.round(part * (count - 1)), 0.5, 'middle')),
    date(count - 1, 1, 'end'),
  ]
}

/** The lowest round amount that is not below this one; half of it is round, too. */
function roundedUp(amount: bigint): bigint {
  for (let power = 1n; ; power *= 10n)
    for (const step of [2n, 4n, 6n, 8n, 10n, 12n, 16n, 20n, 24n, 30n])
      if (step * power >= amount) return step * power
}

const table = (words: Words, slots: Slot[], asset: Asset): Html => {
  const amount = (minor: bigint) => words.number(formatAmount(minor, asset))
  return html`<table>
<thead><tr><th scope="col">${words.text(`chart.${slots[0]?.unit ?? 'day'}`)}</th><th scope="col" class="number">${words.text('chart.sent')}</th>${PARTS.map(
    (part) => html`<th scope="col" class="number">${words.text(`chart.${part}`)}</th>`,
  )}</tr></thead>
<tbody>
${slots
  .filter((slot) => sentIn(slot) > 0n)
  .map(
    (slot) =>
      html`<tr><th scope="row">${nameOf(words, slot)}</th><td class="number">${amount(sentIn(slot))}</td>${PARTS.map((part) => html`<td class="number">${amount(slot[part])}</td>`)}</tr>\n`,
  )}</tbody></table>`
}

function sentence(words: Words, slot: Slot, asset: Asset): string {
  const amount = (minor: bigint) => words.number(formatAmount(minor, asset))
  const parts = PARTS.filter((part) => slot[part] > 0n).map(
    (part) => `${words.text(`chart.${part}`)} ${amount(slot[part])}`,
  )
  return `${nameOf(words, slot)}: ${words.text('chart.sent')} ${amount(sentIn(slot))}\n${parts.join('\n')}`
}

/** An amount in few characters: `1.2K`. */
const shortly = ({ language }: Words, minor: bigint, asset: Asset): string =>
  new Intl.NumberFormat(language, { notation: 'compact' }).format(
    formatAmount(minor, asset) as Intl.StringNumericLiteral,
  )

/** What a bar is called: a day, the week from a day on, or a month. */
function nameOf(words: Words, { start, unit }: Slot, length: 'short' | 'long' = 'long'): string {
  if (length === 'long' && unit !== 'month')
    return unit === 'day' ? words.day(start) : words.text('chart.weekOf', { day: words.day(start) })
  return new Intl.DateTimeFormat(words.language, {
    ...(unit === 'month' ? { year: 'numeric' } : { day: 'numeric' }),
    month: 'short',
    timeZone: 'UTC',
  }).format(new Date(start))
}
