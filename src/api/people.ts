import { z } from '@hono/zod-openapi'
import { onlyAssetOf } from '../access/scopes.ts'
import { makeTicket } from '../access/sessions.ts'
import type { Core } from '../core.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  Amount,
  AssetName,
  EXAMPLE,
  ExternalId,
  IdentityShape,
  ItemShape,
  Labels,
  Messenger,
  Person,
  PersonAddress,
  plainText,
  State,
  shown,
} from '../http/shapes.ts'
import { formatAmount } from '../money/amount.ts'
import { forget } from '../people/forget.ts'
import { saveLabels } from '../people/labels.ts'
import { balancesOf, historyOfPerson } from '../transfers/history.ts'
import type { TransferView } from '../transfers/view.ts'

const OnePerson = z.object({ messenger: Messenger, id: ExternalId })
const Called = plainText.min(1).max(128).openapi({ example: 'ada' })
const Balances = z.object({ balances: z.array(z.object({ asset: AssetName, amount: Amount })) })
const Paging = z.object({
  state: State.optional(),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/)
    .openapi({ format: 'int64' })
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})

const Notices = z.object({ on: z.boolean().openapi({ example: true }) }).openapi('Notices')

/** The routes for a person's books, labels, notices and sign-in tokens. Somebody unknown has empty books. */
export const peopleApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'get',
        path: '/people/{messenger}',
        scope: 'all',
        summary:
          'Those in a group, as far as they have lately sent or collected there, who go by a handle or a first name',
        description: 'For bots, which ask back where several are called so. Ten at most.',
        request: {
          params: OnePerson.pick({ messenger: true }),
          query: z.object({
            called: Called,
            group: ExternalId.openapi({ example: EXAMPLE.group.id }),
          }),
        },
        responses: { 200: json(z.object({ items: z.array(IdentityShape) }), 'Who is called so') },
      }),
      async (c) => {
        const { messenger } = c.req.valid('param')
        const { called, group } = c.req.valid('query')
        const met = await core.groups.find(messenger, group)
        const found = met ? await core.people.called(messenger, called, await core.groups.rootOf(met)) : []
        return c.json({ items: found.map((one) => IdentityShape.parse(one)) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/people/{messenger}/{id}/balances',
        scope: { may: 'read', about: 'person' },
        summary: 'What a person has',
        description: 'Somebody whom nobody has met has nothing.',
        request: { params: OnePerson },
        responses: {
          200: json(Balances, 'A balance for each asset that the messenger deals in, and each they hold'),
        },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const met = await core.people.find(messenger, id)
        const held = new Map(
          (met ? await balancesOf(core.db, met.person) : []).map(({ asset, balance }) => [asset, balance]),
        )
        const only = onlyAssetOf(c.get('grant'))
        const dealtIn = core.assets.of(messenger).filter(({ code }) => only === undefined || code === only)
        const balances = dealtIn.map((asset) => ({
          asset: asset.code,
          amount: formatAmount(held.get(asset.code) ?? 0n, asset),
        }))
        return c.json({ balances }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/people/{messenger}/{id}/history',
        scope: { may: 'read', about: 'person' },
        summary: 'What a person sent and received, newest first',
        description: '`next` is the cursor of the page after this one; null at the end.',
        request: { params: OnePerson, query: Paging },
        responses: {
          200: json(
            z.object({
              items: z.array(
                z.object({
                  direction: z.enum(['sent', 'received']),
                  amount: Amount.openapi({ description: 'What they sent, or received of it themselves' }),
                  transfer: ItemShape,
                }),
              ),
              next: shown('4711').nullable(),
            }),
            'A page; `next` is the cursor of the one after it',
          ),
        },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const { state, cursor, limit } = c.req.valid('query')
        const met = await core.people.find(messenger, id)
        if (!met) return c.json({ items: [], next: null }, 200)
        const page = await historyOfPerson(
          core.db,
          met.person,
          state,
          cursor === undefined ? undefined : BigInt(cursor),
          limit,
        )
        const views = await core.transfers.views(
          page.items.map((item) => item.transfer),
          messenger,
        )
        const only = onlyAssetOf(c.get('grant'))
        const items = page.items
          .map(({ direction, amount, transfer }, index) => ({
            direction,
            amount: core.assets.formatted(amount, transfer.asset),
            transfer: views[index] as TransferView,
          }))
          .filter(({ transfer: { asset } }) => only === undefined || asset === only)
        return c.json({ items, next: page.next }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'put',
        path: '/people/{messenger}/{id}',
        scope: 'all',
        summary: 'Say by which handle, name and language somebody goes now',
        description:
          'A label that is left out stays as it is, one of null is removed. Cards that show them without a name are redrawn.',
        request: { params: PersonAddress, ...jsonBody(Labels) },
        responses: { 204: { description: 'Noted' } },
      }),
      async (c) => {
        const somebody = { ...c.req.valid('param'), ...c.req.valid('json') }
        const before = await core.people.find(somebody.messenger, somebody.id)
        await core.people.meet(somebody)
        await core.people.saveLabels(somebody)
        const isNamed = before && !before.name && !before.handle && (somebody.name ?? somebody.handle)
        if (isNamed) await core.deliveries.redrawNaming(before.person)
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/people/{messenger}/{id}/forget',
        scope: 'all',
        summary:
          'Erase what a person is called, in all messengers. Ids, transfers with their notes, and trails stay; labels come back with whatever tells them again',
        description:
          'Their browsers are signed out, and what they wrote to the operators is deleted. Doing it again changes nothing.',
        request: { params: OnePerson },
        responses: { 204: { description: 'Erased' } },
      }),
      async (c) => {
        await forget(core, c.req.valid('param'))
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/people/{messenger}/{id}/notices',
        scope: 'all',
        summary:
          'Whether a person is told in private that something waits for them, and mentioned on its card',
        description: 'It holds for all their messengers; cards and books are as they are either way.',
        request: { params: OnePerson },
        responses: { 200: json(Notices, 'Somebody never met is') },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const met = await core.people.find(messenger, id)
        return c.json({ on: !(met && (await core.people.isQuiet(met.person))) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'put',
        path: '/people/{messenger}/{id}/notices',
        scope: 'all',
        summary: 'Turn that on or off, as the person wants it',
        description: 'It holds for all their messengers. Doing it again changes nothing.',
        request: { params: PersonAddress, ...jsonBody(Notices.strict()) },
        responses: { 200: json(Notices, 'How it is now') },
      }),
      async (c) => {
        const { person } = await core.people.meet(c.req.valid('param'))
        const { on } = c.req.valid('json')
        await core.people.setQuiet(person, !on)
        return c.json({ on }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/tickets',
        scope: 'all',
        summary: 'A one-time ticket that signs a browser in as somebody, for two minutes',
        description:
          'For a page of yours that posts it: the browser is signed in as `by` from then on. Show it to nobody else.',
        request: jsonBody(z.strictObject({ by: Person })),
        responses: {
          201: json(
            z.object({ ticket: shown('Zk3mXr9Wc1LqT5vYb7NdHs0JfGp2UeAi4oKtRx8ByEw') }),
            'To be POSTed to /session as a form',
          ),
        },
      }),
      async (c) => {
        const { by } = c.req.valid('json')
        await core.people.meet(by)
        const ticket = await makeTicket(core.db, by)
        await saveLabels(core, [by])
        return c.json({ ticket }, 201)
      },
    )
