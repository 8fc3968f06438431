import { Hono } from 'hono'
import type { Core } from '../../core.ts'
import { booksPages } from './books.ts'
import { groupsHome } from './home.ts'
import { lifePages } from './life.ts'
import { rulesPages } from './rules.ts'
import { trailPages } from './trail.ts'
import { treasuryPages } from './treasury/app.ts'

/** The pages of groups, for their admins. */
export const groupPages = (core: Core) =>
  new Hono()
    .route('/', groupsHome(core))
    .route('/', booksPages(core))
    .route('/', lifePages(core))
    .route('/', rulesPages(core))
    .route('/', trailPages(core))
    .route('/', treasuryPages(core))
