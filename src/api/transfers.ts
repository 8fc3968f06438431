import { z } from '@hono/zod-openapi'
import { codeHashOf, codeOf } from '../codes.ts'
import type { Core } from '../core.ts'
import { newId } from '../ids.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import type { Draft } from '../ledger/rules.ts'
import { chooseAsset, parseAmount } from '../money.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { Refusal } from '../refusal.ts'
import { actorOf, handleKey, keyed, learn } from '../requests.ts'
import type { TransferView } from '../transfers.ts'
import { answerEach, answersOf, manyOf } from './many.ts'
import { CODES, requestIdOf } from './problem.ts'
import { json, jsonBody, router, v1Route } from './router.ts'
import {
  AmountTyped,
  AssetCode,
  CardShape,
  Code,
  EXAMPLE,
  Group,
  HandleOnly,
  Key,
  Note,
  Person,
  TargetShape,
  TransferId,
  TransferShape,
} from './shapes.ts'

export const Create = z
  .strictObject({
    amount: AmountTyped,
    asset: AssetCode.optional(),
    from: Person,
    to: z.union([Person, HandleOnly]).nullish(),
    note: Note.nullish(),
    group: Group.nullish(),
    card: TargetShape.strict().optional().openapi({
      description: 'Where its card is to hang: a bot posts it there where nobody else has done so in a while',
    }),
    key: Key.optional(),
  })
  .openapi('CreateTransfer', { example: { amount: '20.00', from: EXAMPLE.somebody, note: 'lunch' } })

const By = z.strictObject({ by: Person, key: Key.optional() }).openapi({ example: { by: EXAMPLE.somebody } })
const OneTransfer = { params: z.object({ id: TransferId }) }

export const REFUSED = ['wrong_asset', 'amount_too_large', 'own_transfer', 'insufficient_funds'] as const

/** Transfers: made, looked at, cancelled by their sender, declined by the one they are for. */
export const transfersApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers',
        summary: 'Make a transfer: the money leaves the sender and waits in it',
        request: jsonBody(Create),
        responses: { 201: json(TransferShape, 'The open transfer with its code and link') },
        refuses: [...CODES.amount, ...REFUSED, ...CODES.moves],
      }),
      async (c) => c.json(await create(core, c.get('client'), c.req.valid('json')), 201),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers:batch',
        summary:
          'Make many transfers at once, each for itself and in no promised order: one that is refused hinders no other',
        request: jsonBody(manyOf(Create)),
        responses: {
          200: json(
            answersOf(z.object({ transfer: TransferShape })),
            'An answer for each, in their order: the transfer, or its problem',
          ),
        },
      }),
      async (c) => {
        const answers = c.req.valid('json').items.map(async (one) => ({
          transfer: await create(core, c.get('client'), one),
        }))
        return c.json({ items: await answerEach(core.log, requestIdOf(c), answers) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/find',
        summary: 'Look at the transfer that a code opens; moves nothing',
        request: jsonBody(z.strictObject({ code: Code })),
        responses: { 200: json(TransferShape, 'The transfer') },
        refuses: ['transfer_not_found'],
      }),
      async (c) => {
        const transfer = await core.transfers.byCode(c.req.valid('json').code)
        if (!transfer) throw new Refusal('transfer_not_found')
        return c.json(await core.transfers.view(transfer), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/transfers/{id}',
        summary: 'A transfer as it stands',
        request: OneTransfer,
        responses: { 200: json(TransferShape, 'The transfer') },
        refuses: ['transfer_not_found'],
      }),
      async (c) => {
        const transfer = await core.transfers.byId(c.req.valid('param').id)
        if (!transfer) throw new Refusal('transfer_not_found')
        return c.json(await core.transfers.view(transfer), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/cancel',
        summary: 'The sender takes it back',
        request: { ...OneTransfer, ...jsonBody(By) },
        responses: { 200: json(TransferShape, 'The cancelled transfer') },
        refuses: ['not_sender', ...CODES.closed, ...CODES.moves],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        return c.json(await close(core, c.get('client'), 'cancel', id, c.req.valid('json')), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/decline',
        summary: 'The one it is for sends it back',
        request: { ...OneTransfer, ...jsonBody(By) },
        responses: { 200: json(TransferShape, 'The declined transfer') },
        refuses: ['not_recipient', 'handle_not_told', ...CODES.closed, ...CODES.moves],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        return c.json(await close(core, c.get('client'), 'decline', id, c.req.valid('json')), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/cards',
        summary: 'Say where the transfer is shown, so that the card is redrawn when it changes',
        request: {
          ...OneTransfer,
          ...jsonBody(
            CardShape.omit({ id: true })
              .extend({
                posted: z.boolean().default(false).openapi({
                  description: 'Whether it is the card that was to be posted: then nobody else posts it',
                }),
              })
              .strict(),
          ),
        },
        responses: { 204: { description: 'Noted' } },
        refuses: ['transfer_not_found', 'card_elsewhere'],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const { posted, ...card } = c.req.valid('json')
        if (!(await core.transfers.byId(id))) throw new Refusal('transfer_not_found')
        await core.deliveries.addCard(id, card, posted)
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/transfers/{id}/cards',
        summary: 'Where the transfer is shown',
        request: OneTransfer,
        responses: { 200: json(z.object({ items: z.array(CardShape) }), 'Its cards') },
      }),
      async (c) => c.json({ items: await core.deliveries.cardsOf(c.req.valid('param').id) }, 200),
    )

async function create(
  core: Core,
  client: string,
  { card, ...content }: z.output<typeof Create>,
): Promise<TransferView> {
  const { draft, code, sender, recipient } = await drafted(core, content)
  const { from, to, group } = content
  if (group) draft.groupId = await core.groups.meet(group)
  // Before the money moves: from then on it is certain that somebody gets to see it.
  if (card) await core.deliveries.toPost(draft.id, card)
  const transfer = await core.ledger.submit({ do: 'create', draft }, keyed(client, 'create', content))
  const learning = learn(core, to && 'id' in to ? [from, to] : [from], group)
  if (learning) await learning
  core.people.cacheOwner(draft.from.id, sender)
  if (draft.to && recipient) core.people.cacheOwner(draft.to.id, recipient)
  if (card) {
    const [view] = await core.transfers.viewsForCards([transfer])
    return view as TransferView
  }
  // A retry is answered with the transfer that was made first.
  return core.transfers.view(transfer, transfer.id === draft.id ? code : undefined)
}

async function close(
  core: Core,
  client: string,
  how: 'cancel' | 'decline',
  id: string,
  body: z.output<typeof By>,
): Promise<TransferView> {
  const by = actorOf(core, await core.people.meet(body.by), body.by.handle)
  const request = keyed(client, `${how} ${id}`, body)
  const transfer = await core.ledger.submit({ do: how, which: { id }, by }, request)
  await learn(core, [body.by])
  return core.transfers.view(transfer)
}

/** A transfer that is asked for, in the ledger's terms, as far as it can be told without writing more than who they are. */
export async function drafted(
  core: Core,
  { amount, asset: named, from, to, note }: Omit<z.output<typeof Create>, 'card' | 'key' | 'group'>,
): Promise<{ draft: Draft; sender: KnownIdentity; recipient?: KnownIdentity; code: string }> {
  const asset = chooseAsset(core.assetsFor(from.messenger), named, amount)
  const minor = parseAmount(amount, asset)
  const sender = await core.people.meet(from)
  const id = newId()
  const code = codeOf(core.secretKey, id)
  const draft: Draft = {
    id,
    codeHash: codeHashOf(code),
    asset,
    amount: minor,
    from: accountOf(personOwner(sender.person), asset.code),
    ...(note && { note }),
  }
  if (!to) return { draft, sender, code }
  if (!core.assetCodesFor(to.messenger).has(asset.code))
    throw new Refusal('wrong_asset', { asset: asset.code })
  if ('id' in to) {
    const recipient = await core.people.meet(to)
    draft.to = accountOf(personOwner(recipient.person), asset.code)
    return { draft, sender, recipient, code }
  }
  draft.toHandle = handleKey(to.messenger, to.handle)
  if (sender.handle && draft.toHandle === handleKey(sender.messenger, sender.handle))
    throw new Refusal('own_transfer')
  return { draft, sender, code }
}
