import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { CODES } from '../http/problem.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  CardShape,
  EXAMPLE,
  ExternalId,
  ItemShape,
  Messenger,
  Person,
  shown,
  TargetShape,
  TransferId,
  TransferShape,
} from '../http/shapes.ts'
import { offer } from '../transfers/offer.ts'
import { makeOffered } from '../transfers/offer-make.ts'
import { revokeOffers, waitingOffers } from '../transfers/offer-revoke.ts'
import { findOffer } from '../transfers/offer-store.ts'
import { viewOfOffer } from '../transfers/offer-view.ts'
import { REFUSED, Terms } from './transfers.ts'

const OfferId = z.uuid().openapi({ example: EXAMPLE.transfer })
const Offered = Terms.extend({
  confirm: z
    .literal(true)
    .optional()
    .openapi({ description: 'Its sender has to confirm it: nobody else can make it a transfer' }),
}).openapi('CreateOffer', { example: { amount: '20.00', from: EXAMPLE.somebody, note: 'lunch' } })

const OfferShape = ItemShape.pick({
  asset: true,
  amount: true,
  from: true,
  to: true,
  note: true,
  expiresAt: true,
})
  .extend({
    id: OfferId,
    confirm: z.boolean(),
    language: shown('zh-Hans').nullable().openapi({ description: "The sender's" }),
    transfer: TransferId.nullable().openapi({ description: 'What was made of it' }),
  })
  .openapi('Offer', { description: 'A transfer that is prepared, and holds no money yet' })

const OneOffer = { params: z.object({ id: OfferId }) }
const Make = z.strictObject({
  by: Person,
  place: CardShape.pick({ chat: true, message: true }).strict(),
  card: TargetShape.strict().optional().openapi({
    description: 'Where its card is to hang, if that is not the message of the offer',
  }),
})

/** The routes for offers: prepared transfers, each of which can be made once, in one message. */
export const offersApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/offers',
        scope: 'all',
        summary:
          'Offer a transfer for ten minutes: what it would be if it were made now, or why it would be refused; moves nothing',
        description:
          'For inline messages, where it is not known yet whether they are sent: the offer becomes a transfer by `POST /v1/offers/{id}/make`, once.',
        request: jsonBody(Offered),
        responses: { 201: json(OfferShape, 'The offer') },
        refuses: [...CODES.amount, ...REFUSED, 'key_reused', 'cancelled'],
      }),
      async (c) => {
        const { key, ...asked } = c.req.valid('json')
        const request = key === undefined ? undefined : { client: c.get('client'), key }
        return c.json(await viewOfOffer(core.people, await offer(core, { ...asked, request })), 201)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/offers/revoke',
        scope: 'all',
        summary: 'The sender takes back what they have offered and what hangs nowhere yet: all of it, or one',
        description: 'What was made a transfer already is cancelled as any transfer is.',
        request: jsonBody(z.strictObject({ by: Person, id: OfferId.optional() })),
        responses: { 200: json(z.object({ revoked: z.int() }), 'How many') },
      }),
      async (c) => {
        const { by, id } = c.req.valid('json')
        return c.json({ revoked: await revokeOffers(core.db, by, id) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/offers/{id}',
        scope: 'all',
        summary: 'An offer as it stands',
        description: 'Its terms, and which transfer was made of it.',
        request: OneOffer,
        responses: { 200: json(OfferShape, 'The offer') },
        refuses: ['offer_not_found', 'cancelled'],
      }),
      async (c) => {
        const found = await findOffer(core.db, c.req.valid('param').id)
        return c.json(await viewOfOffer(core.people, found), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/offers/{id}/make',
        scope: 'all',
        summary:
          'Make the transfer: once, and in the message alone that is named first; again, it is the same transfer',
        description: "The money leaves the sender's account now, as by `POST /v1/transfers`.",
        request: { ...OneOffer, ...jsonBody(Make) },
        responses: { 201: json(TransferShape, 'The transfer as it stands') },
        refuses: [
          'offer_not_found',
          'offer_elsewhere',
          'not_sender',
          'cancelled',
          'expired',
          ...REFUSED,
          ...CODES.moves,
        ],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const transfer = await makeOffered(core, { id, ...body })
        const view = await core.transfers.viewForCard(transfer, body.by.messenger)
        return c.json(core.transfers.withCode(view), 201)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/people/{messenger}/{id}/offers',
        scope: 'all',
        summary: 'What a person has offered and can still take back: it hangs nowhere yet',
        description: 'Neither what was made already nor what is over is among it.',
        request: { params: z.object({ messenger: Messenger, id: ExternalId }) },
        responses: { 200: json(z.object({ items: z.array(OfferShape) }), 'The offers, newest first') },
      }),
      async (c) => {
        const waiting = await waitingOffers(core.db, c.req.valid('param'))
        return c.json({ items: await Promise.all(waiting.map((one) => viewOfOffer(core.people, one))) }, 200)
      },
    )
