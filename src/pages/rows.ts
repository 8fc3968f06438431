import { CsvError, parse } from 'csv-parse/sync'

/** One row of a table that somebody has pasted or uploaded: for whom, how much, and what for. */
export interface Row {
  line: number
  who: string
  /** Empty where there is none, as is the note. */
  amount: string
  note: string
}

/** A row that can't be read, and how it would have to be written. */
export interface UnreadRow {
  line: number
  problem: 'quotes' | 'columns' | 'comma'
  typed: string
}

/**
 * Reads comma-separated values (RFC 4180), or those with semicolons or tabs, as spreadsheets write them: who, amount, note. A first
 * row of headings is left out. What can't be told apart for sure is named, never guessed.
 */
export function readRows(text: string): { rows: Row[]; unread: UnreadRow[] } {
  const tables = DELIMITERS.map((delimiter) => tableOf(text, delimiter))
  const { delimiter, records, broken } = tables.reduce((best, one) => (one.fit > best.fit ? one : best))
  const unread: UnreadRow[] = broken ? [broken] : []
  const rows = withoutHeadings(records).flatMap(({ line, cells }): Row[] => {
    const [who = '', amount = '', note = '', ...more] = cells
    const typed = cells.join(delimiter)
    if (more.some((cell) => cell !== '')) unread.push({ line, problem: 'columns', typed })
    // `@ben,1,50`: an amount of 1 and a note of 50, or 1.50?
    else if (delimiter === ',' && /^\d{1,2}$/.test(note)) unread.push({ line, problem: 'comma', typed })
    // Exports write @ada as '@ada, so that no spreadsheet takes it for a formula.
    else return [{ line, who: who.replace(/^'(?=@)/, ''), amount, note }]
    return []
  })
  return { rows, unread }
}

/** Chinese keyboards have wide ones. */
const DELIMITERS = ['\t', ';', '；', '，', ',']

interface Table {
  delimiter: string
  records: { line: number; cells: string[] }[]
  broken: UnreadRow | undefined
  /** The larger, the more likely these are its delimiters: in most rows an amount comes second. */
  fit: number
}

function tableOf(text: string, delimiter: string): Table {
  try {
    const parsed = parse(text, {
      delimiter,
      bom: true,
      info: true,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
    }) as unknown as { record: string[]; info: { lines: number } }[]
    const records = parsed.map(({ record, info }) => ({ line: info.lines, cells: record }))
    const amounts = records.filter(({ cells }) => AMOUNT.test(cells[1] ?? '')).length
    const columns = records.filter(({ cells }) => cells.length > 1).length
    return { delimiter, records, broken: undefined, fit: amounts + columns / (records.length + 1) }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const broken = { line: Number(error.lines), problem: 'quotes', typed: '' } as const
    return { delimiter, records: [], broken, fit: -1 }
  }
}

const AMOUNT = /^\p{Sc}?\s?\p{Nd}[\p{Nd}.,'\s]*[km]?\s?\p{Sc}?$/iu

const HEADINGS = /^(amount|sum|value|金额|金額|数额)/i

const withoutHeadings = (records: Table['records']) =>
  HEADINGS.test(records[0]?.cells[1] ?? '') ? records.slice(1) : records
