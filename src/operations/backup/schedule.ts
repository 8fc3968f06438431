import { execFile } from 'node:child_process'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { eq, sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Database } from '../../../db/postgres.ts'
import { settings } from '../../../db/schema.ts'
import type { Config } from '../../config.ts'
import { repeat } from '../../shared/repeat.ts'
import type { Metrics } from '../metrics.ts'

interface Needs {
  db: Database
  config: Pick<Config, 'backupKeep' | 'backupPassphrase'>
  metrics: Metrics
  log: Logger
}

/** How often it is looked whether one is due, in milliseconds. */
const LOOK_MS = 60_000
const EVERY = '24 hours'
/** After one that could not be made. */
const AGAIN = '1 hour'
const NAME = 'backup'

/**
 * Has a backup made once a day, by one of all processes, and deletes the oldest ones. It is made by the command line, in a process of its
 * own: what that takes is given back, and holds up nobody.
 */
export function startBackups({ db, config, metrics, log }: Needs, folder: string): { stop(): Promise<void> } {
  const end = new AbortController()

  async function round(): Promise<boolean> {
    if (await claim(db)) {
      const file = await backUp(folder, config, end.signal)
      await note(db)
      await deleteOldest(folder, config.backupKeep)
      log.info({ file }, 'a backup was made')
    }
    metrics.backupTime.set((await lastBackup(db)) ?? 0)
    return false
  }

  const rounds = repeat(round, LOOK_MS, (error) => {
    if (!end.signal.aborted)
      log.error({ err: error }, 'the backup could not be made; it is tried again in an hour')
  })
  return {
    stop() {
      end.abort()
      return rounds.stop()
    },
  }
}

/** When the last one was finished, in seconds since the epoch. */
async function lastBackup(db: Database): Promise<number | undefined> {
  const [row] = await db
    .select({
      finished: sql<
        number | null
      >`extract(epoch from (${settings.value} ->> 'finished')::timestamptz)::float8`,
    })
    .from(settings)
    .where(eq(settings.name, NAME))
  return row?.finished ?? undefined
}

/** Whether one is due, and this process is to make it: by the database's clock, and for one process alone. */
async function claim(db: Database): Promise<boolean> {
  const claimed = await db.execute(sql`
    insert into settings (name, value) values (${NAME}, jsonb_build_object('begun', now()))
    on conflict (name) do update set value = settings.value || excluded.value
    where (settings.value ->> 'begun')::timestamptz < now() - ${AGAIN}::interval
      and coalesce((settings.value ->> 'finished')::timestamptz, '-infinity') < now() - ${EVERY}::interval
    returning name`)
  return claimed.length > 0
}

const note = (db: Database) =>
  db.execute(
    sql`update settings set value = value || jsonb_build_object('finished', now()) where name = ${NAME}`,
  )

async function backUp(
  folder: string,
  { backupPassphrase }: Needs['config'],
  signal: AbortSignal,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // One that was ended on its way.
  await deleteFiles(folder, (name) => BACKUP.test(name) && name.endsWith('.part'))
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const file = join(folder, `passalong-${time}.sql.gz${backupPassphrase === undefined ? '' : '.age'}`)
  const cli = fileURLToPath(new URL('../../cli.ts', import.meta.url))
  await promisify(execFile)(process.execPath, [cli, 'backup', file], { signal }).catch((error: unknown) => {
    const { stderr } = error as { stderr?: string }
    throw stderr ? new Error(stderr.trim()) : error
  })
  return file
}

async function deleteOldest(folder: string, keep: number): Promise<void> {
  const files = (await readdir(folder)).filter((name) => BACKUP.test(name) && !name.endsWith('.part'))
  const kept = new Set(files.sort().slice(-keep))
  await deleteFiles(folder, (name) => files.includes(name) && !kept.has(name))
}

async function deleteFiles(folder: string, isOver: (name: string) => boolean): Promise<void> {
  for (const name of (await readdir(folder)).filter(isOver)) await rm(join(folder, name))
}

const BACKUP = /^passalong-\d{8}T\d{6}Z\.sql\.gz(\.age)?(\.[\da-f-]+\.part)?$/
