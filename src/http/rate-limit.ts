import type { HttpBindings } from '@hono/node-server'
import type { MiddlewareHandler } from 'hono'
import { type RateLimitInfo, rateLimiter } from 'hono-rate-limiter'
import type { Core } from '../core.ts'
import { Refusal } from '../shared/refusal.ts'
import { callerOf } from './callers.ts'

/**
 * Expensive requests that one network may send to one process in a minute. A claim page, the most expensive, costs 1.3 ms, so
 * this is 4 % of a core. A whole company may be behind one address: somebody who opens a link, sees its picture, collects and
 * looks again sends four requests, so 200 people at once need less than half of it.
 */
export const MAX_PER_MINUTE = 2000

/**
 * Asks that one network may have made at the counters of apps in a minute, where nobody says who they are: a queue at a till is slower, and each
 * is a row of the books for good.
 */
export const MAX_ASKS_PER_MINUTE = 30

interface Limited {
  Bindings: Partial<HttpBindings>
  Variables: { rateLimit: RateLimitInfo }
}

/**
 * Refuses requests above a limit with `too_many_requests`, until the minute is over. Requests from inside this process have no
 * limit.
 */
export const rateLimitPerNetwork = (core: Core, limit = MAX_PER_MINUTE): MiddlewareHandler =>
  rateLimiter<Limited>({
    windowMs: 60_000,
    limit,
    standardHeaders: false,
    skip: (c) => !c.env?.incoming,
    keyGenerator: (c) => (c.env.incoming ? callerOf(c.env.incoming, core.config.trustedProxies) : ''),
    handler: (c) => {
      core.metrics.refusedRequests.inc({ limit: 'network' })
      const { resetTime = new Date() } = c.get('rateLimit')
      const seconds = Math.ceil((resetTime.getTime() - Date.now()) / 1000)
      throw new Refusal('too_many_requests', {}, Math.max(1, seconds))
    },
  })
