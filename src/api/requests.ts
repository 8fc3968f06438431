import { z } from '@hono/zod-openapi'
import { AWAIT_REPLICA } from '../../db/replica.ts'
import type { Core } from '../core.ts'
import { json, router, v1Route } from '../http/router.ts'
import { Key } from '../http/shapes.ts'
import { findAnswer } from '../transfers/idempotency.ts'

/** The route that tells whether an idempotency key was used. */
export const requestsApi = (core: Core) =>
  router(core).openapi(
    v1Route({
      method: 'get',
      path: '/requests/{key}',
      scope: 'any',
      summary:
        'Whether your request with this key was answered already: the same one again would move nothing',
      description: "For a request whose answer was lost. Keys are each token's own.",
      request: { params: z.object({ key: Key }) },
      responses: { 200: json(z.object({ answered: z.boolean() }), 'Answered, with a yes or a no, or not') },
    }),
    async (c) => {
      const answer = await findAnswer(core.db, c.get('client'), c.req.valid('param').key)
      // What it tells is trusted as an answer is.
      if (answer) await core.db.execute(AWAIT_REPLICA)
      return c.json({ answered: answer !== undefined }, 200)
    },
  )
