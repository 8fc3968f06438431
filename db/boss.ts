import type { Db } from 'pg-boss'
import { openSql } from './drivers.ts'

/**
 * The database interface of pg-boss on our driver, which is set to convert values as pg-boss's own driver does.
 * @param options.max connections
 */
export function openBossDatabase(url: string, { max }: { max: number }): Db & { close(): Promise<void> } {
  const open = (pool: { max: number; query_timeout?: number }) =>
    openSql(url, {
      ...pool,
      onnotice: () => {},
      connection: { application_name: 'passalong deliveries' },
      // A value that is text already is not converted again.
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
      // On a connection of its own, so that where the script fails, its open transaction ends with the connection.
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

/** For a script of several statements the driver returns a list of results. */
const rowsOf = (result: unknown[]): unknown[] => (result.every(Array.isArray) ? result.flat() : result)
