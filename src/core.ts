import type { Logger } from 'pino'
import { connect, type Database } from '../db/postgres.ts'
import { offersOf, writeAssets } from './assets.ts'
import type { Config } from './config.ts'
import { type Deliveries, openDeliveries } from './delivery/deliveries.ts'
import { type Groups, openGroups } from './groups.ts'
import { type Ledger, openLedger } from './ledger/ledger.ts'
import { type Load, openLoad } from './load.ts'
import { type Messengers, openMessengers } from './messengers.ts'
import { type Metrics, openMetrics } from './metrics.ts'
import type { Asset } from './money.ts'
import { openPeople, type People } from './people.ts'
import { takeSecretKey } from './secret.ts'
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
    await takeSecretKey(db, secretKey)
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
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  const ledger = openLedger(databaseUrl, {
    measure({ size, seconds, refusals }) {
      metrics.batchSize.observe(size)
      metrics.batchSeconds.observe(seconds)
      for (const [code, some] of Map.groupBy(refusals, (refusal) => refusal.code))
        metrics.refusals.inc({ code }, some.length)
    },
    committed: deliveries.moneyMoved,
    recovered: () => log.info('the books can be reached and written again'),
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
