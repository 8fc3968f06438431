import { z } from '@hono/zod-openapi'
import { onlyAssetOf } from '../access/scopes.ts'
import { KINDS } from '../books/filter.ts'
import { pageOf } from '../books/page.ts'
import { statesOf } from '../books/totals.ts'
import type { Core } from '../core.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  Amount,
  AssetCode,
  AssetName,
  EXAMPLE,
  ExternalId,
  GroupAddress,
  ItemShape,
  State,
  shown,
  TimeAsked,
} from '../http/shapes.ts'

const Filter = z.object({
  state: State.optional(),
  asset: AssetCode.openapi({ example: undefined, examples: ['CREDIT'] }).optional(),
  kind: z
    .enum(KINDS)
    .openapi({
      description:
        'packet: a red packet; payment: for a request or a pool; refund: what was given back; contribution, payout: into and out of the treasury; transfer: none of these',
    })
    .optional(),
  since: TimeAsked.optional(),
  until: TimeAsked.optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})
const Total = z.object({ asset: AssetName, state: State, transfers: z.int(), amount: Amount })

/** The routes for a group's books. Whether somebody may see them is for the bot to find out from its messenger. */
export const groupsApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'get',
        path: '/groups/{messenger}/{id}/history',
        scope: { may: 'read', about: 'group' },
        summary: "A group's transfers, newest first, with totals of all that match",
        description:
          'The books of the group, with those of chats that were joined to it. `next` is the cursor of the page after this one; the totals are of all pages.',
        request: { params: GroupAddress, query: Filter },
        responses: {
          200: json(
            z.object({
              items: z.array(ItemShape),
              next: shown(EXAMPLE.transfer).nullable(),
              totals: z.array(Total),
            }),
            'A page; `next` is the cursor of the one after it',
          ),
        },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const { cursor, limit, ...asked } = c.req.valid('query')
        const only = onlyAssetOf(c.get('grant'))
        const filter = only === undefined ? asked : { ...asked, asset: only }
        const own = await core.groups.find(messenger, id)
        if (!own) return c.json({ items: [], next: null, totals: [] }, 200)
        const books = { id: await core.groups.rootOf(own), timeZone: 'UTC' }
        const [{ items, older }, totals] = await Promise.all([
          pageOf(core.db, books, filter, cursor === undefined ? undefined : { before: cursor }, limit),
          statesOf(core.db, books, filter),
        ])
        return c.json(
          {
            items: await core.transfers.views(items, messenger),
            next: older ? (items.at(-1)?.id ?? null) : null,
            totals: totals.map(({ asset, state, transfers, sent }) => ({
              asset,
              state,
              transfers,
              amount: core.assets.formatted(sent, asset),
            })),
          },
          200,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/groups/{messenger}/{id}/move',
        scope: 'all',
        summary: 'The messenger has given the group another id; its history stays with it',
        description:
          'For bots: books, rules and treasury go on under the new id. Doing it again changes nothing.',
        request: {
          params: GroupAddress,
          ...jsonBody(z.strictObject({ to: ExternalId.openapi({ example: EXAMPLE.group.id }) })),
        },
        responses: { 204: { description: 'Moved' } },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        await core.groups.move(messenger, id, c.req.valid('json').to)
        return c.body(null, 204)
      },
    )
