import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { CODES } from '../http/problem.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import { AmountTyped, AssetCode, EXAMPLE, ItemShape, Key, Note, Person } from '../http/shapes.ts'
import { keyed } from '../transfers/idempotency.ts'
import { issue } from '../transfers/issue.ts'

const Issue = z
  .strictObject({
    amount: AmountTyped,
    asset: AssetCode.optional(),
    to: Person.optional().openapi({ description: 'Who gets new money' }),
    from: Person.optional().openapi({ description: 'Whose money is taken out of circulation' }),
    by: Person.optional().openapi({ description: 'The operator who asked, who must be one of OPERATORS' }),
    note: Note.nullish(),
    key: Key.optional(),
  })
  .refine((issue) => (issue.to === undefined) !== (issue.from === undefined), {
    error: 'give either to or from',
  })
  .openapi('Issue', { example: { amount: '100', to: EXAMPLE.somebody, note: 'welcome' } })

/** The route by which operators put money into circulation, or take it out. */
export const issuesApi = (core: Core) =>
  router(core).openapi(
    v1Route({
      method: 'post',
      path: '/issues',
      scope: { may: 'issue', about: 'holder' },
      summary: 'Put money into circulation, or take it out',
      description:
        '`to` somebody, new money of the issuer; `from` somebody, what they have goes back to it. It is in their account, or gone, with the answer. Send a `key` along: a retry then issues nothing twice.',
      request: jsonBody(Issue),
      responses: {
        201: json(ItemShape, 'What was issued or withdrawn, as a transfer that is collected already'),
      },
      refuses: [
        'not_operator',
        'winding_down',
        'insufficient_funds',
        'on_hold',
        ...CODES.amount,
        ...CODES.moves,
      ],
    }),
    async (c) => {
      const body = c.req.valid('json')
      const { amount, asset, to, from, by, note } = body
      const whose = (to ?? from) as z.output<typeof Person>
      const direction = to ? 'in' : 'out'
      const request = keyed(c.get('client'), 'issue', body)
      const { transfer } = await issue(core, { amount, asset, direction, whose, by, note, request })
      return c.json(await core.transfers.view(transfer, whose.messenger), 201)
    },
  )
