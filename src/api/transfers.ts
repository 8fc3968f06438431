import { z } from '@hono/zod-openapi'
import { codeHashOf, codeOf } from '../codes.ts'
import type { Core } from '../core.ts'
import { balancesOf } from '../history.ts'
import { newId } from '../ids.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import { type Draft, decide } from '../ledger/rules.ts'
import { chooseAsset, parseAmount } from '../money.ts'
import type { Met } from '../people.ts'
import { Refusal } from '../refusal.ts'
import { actorOf, handleKey, keyed } from '../requests.ts'
import type { TransferView } from '../transfers.ts'
import { answerEach, answersOf, manyOf } from './many.ts'
import { requestIdOf } from './problem.ts'
import { json, jsonBody, router, v1Route } from './router.ts'
import {
  AmountTyped,
  AssetCode,
  CardShape,
  Code,
  ExternalId,
  HandleOnly,
  ItemShape,
  Key,
  Messenger,
  Note,
  Person,
  TargetShape,
  Title,
  TransferId,
  TransferShape,
} from './shapes.ts'

const Create = z
  .strictObject({
    amount: AmountTyped,
    asset: AssetCode.optional(),
    from: Person,
    to: z.union([Person, HandleOnly]).nullish(),
    note: Note.nullish(),
    group: z.strictObject({ messenger: Messenger, id: ExternalId, title: Title.optional() }).nullish(),
    card: TargetShape.strict().optional().openapi({
      description: 'Where its card is to hang: a bot posts it there where nobody else has done so in a while',
    }),
    key: Key.optional(),
  })
  .openapi('CreateTransfer')

const Preview = ItemShape.pick({
  asset: true,
  amount: true,
  from: true,
  to: true,
  note: true,
  expiresAt: true,
}).openapi('TransferPreview')

const By = z.strictObject({ by: Person, key: Key.optional() })
const OneTransfer = { params: z.object({ id: TransferId }) }

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
          200: json(answersOf(z.object({ transfer: TransferShape })), 'An answer for each, in their order'),
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
        path: '/transfers/preview',
        summary: 'What a transfer would be if it were made now, or why it would be refused; moves nothing',
        request: jsonBody(Create.omit({ card: true, key: true })),
        responses: { 200: json(Preview, 'The transfer as it would be') },
      }),
      async (c) => {
        const { draft, sender } = await drafted(core, c.req.valid('json'))
        const { asset, from } = draft
        const held = (await balancesOf(core.db, sender.person)).find((one) => one.asset === asset.code)
        const balances = new Map([[from.id, { balance: held?.balance ?? 0n, mayGoBelowZero: false }]])
        const now = new Date()
        const decision = decide({ now, balances, transferOf: () => undefined }, { do: 'create', draft })
        if (decision instanceof Refusal) throw decision
        return c.json(Preview.parse(await core.transfers.view(decision.transfer)), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/find',
        summary: 'Look at the transfer that a code opens; moves nothing',
        request: jsonBody(z.strictObject({ code: Code })),
        responses: { 200: json(TransferShape, 'The transfer') },
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
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const by = actorOf(core, await core.people.meet(body.by))
        const request = keyed(c.get('client'), `cancel ${id}`, body)
        const transfer = await core.ledger.submit({ do: 'cancel', which: { id }, by }, request)
        return c.json(await core.transfers.view(transfer), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/decline',
        summary: 'The one it is for sends it back',
        request: { ...OneTransfer, ...jsonBody(By) },
        responses: { 200: json(TransferShape, 'The declined transfer') },
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const by = actorOf(core, await core.people.meet(body.by))
        const request = keyed(c.get('client'), `decline ${id}`, body)
        const transfer = await core.ledger.submit({ do: 'decline', which: { id }, by }, request)
        return c.json(await core.transfers.view(transfer), 200)
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
  const { draft, code } = await drafted(core, content)
  // Before the money moves: from then on it is certain that somebody gets to see it.
  if (card) await core.deliveries.toPost(draft.id, card)
  const transfer = await core.ledger.submit({ do: 'create', draft }, keyed(client, 'create', content))
  if (card) {
    const [view] = await core.transfers.viewsForCards([transfer])
    return view as TransferView
  }
  // A retry is answered with the transfer that was made first.
  return core.transfers.view(transfer, transfer.id === draft.id ? code : undefined)
}

/** A transfer that is asked for, in the ledger's terms. */
async function drafted(
  core: Core,
  { amount, asset: named, from, to, note, group }: Omit<z.output<typeof Create>, 'card' | 'key'>,
): Promise<{ draft: Draft; sender: Met; code: string }> {
  const asset = chooseAsset(core.assetsFor(from.messenger), named, amount)
  const minor = parseAmount(amount, asset)
  const sender = await core.people.meet(from)
  const account = accountOf(personOwner(sender.person), asset.code)
  core.people.owns(account.id, sender)
  const id = newId()
  const code = codeOf(core.secretKey, id)
  const draft: Draft = {
    id,
    codeHash: codeHashOf(code),
    asset,
    amount: minor,
    from: account,
    ...(to && (await recipient(core, to, asset.code, sender.handle))),
    ...(group && { groupId: await core.groups.meet(group) }),
    ...(note && { note }),
  }
  return { draft, sender, code }
}

async function recipient(
  core: Core,
  to: z.output<typeof Person> | z.output<typeof HandleOnly>,
  asset: string,
  sendersHandle: string | null,
) {
  if (!('id' in to)) {
    if (sendersHandle?.toLowerCase() === to.handle.toLowerCase()) throw new Refusal('own_transfer')
    return { toHandle: handleKey(to.messenger, to.handle) }
  }
  const met = await core.people.meet(to)
  const account = accountOf(personOwner(met.person), asset)
  core.people.owns(account.id, met)
  return { to: account }
}
