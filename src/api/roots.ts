import { z } from '@hono/zod-openapi'
import { onlyAssetOf } from '../access/scopes.ts'
import type { Core } from '../core.ts'
import { json, router, v1Route } from '../http/router.ts'
import { Amount, AssetName, ExternalId, Messenger, Moment, shown } from '../http/shapes.ts'
import { receiptsOf, rootsPage } from '../roots/receipts.ts'

const Hash = shown('5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592').openapi({
  description: 'SHA-256, in hexadecimal digits',
})
const root = {
  number: z.int().openapi({ description: 'Of all roots, from 1', example: 7 }),
  asset: AssetName,
  at: Moment,
  leaves: z.int().openapi({ description: 'How many accounts are counted', example: 3 }),
  total: Amount.openapi({ description: 'What they have together, open transfers included' }),
  previous: Hash.openapi({ description: 'The root before this one; 64 zeros before the first one' }),
  root: Hash,
}
const RootShape = z.object({ ...root, tree: Hash }).openapi('Root')
const ReceiptShape = z
  .object({
    ...root,
    owner: z.array(shown('telegram:123456789')).openapi({ description: 'What they are known by' }),
    balance: Amount,
    open: Amount.openapi({ description: 'What their own open transfers hold' }),
    salt: Hash,
    path: z.array(z.object({ side: z.enum(['left', 'right']), sum: Amount, hash: Hash })),
  })
  .openapi('Receipt')

/** The routes for what is published of all balances, and for the receipts that prove what is counted in it. */
export const rootsApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'get',
        path: '/roots',
        summary:
          'What is owed to all holders of an asset, one root for each asset and day, the newest first. For anyone, without a token',
        description:
          'Each root is a hash over all balances of its day, and names the one before it: who keeps one can check later that nothing was changed.',
        scope: 'anyone',
        request: {
          query: z.object({
            cursor: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
            limit: z.coerce.number().int().min(1).max(100).default(20),
          }),
        },
        responses: {
          200: json(
            z.object({ items: z.array(RootShape), next: z.int().nullable().openapi({ example: 3 }) }),
            'A page; `next` is the cursor of the one after it',
          ),
        },
      }),
      async (c) => {
        const { cursor, limit } = c.req.valid('query')
        return c.json(await rootsPage(core.db, cursor, limit), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/people/{messenger}/{id}/receipts',
        scope: { may: 'read', about: 'person' },
        summary: 'Receipts which prove that what a person has is counted in the latest root of each asset',
        description:
          'With the hashes on the way from their balance to the root. The page `/proof` checks them in a browser, and `/verify.mjs` without one.',
        request: { params: z.object({ messenger: Messenger, id: ExternalId }) },
        responses: {
          200: json(z.object({ items: z.array(ReceiptShape) }), 'None where they had nothing then'),
        },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const met = await core.people.find(messenger, id)
        const only = onlyAssetOf(c.get('grant'))
        const receipts = met ? await receiptsOf(core.db, met.person) : []
        return c.json({ items: receipts.filter(({ asset }) => only === undefined || asset === only) }, 200)
      },
    )
