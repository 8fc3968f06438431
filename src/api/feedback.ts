import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { jsonBody, router, v1Route } from '../http/router.ts'
import { Group, label, Person } from '../http/shapes.ts'
import { giveFeedback } from '../operators/feedback.ts'

const Words = label(1000)
  .pipe(z.string({ error: 'must have something to read' }))
  .openapi({ example: 'Could a card show the time left?' })

/** The route by which people write to the operators. */
export const feedbackApi = (core: Core) =>
  router(core).openapi(
    v1Route({
      method: 'post',
      path: '/feedback',
      scope: 'all',
      summary: 'Write to the operators: it waits in their inbox. The same words on the same day come once',
      request: jsonBody(
        z.strictObject({
          by: Person,
          group: Group.nullish().openapi({ description: 'Where it was written' }),
          text: Words,
        }),
      ),
      responses: { 204: { description: 'Noted' } },
      refuses: ['too_much_feedback'],
    }),
    async (c) => {
      await giveFeedback(core, c.req.valid('json'))
      return c.body(null, 204)
    },
  )
