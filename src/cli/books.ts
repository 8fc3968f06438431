import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Sql } from 'postgres'
import { checkDatabase } from '../../db/check.ts'
import { type EmbeddedPostgres, joinEmbeddedPostgres } from '../../db/embedded.ts'
import { connect, type Database, versionOf } from '../../db/postgres.ts'
import { givenSecretKey, isOwnSecretKey, LOST, WRONG } from '../access/secret-key.ts'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { type Groups, openGroups } from '../groups/groups.ts'
import { openTrail } from '../groups/trail.ts'
import { type Ledger, openLedger } from '../ledger/ledger.ts'
import { type Assets, checkAssets, openAssets } from '../money/assets.ts'
import { openLog } from '../operations/log.ts'
import { type Opening, openOpening } from '../operators/opening.ts'
import { introduceNamed } from '../people/introduce.ts'
import { openPeople, type People } from '../people/people.ts'

/** The database of this installation, which exists already and is of this version. */
export interface Books {
  config: Config
  url: string
  db: Database
  sql: Sql
}

/**
 * Works on the books of this installation, beside a running service or without one. It never makes new ones.
 * @param enter how the embedded Postgres is reached: joined, or started for ourselves
 * @throws ConfigError where there are no books, or those of another version; DatabaseUrlError; EmbeddedPostgresError
 */
export async function withBooks<T>(
  work: (books: Books) => Promise<T>,
  enter: (dataDir: string) => Promise<EmbeddedPostgres> = joinEmbeddedPostgres,
): Promise<T> {
  const config = readConfig()
  const server = config.databaseUrl === undefined ? await reach(config.dataDir, enter) : undefined
  const url = config.databaseUrl ? await checkDatabase(config.databaseUrl) : (server?.url as string)
  // Without a query timeout, as an audit of large books takes longer than any other query may.
  const { db, sql, close } = connect(url, { querySeconds: 0 })
  try {
    await checkVersion(sql, config)
    return await work({ config, url, db, sql })
  } finally {
    await close()
    await server?.stop()
  }
}

/** The books with the services that read them. They take no key, so that they answer where that is lost. */
export interface Reading extends Books {
  assets: Assets
  people: People
  groups: Groups
}

/** Reads the books of this installation. @throws whatever `withBooks` throws; ConfigError where ASSETS doesn't fit the books */
export const readBooks = <T>(work: (reading: Reading) => Promise<T>): Promise<T> =>
  withBooks(async (books) => work(await openReading(books)))

async function openReading(books: Books): Promise<Reading> {
  await checkAssets(books.db, books.config.assets)
  const { db, config } = books
  return { ...books, assets: openAssets(config.assets), people: openPeople(db), groups: openGroups(db) }
}

/** The books with the services that move money in them. */
export interface Services extends Reading {
  opening: Opening
  ledger: Ledger
  secretKey: string
  log: Logger
}

/** Works with the services that move money. @throws ConfigError where ASSETS or the secret key don't fit the books */
export async function withServices<T>(books: Books, work: (services: Services) => Promise<T>): Promise<T> {
  const reading = await openReading(books)
  const secretKey = await ownSecretKey(books)
  const ledger = openLedger(books.url, { introduce: introduceNamed(reading) })
  try {
    const opening = openOpening({ ...reading, trail: openTrail(books.db) })
    const log = openLog((line) => void process.stderr.write(line))
    return await work({ ...reading, opening, ledger, secretKey, log })
  } finally {
    await ledger.close()
  }
}

/** The key of these books. @throws ConfigError where it isn't given, or is another one's */
export async function ownSecretKey({ config, db }: Books): Promise<string> {
  const secretKey = await givenSecretKey(config)
  if (!secretKey) throw new ConfigError(LOST)
  if (!(await isOwnSecretKey(db, secretKey))) throw new ConfigError(WRONG)
  return secretKey
}

async function reach(dataDir: string, enter: (dataDir: string) => Promise<EmbeddedPostgres>) {
  if (!existsSync(join(dataDir, 'postgres')))
    throw new ConfigError(
      `DATA_DIR: there are no books in ${dataDir}. Set DATA_DIR or DATABASE_URL as the service has it, or start the service once.`,
    )
  return enter(dataDir)
}

async function checkVersion(sql: Sql, { databaseUrl, dataDir }: Config) {
  const version = await versionOf(sql)
  if (version === 'same') return
  const [name, place] = databaseUrl ? ['DATABASE_URL', 'that database'] : ['DATA_DIR', dataDir]
  throw new ConfigError(
    {
      none: `${name}: there are no books in ${place}. Set it as the service has it, or start the service once.`,
      older: `${name}: the books in ${place} are of an earlier version. Start the service of this one once, which brings them up to date.`,
      newer: `${name}: the books in ${place} are of a later version than this passalong, which is to be updated.`,
    }[version],
  )
}
