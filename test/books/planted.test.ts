import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { connect, type Database } from '../../db/postgres.ts'
import { checkDays } from '../../src/books/check.ts'
import { type Filter, KINDS } from '../../src/books/filter.ts'
import { type PlantedBooks, plantBooks } from '../bench/plant-books.ts'
import { freshDatabase } from '../support/database.ts'
import { allIn, expectRead, type Told } from '../support/read-books.ts'

const CODES = ['CREDIT', 'POINT', 'GOLD']

let db: Database
let planted: PlantedBooks
let all: Told[]
let end: () => Promise<void>

beforeAll(async () => {
  const { url, drop } = await freshDatabase()
  const plain = openSql(url, { max: 1, onnotice: () => {} })
  for (const code of CODES) await plain`insert into assets (code, scale) values (${code}, 0)`
  planted = await plantBooks(plain, CODES, 1500, 30)
  await plain.end()
  const connection = connect(url)
  db = connection.db
  end = async () => {
    await connection.close()
    await drop()
  }
  all = await allIn(db, planted.root)
})
afterAll(() => end())

test('whatever the filter, what is read of two years is what matches', async () => {
  const day = fc.constantFrom(...all.map((one) => one.day))
  const anyFilter: fc.Arbitrary<Filter> = fc.record(
    {
      person: fc.constantFrom(...planted.people),
      state: fc.constantFrom('open', 'collected', 'cancelled', 'declined', 'returned'),
      asset: fc.constantFrom(...CODES),
      from: day,
      to: day,
      kind: fc.constantFrom(...KINDS),
      words: fc.constantFrom('lunch', 'LUNCH ko', '房租', '钱', '谢谢请客', 'thanks', 'nothing'),
    },
    { requiredKeys: [] },
  )
  // No address asks for a period that ends before it begins.
  const filters = anyFilter.map(
    ({ from, to, ...rest }): Filter =>
      from && to && from > to ? { ...rest, from: to, to: from } : { ...rest, from, to },
  )
  await fc.assert(
    fc.asyncProperty(filters, fc.nat(), (filter, turn) => expectRead(db, planted.root, all, filter, turn)),
    {
      numRuns: 50,
      examples: [
        [{}, 3],
        [{ state: 'declined' }, 1],
        [{ state: 'open' }, 0],
      ],
    },
  )
})

test('what bulk SQL has planted is what the entries come to; a fault is named', async () => {
  expect(await checkDays(db)).toEqual([])
  await db.execute(sql`update group_days set sent = sent + 1 where ctid = (select min(ctid) from group_days)`)
  await db.execute(sql`delete from group_people where ctid = (select min(ctid) from group_people)`)
  expect(await checkDays(db)).toEqual([
    expect.stringMatching(/0 transfers too many are counted, and too much money: 1, 0, 0/),
    expect.stringMatching(/is counted on wrong days of/),
  ])
})
