import { z } from '@hono/zod-openapi'
import { makeLink } from '../access/sessions.ts'
import type { Core } from '../core.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import { EXAMPLE, Group, Moment, Person } from '../http/shapes.ts'
import { saveLabels } from '../people/labels.ts'
import { keyOf } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'

const To = z.union([z.enum(['statement', 'proof', 'operators']), z.strictObject({ group: Group })]).openapi({
  description:
    'Their own statement, the receipts of what is theirs, the pages of operators, or the books of a group',
  example: 'statement',
})
const Next = z
  .string()
  .max(500)
  .regex(/^\/[\w-][\w/?=&.%+-]*$/, { error: 'must be a path, like /treasury' })
  .openapi({ description: 'Which of these pages, by what follows in its address', example: '/treasury' })

/** The route by which bots give people a link to pages for them alone. Whether they may see them, the pages ask at each look. */
export const linksApi = (core: Core) =>
  router(core).openapi(
    v1Route({
      method: 'post',
      path: '/links',
      scope: 'all',
      summary:
        'A link that signs a browser in as somebody, once, within ten minutes: nobody else may read it',
      description:
        'The link leads to a page with a button, as previews open every link; the button signs in, and leads on.',
      request: jsonBody(
        z
          .strictObject({ by: Person, to: To, next: Next.optional() })
          .openapi({ example: { by: EXAMPLE.somebody, to: 'statement' } }),
      ),
      responses: {
        201: json(
          z.object({
            link: z.string().openapi({
              format: 'uri',
              example: 'https://pass.example.org/session/Zk3mXr9Wc1LqT5vYb7NdHs0JfGp2UeAi4oKtRx8ByEw',
            }),
            expiresAt: Moment,
            isOperator: z.boolean().openapi({ description: 'Whether they are an operator' }),
          }),
          'A page whose one button signs in; to open it does nothing yet',
        ),
      },
      refuses: ['not_operator'],
    }),
    async (c) => {
      const { by, to, next = '' } = c.req.valid('json')
      const isOperator = core.config.operators.has(keyOf(by))
      if (to === 'operators' && !isOperator) throw new Refusal('not_operator')
      await core.people.meet(by)
      const { secret, expiresAt } = await makeLink(core.db, by, (await pathTo(core, to)) + next)
      await saveLabels(core, [by], typeof to === 'object' ? to.group : undefined)
      const link = `${core.publicUrl()}/session/${secret}`
      return c.json({ link, expiresAt: expiresAt.toISOString(), isOperator }, 201)
    },
  )

async function pathTo(core: Core, to: z.output<typeof To>): Promise<string> {
  if (to === 'statement') return '/me'
  if (to === 'proof') return '/proof'
  if (to === 'operators') return '/operators'
  return `/groups/${await core.groups.rootOf(await core.groups.meet(to.group))}`
}
