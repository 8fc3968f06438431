import { describe, expect, test } from 'vitest'
import { chart, type Day, slotsOf } from '../../../src/pages/groups/chart.ts'
import { wordsIn } from '../../../src/pages/language.ts'

const CREDIT = { code: 'CREDIT', scale: 2 }
const day = (day: string, more: Partial<Day> = {}): Day => ({
  day,
  collected: 0n,
  open: 0n,
  returned: 0n,
  ...more,
})
const draw = (days: Day[], language: 'en' | 'zh-Hans' = 'en') =>
  String(chart(wordsIn(language), days, CREDIT))

describe('Days become bars', () => {
  test('a day without anything is a gap', () => {
    const slots = slotsOf([day('2026-03-03', { open: 5n }), day('2026-02-27', { collected: 20n })])
    expect(slots.map(({ start }) => start)).toEqual([
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
      '2026-03-02',
      '2026-03-03',
    ])
    expect(slots.map(({ collected, open }) => collected + open)).toEqual([20n, 0n, 0n, 0n, 5n])
  })

  test('sixty-two days are shown one by one, more of them by weeks from Monday on', () => {
    expect(slotsOf([day('2026-01-01'), day('2026-03-03')])).toHaveLength(62)
    const weeks = slotsOf([
      day('2026-01-01', { collected: 1n }),
      day('2026-01-04', { collected: 2n }),
      day('2026-01-05', { returned: 4n }),
      day('2026-03-04'),
    ])
    expect(weeks[0]).toEqual({ start: '2025-12-29', unit: 'week', collected: 3n, open: 0n, returned: 0n })
    expect(weeks[1]).toEqual({ start: '2026-01-05', unit: 'week', collected: 0n, open: 0n, returned: 4n })
    expect(weeks.at(-1)?.start).toBe('2026-03-02')
  })

  test('years are shown by months', () => {
    const months = slotsOf([day('2024-01-31', { collected: 1n }), day('2026-02-01', { collected: 2n })])
    expect(months).toHaveLength(26)
    expect(months[0]).toMatchObject({ start: '2024-01-01', unit: 'month', collected: 1n })
    expect(months.at(-1)).toMatchObject({ start: '2026-02-01', collected: 2n })
  })

  test('nothing is lost on the way, whatever the range', () => {
    for (const span of [1, 30, 62, 63, 434, 435, 4000]) {
      const days = Array.from({ length: span }, (_, turn) =>
        day(new Date(Date.UTC(2020, 0, 1 + turn)).toISOString().slice(0, 10), {
          collected: 1n,
          returned: 2n,
        }),
      )
      const slots = slotsOf(days)
      expect(slots.reduce((sum, { collected }) => sum + collected, 0n)).toBe(BigInt(span))
      expect(slots.reduce((sum, { returned }) => sum + returned, 0n)).toBe(BigInt(2 * span))
    }
  })
})

describe('The picture', () => {
  test('says that there is nothing where there is nothing', () => {
    expect(draw([])).toContain('Nothing was sent in this time.')
    expect(draw([])).not.toContain('<svg')
  })

  test('has parts that are as high as their amounts, one upon the other', () => {
    const rects = [
      ...draw([day('2026-11-27', { collected: 50_00n, open: 30_00n, returned: 20_00n })]).matchAll(
        /<rect class="(\w+)" [^>]* y="([\d.]+)" height="([\d.]+)"/g,
      ),
    ].map(([, part, y, height]) => ({ part, y: Number(y), height: Number(height) }))
    expect(rects.map(({ part }) => part)).toEqual(['collected', 'open', 'returned'])
    const [collected, open, returned] = rects as [(typeof rects)[0], (typeof rects)[0], (typeof rects)[0]]
    expect(open.height / collected.height).toBeCloseTo(0.6, 3)
    expect(open.y + open.height).toBeCloseTo(collected.y, 2)
    expect(returned.y + returned.height).toBeCloseTo(open.y, 2)
  })

  test('shows a cent beside a million', () => {
    const drawn = draw([
      day('2026-11-26', { collected: 1n }),
      day('2026-11-27', { collected: 1_000_000_00n }),
    ])
    const heights = [...drawn.matchAll(/height="([\d.]+)"\/>/g)].map(([, height]) => Number(height))
    expect(Math.min(...heights)).toBe(1)
    expect(drawn).toContain('>1M<')
  })

  test.each([
    [1n, '0.02'],
    [19_99n, '20'],
    [110_000n, '1.2K'],
    [123_456_789_012_345_678_901_234_00n, '160,000,000,000T'],
  ])('has a round number above %d', (collected, top) => {
    expect(draw([day('2026-11-27', { collected })])).toContain(`>${top}</text>`)
  })

  test('has the same numbers as a table, whole, and nothing on days without anything', () => {
    const table = draw([
      day('2026-11-25', { collected: 1234_50n, returned: 1n }),
      day('2026-11-27', { open: 9_007_199_254_740_993_00n }),
    ]).replace(/^[\s\S]*<tbody>/, '')
    expect(table.match(/<tr>/g)).toHaveLength(2)
    expect(table).toContain(
      '<th scope="row">Nov 25, 2026</th><td class="number">1,234.51</td><td class="number">1,234.50</td><td class="number">0.00</td><td class="number">0.01</td>',
    )
    expect(table).toContain('9,007,199,254,740,993.00')
  })

  test('speaks Chinese', () => {
    const drawn = draw(
      [day('2026-11-26', { collected: 1n }), day('2026-11-27', { collected: 12_000_00n })],
      'zh-Hans',
    )
    expect(drawn).toContain('1.2万')
    expect(drawn).toContain('2026年11月26日至2026年11月27日发出的 CREDIT')
    expect(drawn).not.toMatch(/\{\{|undefined/)
  })
})
