import { isDeepStrictEqual } from 'node:util'
import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { balancesOf } from '../history.ts'
import { newId } from '../ids.ts'
import { type Draft, decide, type Transfer } from '../ledger/rules.ts'
import { formatAmount } from '../money.ts'
import {
  bindOffer,
  type Content,
  findOffer,
  lookUpOffer,
  noteMade,
  type Offer,
  offerIdOf,
  type Place,
  revokeOffers,
  storeOffer,
  waitingOffers,
} from '../offers.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { Refusal } from '../refusal.ts'
import { findAnswer, keyed, learn } from '../requests.ts'
import type { TransferView } from '../transfers.ts'
import { CODES } from './problem.ts'
import { json, jsonBody, router, v1Route } from './router.ts'
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
} from './shapes.ts'
import { Create, drafted, REFUSED } from './transfers.ts'

const OfferId = z.uuid().openapi({ example: EXAMPLE.transfer })
const Offered = Create.omit({ card: true })
  .extend({
    confirm: z
      .literal(true)
      .optional()
      .openapi({ description: 'Its sender has to confirm it: nobody else can make it a transfer' }),
  })
  .openapi('CreateOffer', { example: { amount: '20.00', from: EXAMPLE.somebody, note: 'lunch' } })

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

/** Offers: transfers as they would be, each to be made once, in the one message where it hangs. */
export const offersApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/offers',
        summary:
          'Offer a transfer for ten minutes: what it would be if it were made now, or why it would be refused; moves nothing',
        request: jsonBody(Offered),
        responses: { 201: json(OfferShape, 'The offer') },
        refuses: [...CODES.amount, ...REFUSED, 'key_reused', 'cancelled'],
      }),
      async (c) => c.json(await view(core, await offer(core, c.get('client'), c.req.valid('json'))), 201),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/offers/revoke',
        summary: 'The sender takes back what they have offered and what hangs nowhere yet: all of it, or one',
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
        summary: 'An offer as it stands',
        request: OneOffer,
        responses: { 200: json(OfferShape, 'The offer') },
        refuses: ['offer_not_found', 'cancelled'],
      }),
      async (c) => c.json(await view(core, await findOffer(core.db, c.req.valid('param').id)), 200),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/offers/{id}/make',
        summary:
          'Make the transfer: once, and in the message alone that is named first; again, it is the same transfer',
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
        const transfer = await make(core, c.req.valid('param').id, c.req.valid('json'))
        const [view] = await core.transfers.viewsForCards([transfer])
        return c.json(view as TransferView, 201)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/people/{messenger}/{id}/offers',
        summary: 'What a person has offered and can still take back: it hangs nowhere yet',
        request: { params: z.object({ messenger: Messenger, id: ExternalId }) },
        responses: { 200: json(z.object({ items: z.array(OfferShape) }), 'The offers, newest first') },
      }),
      async (c) => {
        const waiting = await waitingOffers(core.db, c.req.valid('param'))
        return c.json({ items: await Promise.all(waiting.map((one) => view(core, one))) }, 200)
      },
    )

async function offer(
  core: Core,
  client: string,
  { key, confirm, ...offered }: z.output<typeof Offered>,
): Promise<Offer> {
  const { draft, sender } = await drafted(core, offered)
  const { from, to, note, group } = offered
  const content: Content = {
    amount: formatAmount(draft.amount, draft.asset),
    asset: draft.asset.code,
    from: named(from),
    ...(to && { to: 'id' in to ? named(to) : { ...to, handle: to.handle.toLowerCase() } }),
    ...(note && { note }),
    ...(group && { group: named(group) }),
    ...(confirm && { confirm }),
    ...(from.language && { language: from.language }),
  }
  const id = key === undefined ? newId() : offerIdOf(core.secretKey, client, key)
  const first = key === undefined ? undefined : await lookUpOffer(core.db, id)
  if (!first) await refuseImpossible(core, draft, sender)
  const stored = first ?? (await storeOffer(core.db, id, content))
  if (group) await core.groups.meet(group)
  await learn(core, to && 'id' in to ? [from, to] : [from], group)
  if (!isDeepStrictEqual(asKeyed(stored.content ?? content), asKeyed(content)))
    throw new Refusal('key_reused')
  return stored
}

/** What a key stands for: neither what became of the offer, nor a label. */
const asKeyed = ({ sent: _, language: __, ...content }: Content) => content

/** By the rules that would decide it now. */
async function refuseImpossible(core: Core, draft: Draft, sender: KnownIdentity): Promise<void> {
  const held = (await balancesOf(core.db, sender.person)).find(({ asset }) => asset === draft.asset.code)
  const balances = new Map([[draft.from.id, { balance: held?.balance ?? 0n, mayGoBelowZero: false }]])
  const decision = decide({ now: new Date(), balances, transferOf: () => undefined }, { do: 'create', draft })
  if (decision instanceof Refusal) throw decision
}

async function view(
  core: Core,
  { id, content, transferId, expiresAt }: Offer,
): Promise<z.output<typeof OfferShape>> {
  if (!content) throw new Refusal('cancelled')
  const { amount, asset, from, to, note, confirm, language } = content
  const identityOf = ({ messenger, id }: Content['from']) => core.people.find(messenger, id)
  return OfferShape.parse({
    id,
    amount,
    asset,
    from: (await identityOf(from)) ?? null,
    to: !to ? null : 'id' in to ? ((await identityOf(to)) ?? null) : { ...to, id: null, name: null },
    note: note ?? null,
    confirm: confirm ?? false,
    language: language ?? null,
    transfer: transferId,
    expiresAt: expiresAt.toISOString(),
  })
}

/** The client of what is made of offers: no token can have this name, so nobody else's key can be an offer's. */
const OFFERS = ':offers'

async function make(core: Core, id: string, { by, place, card }: z.output<typeof Make>): Promise<Transfer> {
  const { content } = await findOffer(core.db, id)
  const isSender = by.messenger === content?.from.messenger && by.id === content.from.id
  if (content?.confirm && !isSender) throw new Refusal('not_sender')
  const bound = await bindOffer(core.db, id, place, isSender && !content.confirm)
  const made = bound ? bound.transferId : await madeUnnoted(core, id, place)
  if (made) return transferOf(core, made)
  const asked = bound?.content as Content
  const { draft } = await drafted(core, asked)
  if (asked.group) draft.groupId = await core.groups.meet(asked.group)
  if (card) await core.deliveries.toPost(draft.id, card)
  const transfer = await core.ledger.submit({ do: 'create', draft }, keyed(OFFERS, 'make', { key: id }))
  await noteMade(core.db, id, transfer.id)
  return transfer
}

/**
 * What was made here in time, where the process ended before that was noted.
 * @throws Refusal why nothing can be made of it here
 */
async function madeUnnoted(core: Core, id: string, { chat, message }: Place): Promise<string> {
  const offer = await findOffer(core.db, id)
  if (offer.chat !== null && (offer.chat !== chat || offer.message !== message))
    throw new Refusal('offer_elsewhere')
  if (!offer.content) throw new Refusal('cancelled')
  const answer = await findAnswer(core.db, OFFERS, id)
  if (!answer || !('transfer' in answer)) throw new Refusal('expired')
  await noteMade(core.db, id, answer.transfer)
  return answer.transfer
}

async function transferOf(core: Core, id: string): Promise<Transfer> {
  const transfer = await core.transfers.byId(id)
  if (!transfer) throw new Error(`An offer names a transfer that isn't there: ${id}`)
  return transfer
}

const named = ({ messenger, id }: Content['from']): Content['from'] => ({ messenger, id })
