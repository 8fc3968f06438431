import { join, makeJoinCode } from '../../../../src/groups/joins.ts'
import { makeList } from '../../../../src/groups/list-changes.ts'
import { DEFAULT_RULES, type GroupRules } from '../../../../src/groups/rules.ts'
import { accountOf, groupOwner, personOwner } from '../../../../src/ledger/accounts.ts'
import type { Actor, Draft } from '../../../../src/ledger/commands.ts'
import { type Asset, formatAmount } from '../../../../src/money/amount.ts'
import { keyOf } from '../../../../src/shared/keys.ts'
import type { Person } from '../../service.ts'
import { ASSETS, PEOPLE, TREASURER } from '../steps.ts'
import type { Stage } from './stage.ts'

/** Who the people and groups of one world of the model are in the service. */
export type Parties = Awaited<ReturnType<typeof openParties>>

const [CREDIT, GAME] = ASSETS as [Asset, Asset]
const HOUR = 3600
const DAY_MS = 24 * HOUR * 1000
/** How long it holds what a messenger has said of a member. */
const SAID_HOLDS_MS = 60_000
/** Above so much, in minor units of CREDIT, two other admins have to approve what the treasury pays. */
const UNAPPROVED = 100n

/** The rules of the groups; the second one has those of the first, which it is joined to. */
const RULES: Record<string, Partial<GroupRules>> = {
  'group 1': {
    limits: { CREDIT: { transfer: '2.80', day: '9.00' } },
    approvals: { CREDIT: { above: formatAmount(UNAPPROVED, CREDIT), needs: 2 } },
  },
  'group 3': { limits: { GAME: { transfer: '380', day: '1500' } }, hours: 1 },
}
const rulesOf = (group: string | undefined): Partial<GroupRules> =>
  (group && RULES[group === 'group 2' ? 'group 1' : group]) || {}

/** The most that one transfer may hold there, or that somebody may send in a day, in minor units. */
export function limitOf(group: string | undefined, { code }: Asset, what: 'transfer' | 'day') {
  const most = rulesOf(group).limits?.[code]?.[what]
  return most === undefined ? undefined : BigInt(most.replace('.', ''))
}

/** What the rules of its group add to a draft. @param now the day of it counts */
export function termsOf(group: string | undefined, asset: Asset, now: Date): Partial<Draft> {
  const most = limitOf(group, asset, 'day')
  const since = new Date(now.getTime() - (now.getTime() % DAY_MS))
  return {
    ...(group && { groupId: group }),
    lifetime: lifetimeOf(group, asset),
    ...(most !== undefined && { limit: { since, most } }),
  }
}

/** In seconds. */
export function lifetimeOf(group: string | undefined, { lifetime }: Asset): number {
  const { hours } = rulesOf(group)
  return hours === undefined ? lifetime : hours * HOUR
}

/** How many other admins have to approve that the treasury pays so much. */
export const approvalsFor = (amount: bigint) => (amount > UNAPPROVED ? 2 : 0)

type Code = Pick<Asset, 'code'>

/** Where somebody deals in an asset, or in the only one that they have: in two messengers they are two in the books. */
const messengerOf = (who: Actor, { code }: Code) =>
  who !== TREASURER && who.assets.has(code) === (code === GAME.code) ? 'discord' : 'telegram'
const home = (group: string) => (group === 'group 3' ? 'discord' : 'telegram')

/** Whether they are in the messenger where a group meets. */
export const hasSeat = (who: Actor, group: string, asset: Code) => messengerOf(who, asset) === home(group)

/** Admins of the groups: the first and fifth person where they have a seat, and who acts for the treasury. */
export const isAdmin = (who: Actor, group: string, asset: Code) =>
  [PEOPLE[0], PEOPLE[4], TREASURER].includes(who) && hasSeat(who, group, asset)

/** Makes the people and groups of a world, who have what those of the model begin with. @param number another for each */
export async function openParties({ client, core, clock }: Stage, number: number) {
  const idIn = (messenger: string, index: number) =>
    String((messenger === 'discord' ? 80351110224678912n : 1n) + BigInt(number * 20 + index))
  const handleOf = (who: Actor) => (who.handle ? `w${number}h${PEOPLE.indexOf(who)}` : who.handle)

  function person(who: Actor, asset: Code): Person {
    const messenger = messengerOf(who, asset)
    const handle = handleOf(who)
    return {
      messenger,
      id: idIn(messenger, PEOPLE.indexOf(who)),
      ...(handle !== undefined && who !== TREASURER && { handle }),
    }
  }

  const chatOf = (group: string) => ({ messenger: home(group), id: `-${number}${group.at(-1)}` })
  const admins = [6, 7, 8].map((index) => ({ messenger: 'telegram', id: idIn('telegram', index) }))
  const donor = { messenger: 'discord', id: idIn('discord', 9) }

  await Promise.all([
    ...PEOPLE.flatMap((who) =>
      ASSETS.filter(({ code }) => who !== TREASURER && who.assets.has(code)).map((asset) =>
        client.issue(person(who, asset), formatAmount(500n, asset), { asset: asset.code }),
      ),
    ),
    client.issue(admins[0] as Person, '5.00'),
    client.issue(donor, '500'),
  ])
  const ids = new Map<string, string>()
  for (const group of ['group 1', 'group 2', 'group 3']) {
    const chat = chatOf(group)
    const id = await core.groups.meet(chat)
    ids.set(group, id)
    await core.db.transaction(async (tx) => {
      const asset = group === 'group 3' ? GAME : CREDIT
      const named = PEOPLE.filter((who) => isAdmin(who, group, asset)).map((who) => person(who, asset))
      for (const one of [...named, ...admins])
        if (one.messenger === chat.messenger)
          await core.memberships.name({ ...chat, chat: chat.id, id: one.id }, true, tx)
    })
    const by = admins[0] as Person
    const rules = RULES[group]
    if (rules) await core.rules.save(id, { ...DEFAULT_RULES, ...rules }, by)
    if (group === 'group 2') {
      await core.people.meet(by)
      const { code } = await makeJoinCode(core, { chat: chatOf('group 1'), by })
      await join(core, { chat, by, code })
    } else {
      const listed = PEOPLE.filter((_, index) => index % 2 === 0)
      const members = listed.flatMap((who) => ASSETS.map((asset) => idOf(person(who, asset))))
      await makeList(core, { groupId: id, by, name: 'crew', members: unique(members) })
    }
  }
  const treasury = chatOf('group 1')
  for (const [from, asset, amount] of [
    [admins[0], CREDIT, '2.50'],
    [admins[0], CREDIT, '2.50'],
    [donor, GAME, '500'],
  ] as const)
    await client.post(`/v1/groups/${treasury.messenger}/${treasury.id}/contributions`, {
      from,
      amount,
      asset: asset.code,
    })

  const persons = new Map<string, string>()
  for (const who of PEOPLE)
    for (const asset of ASSETS) {
      const one = idOf(person(who, asset))
      persons.set(keyOf(one), (await core.people.meet(one)).person)
    }
  const personIn = (who: Actor, asset: Code) => persons.get(keyOf(person(who, asset))) as string
  /** When it was said last who somebody is in a group, which holds for a minute. */
  const told = new Map<string, number>()

  return {
    person,
    chatOf,
    /** Admins who approve what another one has the treasury pay. */
    approvers: admins.slice(1) as Person[],
    /** Words that open what is one of two, nobody else's. */
    wordsOf: (letter: string) =>
      `violet harbor lantern saddle ${String(number).replace(/\d/g, (digit) => 'bdfghjklmn'[Number(digit)] as string)}oq ${letter}rk`,
    /** Says in the name of a messenger who somebody is in a group; before their seat is asked about. */
    async tell(who: Actor, group: string, asset: Code) {
      if (!hasSeat(who, group, asset)) return
      const { id } = person(who, asset)
      const seat = `${home(group)} ${id}`
      const now = clock.now().getTime()
      if (now - (told.get(seat) ?? Number.NEGATIVE_INFINITY) < SAID_HOLDS_MS) return
      told.set(seat, now)
      const member = who.isAmong ?? null
      const since = '2020-01-01T00:00:00Z'
      for (const { messenger, id: chat } of group === 'group 3'
        ? [chatOf(group)]
        : [chatOf('group 1'), chatOf('group 2')])
        await client.call('PUT', `/v1/chats/${messenger}/${encodeURIComponent(chat)}/members/${id}`, {
          admin: false,
          member,
          ...(member && { since }),
        })
    },
    async hold(who: Actor, hold: 'send' | 'all' | null) {
      for (const asset of ASSETS) await core.people.setHold(personIn(who, asset), hold)
    },
    accountOf: (who: Actor, asset: Code): string =>
      accountOf(
        who === TREASURER ? groupOwner(ids.get('group 1') as string) : personOwner(personIn(who, asset)),
        asset.code,
      ).id,
  }
}

/** What is in these accounts, in minor units. */
export async function balancesOf(
  { core }: Pick<Stage, 'core'>,
  accounts: readonly string[],
): Promise<Map<string, bigint>> {
  const rows = await core.sql<{ id: string; balance: string }[]>`
    select id, balance::text from accounts where id = any(${accounts}::uuid[])`
  return new Map(rows.map(({ id, balance }) => [id, BigInt(balance)]))
}

const idOf = ({ messenger, id }: Person) => ({ messenger, id })
const unique = (members: { messenger: string; id: string }[]) => [
  ...new Map(members.map((one) => [`${one.messenger}:${one.id}`, one])).values(),
]
