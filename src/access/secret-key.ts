import { createHmac } from 'node:crypto'
import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { connect, type Database } from '../../db/postgres.ts'
import { secretKeys, transfers } from '../../db/schema.ts'
import { type Config, ConfigError } from '../config.ts'
import { codeHashOf, codeOf, newSecret } from './codes.ts'

/**
 * The key that the codes of transfers follow from: SECRET_KEY, or the one in the data folder. With the embedded database a
 * first one is made, and kept in the data folder.
 * @throws ConfigError where it has to be set
 */
export async function secretKeyFor(config: Config, databaseUrl: string): Promise<string> {
  const given = await givenSecretKey(config)
  if (given) return given
  const { db, close } = connect(databaseUrl)
  try {
    if ((await storedHash(db)) || (await latestTransfer(db))) throw new ConfigError(LOST)
  } finally {
    await close()
  }
  if (config.databaseUrl)
    throw new ConfigError(
      'SECRET_KEY: with DATABASE_URL it has to be set, the same for each process: `openssl rand -base64 32` makes one.',
    )
  return keepNewSecretKey(config)
}

/** SECRET_KEY, else the key in the data folder, if there is one. @throws ConfigError where that can't be read */
export async function givenSecretKey(config: Config): Promise<string | undefined> {
  return config.secretKey ?? (await keptSecretKey(config))
}

/**
 * Makes a key, and keeps it in the data folder, readable only for its owner. Two processes that do so at the same time get the
 * same key.
 */
export async function keepNewSecretKey(config: Config): Promise<string> {
  await keepSecretKey(config, newSecret())
  return (await keptSecretKey(config)) as string
}

/** Keeps a key in the data folder, readable only for that folder's owner. One that is there already stays. */
export async function keepSecretKey(config: Config, key: string): Promise<void> {
  await mkdir(config.dataDir, { recursive: true })
  await writeFile(fileOf(config), key, { mode: 0o600, flag: 'wx', flush: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  // Root may run the command line for a service that is another user's.
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(config.dataDir)
  await chown(fileOf(config), uid, gid)
}

/**
 * Makes sure that a key is the one that this database was used with. A database without a key takes this one, if its latest
 * transfer was made with it. With another key no card could be redrawn, and every new link to an old transfer would be dead.
 * @throws ConfigError where it is another key
 */
export async function takeSecretKey(db: Database, key: string): Promise<void> {
  if ((await storedHash(db)) === undefined) {
    const latest = await latestTransfer(db)
    if (latest && latest.codeHash !== codeHashOf(codeOf(key, latest.id, latest.reissues)))
      throw new ConfigError(WRONG)
    await db
      .insert(secretKeys)
      .values({ id: 1, hash: keyHashOf(key) })
      .onConflictDoNothing()
  }
  if (!(await isOwnSecretKey(db, key))) throw new ConfigError(WRONG)
}

/** Whether a key is the one that this database was used with. */
export const isOwnSecretKey = async (db: Database, key: string): Promise<boolean> =>
  (await storedHash(db)) === keyHashOf(key)

/** Whether a hash that the database keeps is a key's. */
export const isSecretKeyOf = (hash: string, key: string): boolean => hash === keyHashOf(key)

/** Replaces the database's key. Links made with the earlier one stop working, so no transfer may be open. */
export async function replaceSecretKey(db: Database, key: string): Promise<void> {
  const row = { hash: keyHashOf(key) }
  await db
    .insert(secretKeys)
    .values({ id: 1, ...row })
    .onConflictDoUpdate({ target: secretKeys.id, set: row })
}

const HOW_TO_REPLACE =
  'Where it is lost, `replace-key` of the command line gives all open transfers back and takes another key.'
/** Messages of the ConfigErrors for a key that doesn't fit the database, and for one that is missing. */
export const WRONG = `SECRET_KEY: it is not the key that the transfers in the database were made with; set that one, or bring DATA_DIR/secret.key back from a backup. ${HOW_TO_REPLACE}`
/** See `WRONG`. */
export const LOST = `SECRET_KEY: the database has a key, which is neither set nor kept in DATA_DIR; set it, or bring DATA_DIR/secret.key back from a backup. ${HOW_TO_REPLACE}`

const fileOf = ({ dataDir }: Config) => join(dataDir, 'secret.key')

async function keptSecretKey(config: Config): Promise<string | undefined> {
  const file = fileOf(config)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new ConfigError(`SECRET_KEY: the key in ${file} cannot be read (${error.code}).`)
  })
  const key = text?.trim()
  if (key !== undefined && key.length < 32)
    throw new ConfigError(`SECRET_KEY: the key in ${file} is not whole: restore it from a backup.`)
  return key
}

const keyHashOf = (key: string) => createHmac('sha256', key).update('passalong secret key').digest('hex')

async function storedHash(db: Database): Promise<string | undefined> {
  const [row] = await db.select({ hash: secretKeys.hash }).from(secretKeys).where(eq(secretKeys.id, 1))
  return row?.hash
}

async function latestTransfer(db: Database) {
  const { id, codeHash, reissues } = transfers
  const [latest] = await db
    .select({ id, codeHash, reissues })
    .from(transfers)
    .orderBy(sql`${id} desc`)
    .limit(1)
  return latest
}
