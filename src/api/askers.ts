import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { CODES } from '../http/problem.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import { Amount, AskerShape, EXAMPLE, Person, TransferId, TransferShape } from '../http/shapes.ts'
import { Refusal } from '../shared/refusal.ts'
import { sayNo, sayYes } from '../transfers/answer-asker.ts'
import { askersOf } from '../transfers/askers.ts'

const By = z.strictObject({ by: Person }).openapi({ example: { by: EXAMPLE.somebody } })
const OneAsker = {
  params: z.object({
    id: TransferId,
    turn: z.coerce.number().int().min(1).max(1_000_000).openapi({ example: 1 }),
  }),
  ...jsonBody(By),
}
const REFUSED = ['not_sender', 'asker_not_found', 'asker_answered', ...CODES.closed] as const

/** The routes by which the sender of a transfer that confirms says who of those that want to collect it gets the money. */
export const askersApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'get',
        path: '/transfers/{id}/askers',
        scope: { may: 'read', about: 'transfer' },
        summary: 'Who wants to collect a transfer whose sender confirms that, in their turns',
        description:
          'Everybody who has tried, with what the sender has said to each; `turn` names them for a yes or a no.',
        request: { params: z.object({ id: TransferId }) },
        responses: { 200: json(z.object({ items: z.array(AskerShape) }), 'Those who have asked') },
        refuses: ['transfer_not_found'],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        if (!(await core.transfers.byId(id))) throw new Refusal('transfer_not_found')
        return c.json({ items: await askersOf(core.db, [id]) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/askers/{turn}/yes',
        scope: { may: 'send', about: 'actor' },
        summary: 'The sender says that this is the one: the money becomes theirs at once',
        description:
          'The transfer is collected by who has asked in that turn, and is over for all others. Where that fails the yes stays, and the same request tries again.',
        request: OneAsker,
        responses: {
          200: json(
            z.object({ asker: AskerShape, transfer: TransferShape, amount: Amount }),
            'The money is theirs',
          ),
        },
        refuses: [...REFUSED, 'asker_unpayable', 'own_transfer', 'wrong_asset', 'outcome_unknown'],
      }),
      async (c) => {
        const { by } = c.req.valid('json')
        const { asker, transfer, claim } = await sayYes(core, { ...c.req.valid('param'), by })
        const view = core.transfers.withCode(await core.transfers.view(transfer, by.messenger))
        const amount = core.assets.formatted(claim.amount, transfer.asset)
        return c.json({ asker, transfer: view, amount }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/askers/{turn}/no',
        scope: { may: 'send', about: 'actor' },
        summary: 'The sender says that this is not the one: they are told, and it stays open for others',
        description: "They can't ask for this transfer again. Moves nothing.",
        request: OneAsker,
        responses: { 200: json(AskerShape, 'The one who has asked') },
        refuses: REFUSED,
      }),
      async (c) => c.json(await sayNo(core, { ...c.req.valid('param'), by: c.req.valid('json').by }), 200),
    )
