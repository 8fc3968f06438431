import { stringify } from 'csv-stringify/sync'

/**
 * Rows as a file for spreadsheets (RFC 4180), which a byte order mark tells that it is UTF-8. A cell that a spreadsheet would take
 * for a formula begins with an apostrophe: what people write must not compute.
 * @param pages rows by their columns, some at a time
 */
export async function* toCsv<Column extends string>(
  columns: readonly Column[],
  pages: AsyncIterable<Record<Column, string | null>[]>,
): AsyncGenerator<string> {
  const written = (rows: Record<Column, string | null>[], isFirst: boolean) =>
    stringify(rows, {
      columns: [...columns],
      header: isFirst,
      bom: isFirst,
      escape_formulas: true,
      quoted_string: true,
      record_delimiter: 'windows',
    })
  yield written([], true)
  for await (const rows of pages) yield written(rows, false)
}

/** Objects as JSON Lines. */
export async function* toJsonLines(pages: AsyncIterable<object[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((one) => `${JSON.stringify(one)}\n`).join('')
}
