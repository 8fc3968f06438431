import { sql } from 'drizzle-orm'
import type { GroupRules } from '../../src/groups/rules.ts'
import { DEFAULT_RULES } from '../../src/groups/rules.ts'
import { contribute } from '../../src/payouts/contribute.ts'
import type { PayoutView } from '../../src/payouts/view.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { tellAdmins } from './admins.ts'
import { newcomer, openTestCore, type Person, type Setting } from './service.ts'

let groups = 0

/** A core without a bot, whose messenger is asked who is an admin, and groups with a treasury. */
export async function openTreasuries(setting: Setting = {}) {
  const service = await openTestCore(setting)
  const { core, client } = service
  const admins = new Set<string>()
  const questions = [
    tellAdmins(client, 'telegram', (person) => admins.has(person)),
    tellAdmins(client, 'discord', (person) => admins.has(person)),
  ]

  /** Makes somebody an admin of all groups, or takes it from them. */
  function setAdmin({ id }: Person, isAdmin: boolean): void {
    if (isAdmin) admins.add(id)
    else admins.delete(id)
  }

  async function admin(name: string, messenger = 'telegram'): Promise<Person> {
    const somebody = newcomer(name, messenger)
    await core.people.meet(somebody)
    await core.people.saveLabels(somebody)
    setAdmin(somebody, true)
    return somebody
  }

  /** A group of an admin's in Telegram, with as much in its treasury, and rules. */
  async function group(amount: string, rules: Partial<GroupRules> = {}) {
    const chat = { messenger: 'telegram', id: `-${++groups}`, title: 'Lunch club' }
    const ada = await admin('Ada')
    const id = await core.groups.meet(chat)
    await core.groups.saveTitle(chat)
    await client.issue(ada, amount)
    await contribute(core, { amount, from: ada, groupId: id })
    if (Object.keys(rules).length > 0) await core.rules.save(id, { ...DEFAULT_RULES, ...rules }, ada)
    return { id, chat, ada, path: `/v1/groups/telegram/${chat.id}` }
  }

  return {
    ...service,
    setAdmin,
    admin,
    group,
    pay: ({ path }: { path: string }, by: Person, items: object[], more: object = {}) =>
      client.post<{ payout: PayoutView; transfer: ViewWithCode | null }>(`${path}/payouts`, {
        by,
        items,
        ...more,
      }),
    payout: (id: string) => client.get<PayoutView>(`/v1/payouts/${id}`),
    approve: (id: string, by: Person) => client.post<PayoutView>(`/v1/payouts/${id}/approvals`, { by }),
    share: (id: string, by: Person, more: object = {}) =>
      client.post<{ transfer: ViewWithCode; amount: string }>(`/v1/payouts/${id}/claims`, { by, ...more }),
    treasury: async ({ path }: { path: string }) =>
      (
        await client.get<{ balances: { asset: string; amount: string; planned: string }[] }>(
          `${path}/treasury`,
        )
      ).balances,
    async close() {
      await Promise.all(questions.map((one) => one.stop()))
      await service.close()
    },
  }
}

/** People whom the books know, by their labels. */
export async function met(
  { core }: Pick<Awaited<ReturnType<typeof openTreasuries>>, 'core'>,
  ...people: Person[]
): Promise<Person[]> {
  for (const one of people) {
    await core.people.meet(one)
    await core.people.saveLabels(one)
  }
  return people
}

/** Many people whom the books know, written in bulk. */
export async function plantPeople(
  { db }: Awaited<ReturnType<typeof openTestCore>>['core'],
  count: number,
): Promise<Person[]> {
  const first = 8_000_000
  await db.execute(sql`
    with planted as (
      insert into people (id) select gen_random_uuid() from generate_series(1, ${count}) returning id
    )
    insert into identities (messenger, id, person_id, handle, name)
    select 'telegram', (${first} + turn)::text, id, 'planted' || turn, 'Planted ' || turn
    from (select id, row_number() over () as turn from planted) numbered`)
  return Array.from({ length: count }, (_, index) => ({
    messenger: 'telegram',
    id: String(first + index + 1),
  }))
}
