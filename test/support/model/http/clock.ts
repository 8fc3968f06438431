import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { vi } from 'vitest'
import { openSql } from '../../../../db/drivers.ts'
import { connectTo } from '../../upstream.ts'

/** The time of a database and of this process, which stands still until it is moved: so a model knows each moment to the millisecond. */
export interface StandingClock {
  /** The database for those who are to see that time. */
  url: string
  now(): Date
  move(ms: number): Promise<void>
  /** Lets this process have its own time again. */
  forget(): Promise<void>
}

/** Stops the time of this process, and that of a database for all who come by the new address: they find the functions of the clock in `public`. */
export async function stopClock(url: string): Promise<StandingClock> {
  const sql = openSql(url, { max: 1, onnotice: () => {} })
  let now = new Date()
  await sql.unsafe(`
    create table clock as select timestamptz '${now.toISOString()}' as shows;
    create function clock_timestamp() returns timestamptz language sql stable as 'select shows from clock';
    create function now() returns timestamptz language sql stable as 'select shows from clock';
    do $$ declare change text; begin
      for change in select format('alter table %I alter %I set default public.%s', attrelid::regclass, attname, pg_get_expr(adbin, adrelid))
        from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
        where attrelid::regclass::text !~ '\\.' and pg_get_expr(adbin, adrelid) in ('now()', 'clock_timestamp()')
      loop execute change; end loop;
    end $$`)
  const door = await openDoor(new URL(url))
  vi.useFakeTimers({ toFake: ['Date'], now })
  return {
    url: door.url,
    now: () => now,
    async move(ms) {
      now = new Date(now.getTime() + ms)
      await sql`update clock set shows = ${now.toISOString()}`
      vi.setSystemTime(now)
    },
    async forget() {
      vi.useRealTimers()
      door.close()
      await sql.end()
    },
  }
}

/**
 * A proxy that has each session look through `public` before Postgres's own functions. Our settings of a session, which go before those of the
 * database, leave that out.
 */
async function openDoor(target: URL) {
  const server = createServer((client) => {
    const upstream = connectTo(target)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    upstream.pipe(client)
    client.on('data', function first(said: Buffer) {
      const isStart = said.readInt32BE(4) === PROTOCOL_3
      upstream.write(isStart ? lookingThrough(said) : said)
      if (isStart) client.off('data', first).pipe(upstream)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: url.href, close: () => server.close() }
}

/** The version that the first message of a session names. https://www.postgresql.org/docs/current/protocol-message-formats.html */
const PROTOCOL_3 = 196_608

function lookingThrough(start: Buffer): Buffer {
  const settings = start.toString('latin1', 4)
  const changed = settings.replace('search_path\0public\0', 'search_path\0public,pg_catalog\0')
  const message = Buffer.from(`....${changed}`, 'latin1')
  message.writeInt32BE(message.length)
  return message
}
