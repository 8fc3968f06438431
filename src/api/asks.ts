import { z } from '@hono/zod-openapi'
import { ask, MOST_ASKED } from '../asks/ask.ts'
import { codesOf } from '../asks/codes.ts'
import { endAsk } from '../asks/end.ts'
import { payAsk } from '../asks/pay.ts'
import { remind } from '../asks/remind.ts'
import { askView } from '../asks/view.ts'
import type { Core } from '../core.ts'
import { CODES } from '../http/problem.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  AmountTyped,
  AskShape,
  AssetCode,
  CodesShape,
  EXAMPLE,
  Group,
  HandleOnly,
  ItemShape,
  Key,
  Note,
  Person,
  PlacedCardShape,
  plainText,
  Reference,
  TargetShape,
} from '../http/shapes.ts'
import { canLeadTo } from '../shared/link.ts'
import { keyed } from '../transfers/idempotency.ts'
import { REFUSED } from './transfers.ts'

const OneAsk = z.object({ id: z.uuid().openapi({ example: EXAMPLE.transfer }) })

const CreateAsk = z
  .strictObject({
    by: Person.openapi({ description: 'Who asks' }),
    kind: z.enum(['request', 'pool']).optional().openapi({
      description:
        'For a pool anybody gives what they like; it goes to who asked once it is as much as the amount, or back',
      example: 'request',
    }),
    amount: AmountTyped.optional().openapi({
      description: 'Shared out in equal parts, to the last minor unit. Left out: each part has its own',
    }),
    parts: z
      .array(z.strictObject({ from: z.union([Person, HandleOnly]), amount: AmountTyped.optional() }))
      .max(MOST_ASKED)
      .default([])
      .openapi({ description: 'Who is asked; nobody: whoever pays first, once' }),
    own: z.boolean().optional().openapi({
      description: 'One of the equal parts is that of who asks, which nobody pays',
      example: false,
    }),
    asset: AssetCode.optional().openapi({
      description: 'Left out: the first of those that `GET /v1/assets` tells for the messenger of `by`',
    }),
    note: Note.nullish(),
    group: Group.nullish(),
    hours: z.int().min(1).max(720).optional().openapi({
      description: 'For how long it can be paid; a week where it is left out',
      example: 168,
    }),
    minutes: z.int().min(1).max(43_200).optional().openapi({
      description: 'The same in minutes, in place of `hours`',
      example: 15,
    }),
    reference: Reference.optional().openapi({
      description: 'What you call it, such as the number of an order: its page tells it, too',
    }),
    returnUrl: plainText
      .max(2000)
      .refine(canLeadTo, {
        error: 'must be an https address without a password in it; on this machine itself also http',
      })
      .optional()
      .openapi({
        format: 'uri',
        description:
          'Where its page leads whoever has paid, with the id of the ask added as `ask`: whether it is paid, a webhook tells, or `GET /v1/asks/{id}`. The page has a link there, and leads nowhere by itself',
        example: 'https://shop.example.org/thanks',
      }),
    card: TargetShape.strict().optional().openapi({ description: 'Where its card is to be posted' }),
    key: Key.optional(),
  })
  .refine(
    ({ kind, amount, parts, own }) =>
      kind === 'pool'
        ? amount !== undefined && parts.length === 0 && !own
        : amount === undefined
          ? parts.length > 0 && !own && parts.every((part) => part.amount !== undefined)
          : parts.every((part) => part.amount === undefined),
    {
      error: 'must have either an amount that is shared out, or an amount in each part; a pool has no parts',
    },
  )
  .refine(({ hours, minutes }) => hours === undefined || minutes === undefined, {
    error: 'must have hours or minutes, not both',
  })
  .refine(
    ({ returnUrl, kind, parts, group }) =>
      returnUrl === undefined || (kind !== 'pool' && parts.length === 0 && !group),
    { error: 'has no page that could lead back: returnUrl is for what whoever pays first is asked for' },
  )
  .openapi('CreateAsk', {
    example: {
      by: EXAMPLE.somebody,
      amount: '30.00',
      parts: [{ from: EXAMPLE.another }],
      note: 'lunch',
    },
  })

const By = z.strictObject({ by: Person }).openapi({ example: { by: EXAMPLE.somebody } })

/** The routes for what people ask others for. */
export const asksApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/asks',
        scope: { may: 'ask', about: 'actor' },
        summary: 'Ask somebody, several, or whoever pays first, for money; nothing moves',
        description:
          'With `parts` each of them is asked for theirs, in private where they are known; without, one payment by whoever comes first settles it, and the answer has a `page` to lead a customer to. A `pool` takes what people give until it has its `amount`. It is answered by `POST /v1/asks/{id}/payments`.',
        request: jsonBody(CreateAsk),
        responses: { 201: json(AskShape, 'What was asked for') },
        refuses: [
          'ask_size',
          'ask_own',
          'listed_twice',
          'wrong_asset',
          'amount_too_large',
          'group_off',
          'on_hold',
          'not_open_yet',
          'winding_down',
          'key_reused',
          ...CODES.amount,
        ],
      }),
      async (c) => {
        const body = c.req.valid('json')
        const { card, key: _, hours, minutes = hours && hours * 60, ...asked } = body
        const request = keyed(c.get('client'), 'ask', body)
        const id = await ask(core, { ...asked, minutes, card, request })
        return c.json(await askView(core, id, body.by.messenger), 201)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/asks/{id}',
        scope: { may: 'read', about: 'ask' },
        summary: 'What was asked for, and who has paid',
        description:
          'Its state, its parts and what was paid of each. What whoever comes first may pay is told to who has asked and to who has paid; others look at its `page`.',
        request: { params: OneAsk },
        responses: { 200: json(AskShape, 'As it stands now') },
        refuses: ['ask_not_found'],
      }),
      async (c) => c.json(await askView(core, c.req.valid('param').id), 200),
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/asks/{id}/codes',
        scope: { may: 'read', about: 'ask' },
        summary: 'Codes by which it can be paid in other systems, which tell nobody here: it stays open then',
        description:
          'Whoever shows such a code to a payer looks for the money where it goes, by its reference, and has the ask paid here.',
        request: { params: OneAsk },
        responses: {
          200: json(CodesShape, 'Their payloads, as far as the operator has set them up for its asset'),
        },
        refuses: ['ask_not_found'],
      }),
      async (c) => c.json(codesOf(core.config, await askView(core, c.req.valid('param').id)), 200),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/asks/{id}/payments',
        scope: { may: 'send', about: 'actor' },
        summary: 'Pay what it asks of oneself, which who asked has at once; or give for a pool',
        description:
          "The amount of one's part goes from the account of `by` to who asked, in one step; a part is paid once. What is given for a pool waits for the goal, and goes back if the pool ends without it.",
        request: {
          params: OneAsk,
          ...jsonBody(
            By.extend({
              amount: AmountTyped.optional().openapi({
                description: 'What one gives for a pool. Of what one is asked for it may be left out',
              }),
              key: Key.optional(),
            }).openapi({ example: { by: EXAMPLE.somebody } }),
          ),
        },
        responses: {
          201: json(
            z.object({ ask: AskShape, transfer: ItemShape }),
            'It is paid, by a transfer that is collected already; for a pool it waits for the goal',
          ),
        },
        refuses: [
          'ask_not_found',
          'ask_own',
          'ask_not_for_you',
          'ask_paid',
          'ask_ended',
          'ask_expired',
          'asker_unpayable',
          'pool_overpaid',
          'pool_underpaid',
          ...CODES.amount,
          ...REFUSED,
          ...CODES.moves,
        ],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const request = keyed(c.get('client'), `pay ask ${id}`, body)
        const transfer = await payAsk(core, { askId: id, by: body.by, amount: body.amount, request })
        const { messenger } = body.by
        return c.json(
          {
            ask: await askView(core, id, messenger),
            transfer: await core.transfers.view(transfer, messenger),
          },
          201,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/asks/{id}/end',
        scope: { may: 'ask', about: 'actor' },
        summary: 'Who asked ends it: what was paid stays paid, what was given for a pool goes back',
        description: 'Nobody can pay it from then on.',
        request: { params: OneAsk, ...jsonBody(By) },
        responses: { 200: json(AskShape, 'As it stands after that') },
        refuses: ['ask_not_found', 'not_asker', 'ask_paid', 'ask_ended', 'ask_expired'],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const { by } = c.req.valid('json')
        await endAsk(core, { askId: id, by })
        return c.json(await askView(core, id, by.messenger), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/asks/{id}/reminders',
        scope: { may: 'ask', about: 'actor' },
        summary: 'Who asked has those told in private who have not paid, once a day at most',
        description: 'Each who is named and has not paid gets a private message. Moves nothing.',
        request: { params: OneAsk, ...jsonBody(By) },
        responses: {
          201: json(
            z.object({ told: z.int().openapi({ example: 1 }) }),
            'How many are told: not those who want no such messages, or whom we have not met',
          ),
        },
        refuses: ['ask_not_found', 'not_asker', 'ask_paid', 'ask_ended', 'ask_expired', 'ask_reminded'],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        return c.json({ told: await remind(core, { askId: id, by: c.req.valid('json').by }) }, 201)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/asks/{id}/cards',
        scope: 'all',
        summary: 'Where it is shown',
        description: 'For bots: the messages in which its card hangs, in all messengers.',
        request: { params: OneAsk },
        responses: {
          200: json(z.object({ items: z.array(PlacedCardShape) }), 'All its cards'),
        },
      }),
      async (c) => c.json({ items: await core.deliveries.askCardsOf(c.req.valid('param').id) }, 200),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/asks/{id}/cards',
        scope: 'all',
        summary: 'Say where it is shown, so that the card is redrawn when it changes',
        description:
          'For bots: names the message in which its card hangs, so that each payment has it redrawn, by a delivery.',
        request: {
          params: OneAsk,
          ...jsonBody(
            PlacedCardShape.omit({ id: true })
              .extend({
                posted: z.boolean().default(false).openapi({
                  description: 'Whether it is the card that was to be posted when it was asked for',
                }),
              })
              .strict(),
          ),
        },
        responses: { 204: { description: 'Noted' } },
        refuses: ['ask_not_found', 'card_elsewhere'],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const { posted, ...card } = c.req.valid('json')
        await askView(core, id)
        await core.deliveries.addAskCard(id, card, posted)
        return c.body(null, 204)
      },
    )
