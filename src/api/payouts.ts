import { z } from '@hono/zod-openapi'
import { onlyAssetOf } from '../access/scopes.ts'
import type { Core } from '../core.ts'
import { CODES } from '../http/problem.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  Amount,
  AmountTyped,
  AssetCode,
  AssetName,
  ChatTitle,
  EXAMPLE,
  GroupAddress,
  HandleOnly,
  ItemShape,
  ItemState,
  Key,
  Note,
  orNull,
  PayoutItemShape,
  PayoutShape,
  Person,
  PlacedCardShape,
  plainText,
  TargetShape,
  TransferShape,
} from '../http/shapes.ts'
import { approve } from '../payouts/approve.ts'
import { cancelPayout } from '../payouts/cancel.ts'
import { claimOwn } from '../payouts/claim.ts'
import { contribute } from '../payouts/contribute.ts'
import { pay } from '../payouts/pay.ts'
import { MAX_ITEMS } from '../payouts/plan.ts'
import { treasuryOf } from '../payouts/treasury.ts'
import { itemsOf, payoutView } from '../payouts/view.ts'
import { saveLabels } from '../people/labels.ts'
import { keyOf } from '../shared/keys.ts'
import { treasurerOf } from '../transfers/actor.ts'
import { keyed } from '../transfers/idempotency.ts'
import { REFUSED } from './transfers.ts'

const OnePayout = z.object({ id: z.uuid().openapi({ example: EXAMPLE.transfer }) })

const Contribution = z
  .strictObject({
    amount: AmountTyped,
    asset: AssetCode.optional(),
    from: Person,
    note: Note.nullish(),
    title: ChatTitle,
    key: Key.optional(),
  })
  .openapi('Contribution', { example: { amount: '20.00', from: EXAMPLE.somebody, note: 'for the room' } })

const Payout = z
  .strictObject({
    by: Person.openapi({ description: 'An admin of the group: its messenger is asked' }),
    items: z
      .array(
        z.strictObject({
          to: z.union([Person, HandleOnly, plainText.min(1).max(128).openapi({ example: '@ada' })]).openapi({
            description: 'Somebody; or as people write them: @ada, telegram:123456789, Ada Lovelace',
          }),
          amount: AmountTyped,
          note: Note.nullish(),
        }),
      )
      .min(1)
      .max(MAX_ITEMS),
    asset: AssetCode.optional(),
    note: Note.nullish().openapi({ description: 'For the items without a note of their own' }),
    title: ChatTitle,
    card: TargetShape.strict().optional().openapi({
      description:
        'Where each item has a card of its own. Left out: one card for all, in each chat of the group',
    }),
    key: Key.optional(),
  })
  .openapi('CreatePayout', {
    example: {
      by: EXAMPLE.somebody,
      items: [{ to: EXAMPLE.another, amount: '20.00' }],
      note: 'for the room',
    },
  })

const By = z.strictObject({ by: Person }).openapi({ example: { by: EXAMPLE.somebody } })

/** The routes for the treasuries of groups, and what is paid out of them. */
export const payoutsApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'get',
        path: '/groups/{messenger}/{id}/treasury',
        scope: { may: 'read', about: 'group' },
        summary: "What a group's treasury has; whether somebody may see it is for the bot to find out",
        description:
          "A chat that was joined to a group has that group's. Of a chat that nobody has met it is empty.",
        request: { params: GroupAddress },
        responses: {
          200: json(
            z.object({
              balances: z.array(z.object({ asset: AssetName, amount: Amount, planned: Amount })),
            }),
            'A balance for each asset that it has ever had; `planned` is what payouts under way will take out of it',
          ),
        },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const group = await core.groups.find(messenger, id)
        const held = group ? await treasuryOf(core.db, await core.groups.rootOf(group)) : []
        const only = onlyAssetOf(c.get('grant'))
        const shown = held.filter(({ asset }) => only === undefined || asset === only)
        const balances = shown.map(({ asset, balance, planned }) => ({
          asset,
          amount: core.assets.formatted(balance, asset),
          planned: core.assets.formatted(planned, asset),
        }))
        return c.json({ balances }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/groups/{messenger}/{id}/contributions',
        scope: { may: 'send', about: 'actor' },
        summary: "Somebody's money goes into the group's treasury, at once",
        description:
          'From the account of `from`, by a transfer that is collected with the answer. The rules of the group hold as for any transfer.',
        request: { params: GroupAddress, ...jsonBody(Contribution) },
        responses: {
          201: json(TransferShape, 'What was put into it, as a transfer that is collected already'),
        },
        refuses: [...CODES.amount, ...REFUSED, ...CODES.moves],
      }),
      async (c) => {
        const { title, ...body } = c.req.valid('json')
        const group = { ...c.req.valid('param'), title }
        const request = keyed(c.get('client'), `contribute ${keyOf(group)}`, body)
        const groupId = await core.groups.recognise(group)
        const transfer = await contribute(core, { ...body, groupId, request })
        await core.groups.saveTitle(group)
        const view = await core.transfers.view(transfer, group.messenger)
        return c.json(core.transfers.withCode(view), 201)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/groups/{messenger}/{id}/payouts',
        scope: { may: 'send', about: 'actor' },
        summary:
          "An admin pays one person, or many, out of the group's treasury: all of them, or where anything is wrong nobody",
        description:
          "Each gets a transfer of their own, which they collect, and which comes back to the treasury where they don't. Where the rules of the group ask for approvals nobody can collect before these. Send a `key` along: a retry then pays nobody twice.",
        request: { params: GroupAddress, ...jsonBody(Payout) },
        responses: {
          201: json(
            z.object({ payout: PayoutShape, transfer: orNull(TransferShape) }),
            'The payout; of one for a single person its transfer, too. Many are paid after the answer: `counts` tells how far it is',
          ),
        },
        refuses: [
          'not_admin',
          'payout_faulty',
          'treasury_short',
          'unknown_person',
          'person_unclear',
          ...REFUSED,
          ...CODES.amount,
          ...CODES.moves,
        ],
      }),
      async (c) => {
        const { title, card, ...body } = c.req.valid('json')
        const group = { ...c.req.valid('param'), title }
        const request = keyed(c.get('client'), `pay ${keyOf(group)}`, body)
        const { key: _, ...asked } = body
        const id = await pay(core, { ...asked, group, card, request })
        return c.json(
          {
            payout: await payoutView(core, id, group.messenger),
            transfer: asked.items.length === 1 ? await transferOf(core, id, group.messenger) : null,
          },
          201,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/payouts/{id}',
        scope: { may: 'read', about: 'payout' },
        summary: 'A payout as it stands',
        description:
          'How many of its people were paid, have collected, or were refused, and which approvals it has.',
        request: { params: OnePayout },
        responses: { 200: json(PayoutShape, 'The payout') },
        refuses: ['payout_not_found'],
      }),
      async (c) => c.json(await payoutView(core, c.req.valid('param').id), 200),
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/payouts/{id}/items',
        scope: { may: 'read', about: 'payout' },
        summary: 'Who gets what in a payout, and what has become of it',
        description: 'A page of its items in their order; none of a payout that there is not.',
        request: {
          params: OnePayout,
          query: z.object({
            state: ItemState.optional(),
            cursor: z.coerce.number().int().min(1).max(MAX_ITEMS).optional(),
            limit: z.coerce.number().int().min(1).max(100).default(20),
          }),
        },
        responses: {
          200: json(
            z.object({ items: z.array(PayoutItemShape), next: z.int().nullable() }),
            'A page; `next` is the cursor of the one after it',
          ),
        },
      }),
      async (c) => c.json(await itemsOf(core, c.req.valid('param').id, c.req.valid('query')), 200),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/payouts/{id}/approvals',
        scope: 'all',
        summary: 'One more admin approves it; with the last one that it needs it can be collected',
        description:
          'Never by who asked for it, nor twice by the same. The messenger is asked again whether they are an admin.',
        request: { params: OnePayout, ...jsonBody(By) },
        responses: { 201: json(PayoutShape, 'The payout with this approval') },
        refuses: [
          'payout_not_found',
          'not_admin',
          'admins_unknown',
          'on_hold',
          'payout_own',
          'payout_approved_twice',
          'payout_approved',
          'expired',
        ],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const { by } = c.req.valid('json')
        await approve(core, { payoutId: id, by })
        return c.json(await payoutView(core, id, by.messenger), 201)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/payouts/{id}/cancel',
        scope: { may: 'send', about: 'actor' },
        summary: 'An admin takes back what nobody has collected of it',
        description: 'It is in the treasury again. It stands in the trail of the group.',
        request: { params: OnePayout, ...jsonBody(By) },
        responses: { 200: json(PayoutShape, 'The payout after that') },
        refuses: ['payout_not_found', 'not_admin', 'admins_unknown'],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const { by } = c.req.valid('json')
        const { groupId } = await treasurerOf(core, by, id)
        await cancelPayout(core, { groupId, payoutId: id, by })
        await saveLabels(core, [by])
        return c.json(await payoutView(core, id, by.messenger), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/payouts/{id}/claims',
        scope: { may: 'collect', about: 'actor' },
        summary: 'Collect what a payout has for oneself',
        description:
          'Without a code: who asks is found among its items, by their id or the handle that the messenger has told.',
        request: {
          params: OnePayout,
          ...jsonBody(By.extend({ key: Key.optional() }).openapi({ example: { by: EXAMPLE.somebody } })),
        },
        responses: { 201: json(z.object({ transfer: ItemShape, amount: Amount }), 'The money is theirs') },
        refuses: [
          'payout_not_found',
          'not_for_you',
          'awaiting_approval',
          'already_yours',
          'wrong_asset',
          'on_hold',
          ...CODES.closed,
          ...CODES.moves,
        ],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const request = keyed(c.get('client'), `claim ${id}`, body)
        const { transfer, claim } = await claimOwn(core, { payoutId: id, by: body.by, request })
        return c.json(
          {
            transfer: await core.transfers.view(transfer, body.by.messenger),
            amount: core.assets.formatted(claim.amount, transfer.asset),
          },
          201,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/payouts/{id}/cards',
        scope: 'all',
        summary: 'Say where a payout is shown, so that the card is redrawn when it changes',
        description: 'For bots: names the message in which its card hangs.',
        request: {
          params: OnePayout,
          ...jsonBody(PlacedCardShape.omit({ id: true }).strict()),
        },
        responses: { 204: { description: 'Noted' } },
        refuses: ['payout_not_found'],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        await payoutView(core, id)
        await core.deliveries.addPayoutCard(id, c.req.valid('json'))
        return c.body(null, 204)
      },
    )

/** The transfer of a payout for a single person; null where it was refused. */
async function transferOf(core: Core, payout: string, messenger: string) {
  const { items } = await itemsOf(core, payout, { limit: 1 })
  const transfer = items[0] && (await core.transfers.byId(items[0].transfer))
  return transfer ? core.transfers.withCode(await core.transfers.viewForCard(transfer, messenger)) : null
}
