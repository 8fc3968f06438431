import type { Logger } from 'pino'
import type { Sql } from 'postgres'
import { connect, type Database, type Usage } from '../db/postgres.ts'
import { boundsUnderWay } from './access/bounds-under-way.ts'
import { takeSecretKey } from './access/secret-key.ts'
import { openTokens, type Tokens } from './access/tokens.ts'
import { askViews } from './asks/view.ts'
import { type AskWatch, openAskWatch } from './asks/watch.ts'
import type { Config } from './config.ts'
import { type Deliveries, openDeliveries } from './delivery/deliveries.ts'
import { type Messengers, openMessengers } from './delivery/messengers.ts'
import { type Groups, openGroups } from './groups/groups.ts'
import { type Memberships, openMemberships } from './groups/memberships.ts'
import { openRules, type Rules } from './groups/rules-store.ts'
import { openTrail, type Trail } from './groups/trail.ts'
import { type Concurrency, openConcurrency } from './http/concurrency.ts'
import { requestIdUnderWay } from './http/request-id.ts'
import { type Ledger, openLedger } from './ledger/ledger.ts'
import { type Assets, openAssets, writeAssets } from './money/assets.ts'
import { type Metrics, openMetrics } from './operations/metrics.ts'
import { logChanges } from './operations/transfer-log.ts'
import { type Opening, openOpening } from './operators/opening.ts'
import { payoutViews } from './payouts/view.ts'
import { introduceNamed } from './people/introduce.ts'
import { openPeople, type People } from './people/people.ts'
import { type LookUps, openLookUps } from './transfers/find.ts'
import { openViews, type Views } from './transfers/view.ts'

/** The opened services that the API and the pages work with. */
export interface Core {
  config: Config
  secretKey: string
  db: Database
  /** The same pool, for statements of the ledger's that only read. */
  sql: Sql
  poolUsage(): Usage
  assets: Assets
  ledger: Ledger
  people: People
  groups: Groups
  memberships: Memberships
  opening: Opening
  rules: Rules
  trail: Trail
  transfers: LookUps & Views
  askWatch: AskWatch
  deliveries: Deliveries
  messengers: Messengers
  tokens: Tokens
  concurrency: Concurrency
  metrics: Metrics
  log: Logger
  /** Where the pages are reached from outside. */
  publicUrl(): string
  close(): Promise<void>
}

/**
 * Opens the core on a migrated database.
 * @param listensAt tells the address of the pages where `PUBLIC_URL` isn't set; called only once the server listens
 * @throws ConfigError where the assets or the secret key don't fit the database
 */
export async function openCore(
  config: Config,
  databaseUrl: string,
  secretKey: string,
  log: Logger,
  listensAt: () => string,
  metrics: Metrics = openMetrics(),
): Promise<Core> {
  const { db, sql, usage: poolUsage, close } = connect(databaseUrl)
  try {
    await writeAssets(db, config.assets)
    await takeSecretKey(db, secretKey)
  } catch (error) {
    await close()
    throw error
  }
  const assets = openAssets(config.assets)
  const people = openPeople(db, log)
  const groups = openGroups(db)
  const trail = openTrail(db)
  const publicUrl = () => config.publicUrl ?? listensAt()
  const views = openViews({ db, people, groups, assets, secretKey, publicUrl })
  const transfers = { ...openLookUps(db), ...views }
  const deliveries = await openDeliveries({
    url: databaseUrl,
    db,
    people,
    groups,
    views,
    payouts: (ids, messenger) => payoutViews({ db, assets, people, groups }, ids, messenger),
    asks: (ids, messenger) => askViews({ db, assets, people, groups, publicUrl }, ids, messenger),
    metrics,
    log,
    supervise: config.roles.has('worker'),
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  const ledger = openLedger(databaseUrl, {
    introduce: introduceNamed({ people, groups }),
    measure({ size, seconds, refusals }) {
      metrics.batchSize.observe(size)
      metrics.batchSeconds.observe(seconds)
      for (const [code, some] of Map.groupBy(refusals, (refusal) => refusal.code))
        metrics.refusals.inc({ code }, some.length)
    },
    origin: requestIdUnderWay,
    bounds: boundsUnderWay,
    committed(changes) {
      deliveries.moneyMoved()
      logChanges(log, assets, changes)
    },
    recovered: () => log.info('the books can be reached and written again'),
  })
  return {
    config,
    secretKey,
    db,
    sql,
    poolUsage,
    assets,
    ledger,
    people,
    groups,
    memberships: openMemberships(db, groups, people, deliveries.questions),
    opening: openOpening({ db, groups, trail, config }),
    rules: openRules(db, assets, groups, trail),
    trail,
    transfers,
    askWatch: openAskWatch(db),
    deliveries,
    messengers: openMessengers(db),
    tokens: openTokens(db, log),
    concurrency: openConcurrency(metrics, log),
    metrics,
    log,
    publicUrl,
    async close() {
      await ledger.close()
      await deliveries.close()
      await close()
    },
  }
}
