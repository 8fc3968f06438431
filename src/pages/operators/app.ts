import { Hono } from 'hono'
import type { Core } from '../../core.ts'
import { balancesFile } from './balances.ts'
import { groupsPage } from './groups.ts'
import { inboxPages } from './inbox.ts'
import { issuesPages } from './issues.ts'
import { openingPages } from './opening.ts'
import { overviewPages } from './overview.ts'
import { peoplePages } from './people.ts'
import { trailPage } from './trail.ts'

/** The pages of operators, who see all groups and everybody. */
export const operatorPages = (core: Core) =>
  new Hono()
    .route('/', overviewPages(core))
    .route('/', balancesFile(core))
    .route('/', groupsPage(core))
    .route('/', peoplePages(core))
    .route('/', issuesPages(core))
    .route('/', openingPages(core))
    .route('/', inboxPages(core))
    .route('/', trailPage(core))
