import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openPeople, type People } from '../../src/people/people.ts'
import { type Client, newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
beforeAll(async () => {
  service = await openTestCore()
  client = service.client
})
afterAll(() => service.close())

describe('somebody with identities in two messengers', () => {
  test('is named by the one of the messenger that is asked for, else by the one seen last', async () => {
    const { ada, hers } = await linked()
    await client.send(ada, '1')
    for (const people of [processOf(), processOf()]) {
      expect(await nameOf(people, ada, 'telegram')).toEqual(ada.name)
      expect(await nameOf(people, ada, 'discord')).toEqual(hers.name)
    }
    await seen(ada, '1 day', hers, '2 days')
    expect(await nameOf(processOf(), ada)).toEqual(ada.name)
    expect(await nameOf(processOf(), ada, 'shop')).toEqual(ada.name)
    await seen(ada, '2 days', hers, '1 day')
    expect(await nameOf(processOf(), ada)).toEqual(hers.name)
    expect(await nameOf(processOf(), ada, 'shop')).toEqual(hers.name)
  })

  test('is the same one for every process where both were seen at the same moment', async () => {
    const { ada, hers } = await linked()
    await service.core.db.execute(sql`update identities set seen_at = '2026-01-01'`)
    for (const people of [processOf(), processOf()]) expect(await nameOf(people, ada)).toBe(hers.name)
  })

  test('is named rightly also where a process was told by another messenger whose account it is', async () => {
    const { ada, hers } = await linked()
    await seen(ada, '1 day', hers, '2 days')
    const people = processOf()
    const account = await accountOf(ada)
    people.cacheOwner(account, await people.meet(hers))
    expect(await nameOf(people, ada, 'telegram')).toBe(ada.name)
    expect(await nameOf(people, ada, 'discord')).toBe(hers.name)
    // She has just acted there.
    expect(await nameOf(people, ada)).toBe(hers.name)
    await people.saveLabels({ ...ada, name: 'Ada L.' })
    expect(await nameOf(people, ada, 'telegram')).toBe('Ada L.')
    expect(await nameOf(people, ada, 'discord')).toBe(hers.name)
  })

  test('has one history and one balance, and is shown there as the messenger knows them', async () => {
    const { ada, hers } = await linked()
    await client.send(hers, '1')
    for (const me of [ada, hers]) {
      expect(await client.balance(me)).toBe('99.00')
      const { items } = await client.history(me)
      expect(items.map(({ transfer }) => transfer.from?.id ?? null)).toEqual([me.id, null])
      expect(items[1]?.transfer.collectedBy?.id).toBe(me.id)
    }
  })

  test.each(['telegram', 'discord'])('is told where they were seen last: %s', async (last) => {
    const { ada, hers } = await linked()
    const [here, there] = last === 'telegram' ? [ada, hers] : [hers, ada]
    const sent = await client.send(ada, '1')
    await seen(here, '2 hours', there, '3 hours')
    const other = await openTestCore({ database: service.database, secretKey: service.secretKey })
    onTestFinished(other.close)
    other.core.deliveries.work()
    await client.collect(sent.code, newcomer('Ben', 'shop'))
    const notices: object[] = []
    const take = async (messenger: string) => {
      const taken = await other.core.deliveries.take(messenger, 100, 0)
      notices.push(...taken.filter((one) => 'transfer' in one && one.transfer.id === sent.id))
      return notices.length > 0
    }
    await until(() => take(last))
    await take(there.messenger)
    expect(notices).toMatchObject([{ kind: 'notice', notice: 'collected', to: { id: here.id } }])
  })

  test('is looked for as a recipient where it is asked, else where they were seen last, and by a handle where it is theirs', async () => {
    const { ada, hers } = await linked()
    await seen(ada, '2 days', hers, '1 day')
    await client.call('PUT', `/v1/people/telegram/${ada.id}/notices`, { on: false })
    const account = await accountOf(ada)
    const handle = `telegram:${ada.handle}`
    const transfers = [
      { recipient: { kind: 'account', account } },
      { recipient: { kind: 'handle', handle } },
    ] as const
    const people = processOf()
    const idsFor = async (messenger?: string) => {
      const found = await people.recipients([...transfers], messenger)
      return [account, handle].map((key) => [found.get(key)?.id, found.get(key)?.quiet])
    }
    expect(await idsFor('telegram')).toEqual([
      [ada.id, true],
      [ada.id, true],
    ])
    expect(await idsFor('discord')).toEqual([
      [hers.id, true],
      [ada.id, true],
    ])
    expect(await idsFor()).toEqual([
      [hers.id, true],
      [ada.id, true],
    ])
  })
})

describe('when somebody was seen', () => {
  const seenAt = async ({ messenger, id }: Person) => {
    const [row] = await service.core.db.execute<{ hours: number; version: string }>(sql`
      select round(extract(epoch from now() - seen_at) / 3600)::float8 as hours, xmin::text as version
      from identities where messenger = ${messenger} and id = ${id}`)
    return row
  }

  test('is written where they act, once an hour, and by nobody waiting', async () => {
    const { ada, hers } = await linked()
    await seen(ada, '5 hours', hers, '4 hours')
    const people = processOf()
    await people.meet(ada)
    await until(async () => (await seenAt(ada))?.hours === 0)
    expect((await seenAt(hers))?.hours).toBe(4)
    const before = await seenAt(ada)
    // Nor does another process, or one that has forgotten, write it again.
    await Promise.all([processOf(), processOf()].map((other) => other.meet(ada)))
    await processOf().meet(ada)
    expect(await seenAt(ada)).toEqual(before)
  })

  test('is written together with a label that is told', async () => {
    const { ada, hers } = await linked()
    await service.core.people.meet(ada)
    await seen(ada, '5 hours', hers, '4 hours')
    await service.core.people.saveLabels({ ...ada, name: 'Ada L.' })
    expect((await seenAt(ada))?.hours).toBe(0)
  })

  test('is written for a crowd by several processes at once, none of which waits for another', async () => {
    const crowd = Array.from({ length: 300 }, () => newcomer('One', 'crowd'))
    const first = processOf()
    await Promise.all(crowd.map((one) => first.meet(one)))
    await service.core.db.execute(
      sql`update identities set seen_at = now() - interval '1 day' where messenger = 'crowd'`,
    )
    const processes = [processOf(), processOf(), processOf()]
    await Promise.all(
      processes.flatMap((people, index) =>
        (index % 2 ? crowd.toReversed() : crowd).map((one) => people.meet(one)),
      ),
    )
    const late = sql`select count(*)::int as late from identities where messenger = 'crowd' and seen_at < now() - interval '1 hour'`
    await until(async () => (await service.core.db.execute<{ late: number }>(late))[0]?.late === 0)
    expect(warnings).toEqual([])
  })

  test('hinders nobody where it cannot be written, and is logged', async () => {
    const own = await openTestCore({ roles: 'api' })
    onTestFinished(own.close)
    const ada = newcomer('Ada')
    await own.client.issue(ada, '5')
    await own.core.db.execute(sql`update identities set seen_at = now() - interval '1 day'`)
    await own.core.db.execute(sql`
      create function nobody_seen() returns trigger language plpgsql as $$ begin raise 'nobody is seen today'; end $$`)
    await own.core.db.execute(sql`
      create trigger nobody_seen before update on identities for each row execute function nobody_seen()`)
    const other = await openTestCore({ roles: 'api', database: own.database, secretKey: own.secretKey })
    onTestFinished(other.close)
    const { messenger, id } = ada
    expect(await other.client.send({ messenger, id }, '1')).toMatchObject({
      amount: '1.00',
      from: { name: 'Ada' },
    })
    await until(() => other.log.join().includes('nobody is seen today'))
  })
})

const warnings: unknown[] = []

/** People as a process sees them that has cached nothing yet. */
const processOf = (): People =>
  openPeople(service.core.db, { warn: (told: unknown) => void warnings.push(told) })

/** Somebody with 100.00 and an identity in each of two messengers. */
async function linked(): Promise<{ ada: Person; hers: Person }> {
  const [ada, hers] = [newcomer('Ada'), newcomer('Lovelace', 'discord')]
  await client.issue(ada, '100')
  // A bot links identities one day; here the test does.
  await service.core.db.execute(sql`
    insert into identities (messenger, id, person_id, handle, name)
    select ${hers.messenger}, ${hers.id}, person_id, ${hers.handle}, ${hers.name} from identities
    where messenger = ${ada.messenger} and id = ${ada.id}`)
  return { ada, hers }
}

async function seen(one: Person, ago: string, other: Person, longAgo: string) {
  for (const [{ messenger, id }, since] of [
    [one, ago],
    [other, longAgo],
  ] as const)
    await service.core.db.execute(sql`
      update identities set seen_at = now() - ${since}::interval where messenger = ${messenger} and id = ${id}`)
}

async function accountOf({ messenger, id }: Person): Promise<string> {
  const [row] = await service.core.db.execute<{ id: string }>(sql`
    select a.id from accounts a join identities i on i.person_id = a.person_id
    where i.messenger = ${messenger} and i.id = ${id} and a.asset = 'CREDIT'`)
  return row?.id as string
}

async function nameOf(people: People, person: Person, messenger?: string) {
  const account = await accountOf(person)
  return (await people.ofAccounts([account], messenger)).get(account)?.name
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let patience = 0; patience < 100; patience++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('It has not come to hold in five seconds.')
}
