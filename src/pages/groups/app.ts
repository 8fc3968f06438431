import { Hono } from 'hono'
import type { Core } from '../../core.ts'

/** The pages of groups, for their admins. Each area of them mounts its own routes here. */
export const groupPages = (_core: Core) => new Hono()
