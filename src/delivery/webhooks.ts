import { and, eq, gt, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { asks, tokens, webhookDeliveries, webhooks } from '../../db/schema.ts'
import { type Scope, selfOf } from '../access/scopes.ts'
import { scopeOf } from '../access/tokens.ts'
import type { Groups } from '../groups/groups.ts'
import type { People } from '../people/people.ts'
import { newId } from '../shared/ids.ts'
import { keyOf } from '../shared/keys.ts'
import { APP, SANDBOX } from '../shared/person-ids.ts'
import type { EventType } from '../webhooks/events.ts'
import type { Event, Happened, Subscriber } from './outbox.ts'

interface Needs {
  db: Database
  people: Pick<People, 'ofAccounts'>
  groups: Pick<Groups, 'rootOf'>
}

/** The accounts of those who are told what is their own. */
const ownAccounts = sql`array(select a.id from webhooks w join identities i on i.messenger in (${APP}, ${SANDBOX}) and i.id = w.token
  join accounts a on a.person_id = i.person_id where w.off_at is null)`
/** At least what somebody is told of, so that a busy ledger's other events are not read. */
const somebodyIsTold: SQL = sql`(
  exists (select from webhooks w join tokens k on k.name = w.token
    where w.off_at is null and (everybody or k.group_id is not null or 'all' = any (may)))
  or array[account, from_account, to_account] && ${ownAccounts})`

/** A subscriber that queues what webhooks are to be told: what their tokens may read, of the types that they want. */
export const webhooksAt = (needs: Needs): Subscriber => ({
  follows: Object.fromEntries(Object.keys(TYPES).map((event) => [event, somebodyIsTold])),
  async jobsFor(happened, within) {
    const receivers = await receiversOf(needs)
    if (receivers.length === 0) return []
    const [parties, roots, paidAsks] = await Promise.all([
      partiesOf(needs, happened),
      rootsOf(needs, happened),
      paidOf(needs, happened),
    ])
    const rows = happened.flatMap((one) => {
      const { transfer, batch, turn, at } = one
      const reads = receivers.filter(({ client, scope }) =>
        mayRead(scope, {
          isParty: scope !== 'all' && (parties.get(one)?.has(keyOf(selfOf(client, scope))) ?? false),
          asset: transfer.asset,
          group: transfer.groupId === null ? undefined : roots.get(transfer.groupId),
        }),
      )
      const told = eventsOf(one, paidAsks)
      return told.flatMap((event) =>
        reads
          .filter(({ events }) => events === null || events.includes(event.type))
          .map(({ id: webhookId }) => ({ id: newId(), webhookId, batch, turn, at, ...event })),
      )
    })
    // That an ask is paid in full is told once, by whichever of its last payments.
    if (rows.length > 0) await within.insert(webhookDeliveries).values(rows).onConflictDoNothing()
    return []
  },
})

/** What of the outbox is told as what. */
const TYPES: Partial<Record<Event, EventType>> = {
  created: 'transfer.created',
  approved: 'transfer.approved',
  extended: 'transfer.extended',
  claimed: 'transfer.claimed',
  cancelled: 'transfer.cancelled',
  declined: 'transfer.declined',
  returned: 'transfer.returned',
}

interface Receiver {
  id: string
  /** The types that it wants; `null`: all. */
  events: string[] | null
  client: string
  scope: Scope | 'all'
}

async function receiversOf({ db, groups }: Needs): Promise<Receiver[]> {
  const rows = await db
    .select({ webhook: webhooks, token: tokens })
    .from(webhooks)
    .innerJoin(tokens, eq(tokens.name, webhooks.token))
    .where(and(isNull(webhooks.offAt), or(isNull(tokens.endsAt), gt(tokens.endsAt, sql`clock_timestamp()`))))
  return Promise.all(
    rows.map(async ({ webhook: { id, events }, token }) => {
      const groupId = token.groupId && (await groups.rootOf(token.groupId))
      return { id, events, client: token.name, scope: scopeOf({ ...token, groupId }) }
    }),
  )
}

interface Concerned {
  /** The token's app has sent it, is the one whom it is for, or has collected it. */
  isParty: boolean
  asset: string
  group: string | undefined
}

/** What the token may see in somebody's history, or in a group's. */
function mayRead(scope: Scope | 'all', { isParty, asset, group }: Concerned): boolean {
  if (scope === 'all') return true
  if (!scope.may.includes('read')) return false
  const { whom } = scope
  return (
    isParty ||
    (whom.kind === 'everybody' && (whom.asset === undefined || whom.asset === asset)) ||
    (whom.kind === 'group' && whom.id === group)
  )
}

/** Who has to do with each. */
async function partiesOf({ people }: Needs, happened: Happened[]): Promise<Map<Happened, Set<string>>> {
  const accountsOf = ({ account, transfer: { fromAccount, recipient } }: Happened) => [
    account,
    fromAccount,
    ...(recipient.kind === 'account' ? [recipient.account] : []),
  ]
  const owners = await people.ofAccounts([...new Set(happened.flatMap(accountsOf))])
  const keyIn = (account: string) => {
    const owner = owners.get(account)
    return owner ? keyOf(owner) : []
  }
  return new Map(happened.map((one) => [one, new Set(accountsOf(one).flatMap(keyIn))]))
}

async function rootsOf({ groups }: Needs, happened: Happened[]): Promise<Map<string, string>> {
  const ids = [...new Set(happened.flatMap(({ transfer }) => transfer.groupId ?? []))]
  return new Map(await Promise.all(ids.map(async (id) => [id, await groups.rootOf(id)] as const)))
}

/** Those of their asks of which nothing is missing any more. */
async function paidOf({ db }: Needs, happened: Happened[]): Promise<Set<string>> {
  const ids = [...new Set(happened.flatMap(({ transfer }) => transfer.askId ?? []))]
  if (ids.length === 0) return new Set()
  const rows = await db
    .select({ id: asks.id })
    .from(asks)
    .where(and(inArray(asks.id, ids), eq(asks.paid, asks.total)))
  return new Set(rows.map(({ id }) => id))
}

interface Told {
  type: EventType
  subject: string
  accountId?: string
}

/** As what something is told: as what has become of the transfer, and of the ask that it pays. */
function eventsOf({ event, account, transfer }: Happened, paidAsks: Set<string>): Told[] {
  const { id, askId, isPooled } = transfer
  const type = TYPES[event]
  if (!type) return []
  const told: Told = { type, subject: id, ...(event === 'claimed' && { accountId: account }) }
  // What is given for a pool waits there for its goal; what somebody is asked for is paid with one tap.
  const isPayment = event === (isPooled ? 'created' : 'claimed')
  if (askId === null || !isPayment) return [told]
  const paid: Told = { type: 'ask.paid', subject: askId }
  return paidAsks.has(askId) ? [told, paid, { type: 'ask.completed', subject: askId }] : [told, paid]
}
