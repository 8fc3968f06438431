import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import { AskShape, ClaimShape, EXAMPLE, ItemShape, Moment, orNull, shown } from '../http/shapes.ts'
import { Refusal } from '../shared/refusal.ts'
import { wrongUrl } from '../webhooks/address.ts'
import { deliveriesOf, redeliver } from '../webhooks/deliveries.ts'
import { EVENT_TYPES } from '../webhooks/events.ts'
import {
  createWebhook,
  deleteWebhook,
  renewSecret,
  secretOf,
  turnOn,
  webhookOf,
  webhooksOf,
} from '../webhooks/webhooks.ts'

const Type = z.enum(EVENT_TYPES)
const Id = z.uuid().openapi({ example: EXAMPLE.transfer })
const OneWebhook = z.object({ id: Id })

const WebhookShape = z
  .object({
    id: shown(EXAMPLE.transfer),
    url: shown('https://shop.example/passalong'),
    events: z.array(Type),
    state: z.enum(['on', 'failing', 'off']).openapi({
      description:
        'failing: every attempt since `failingSince` has failed; off: after three days of that, or as it answered 410. Nothing more is sent, and what happens meanwhile is not queued',
    }),
    createdAt: Moment,
    failingSince: Moment.nullable(),
    offAt: Moment.nullable(),
  })
  .openapi('Webhook')

const Secret = shown('whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=').openapi({
  description: 'Signs its messages by the scheme of Standard Webhooks; told here alone',
})

const DeliveryShape = z
  .object({
    id: shown(EXAMPLE.transfer).openapi({
      description: 'The `webhook-id` of its messages, the same in each attempt',
    }),
    type: Type,
    subject: shown(EXAMPLE.transfer).openapi({ description: 'The id of the transfer, or of the ask' }),
    timestamp: Moment.openapi({ description: 'When it happened' }),
    state: z.enum(['waiting', 'delivered', 'failed']),
    nextAt: Moment.nullable().openapi({
      description: 'When it is tried next; it waits for what has happened to the same transfer or ask before',
    }),
    attempts: z.array(
      z.object({
        at: Moment,
        milliseconds: z.int().openapi({ example: 84 }),
        status: z.int().nullable().openapi({ description: 'That of HTTP', example: 200 }),
        error: shown('ECONNREFUSED').nullable().openapi({
          description: 'Why there was no answer: timeout, address_refused, or the code of the system',
        }),
      }),
    ),
  })
  .openapi('WebhookDelivery')

const told = { timestamp: Moment.openapi({ description: 'When it happened' }) }
const data = <T extends z.ZodRawShape>(shape: T) =>
  z.object(shape).openapi({ description: 'As it stands when it is sent, which may be later than the event' })
/** What webhooks are sent. The transfer is without code and link. */
const EventShape = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('transfer.claimed'),
      ...told,
      data: data({
        transfer: ItemShape,
        claim: orNull(ClaimShape, 'null: it was collected by nobody we know'),
      }),
    }),
    z.object({
      type: z.enum(EVENT_TYPES.filter(isAboutTransferAlone)),
      ...told,
      data: data({ transfer: ItemShape }),
    }),
    z.object({ type: z.enum(['ask.paid', 'ask.completed']), ...told, data: data({ ask: AskShape }) }),
  ])
  .openapi('WebhookEvent')

type AboutTransferAlone = Exclude<
  (typeof EVENT_TYPES)[number],
  'transfer.claimed' | 'ask.paid' | 'ask.completed'
>

function isAboutTransferAlone(type: (typeof EVENT_TYPES)[number]): type is AboutTransferAlone {
  return type.startsWith('transfer.') && type !== 'transfer.claimed'
}

const EVENT_TOLD = `| type | when |
| --- | --- |
| \`ask.paid\` | a part of an ask was paid; or something was given for a pool |
| \`ask.completed\` | all of an ask was paid, or a pool has reached its goal: once. Hand out goods by this one |
| \`transfer.created\` | money was sent, also what is collected in the same step, as a refund or what pays an ask |
| \`transfer.claimed\` | somebody has collected it, or a share of it |
| \`transfer.approved\`, \`.extended\` | one more admin has approved it; it has more time |
| \`transfer.cancelled\`, \`.declined\`, \`.returned\` | it went back: its sender took it back, its recipient didn't want it, or its time was over |

Nothing is told when an ask expires, or is ended: look at \`expiresAt\`. A refund is told as a transfer of its own, with \`refundOf\`. \`data\` is as things stand when it is sent: where it comes late, a paid ask may be
\`refunded\` already.

Verify it ([Standard Webhooks](https://www.standardwebhooks.com) has libraries): \`webhook-signature\` is one or more \`v1,<base64>\` with blanks between them, two for a day after a new secret. Each is the HMAC-SHA256 of
\`{webhook-id}.{webhook-timestamp}.{body}\`, the body as it came, by the 32 bytes that are base64 after \`whsec_\` of the secret. Compare in constant time, and refuse a timestamp (seconds) more than five minutes off.

It comes at least once: the same \`webhook-id\` may come again. What happens to one transfer, or to one ask, comes in its order; others in any. Any answer of 2xx within 15 seconds takes it; anything else, a redirect too, has it
sent again after 5 and 15 seconds, 1, 5, 15 and 30 minutes, and growing hours, for three days.`

const EXAMPLE_EVENT = {
  type: 'ask.completed',
  timestamp: '2026-11-28T12:00:00.000Z',
  data: {
    ask: {
      id: EXAMPLE.transfer,
      kind: 'request',
      state: 'paid',
      asset: 'CREDIT',
      total: '20.00',
      paid: '20.00',
      own: null,
      note: 'a book',
      reference: 'order-4711',
      returnUrl: null,
      page: `https://pass.example.org/p/${EXAMPLE.transfer}`,
      by: { messenger: 'app', id: 'shop', handle: null, name: null },
      group: null,
      createdAt: '2026-11-28T11:59:00.000Z',
      expiresAt: '2026-11-28T12:29:00.000Z',
      endedAt: null,
      parts: [
        {
          from: null,
          amount: '20.00',
          paidBy: { messenger: 'telegram', id: '123456789', handle: 'ada', name: 'Ada Lovelace' },
          paidAt: '2026-11-28T12:00:00.000Z',
          refunded: false,
          transfer: EXAMPLE.transfer,
        },
      ],
      offers: [],
    },
  },
}

/** The routes by which a program has itself told what happens. */
export function webhooksApi(core: Core) {
  const { db, config } = core
  const app = router(core)
  app.openAPIRegistry.registerWebhook({
    path: 'event',
    method: 'post',
    summary: 'What is posted to a webhook',
    description: EVENT_TOLD,
    request: { body: { content: { 'application/json': { schema: EventShape, example: EXAMPLE_EVENT } } } },
    responses: { 200: { description: 'Taken' } },
  })
  return app
    .openapi(
      v1Route({
        method: 'post',
        path: '/webhooks',
        scope: { may: 'read', about: 'client' },
        summary: 'Has a URL told what happens to all that the token may read',
        description:
          'From then on each such event is posted there, signed with the secret of the answer, until it is taken. What it looks like, and how to verify it, stands under the webhook `event`. Each call makes another webhook, also for the same URL: 20 of a token at most.',
        request: jsonBody(
          z.strictObject({
            url: z.url().max(2000).openapi({
              description:
                'Public, by https; in networks that the operator allows (`WEBHOOK_NETWORKS`) by http, too. A name is looked up each time something is sent',
              example: 'https://shop.example/passalong',
            }),
            events: z
              .array(Type)
              .min(1)
              .max(EVENT_TYPES.length)
              .optional()
              .openapi({
                description: 'Left out: all. For a shop `ask.completed` will do',
                example: ['ask.completed'],
              }),
          }),
        ),
        responses: { 201: json(WebhookShape.extend({ secret: Secret }), 'Set up') },
        refuses: ['too_many_webhooks'],
      }),
      async (c) => {
        const { url, events } = c.req.valid('json')
        const problem = wrongUrl(new URL(url), config.webhookNetworks)
        if (problem) throw new Refusal('invalid_request', { problem: `url: ${problem}` })
        const token = c.get('client')
        const webhook = await createWebhook(db, { token, url, events })
        return c.json({ ...webhook, secret: await secretOf(core, { id: webhook.id, token }) }, 201)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/webhooks',
        scope: { may: 'read', about: 'client' },
        summary: 'The webhooks of the token',
        description: 'Those that were turned off are among them, with when that was.',
        responses: { 200: json(z.object({ items: z.array(WebhookShape) }), 'The oldest first') },
      }),
      async (c) => c.json({ items: await webhooksOf(db, c.get('client')) }, 200),
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/webhooks/{id}',
        scope: { may: 'read', about: 'client' },
        summary: 'One of them',
        description: 'Its state tells whether its messages arrive: `on`, `failing` or `off`.',
        request: { params: OneWebhook },
        responses: { 200: json(WebhookShape, 'As it is now') },
        refuses: ['webhook_not_found'],
      }),
      async (c) => c.json(await webhookOf(db, { ...c.req.valid('param'), token: c.get('client') }), 200),
    )
    .openapi(
      v1Route({
        method: 'delete',
        path: '/webhooks/{id}',
        scope: { may: 'read', about: 'client' },
        summary: 'Ends a webhook, with all that waits for it',
        description: "What was not delivered is not sent any more, and can't be looked up.",
        request: { params: OneWebhook },
        responses: { 204: { description: 'Ended' } },
        refuses: ['webhook_not_found'],
      }),
      async (c) => {
        await deleteWebhook(db, { ...c.req.valid('param'), token: c.get('client') })
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/webhooks/{id}/secret',
        scope: { may: 'read', about: 'client' },
        summary: 'Makes another secret; for a day the one before signs each message, too',
        description:
          'For a secret that others have seen, or that was lost: put the new one into the receiver within that day.',
        request: { params: OneWebhook },
        responses: { 200: json(z.object({ secret: Secret }), 'The new one') },
        refuses: ['webhook_not_found'],
      }),
      async (c) =>
        c.json({ secret: await renewSecret(core, { ...c.req.valid('param'), token: c.get('client') }) }, 200),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/webhooks/{id}/on',
        scope: { may: 'read', about: 'client' },
        summary: 'Turns a webhook on again, or has it tried at once: all that waits for it is sent',
        description: 'For a receiver that works again. What happened while it was off is not told.',
        request: { params: OneWebhook },
        responses: { 200: json(WebhookShape, 'It is on') },
        refuses: ['webhook_not_found'],
      }),
      async (c) => c.json(await turnOn(db, { ...c.req.valid('param'), token: c.get('client') }), 200),
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/webhooks/{id}/deliveries',
        scope: { may: 'read', about: 'client' },
        summary:
          'What a webhook was told in the last 30 days, or is to be told, with each attempt; the newest first',
        description:
          'For whoever looks why something has not arrived: when it was tried, and what the receiver has answered.',
        request: {
          params: OneWebhook,
          query: z.object({
            cursor: z.uuid().optional(),
            limit: z.coerce.number().int().min(1).max(100).default(20),
          }),
        },
        responses: {
          200: json(
            z.object({ items: z.array(DeliveryShape), next: shown(EXAMPLE.transfer).nullable() }),
            'A page; `next` is the cursor of the one after it',
          ),
        },
        refuses: ['webhook_not_found'],
      }),
      async (c) => {
        const { id } = await webhookOf(db, { ...c.req.valid('param'), token: c.get('client') })
        return c.json(await deliveriesOf(db, id, c.req.valid('query')), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/webhooks/{id}/deliveries/{delivery}/redeliver',
        scope: { may: 'read', about: 'client' },
        summary: 'Sends something once more, also where it has arrived',
        description: 'With the same `webhook-id`, by which the receiver knows it again.',
        request: { params: OneWebhook.extend({ delivery: Id }) },
        responses: { 200: json(DeliveryShape, 'It is sent at once') },
        refuses: ['webhook_delivery_not_found'],
      }),
      async (c) => {
        const { id, delivery } = c.req.valid('param')
        return c.json(await redeliver(db, delivery, { id, token: c.get('client') }), 200)
      },
    )
}
