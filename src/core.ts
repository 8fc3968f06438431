import { inArray, sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import { connect, type Database } from '../db/postgres.ts'
import { assets as assetRows, transfers as transferRows } from '../db/schema.ts'
import { codeHashOf, codeOf } from './codes.ts'
import { type Config, ConfigError } from './config.ts'
import { type Deliveries, openDeliveries } from './deliveries.ts'
import { type Groups, openGroups } from './groups.ts'
import { type Ledger, openLedger } from './ledger/ledger.ts'
import { type Load, openLoad } from './load.ts'
import { type Messengers, openMessengers } from './messengers.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import type { Asset } from './money.ts'
import { openPeople, type People } from './people.ts'
import { openTokens, type Tokens } from './tokens.ts'
import { openTransfers, type Transfers } from './transfers.ts'

/** All that the API and the pages stand on. */
export interface Core {
  config: Config
  secretKey: string
  db: Database
  ledger: Ledger
  people: People
  groups: Groups
  transfers: Transfers
  deliveries: Deliveries
  messengers: Messengers
  tokens: Tokens
  load: Load
  metrics: Metrics
  log: Logger
  /** The assets that people of a messenger deal in; the first is the one they mean when they name none. */
  assetsFor(messenger: string): Asset[]
  assetCodesFor(messenger: string): ReadonlySet<string>
  /** Where the pages are reached from outside. */
  publicUrl(): string
  close(): Promise<void>
}

/**
 * Opens the core on a migrated database.
 * @param listensAt tells the address of the pages where `PUBLIC_URL` doesn't
 */
export async function openCore(
  config: Config,
  databaseUrl: string,
  secretKey: string,
  log: Logger,
  listensAt: () => string,
): Promise<Core> {
  const { db, close } = connect(databaseUrl)
  const metrics = openMetrics()
  try {
    await writeAssets(db, config.assets)
    await checkKey(db, secretKey)
  } catch (error) {
    await close()
    throw error
  }
  const assets = new Map(config.assets.map((asset) => [asset.code, asset]))
  const offers = offersOf(config.assets)
  const people = openPeople(db)
  const groups = openGroups(db)
  const publicUrl = () => config.publicUrl ?? listensAt()
  const transfers = openTransfers({ db, people, groups, assets, secretKey, publicUrl })
  const deliveries = await openDeliveries({
    url: databaseUrl,
    db,
    people,
    transfers,
    metrics,
    log,
    supervise: config.roles.has('worker'),
  })
  const ledger = openLedger(databaseUrl, {
    measure({ size, seconds, refusals }) {
      metrics.batchSize.observe(size)
      metrics.batchSeconds.observe(seconds)
      for (const [code, some] of Map.groupBy(refusals, (refusal) => refusal.code))
        metrics.refusals.inc({ code }, some.length)
    },
  })
  return {
    config,
    secretKey,
    db,
    ledger,
    people,
    groups,
    transfers,
    deliveries,
    messengers: openMessengers(db),
    tokens: openTokens(db),
    load: openLoad(),
    metrics,
    log,
    assetsFor: (messenger) => offers.of(messenger).assets,
    assetCodesFor: (messenger) => offers.of(messenger).codes,
    publicUrl,
    async close() {
      await ledger.close()
      await deliveries.close()
      await close()
    },
  }
}

/** A messenger that has assets of its own deals in those, every other one in those that belong to none. */
function offersOf(assets: Asset[]) {
  const byMessenger = new Map(
    [...Map.groupBy(assets, (asset) => asset.messenger)].map(([messenger, list]) => [
      messenger,
      { assets: list, codes: new Set(list.map((asset) => asset.code)) },
    ]),
  )
  const common = byMessenger.get(undefined) ?? { assets: [], codes: new Set<string>() }
  return { of: (messenger: string) => byMessenger.get(messenger) ?? common }
}

/** Amounts are stored in minor units, so a scale that changed would multiply everybody's money. */
async function writeAssets(db: Database, assets: Asset[]) {
  await db
    .insert(assetRows)
    .values(assets.map(({ code, scale }) => ({ code, scale })))
    .onConflictDoNothing()
  const rows = await db.select().from(assetRows)
  const scales = new Map(assets.map((asset) => [asset.code, asset.scale]))
  for (const row of rows) {
    const scale = scales.get(row.code)
    if (scale !== undefined && scale !== row.scale)
      throw new ConfigError(
        `ASSETS: ${row.code} has ${row.scale} decimals in the books, and its scale can't change to ${scale}.`,
      )
  }
  const missing = rows.filter((row) => !scales.has(row.code)).map((row) => row.code)
  if (missing.length === 0) return
  const used = await db
    .selectDistinct({ asset: transferRows.asset })
    .from(transferRows)
    .where(inArray(transferRows.asset, missing))
  if (used.length > 0)
    throw new ConfigError(
      `ASSETS: the books hold ${used.map((row) => row.asset).join(', ')}, and ASSETS doesn't say what that is.`,
    )
}

/** With another key no card could be drawn again, and every new link to an old transfer would be dead. */
async function checkKey(db: Database, secretKey: string) {
  const [latest] = await db
    .select({ id: transferRows.id, codeHash: transferRows.codeHash })
    .from(transferRows)
    .orderBy(sql`${transferRows.id} desc`)
    .limit(1)
  if (latest && latest.codeHash !== codeHashOf(codeOf(secretKey, latest.id)))
    throw new ConfigError(
      'SECRET_KEY: it is not the key that the transfers in the database were made with; set that one.',
    )
}
