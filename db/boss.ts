import type { Db } from 'pg-boss'
import { openSql } from './drivers.ts'

/**
 * The database interface of pg-boss on our driver, which is set to convert values as pg-boss's own driver does.
 * @param options.max connections
 */
export function openBossDatabase(url: string, { max }: { max: number }): Db & { close(): Promise<void> } {
  const open = (pool: { max: number; query_timeout?: number; idle_timeout?: number }) =>
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
  // Those that make tables have no timeout.
  const scripts = open({ max: 1, idle_timeout: SCRIPTS_IDLE_SECONDS })
  return {
    async executeSql(text, values = []) {
      const [, script] = TRANSACTION.exec(text) ?? []
      const result = script ? scripts.unsafe(script) : sql.unsafe(text, values as never[])
      return { rows: rowsOf(await result) }
    },
    close: async () => void (await Promise.all([sql.end({ timeout: 5 }), scripts.end({ timeout: 0 })])),
  }
}

const QUERY_SECONDS = 30
const SCRIPTS_IDLE_SECONDS = 10

/**
 * A script that is a transaction. Without the words that begin and end it, its statements are one message, and so one transaction: where
 * one fails, the connection is left without any.
 */
const TRANSACTION = /^\s*begin;(.*)commit;\s*$/is

const textOr =
  <T>(write: (value: T) => string) =>
  (value: T | string) =>
    typeof value === 'string' ? value : write(value)

/** For a script of several statements the driver returns a list of results. */
const rowsOf = (result: unknown[]): unknown[] => (result.every(Array.isArray) ? result.flat() : result)
