import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { BOM, csvRow } from '../../src/shared/csv.ts'

test('whatever is written into a row is read out of it again, and what would be a formula is text', () => {
  const cells = ['plain', 'with "quotes", commas\r\nand lines', '', '=1+1', '+1', '-1', '@ada', '\tx', 'a=b']
  const file = BOM + csvRow(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) + csvRow(cells)
  expect(parse(file, { bom: true })[1]).toEqual([
    'plain',
    'with "quotes", commas\r\nand lines',
    '',
    "'=1+1",
    "'+1",
    "'-1",
    "'@ada",
    "'\tx",
    'a=b',
  ])
})
