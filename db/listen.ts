import { readAddress } from './address.ts'
import { openSql } from './drivers.ts'

/**
 * Listens to a channel of `pg_notify`, on a connection of its own that is opened again after a break. Behind a pooler nothing is
 * received, as a session there serves several clients in turn and can't listen.
 * @param heard called with each payload, and with undefined whenever listening begins, as notifications may have been missed
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
  // The driver retries by itself, also the first time.
  sql.listen(channel, heard, () => heard()).catch(() => undefined)
  return { close: () => sql.end({ timeout: 0 }) }
}

const QUERY_SECONDS = 30
