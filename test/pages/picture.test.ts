import { GlobalFonts, loadImage } from '@napi-rs/canvas'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Picture } from '../../src/pages/picture/content.ts'
import { draw } from '../../src/pages/picture/draw.ts'
import { linesOf } from '../../src/pages/picture/lines.ts'
import { drawPicture } from '../../src/pages/picture/picture.ts'
import type { Refusal } from '../../src/shared/refusal.ts'
import { scanned } from '../support/scanned.ts'

const link = 'https://pass.example.org/c/AZ9TQeFdr0pKcQ2x3nV7mB1yUwLkHgE'
const open: Picture = {
  direction: 'ltr',
  brand: 'Passalong',
  amount: '20.00',
  asset: 'CREDIT',
  from: 'from Ada (@ada)',
  to: null,
  note: 'lunch',
  link,
  says: 'Scan to collect',
  until: 'Until Nov 28, 2026, 11:20 UTC',
}

const texts: Record<string, Partial<Picture>> = {
  Chinese: {
    amount: '888.88',
    asset: 'CNY',
    from: '来自陈晨 (@chen)',
    to: '收款人：王小明',
    note: '生日快乐！',
  },
  'a note and names that are too long': {
    amount: '1,234,567,890.123456',
    asset: 'LONGESTASSET',
    from: `from ${'A name that never ends '.repeat(5)}`,
    to: `For ${'王'.repeat(128)}`,
    note: 'x'.repeat(200),
  },
  emoji: { from: 'from 👩‍👩‍👧‍👦🏳️‍🌈', note: '🍕👍🏽❤️1️⃣🇨🇳'.repeat(20) },
  'right to left': {
    from: 'from \u2068דנה\u2069 (#67)',
    to: 'For \u2068محمد\u2069',
    direction: 'rtl',
    note: 'שלום (20) מרحبا, lunch',
  },
  'signs of markup': { from: '<b>"\'&amp;</b>', note: ']]></text><script>&#0;' },
  'what no font has': { from: '\u{10FFFD}\u0378', note: '\uFFFF\uD800' },
}

describe('The picture to pass on', () => {
  test('is scanned at full and at half size, and after JPEG at quality 40', async () => {
    const png = await draw(open)
    expect((await loadImage(png)).width).toBe(1080)
    for (const scale of [1, 0.5])
      for (const quality of [undefined, 40])
        expect([scale, quality, await scanned(png, scale, quality)]).toEqual([scale, quality, link])
  })

  test.each(Object.entries(texts))('is scanned with %s', async (_, text) => {
    expect(await scanned(await draw({ ...open, ...text }), 0.5, 40)).toBe(link)
  })

  test('shows all that it is given', async () => {
    const png = await draw(open)
    const others: Partial<Picture>[] = [
      { brand: 'Other' },
      { amount: '20.01' },
      { asset: 'PLAY' },
      { from: 'from Ben' },
      { to: 'For Ben' },
      { note: null },
      { says: '扫码领取' },
      { until: 'Until Nov 29, 2026, 11:20 UTC' },
    ]
    for (const other of others)
      expect([other, png.equals(await draw({ ...open, ...other }))]).toEqual([other, false])
    expect(png.equals(await draw(open))).toBe(true)
  })

  test('has no code where it is over, but says so', async () => {
    const over = { ...open, link: null, until: null }
    const [collected, ended] = [
      await draw({ ...over, says: 'Collected' }),
      await draw({ ...over, says: 'Time is over' }),
    ]
    expect(await scanned(collected)).toBeUndefined()
    expect(collected.equals(ended)).toBe(false)
  })

  test.each([
    ['Latin', 'lunch Łódź', 'noto-sans'],
    ['Greek and Cyrillic', 'Ελλάδα Привет', 'noto-sans'],
    ['Chinese', '午饭', 'noto-sans-sc'],
    ['Hebrew', 'שלום', 'noto-sans-hebrew'],
    ['Arabic', 'مرحبا', 'noto-sans-arabic'],
    ['emoji', '🍕', 'noto-emoji'],
  ])('comes with a font for %s, which is loaded when it is needed', async (_, note, family) => {
    await draw({ ...open, note })
    expect(GlobalFonts.has(family)).toBe(true)
  })

  test('is drawn by a thread; where too many wait, the next is refused, and after that it goes on', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 34 }, async (_, nth) => drawPicture({ ...open, note: String(nth) })),
    )
    const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused.length).toBe(2)
    for (const error of refused) expect((error as Refusal).code).toBe('overloaded')
    const [again, same] = await Promise.all([
      drawPicture({ ...open, note: '33' }),
      drawPicture({ ...open, note: '33' }),
    ])
    expect(again).toBe(same)
    expect(await scanned(again)).toBe(link)
  })
})

describe('A text in lines', () => {
  const within = (most: number) => (line: string) => [...line].length <= most

  test('breaks between words, and only where it has to', () => {
    expect(linesOf('lunch', 2, within(10))).toEqual(['lunch'])
    expect(linesOf('lunch at the corner', 3, within(10))).toEqual(['lunch at', 'the corner'])
    expect(linesOf('x'.repeat(12), 2, within(10))).toEqual(['x'.repeat(10), 'xx'])
  })

  test('is cut by whole graphemes', () => {
    const family = '👩‍👩‍👧‍👦'
    expect(linesOf('lunch at the corner', 1, within(10))).toEqual(['lunch at…'])
    expect(linesOf(family.repeat(5), 1, within(16))).toEqual([`${family.repeat(2)}…`])
    expect(linesOf(family, 1, within(3))).toEqual(['…'])
  })

  test('fits, whatever was written, and says where it was cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        (text, most) => {
          const lines = linesOf(text, most, within(12))
          expect(lines.length).toBeLessThanOrEqual(most)
          for (const line of lines) expect([...line].length).toBeLessThanOrEqual(12)
          const kept = lines.join('').replace(/\s+/g, '')
          const all = text.replace(/\s+/g, '')
          expect(kept === all || (kept.endsWith('…') && all.startsWith(kept.slice(0, -1)))).toBe(true)
        },
      ),
    )
  })
})
