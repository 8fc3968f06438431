import { sql as raw } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import type { Sql } from 'postgres'
import { openSql } from '../../db/drivers.ts'
import { connect, type Database } from '../../db/postgres.ts'
import * as schema from '../../db/schema.ts'
import { checkDays } from '../../src/books/check.ts'
import type { Filter } from '../../src/books/filter.ts'
import { pageOf } from '../../src/books/page.ts'
import { daysOf, totalsOf } from '../../src/books/totals.ts'
import { settle } from './plant.ts'
import { type PlantedBooks, plantBooks } from './plant-books.ts'
import type { Stage } from './stage.ts'
import { median, percentile } from './table.ts'

const ROWS = 50
const TIMES = 60

/** How long one thing took, with the scans that it was read by. */
export interface ReadMeasured {
  what: string
  median: number
  p95: number
  scans: string[]
}

/** A group's books of a million transfers, read in each way. @throws in the end, where one reads through a whole table of money */
export async function* measureBooks(stage: Stage, count: number): AsyncGenerator<ReadMeasured> {
  const sql = openSql(stage.url, { max: 1, onnotice: () => {} })
  try {
    for (const code of CODES)
      await sql`insert into assets (code, scale) values (${code}, 0) on conflict do nothing`
    const books = await plantBooks(sql, CODES, count)
    await settle(sql)
    await check(stage.url)
    yield* readBooks(stage.url, books)
  } finally {
    await sql.end()
  }
}

/** @throws where the sums by day are not what the transfers come to */
async function check(url: string): Promise<void> {
  const { db, close } = connect(url, { querySeconds: 0 })
  const faults = await checkDays(db)
  await close()
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

const CODES = ['CREDIT', 'POINT', 'GOLD']

async function* readBooks(url: string, books: PlantedBooks): AsyncGenerator<ReadMeasured> {
  const sql = openSql(url, { max: 4, onnotice: () => {} })
  const asked: { query: string; params: unknown[] }[] = []
  const db = drizzle(sql, {
    schema,
    logger: { logQuery: (query, params) => void asked.push({ query, params }) },
  })
  const readThrough: string[] = []
  for (const [what, job] of Object.entries(await waysToRead(db, books))) {
    // Once to have what it reads in memory, as that of a page which is looked at is.
    for (let turn = 0; turn < 5; turn++) await job(turn)
    const took: number[] = []
    asked.length = 0
    for (let turn = 0; turn < TIMES; turn++) {
      const started = performance.now()
      await job(turn)
      took.push(performance.now() - started)
    }
    const scans = await scansOf(sql, asked)
    yield { what, median: median(took), p95: percentile(took, 0.95), scans }
    for (const table of ['transfers', 'entries'])
      if (scans.includes(`Seq Scan ${table}`) && !ADDED_UP.includes(what))
        readThrough.push(`${table} for ${what}`)
  }
  await sql.end()
  if (readThrough.length > 0) throw new Error(`Read through: ${readThrough.join('; ')}.`)
}

type Way = (turn: number) => Promise<unknown>

async function waysToRead(db: Database, { root, people }: PlantedBooks): Promise<Record<string, Way>> {
  const page = (filterOf: (turn: number) => Filter) => (turn: number) =>
    pageOf(db, root, filterOf(turn), undefined, ROWS)
  const totals = (filterOf: (turn: number) => Filter) => (turn: number) => totalsOf(db, root, filterOf(turn))
  const person = (turn: number) => people[(turn * 37) % people.length] as string
  const [span] = await db.execute<{ first: string }>(raw`select min(day)::text as first from group_days`)
  const dayAfter = (days: number) =>
    new Date(Date.parse(`${span?.first}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
  const month = (turn: number) => ({ from: dayAfter(turn * 11), to: dayAfter(turn * 11 + 30) })
  const year = (turn: number) => ({ from: dayAfter(turn * 5), to: dayAfter(turn * 5 + 365) })
  const deep = await db.execute<{ id: string }>(raw`
    select id from (
      select id, row_number() over (order by created_at desc) as turn from transfers where group_id is not null
    ) numbered where turn >= 900000 and turn % 1000 = 0 order by turn limit ${TIMES}`)
  return {
    'the first page': page(() => ({})),
    'a page at the 900,000th row': (turn) =>
      pageOf(db, root, {}, { before: (deep[turn % deep.length] ?? deep[0])?.id as string }, ROWS),
    'a page by person': page((turn) => ({ person: person(turn) })),
    'a page by who takes part most, in one of seven': page(() => ({ person: people[0] })),
    'a page by a rare word of the note': page(() => ({ words: 'zanzibar' })),
    'a page by the commonest word': page(() => ({ words: 'lunch' })),
    'a page by a Chinese word': page(() => ({ words: '房租' })),
    'a page by a word and the beginning of another': page(() => ({ words: 'lunch kov' })),
    'a page of a month': page(month),
    'a page by state': page((turn) => ({ state: STATES[turn % STATES.length] })),
    'a page by kind': page((turn) => ({ kind: turn % 2 ? 'payout' : 'contribution' })),
    'a page by asset': page((turn) => ({ asset: CODES[turn % CODES.length] })),
    'a page by person, word, asset and year': page((turn) => ({
      person: person(turn),
      words: 'lunch',
      asset: 'CREDIT',
      ...year(turn),
    })),
    'totals of all': totals(() => ({})),
    'totals of a month': totals(month),
    'totals of a year': totals(year),
    'totals by state': totals((turn) => ({ state: STATES[turn % STATES.length] })),
    'totals by asset, kind and year': totals((turn) => ({ asset: 'POINT', kind: 'transfer', ...year(turn) })),
    'totals by person': totals((turn) => ({ person: person(turn + 1) })),
    [MOST]: totals(() => ({ person: people[0] })),
    'totals by a rare word': totals(() => ({ words: 'zanzibar' })),
    [COMMONEST]: totals(() => ({ words: 'lunch' })),
    'sums of each day of a year': (turn) => daysOf(db, root, year(turn)),
  }
}

const MOST = 'totals by who takes part most: 143,000 transfers are added up'
const COMMONEST = 'totals by the commonest word: 124,000 transfers are added up'
/** An eighth of a table is found faster by reading all of it. */
const ADDED_UP = [MOST, COMMONEST]

const STATES = ['open', 'collected', 'cancelled', 'declined', 'returned'] as const

/** How tables are read by statements. */
async function scansOf(sql: Sql, asked: { query: string; params: unknown[] }[]): Promise<string[]> {
  const scans = new Set<string>()
  const visit = (node: Plan) => {
    const read = node['Index Name'] ?? node['Relation Name']
    if (read) scans.add(`${node['Node Type']} ${read}`)
    node.Plans?.forEach(visit)
  }
  for (const { query, params } of asked.slice(0, 10)) {
    const [row] = await sql.unsafe(`explain (format json) ${query}`, params as never[])
    const plans = row?.['QUERY PLAN'] as { Plan: Plan }[]
    for (const { Plan } of plans) visit(Plan)
  }
  return [...scans]
}

interface Plan {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  Plans?: Plan[]
}
