import type { Context } from 'hono'
import { type About, type LimitedGrant, type RouteScope, type Scope, selfOf } from '../access/scopes.ts'
import { askViews } from '../asks/view.ts'
import type { Core } from '../core.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import { payoutViews } from '../payouts/view.ts'
import { Refusal } from '../shared/refusal.ts'
import type { ReadTransfer } from '../transfers/find.ts'
import type { Env } from './router.ts'

/** What a route asks of a token, for its documentation. */
export function scopeTold(scope: RouteScope): string {
  if (scope === 'anyone') return 'It takes no token.'
  if (scope === 'any') return 'It takes any token.'
  if (scope === 'all') return 'It takes a token that may do `all`.'
  return `It takes a token that may \`${scope.may}\`${WHOM[scope.about]}.`
}

const WHOM: Readonly<Record<About, string>> = {
  actor: ', for who acts',
  holder: ', for whom it is; and `by` one that may do `all`',
  person: ', for them',
  group: ', for the group',
  transfer: '; its app has to be an end of the transfer, as the answer has the code',
  payout: ', for the group that pays',
  ask: ', for who asks, or who is asked',
  code: '; whoever has the code may look at it',
  client: ', for its own',
}

/** @throws Refusal `not_allowed_by_token` where a token may not do what a route does */
export function checkVerb({ may }: Scope, route: RouteScope): void {
  if (route === 'all') throw lacking('--may all')
  if (typeof route === 'object' && !may.includes(route.may)) throw lacking(`--may ${route.may}`)
}

/**
 * Refuses a request that is about somebody whom its token is not for. Of what happens to money the ledger looks at the asset.
 * @throws Refusal `not_allowed_by_token`
 */
export async function checkWhom(
  core: Core,
  token: LimitedGrant,
  route: RouteScope,
  c: Context<Env>,
): Promise<void> {
  if (typeof route === 'string') return
  const { about } = route
  const { whom } = token.scope
  if (about === 'holder' && bodyOf(c)['by'] !== undefined) throw lacking('--may all')
  // Whoever reads a transfer gets its code, which is money: so it is read by its ends, whomever else the token is for.
  if (about === 'transfer') {
    const transfer = await core.transfers.byId(addressOf(c).id)
    if (transfer && !(await isEnd(core, token, transfer))) throw lacking('--may all')
  } else if (whom.kind === 'everybody') {
    const asset = whom.asset && (await assetOf(core, about, c))
    if (asset && asset !== whom.asset) throw lacking(`--for ${asset}`)
  } else if (!(await isTheirs(core, token, about, c)))
    throw lacking(GROUPS.has(about) ? '--for MESSENGER:GROUP' : '--for everybody')
}

/** What a token is for that has a group. */
const GROUPS: ReadonlySet<About> = new Set(['group', 'payout'])

const lacking = (scope: string) => new Refusal('not_allowed_by_token', { scope })

/** Whether a request is about the app itself, or about the group that its token is for. */
async function isTheirs(
  core: Core,
  { client, scope }: LimitedGrant,
  about: Exclude<About, 'transfer'>,
  c: Context<Env>,
): Promise<boolean> {
  const self = selfOf(client, scope)
  const isApp = (who: unknown) =>
    isObject(who) && who['messenger'] === self.messenger && who['id'] === self.id
  const body = bodyOf(c)
  const group = scope.whom.kind === 'group' ? scope.whom.id : undefined
  const isTheirGroup = async (groupId: string | null | undefined) =>
    group !== undefined && !!groupId && (await core.groups.rootOf(groupId)) === group
  switch (about) {
    case 'actor':
      return actorsIn(body).every(isApp)
    case 'holder':
      return isApp(body['to'] ?? body['from'])
    case 'person':
      return isApp(addressOf(c))
    case 'group':
      return isTheirGroup(await core.groups.find(addressOf(c).messenger, addressOf(c).id))
    case 'code':
    case 'client':
      return true
    case 'payout': {
      const [payout] = await payoutViews(core, [addressOf(c).id])
      return (
        !payout ||
        (!!payout.group &&
          (await isTheirGroup(await core.groups.find(payout.group.messenger, payout.group.id))))
      )
    }
    case 'ask': {
      const [ask] = await askViews(core, [addressOf(c).id], self.messenger)
      return !ask || isApp(ask.by) || ask.parts.some(({ from, paidBy }) => isApp(from) || isApp(paidBy))
    }
  }
}

/** Whether an app has sent a transfer, is the one whom it is for, or has collected of it. */
async function isEnd(core: Core, { client, scope }: LimitedGrant, transfer: ReadTransfer): Promise<boolean> {
  const { messenger, id: name } = selfOf(client, scope)
  const app = await core.people.find(messenger, name)
  if (!app) return false
  const { id } = accountOf(personOwner(app.person), transfer.asset)
  const { fromAccount, recipient } = transfer
  return (
    fromAccount === id ||
    (recipient.kind === 'account' && recipient.account === id) ||
    (await core.transfers.claimOf(transfer, id)) !== undefined
  )
}

/** The asset of what a request is about, if there is such a thing. */
async function assetOf(core: Core, about: About, c: Context<Env>): Promise<string | undefined> {
  switch (about) {
    case 'code':
      return (await core.transfers.byCode(String(bodyOf(c)['code'])))?.asset
    case 'payout':
      return (await payoutViews(core, [addressOf(c).id]))[0]?.asset
    case 'ask':
      return (await askViews(core, [addressOf(c).id]))[0]?.asset
    default:
      return undefined
  }
}

/** Who acts by a request; at least one, which the tests try for each route. */
function actorsIn(body: Fields): unknown[] {
  const named = ({ by, from }: Fields) => by ?? from
  const items = Array.isArray(body['items']) ? (body['items'] as Fields[]) : []
  return named(body) === undefined && items.length > 0 ? items.map(named) : [named(body)]
}

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const addressOf = (c: Context<Env>) => c.req.valid('param' as never) as { messenger: string; id: string }

const bodyOf = (c: Context<Env>): Fields => (c.req.valid('json' as never) as Fields | undefined) ?? {}
