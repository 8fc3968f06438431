import { vi } from 'vitest'
import { openSql } from '../../../../db/drivers.ts'
import { asSuperuserOf } from '../../database.ts'

/** The time of a database and of this process, which stands still until it is moved: so a model knows each moment to the millisecond. */
export interface StandingClock {
  now(): Date
  move(ms: number): Promise<void>
  /** Lets this process have its own time again. */
  forget(): Promise<void>
}

/** Stops the time of this process, and that of a database: there the functions of the clock are others. */
export async function stopClock(url: string): Promise<StandingClock> {
  let now = new Date()
  await asSuperuserOf(
    url,
    `create table clock as select timestamptz '${now.toISOString()}' as shows;
    grant select, update on clock to public;
    alter function pg_catalog.clock_timestamp() rename to running_clock_timestamp;
    alter function pg_catalog.now() rename to running_now;
    create function pg_catalog.clock_timestamp() returns timestamptz language sql stable as 'select shows from public.clock';
    create function pg_catalog.now() returns timestamptz language sql stable as 'select shows from public.clock';
    do $$ declare change text; begin
      for change in select format('alter table %s alter %I set default pg_catalog.%s', attrelid::regclass, attname, replace(pg_get_expr(adbin, adrelid), 'running_', ''))
        from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum
        where pg_get_expr(adbin, adrelid) in ('running_now()', 'running_clock_timestamp()')
      loop execute change; end loop;
    end $$`,
  )
  vi.useFakeTimers({ toFake: ['Date'], now })
  const sql = openSql(url, { max: 1, onnotice: () => {} })
  return {
    now: () => now,
    async move(ms) {
      now = new Date(now.getTime() + ms)
      await sql`update clock set shows = ${now.toISOString()}`
      vi.setSystemTime(now)
    },
    async forget() {
      vi.useRealTimers()
      await sql.end()
    },
  }
}
