import { readAddress } from './address.ts'
import { openSql } from './drivers.ts'

/**
 * Listens to what is sent by `pg_notify` in a channel, on a connection of its own that opens again by itself after a break.
 * Behind a pooler nothing is heard: a session there serves several clients in turn, and none of them may listen.
 * @param heard called with each payload, and with nothing whenever listening begins, as what was sent before is lost
 */
export function listen(
  url: string,
  channel: string,
  heard: (payload?: string) => void,
): { close(): Promise<void> } {
  if (readAddress(url).pooled) return { close: async () => {} }
  const sql = openSql(url, {
    max: 1,
    query_timeout: QUERY_SECONDS,
    onnotice: () => {},
    connection: { application_name: 'passalong listening' },
  })
  // The driver tries again by itself, at first as well as later.
  sql.listen(channel, heard, () => heard()).catch(() => undefined)
  return { close: () => sql.end({ timeout: 0 }) }
}

const QUERY_SECONDS = 30
