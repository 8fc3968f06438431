import { Hono } from 'hono'
import type { Core } from '../../../core.ts'
import { givePages } from './give.ts'
import { listPages } from './lists.ts'
import { overview } from './overview.ts'
import { payPages } from './pay.ts'
import { payoutPages } from './payout.ts'
import { treasuryProof } from './proof.ts'
import { standingPages } from './standing.ts'

/** The treasury of a group: what is in it, what is paid from it, to whom, and how often. */
export const treasuryPages = (core: Core) =>
  new Hono()
    .route('/', overview(core))
    .route('/', givePages(core))
    .route('/', payPages(core))
    .route('/', payoutPages(core))
    .route('/', treasuryProof(core))
    .route('/', listPages(core))
    .route('/', standingPages(core))
