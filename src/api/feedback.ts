import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { jsonBody, router, v1Route } from '../http/router.ts'
import { EXAMPLE, Group, label, Person } from '../http/shapes.ts'
import { giveFeedback } from '../operators/feedback.ts'

const Words = label(1000)
  .pipe(z.string({ error: 'must have something to read' }))
  .openapi({ minLength: 1, maxLength: 1000, example: 'Could a card show the time left?' })

/** The route by which people write to the operators. */
export const feedbackApi = (core: Core) =>
  router(core).openapi(
    v1Route({
      method: 'post',
      path: '/feedback',
      scope: 'all',
      summary: 'Write to the operators: it waits in their inbox. The same words on the same day come once',
      description: 'Ten a day of one person at most. They read it on their pages; nothing is sent out.',
      request: jsonBody(
        z
          .strictObject({
            by: Person,
            group: Group.nullish().openapi({ description: 'Where it was written' }),
            text: Words,
          })
          .openapi({ example: { by: EXAMPLE.somebody, text: 'An example, out of the documentation' } }),
      ),
      responses: { 204: { description: 'Noted' } },
      refuses: ['too_much_feedback'],
    }),
    async (c) => {
      await giveFeedback(core, c.req.valid('json'))
      return c.body(null, 204)
    },
  )
