/** Rows in columns, for people to read. Columns of numbers stand to the right. @param numbers their places, counted from 0 */
export function tableOf(rows: string[][], numbers: readonly number[] = []): string {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, cell.length)),
    [],
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return numbers.includes(column) ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** RFC 3339, to the second. */
export const timeOf = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`
