import type { Logger } from 'pino'
import type { Database } from '../../db/postgres.ts'
import type { Config } from '../config.ts'
import type { AskerNews } from '../delivery/asker-news.ts'
import type { Cards } from '../delivery/cards.ts'
import type { Groups } from '../groups/groups.ts'
import type { Memberships } from '../groups/memberships.ts'
import type { Rules } from '../groups/rules-store.ts'
import type { Trail } from '../groups/trail.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Assets } from '../money/assets.ts'
import type { Opening } from '../operators/opening.ts'
import type { People } from '../people/people.ts'
import type { LookUps } from './find.ts'

/** Everything that the functions of this folder are handed; each names its part. */
export interface Needs {
  db: Database
  ledger: Ledger
  assets: Assets
  people: People
  groups: Groups
  memberships: Memberships
  rules: Rules
  trail: Trail
  opening: Opening
  transfers: LookUps
  deliveries: Pick<Cards, 'toPost'> & AskerNews
  /** Codes of transfers follow from it. */
  secretKey: string
  config: Pick<Config, 'operators'>
  log: Logger
}
