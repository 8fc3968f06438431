import type { Db } from 'pg-boss'
import { openSql } from './drivers.ts'

/** What pg-boss runs on: our driver, which takes and gives values as pg-boss's own does. */
export function openBossDatabase(url: string, { max }: { max: number }): Db & { close(): Promise<void> } {
  const open = (pool: { max: number; query_timeout?: number }) =>
    openSql(url, {
      ...pool,
      onnotice: () => {},
      connection: { application_name: 'passalong deliveries' },
      // A value that is a text already is in its final form.
      types: {
        json: { to: 114, from: [114, 3802], serialize: textOr(JSON.stringify), parse: JSON.parse },
        date: {
          to: 1184,
          from: [1082, 1114, 1184],
          serialize: textOr((date: Date) => date.toISOString()),
          parse: (text: string) => new Date(text),
        },
      },
      transform: { undefined: null },
    })
  const sql = open({ max, query_timeout: QUERY_SECONDS })
  return {
    async executeSql(text, values = []) {
      if (!OPENS_TRANSACTION.test(text)) return { rows: rowsOf(await sql.unsafe(text, values as never[])) }
      // On a connection of its own: where the script fails, its transaction goes with it.
      const connection = open({ max: 1 })
      try {
        return { rows: rowsOf(await connection.unsafe(text)) }
      } finally {
        await connection.end({ timeout: 0 })
      }
    },
    close: () => sql.end({ timeout: 5 }),
  }
}

const QUERY_SECONDS = 30

const OPENS_TRANSACTION = /^\s*begin\b/i

const textOr =
  <T>(write: (value: T) => string) =>
  (value: T | string) =>
    typeof value === 'string' ? value : write(value)

/** Of a script with several statements the driver gives a list of lists. */
const rowsOf = (result: unknown[]): unknown[] => (result.every(Array.isArray) ? result.flat() : result)
