import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { json, router, v1Route } from '../http/router.ts'
import { Amount, AssetName, Messenger, shown } from '../http/shapes.ts'
import { formatAmount } from '../money/amount.ts'

const AssetShape = z
  .object({
    code: AssetName,
    scale: z.int().openapi({ description: 'Decimals' }),
    symbols: z.array(shown('¥')),
    maxTransfer: Amount,
    anyoneUpTo: Amount.optional().openapi({
      description: 'Where it is set: a transfer of more needs somebody named, or words that open it',
    }),
    confirmAbove: Amount.optional().openapi({
      description: 'Where it is set: of a transfer of more, the sender confirms each who wants to collect it',
    }),
    lifetime: z.int().openapi({ description: 'Seconds that a transfer stays open' }),
  })
  .openapi('Asset')

/** The route that lists assets. */
export const assetsApi = (core: Core) =>
  router(core).openapi(
    v1Route({
      method: 'get',
      path: '/assets',
      scope: 'any',
      summary: 'The assets that people of a messenger deal in; the first is meant when none is named',
      description:
        'With their decimals, the most that one transfer holds, and how long a transfer stays open.',
      request: { query: z.object({ messenger: Messenger }) },
      responses: { 200: json(z.object({ items: z.array(AssetShape) }), 'The assets') },
    }),
    (c) => {
      const items = core.assets.of(c.req.valid('query').messenger).map((asset) => ({
        code: asset.code,
        scale: asset.scale,
        symbols: asset.symbols,
        maxTransfer: formatAmount(asset.maxTransfer, asset),
        ...(asset.anyoneUpTo !== undefined && { anyoneUpTo: formatAmount(asset.anyoneUpTo, asset) }),
        ...(asset.confirmAbove !== undefined && { confirmAbove: formatAmount(asset.confirmAbove, asset) }),
        lifetime: asset.lifetime,
      }))
      return c.json({ items }, 200)
    },
  )
