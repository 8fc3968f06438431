import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  Amount,
  AskerShape,
  AskShape,
  AssetName,
  BotsMessenger,
  CardShape,
  ExternalId,
  IdentityShape,
  PayoutShape,
  Place,
  PlacedCardShape,
  State,
  shown,
  TargetShape,
  TimeAsked,
  TransferShape,
} from '../http/shapes.ts'
import { asTyped } from '../shared/text.ts'

const Id = z.uuid()

const Addressee = IdentityShape.extend({ language: shown('zh-Hans').nullable() })

const Delivery = z.discriminatedUnion('kind', [
  z.object({ id: Id, kind: z.literal('post'), transfer: TransferShape, target: TargetShape }),
  z.object({ id: Id, kind: z.literal('redraw'), transfer: TransferShape, card: CardShape }),
  z.object({
    id: Id,
    kind: z.literal('notice'),
    transfer: TransferShape,
    notice: z.enum([
      'collected',
      'shared',
      'drawn',
      'declined',
      'returned',
      'refunded',
      'received',
      'unconfirmed',
      'waiting',
      'reminder',
      'poolReached',
      'poolGiven',
      'poolEnded',
      'poolShort',
    ]),
    to: Addressee,
  }),
  z
    .object({
      id: Id,
      kind: z.literal('asker'),
      transfer: TransferShape,
      asker: AskerShape,
      to: Addressee,
    })
    .openapi({
      description:
        'A word in private to the sender: is that the one? They answer by POST /v1/transfers/{id}/askers/{turn}/yes, or no',
    }),
  z
    .object({
      id: Id,
      kind: z.literal('unpaid'),
      to: Addressee,
      list: shown('Crew'),
      amount: Amount,
      asset: AssetName,
      refusal: shown('treasury_short'),
    })
    .openapi({
      description: 'A standing payout of theirs was due, and nothing was paid, for the reason in `refusal`',
    }),
  z
    .object({
      id: Id,
      kind: z.literal('webhook-off'),
      to: Addressee,
      app: shown('shop'),
      host: shown('shop.example'),
    })
    .openapi({ description: 'A word in private to an operator: the webhook of an app was turned off' }),
  z.object({ id: Id, kind: z.literal('payout-post'), payout: PayoutShape, target: TargetShape }),
  z.object({
    id: Id,
    kind: z.literal('payout-redraw'),
    payout: PayoutShape,
    card: PlacedCardShape,
  }),
  z.object({ id: Id, kind: z.literal('ask-post'), ask: AskShape, target: TargetShape }),
  z.object({
    id: Id,
    kind: z.literal('ask-redraw'),
    ask: AskShape,
    card: PlacedCardShape,
  }),
  z
    .object({ id: Id, kind: z.literal('asked'), ask: AskShape, amount: Amount, to: Addressee })
    .openapi({ description: 'A word in private: that amount of it is theirs to pay' }),
  z
    .object({
      id: Id,
      kind: z.literal('link'),
      about: z.enum(['asked', 'linked', 'unlinked']),
      request: Id.nullable(),
      other: IdentityShape,
      to: Addressee,
    })
    .openapi({
      description:
        'A word in private: they are asked to confirm `request`, that `other` is them, too; they are linked with `other`; or `other` is no longer linked with them',
    }),
  z
    .object({
      id: Id,
      kind: z.literal('member'),
      chat: shown('-1001234567890'),
      person: z.object({ messenger: shown('telegram'), id: shown('123456789') }),
    })
    .openapi({
      description:
        'Somebody waits to hear whether that person is in the chat, and an admin of it: say so by PUT /v1/chats/{messenger}/{chat}/members/{id} within a second or two, then done',
    }),
])

const Sight = z.strictObject({
  id: ExternalId,
  what: z.enum(['there', 'joined', 'left']).openapi({
    description: 'there: they wrote or pressed something. Whoever leaves and comes back was not there before',
  }),
  at: TimeAsked.openapi({ description: 'At that moment, or before it', example: '2026-03-01T12:00:00Z' }),
})

const Told = z
  .boolean()
  .nullable()
  .openapi({ description: 'null: the messenger does not tell', example: true })

/** The routes by which a bot takes deliveries and reports on them. */
export const deliveriesApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/deliveries/{messenger}/take',
        scope: 'all',
        summary: 'Take deliveries to make; waits for the first',
        description:
          'For bots: cards to post or redraw, private messages, questions about members. What is neither done nor failed within a minute comes again. Bots of one messenger may take in several processes.',
        request: {
          params: z.object({ messenger: BotsMessenger }),
          ...jsonBody(
            z.strictObject({
              limit: z.int().min(1).max(100).default(20),
              seconds: z.number().min(0).max(30).default(20).openapi({ example: 0 }),
            }),
          ),
        },
        responses: {
          200: json(
            z.object({ items: z.array(Delivery) }),
            'To be answered with done or failed within a minute',
          ),
        },
      }),
      async (c) => {
        const { limit, seconds } = c.req.valid('json')
        const { messenger } = c.req.valid('param')
        return c.json({ items: await core.deliveries.take(messenger, limit, seconds, c.req.raw.signal) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/deliveries/{messenger}/{id}/done',
        scope: 'all',
        summary: 'It was made',
        description: 'For bots: the delivery is over, and does not come again.',
        request: {
          params: z.object({ messenger: BotsMessenger, id: Id }),
          query: z.object({
            drawn: State.optional().openapi({
              description: 'The state that a card shows now, where one was drawn anew',
            }),
          }),
        },
        responses: { 204: { description: 'Noted' } },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        await core.deliveries.done(messenger, id, c.req.valid('query').drawn)
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/deliveries/{messenger}/{id}/failed',
        scope: 'all',
        summary: 'It could not be made; it comes again with growing pauses, unless that is of no use',
        description: 'For bots: the reason stands in the log of the service.',
        request: {
          params: z.object({ messenger: BotsMessenger, id: Id }),
          ...jsonBody(
            z.strictObject({
              reason: z
                .string()
                .max(500)
                .transform((reason) => asTyped(reason, 500))
                .openapi({ example: 'the chat is gone' }),
              final: z.boolean().default(false).openapi({ description: 'There is no use in trying again' }),
              counts: z.boolean().default(true).openapi({
                description:
                  'Whether it is one of the tries after which it is given up: not where the messenger as a whole is out of reach, or makes it wait',
              }),
            }),
          ),
        },
        responses: { 204: { description: 'Noted' } },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const { reason, ...how } = c.req.valid('json')
        await core.deliveries.failed(messenger, id, reason, how)
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/chats/{messenger}/reached',
        scope: 'all',
        summary: 'The bot can reach these chats: cards there that are out of date are drawn anew',
        description:
          'For bots that were away, or were let into a chat again: queues a redraw for each such card.',
        request: {
          params: z.object({ messenger: BotsMessenger }),
          ...jsonBody(z.strictObject({ chats: z.array(Place).min(1).max(500) })),
        },
        responses: { 204: { description: 'Noted' } },
      }),
      async (c) => {
        await core.deliveries.reached(c.req.valid('param').messenger, c.req.valid('json').chats)
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'put',
        path: '/chats/{messenger}/{chat}/members/{id}',
        scope: 'all',
        summary: 'What the messenger says now of somebody in a chat; it holds for a minute',
        description:
          'For bots: the answer to a delivery of kind `member`, or what they have just seen by themselves. Rules, treasuries and what is for members go by it.',
        request: {
          params: z.object({ messenger: BotsMessenger, chat: ExternalId, id: ExternalId }),
          ...jsonBody(
            z.strictObject({
              admin: Told,
              member: Told,
              since: TimeAsked.optional().openapi({
                description: 'Since when, where the messenger tells',
                example: '2026-03-01T12:00:00Z',
              }),
            }),
          ),
        },
        responses: { 204: { description: 'Noted' } },
      }),
      async (c) => {
        const { messenger, chat, id: identity } = c.req.valid('param')
        const { admin: isAdmin, member: isMember, since } = c.req.valid('json')
        await core.memberships.told({ messenger, chat, identity, isAdmin, isMember, since })
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/chats/{messenger}/{chat}/seen',
        scope: 'all',
        summary:
          'Who was seen in a chat: whoever was there before a red packet may take it where that is asked for',
        description: 'For bots: notes since when somebody is known to be there.',
        request: {
          params: z.object({ messenger: BotsMessenger, chat: ExternalId }),
          ...jsonBody(z.strictObject({ people: z.array(Sight).min(1).max(500) })),
        },
        responses: { 204: { description: 'Noted' } },
      }),
      async (c) => {
        const { messenger, chat: id } = c.req.valid('param')
        await core.memberships.saw({ messenger, id }, c.req.valid('json').people)
        return c.body(null, 204)
      },
    )
