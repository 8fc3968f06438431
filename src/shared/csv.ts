/** Stands first in a file of comma-separated values, so that spreadsheets read it as UTF-8. */
export const BOM = '\uFEFF'

/**
 * A row of comma-separated values (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before it, as people
 * write such cells.
 */
export const csvRow = (cells: string[]): string =>
  `${cells.map((cell) => `"${harmless(cell).replaceAll('"', '""')}"`).join(',')}\r\n`

const harmless = (cell: string) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell)
