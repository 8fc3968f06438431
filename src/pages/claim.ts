import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isCode } from '../access/codes.ts'
import type { Core } from '../core.ts'
import { Key } from '../http/shapes.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import { OutcomeUnknown } from '../ledger/ledger.ts'
import { drawnOrder, luckyShares } from '../ledger/lucky.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { capitalised } from '../shared/names.ts'
import { Refusal } from '../shared/refusal.ts'
import { isForSeveral } from '../shared/shares.ts'
import { actorOf } from '../transfers/actor.ts'
import { answerTo } from '../transfers/ask-sender.ts'
import { collect } from '../transfers/collect.ts'
import type { ReadClaim, ReadTransfer } from '../transfers/find.ts'
import { keyed } from '../transfers/idempotency.ts'
import { refund } from '../transfers/refund.ts'
import type { TransferView, ViewWithCode } from '../transfers/view.ts'
import { type Acting, type ClaimStatus, claimStatusOf, isClaimStatus } from './claim-status.ts'
import { amountOf, type ClaimContent, claimPage } from './claim-view.ts'
import { wordsFor } from './language.ts'
import { answerMessage, answerPage } from './layout.ts'
import type { Lots, Packet } from './packet-view.ts'
import { pictureOf } from './picture/content.ts'
import { drawPicture } from './picture/picture.ts'
import { qrPixels, qrPng, qrSvg } from './qr.ts'
import { sentenceOf } from './refusals.ts'
import { sharePage } from './share.ts'
import { formOf, viewerOf } from './sign-in.ts'

/** The page that a transfer's link opens. A GET moves nothing; people who are signed in collect by a POST. */
export const claimPages = (core: Core) =>
  new Hono()
    .get('/:address{.+}', async (c, next) => {
      const code = codeBefore(c.req.param('address'))
      if (code) return c.redirect(`/c/${code}`)
      await next()
    })
    .get('/:code', async (c) => show(c, core, await viewerOf(core, c)))
    .post('/:code', async (c) => {
      const viewer = await viewerOf(core, c)
      if (!viewer) return show(c, core, undefined, { status: 401, problem: 'signedOut' })
      const key = Key.safeParse((await formOf(c))('key')).data ?? randomUUID()
      const refused = await tryToCollect(core, c.req.param('code'), viewer, key)
      return refused ? show(c, core, viewer, refused) : c.redirect(c.req.path, 303)
    })
    .post('/:code/refund', async (c) => {
      const viewer = await viewerOf(core, c)
      if (!viewer) return show(c, core, undefined, { status: 401, problem: 'signedOut' })
      const key = Key.safeParse((await formOf(c))('key')).data ?? randomUUID()
      const refused = await tryToGiveBack(core, await find(c, core), viewer, key)
      return refused ? show(c, core, viewer, refused) : c.redirect(`/c/${c.req.param('code')}`, 303)
    })
    .get('/:code/share', async (c) => {
      const transfer = await find(c, core)
      // What nobody can collect now isn't passed on: its page says why.
      if (!transfer || claimStatusOf(transfer, new Date(), undefined) !== 'open')
        return transfer ? c.redirect(`/c/${c.req.param('code')}`) : answerUnknown(c)
      const words = wordsFor(c)
      const view = await viewedWhereMade(core, transfer)
      return answerPage(c, words, sharePage(words, view, c.req.header('user-agent')))
    })
    .get('/:code/qr.svg', (c) =>
      picture(c, core, async (view) => {
        const { text } = wordsFor(c)
        const title = text('qrTitle', { amount: amountOf(view) })
        return c.body(await qrSvg(view.link, title), 200, { 'content-type': 'image/svg+xml' })
      }),
    )
    .get('/:code/qr.png', (c) =>
      picture(c, core, async (view) =>
        c.body(new Uint8Array(qrPng(view.link)), 200, { 'content-type': 'image/png' }),
      ),
    )
    .get('/:code/card.png', async (c) => {
      const transfer = await find(c, core)
      if (!transfer) return c.text('', 404)
      const view = await viewedWhereMade(core, transfer)
      const claimStatus = claimStatusOf(transfer, new Date(), undefined)
      const png = await drawPicture(pictureOf(wordsFor(c), view, claimStatus))
      // As the page: it may change at any moment.
      return c.body(png, 200, {
        'content-type': 'image/png',
        'cache-control': 'no-store',
        vary: 'Accept-Language',
      })
    })

/** The code of a URL that is too long, as chat programs take text after a link for a part of it. */
const codeBefore = (address: string) => /^([\w-]{22,64})(?:[^\w\-/].*|\/[^\w-]*)$/s.exec(address)?.[1]

/** Why a claim or a refund came to nothing: what the transfer is to the viewer now, or what else went wrong. */
interface Refused {
  status: ContentfulStatusCode
  claimStatus?: ClaimStatus
  refusal?: Refusal
  problem?: 'signedOut' | 'tryAgain' | 'unknown' | 'membersUnknown'
  /** The idempotency key for a retry, where the first try may have worked. */
  key?: string
}

async function tryToCollect(
  core: Core,
  code: string,
  viewer: KnownIdentity,
  key: string,
): Promise<Refused | undefined> {
  const { messenger, id, person } = viewer
  const content = { key, code, person }
  const request = keyed('pages', 'collect', content)
  try {
    // Only by their id: a browser can't prove which handle somebody has now.
    await collect(core, { what: { code }, by: { messenger, id }, request })
    return undefined
  } catch (error) {
    if (error instanceof OutcomeUnknown) return { status: 503, problem: 'unknown', key }
    if (!(error instanceof Refusal)) throw error
    if (['already_yours', 'entered_already', 'awaiting_sender'].includes(error.code)) return undefined
    const { status, code } = error
    if (code === 'members_unknown') return { status, problem: 'membersUnknown' }
    if (code === 'too_many_askers') return { status, refusal: error }
    return isClaimStatus(code) ? { status, claimStatus: code } : { status, problem: 'tryAgain' }
  }
}

/** Gives back what the viewer has collected. */
async function tryToGiveBack(
  core: Core,
  transfer: ReadTransfer | undefined,
  { messenger, id, person }: KnownIdentity,
  key: string,
): Promise<Refused | undefined> {
  // The page says that there is none.
  if (!transfer) return { status: 404 }
  const content = { key, transfer: transfer.id, person }
  const request = keyed('pages', 'refund', content)
  try {
    await refund(core, { id: transfer.id, by: { messenger, id }, request })
    return undefined
  } catch (error) {
    if (error instanceof OutcomeUnknown) return { status: 503, problem: 'unknown', key }
    if (!(error instanceof Refusal)) throw error
    return error.code === 'refunded_already' ? undefined : { status: error.status, refusal: error }
  }
}

async function show(c: Context, core: Core, viewer: KnownIdentity | undefined, refused?: Refused) {
  const words = wordsFor(c)
  const transfer = await find(c, core)
  if (!transfer) return answerUnknown(c)
  const now = new Date()
  const here = (await messengerOf(core, transfer)) ?? viewer?.messenger
  const view = core.transfers.withCode(await core.transfers.view(transfer, here))
  const acting = await actingOn(core, transfer, viewer)
  const page = claimPage(words, {
    view,
    claimStatus: refused?.claimStatus ?? claimStatusOf(transfer, now, acting),
    turn: acting?.turn,
    refundable: acting?.claim && core.assets.formatted(acting.claim.amount, transfer.asset),
    now,
    viewer,
    packet: isForSeveral(transfer) ? await packetOf(core, transfer, viewer, here) : undefined,
    ...(await messengersFor(core, view)),
    key: refused?.key ?? randomUUID(),
    problem: refused?.refusal
      ? sentenceOf(words, refused.refusal)
      : refused?.problem && words.text(`refused.${refused.problem}`),
    qrPixels: qrPixels(view.link),
    userAgent: c.req.header('user-agent'),
  })
  // With `no-referrer` browsers send forms with `Origin: null`, which could come from any site.
  if (viewer) c.header('Referrer-Policy', 'same-origin')
  return answerPage(c, words, page, refused?.status)
}

function answerUnknown(c: Context) {
  const words = wordsFor(c)
  return answerMessage(c, words, 404, words.text('unknown.title'), words.text('unknown.text'))
}

/** Its people are named as `messengerOf` says. */
const viewedWhereMade = async (core: Core, transfer: ReadTransfer): Promise<ViewWithCode> =>
  core.transfers.withCode(await core.transfers.view(transfer, await messengerOf(core, transfer)))

/**
 * The messenger of the chat that a transfer was made in, or else where its first card hangs: whoever reads of it there learns nothing of
 * other messengers here.
 */
async function messengerOf(
  { deliveries, groups }: Core,
  { id, groupId }: ReadTransfer,
): Promise<string | undefined> {
  if (groupId !== null) return (await groups.chatsOf([groupId])).get(groupId)?.messenger
  const [first] = (await deliveries.cardsOf(id)).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return first?.messenger
}

async function packetOf(
  core: Core,
  transfer: ReadTransfer,
  viewer: KnownIdentity | undefined,
  here: string | undefined,
): Promise<Packet> {
  const { id, asset } = transfer
  const paid = await core.transfers.claimsOf(id)
  const claims = await core.transfers.viewClaims(paid, asset, here)
  const account = viewer && accountOf(personOwner(viewer.person), asset).id
  const own = claims[paid.findIndex((claim) => claim.account === account)]?.amount
  return { claims, own, lots: lotsOf(core, transfer, paid) }
}

function lotsOf({ assets }: Core, transfer: ReadTransfer, paid: ReadClaim[]): Lots | undefined {
  const { amount, asset, shares, drawn, lucky, settlement, entered } = transfer
  // Nobody was drawn where nobody took part, or it was cancelled.
  if (!drawn || (settlement && paid.length === 0)) return undefined
  const { seed } = drawn
  const count = settlement === 'split' ? paid.length : shares
  const drawnShares = lucky && count > 0 ? luckyShares(seed, amount, count) : undefined
  const lots = drawnShares ?? paid.map((claim) => claim.amount)
  const order = settlement ? orderOf(seed, entered ?? 0, paid) : undefined
  return {
    seed,
    total: drawnShares ? amount : undefined,
    shares: lots,
    amounts: lots.map((share) => assets.formatted(share, asset)),
    order,
    isKept: paid.every((claim, index) => claim.amount === lots[index]) && order?.isKept !== false,
  }
}

/** Whom the lot fell on. Who could not be paid, as they were put on hold or became one with somebody, was passed over. */
function orderOf(seed: string, entered: number, paid: ReadClaim[]): Lots['order'] {
  const turns = paid.map(({ turn }) => turn)
  const order = drawnOrder(seed, entered)
  const reached = order.slice(0, order.indexOf(turns.at(-1) ?? 0) + 1)
  const passed = reached.filter((turn) => !turns.includes(turn))
  return { entered, passed, isKept: reached.filter((turn) => turns.includes(turn)).join() === turns.join() }
}

async function actingOn(
  core: Core,
  transfer: ReadTransfer,
  viewer: KnownIdentity | undefined,
): Promise<Acting | undefined> {
  if (!viewer) return undefined
  const account = accountOf(personOwner(viewer.person), transfer.asset).id
  const [claim, turn, hold, answer] = await Promise.all([
    core.transfers.claimOf(transfer, account),
    core.transfers.turnOf(transfer, account),
    core.people.holdOf(viewer.person),
    transfer.confirms ? answerTo(core.db, transfer.id, viewer.person) : undefined,
  ])
  return { actor: actorOf(core, viewer), claim, turn, hold, answer }
}

/** The messengers that the page names: where it can be collected, and the recipient's. */
async function messengersFor(
  core: Core,
  { asset, to }: TransferView,
): Promise<Pick<ClaimContent, 'messengers' | 'recipientMessenger'>> {
  const known = await core.messengers.known()
  const messengers = known.filter(
    ({ name, alive }) =>
      alive && core.assets.codesOf(name).has(asset) && (to === null || to.messenger === name),
  )
  const recipientMessenger =
    to &&
    (known.find(({ name }) => name === to.messenger) ?? {
      name: to.messenger,
      title: capitalised(to.messenger),
    })
  return { messengers, recipientMessenger }
}

async function picture(c: Context, core: Core, draw: (view: ViewWithCode) => Promise<Response>) {
  const transfer = await find(c, core)
  if (!transfer) return c.text('', 404)
  c.header('Cache-Control', 'private, max-age=300')
  return draw(await viewedWhereMade(core, transfer))
}

function find(c: Context, core: Core) {
  const code = c.req.param('code') ?? ''
  return isCode(code) ? core.transfers.byCode(code) : undefined
}
