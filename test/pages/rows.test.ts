import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRows } from '../../src/pages/rows.ts'

const ben = { line: 1, who: '@ben', amount: '20', note: 'lunch' }

describe('rows of people and amounts', () => {
  test.each([
    ['commas', '@ben,20,lunch'],
    ['semicolons, as spreadsheets of half of the world write them', '@ben;20;lunch'],
    ['wide commas, as Chinese keyboards write them', '@ben，20，lunch'],
    ['tabs, as a spreadsheet pastes them', '@ben\t20\tlunch'],
    ['a byte order mark', '\uFEFF@ben,20,lunch'],
    ['quotes', '"@ben","20","lunch"'],
    ['blanks around', '  @ben , 20 ,  lunch  '],
    ['a mark against formulas', "'@ben,20,lunch"],
    ['empty columns behind', '@ben,20,lunch,,'],
  ])('are read with %s', (_what, text) => {
    expect(readRows(text)).toEqual({ rows: [ben], unread: [] })
  })

  test('may have headings, empty lines and any ends of lines', () => {
    const text = 'Who,Amount,Note\r\n\r\n@ben,20,lunch\r\n,,\r\nAda Lovelace,1.50\r\n'
    expect(readRows(text)).toEqual({
      rows: [
        { ...ben, line: 3 },
        { line: 5, who: 'Ada Lovelace', amount: '1.50', note: '' },
      ],
      unread: [],
    })
    expect(readRows('谁;金额\n@ben;20;lunch').rows).toEqual([{ ...ben, line: 2 }])
  })

  test('may be names alone', () => {
    expect(readRows('@ben\nAda Lovelace').rows).toMatchObject([
      { who: '@ben', amount: '', note: '' },
      { who: 'Ada Lovelace', amount: '', note: '' },
    ])
  })

  test('keep a delimiter of another table, and quotes within quotes', () => {
    expect(readRows('@ben;20;this, that\n@ada;30;more').rows[0]).toMatchObject({ note: 'this, that' })
    expect(readRows('@ben,20,a;b\n@ada,30,more').rows[0]).toMatchObject({ note: 'a;b' })
    expect(readRows('"Lovelace, Ada",20,"so ""good"""').rows[0]).toMatchObject({
      who: 'Lovelace, Ada',
      note: 'so "good"',
    })
  })

  test('are named where they can be read in two ways', () => {
    expect(readRows('@ada,20\n@ben,1,50').unread).toEqual([{ line: 2, problem: 'comma', typed: '@ben,1,50' }])
    expect(readRows('@ada,20\n@ben,20,lunch,and more').unread).toMatchObject([
      { line: 2, problem: 'columns' },
    ])
    expect(readRows('@ada,20\n"@ben,20,lunch').unread).toMatchObject([{ problem: 'quotes' }])
    expect(readRows('@ada,20\n@ben,20,so "good"').unread).toMatchObject([{ line: 2, problem: 'quotes' }])
  })

  test('a row whose amount is none is no heading', () => {
    expect(readRows('@ben,twenty\n@ada,20').rows).toMatchObject([{ who: '@ben', amount: 'twenty' }, {}])
  })

  test('of any text are read or named, and none is lost', () => {
    const cell = fc.stringMatching(/^[a-z "]{0,8}$/).map((text) => text.trim())
    const row = fc.tuple(
      cell,
      fc.integer({ min: 1, max: 999 }).map(String),
      cell.filter((note) => !/^\d/.test(note)),
    )
    const delimiters = fc.constantFrom(',', ';', '\t')
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), delimiters, (table, delimiter) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
        const text = table.map((cells) => cells.map(quoted).join(delimiter)).join('\n')
        expect(readRows(text).rows.map(({ who, amount, note }) => [who, amount, note])).toEqual(table)
      }),
    )
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void readRows(text)))
  })
})
