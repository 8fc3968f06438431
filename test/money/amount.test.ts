import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Asset, chooseAsset, formatAmount, minorUnitsOf, parseAmount } from '../../src/money/amount.ts'
import { Refusal } from '../../src/shared/refusal.ts'

const asset = (code: string, scale: number, symbols: string[] = []): Asset => ({
  code,
  scale,
  symbols,
  maxTransfer: 2000n,
  lifetime: 3600,
})
const CREDIT = asset('CREDIT', 2)

describe('an amount as people type it', () => {
  test.each([
    ['20', 20_00n],
    ['20.5', 20_50n],
    ['20.50', 20_50n],
    ['0.01', 1n],
    ['007', 7_00n],
    ['1.2k', 1200_00n],
    ['1.25K', 1250_00n],
    ['0.00001k', 1n],
    ['1.2000000k', 1200_00n],
    ['2m', 2_000_000_00n],
    ['¥20', 20_00n],
    ['¥ 20', 20_00n],
    ['20 €', 20_00n],
    ['20€', 20_00n],
    ['￥２０', 20_00n],
    ['２０', 20_00n],
    ['２０．５', 20_50n],
    ['٢٠', 20_00n],
    ['٢٠٫٥', 20_50n],
    ['۱۲۳۴', 1234_00n],
    ['\u200e20\u200f', 20_00n],
    ['\u061c٢٠', 20_00n],
    ['  20  ', 20_00n],
    [`20${' '.repeat(78)}`, 20_00n],
    ['\u300020', 20_00n],
  ])('%j is read', (typed, minor) => {
    expect(parseAmount(typed, CREDIT)).toBe(minor)
  })

  test.each([
    ['1,50'],
    ['1,5'],
    ['1,234'],
    ['1.234'],
    ['1.000'],
    ['1,234.50'],
    ['1 234 567'],
    ['1.234,50'],
    ['1 234'],
    ['1\u00a0234'],
    ["1'234"],
    ['12 345'],
    ['1\u066c234'],
    ['1,2k'],
    ['１，２３４'],
  ])('%j can be read in two ways, and is asked back', (typed) => {
    expect(refusalOf(() => parseAmount(typed, CREDIT))).toBe('amount_ambiguous')
  })

  test.each([
    [''],
    ['   '],
    ['-1'],
    ['+1'],
    ['−1'],
    ['1e9'],
    ['1E9'],
    ['0x10'],
    ['0b1'],
    ['NaN'],
    ['Infinity'],
    ['null'],
    ['10 kB'],
    ['20kk'],
    ['twenty'],
    ['20.'],
    ['.5'],
    ['20..5'],
    ['2 0'],
    ['20;drop table entries'],
    ['<b>20</b>'],
    ['€20€'],
    ['20€5'],
    ['x1 234'],
    ['1 234x'],
    ['20 CREDIT'],
    ['20\n20'],
    ['\u202e20'],
    ['2\u200b0'],
    ['\ufeff\u200b'],
    ['๒๐'],
    ['2²'],
    ['2⁰'],
    ['①'],
    ['½'],
    ['2Ⅿ'],
    [`20${' '.repeat(79)}`],
    ['9'.repeat(25)],
    ['9'.repeat(100_000)],
    ['1'.repeat(24) + 'm'],
  ])('%j is no amount', (typed) => {
    expect(refusalOf(() => parseAmount(typed, CREDIT))).toBe('invalid_amount')
  })

  test('the most of all is an amount, and what is refused is told as it was typed', () => {
    expect(parseAmount(`1${'0'.repeat(22)}`, CREDIT)).toBe(10n ** 24n)
    for (const typed of ['1,50', '1 234', 'twenty', '0', `1${'0'.repeat(23)}`])
      expect(() => parseAmount(typed, CREDIT)).toThrow(expect.objectContaining({ details: { typed } }))
  })

  test.each([['0'], ['0.00'], ['0k'], ['¥0']])('%j is too small', (typed) => {
    expect(refusalOf(() => parseAmount(typed, CREDIT))).toBe('amount_too_small')
  })

  test('decimals that the asset does not have are refused, never rounded', () => {
    for (const typed of ['20.0001', '0.1234', '1.234567k', '0.123456789m'])
      expect(refusalOf(() => parseAmount(typed, CREDIT))).toBe('too_many_decimals')
    expect(refusalOf(() => parseAmount('1.5', asset('POINT', 0)))).toBe('too_many_decimals')
    expect(refusalOf(() => parseAmount('1.0', asset('POINT', 0)))).toBe('too_many_decimals')
    const { details } = caught(() => parseAmount('20.0001', CREDIT))
    expect(details).toEqual({ typed: '20.0001', asset: 'CREDIT', scale: 2 })
  })

  test('three decimals are plain where the asset has them', () => {
    expect(parseAmount('1.234', asset('DINAR', 3))).toBe(1234n)
    expect(parseAmount('0.00000001', asset('COIN', 8))).toBe(1n)
  })

  test('what the refusal shows of it is short and without marks that mislead', () => {
    const typed = `\u202e<b>${'\u200b'.repeat(30)}${'x'.repeat(5000)}`
    const refusal = caught(() => parseAmount(typed, CREDIT))
    expect(refusal.details.typed).toBe(`<b>${'x'.repeat(36)}…`)
  })

  test('whatever is typed, it is an amount above zero or a refusal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (typed) => {
        try {
          expect(parseAmount(typed, CREDIT)).toBeGreaterThan(0n)
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('minor units', () => {
  test.each([
    [2000n, 2, '20.00'],
    [1n, 2, '0.01'],
    [0n, 2, '0.00'],
    [-2050n, 2, '-20.50'],
    [-1n, 2, '-0.01'],
    [7n, 0, '7'],
    [1n, 8, '0.00000001'],
    [10n ** 24n, 2, '10000000000000000000000.00'],
  ])('%s of scale %i are written %s', (minor, scale, text) => {
    expect(formatAmount(minor, { scale })).toBe(text)
  })

  test.each([
    ['20.5', 2, 2050n],
    ['20', 2, 2000n],
    ['1.239', 2, 123n],
    ['7.9', 0, 7n],
  ])('are read from the decimal %s in scale %i, without what is finer', (decimal, scale, minor) => {
    expect(minorUnitsOf(decimal, { scale })).toBe(minor)
  })

  test('are read back from what was written, in every scale', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 24n - 1n }),
        fc.integer({ min: 0, max: 8 }),
        (minor, scale) => {
          expect(parseAmount(formatAmount(minor, { scale }), asset('ANY', scale))).toBe(minor)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('the asset that is meant', () => {
  const YEN = asset('CNY', 2, ['¥'])
  const EURO = asset('EUR', 2, ['€'])
  const POINT = asset('POINT', 0)

  test('is the one named, in any case of letters', () => {
    expect(chooseAsset([YEN, EURO], 'eur', '20')).toBe(EURO)
  })
  test('is the one whose sign stands at the amount, in full width as well', () => {
    expect(chooseAsset([POINT, YEN, EURO], undefined, '€20')).toBe(EURO)
    expect(chooseAsset([POINT, YEN, EURO], undefined, '20 €')).toBe(EURO)
    expect(chooseAsset([POINT, YEN, EURO], undefined, '￥２０')).toBe(YEN)
  })
  test('is the first when nothing is said', () => {
    expect(chooseAsset([POINT, YEN], undefined, '20')).toBe(POINT)
  })
  test('is the only one, whatever the sign', () => {
    expect(chooseAsset([POINT], undefined, '$20')).toBe(POINT)
  })
  test('is asked back where a sign means none or several of them, or another than the one named', () => {
    const DOLLARS = [asset('USD', 2, ['$']), asset('AUD', 2, ['$'])]
    expect(refusalOf(() => chooseAsset([YEN, EURO], undefined, '$20'))).toBe('asset_unclear')
    expect(refusalOf(() => chooseAsset(DOLLARS, undefined, '$20'))).toBe('asset_unclear')
    expect(refusalOf(() => chooseAsset([YEN, EURO], 'EUR', '¥20'))).toBe('asset_unclear')
    const details = { assets: `${YEN.code}, ${EURO.code}` }
    expect(() => chooseAsset([YEN, EURO], undefined, '$20')).toThrow(expect.objectContaining({ details }))
    expect(() => chooseAsset([YEN, EURO], 'EUR', '¥20')).toThrow(expect.objectContaining({ details }))
    expect(chooseAsset(DOLLARS, 'AUD', '$20').code).toBe('AUD')
  })
  test('is refused where there is none of the name', () => {
    const refusal = caught(() => chooseAsset([YEN, EURO], 'DOGE', '20'))
    expect(refusal.code).toBe('unknown_asset')
    expect(refusal.message).toBe('There is no asset DOGE. There are: CNY, EUR.')
    const { code, details } = caught(() => chooseAsset([], undefined, '20'))
    expect([code, details]).toEqual(['unknown_asset', { asset: '', assets: '' }])
  })
})

test('a refusal shows what was typed in whole characters', () => {
  const typed = `${'x'.repeat(38)}😀😀x`
  expect(caught(() => parseAmount(typed, CREDIT)).details.typed).toBe(`${'x'.repeat(38)}😀…`)
})

const refusalOf = (read: () => unknown): string => caught(read).code

function caught(read: () => unknown): Refusal {
  try {
    read()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('It was not refused.')
}
