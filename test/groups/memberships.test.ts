import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { openMemberships } from '../../src/groups/memberships.ts'
import { newcomer, openTestCore, type Person } from '../support/service.ts'

/** Two processes on one database: pages are looked at in one, and the bots run with the other. */
let one: Process
let other: Process
beforeAll(async () => {
  one = await openTestCore({ roles: 'api' })
  other = await openTestCore({ roles: 'api', database: one.database, secretKey: one.secretKey })
})
afterAll(async () => {
  await other?.close()
  await one?.close()
})

type Process = Awaited<ReturnType<typeof openTestCore>>
interface Question {
  id: string
  kind: string
  chat: string
  person: { messenger: string; id: string }
}
type Answer = { admin: boolean | null; member: boolean | null }
const YES = { admin: true, member: true }
const NO = { admin: false, member: false }
const UNTOLD = { admin: null, member: null }

describe('whether somebody is an admin', () => {
  test('is asked of the messenger, which runs in another process, and holds for a minute', async () => {
    const { ada, club, groupId, person } = await met()
    const asked = bot(club.messenger, () => YES)
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(true)
    expect(asked).toEqual([{ chat: club.id, person: { messenger: ada.messenger, id: ada.id } }])
    await passes(58)
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(true)
    expect(asked).toHaveLength(1)
    await passes(3)
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(true)
    expect(asked).toHaveLength(2)
  })

  test('is no more what it was, once the messenger says so: after a minute at most', async () => {
    const { club, groupId, person } = await met()
    let now: Answer = YES
    bot(club.messenger, () => now)
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(true)
    now = { admin: false, member: true }
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(true)
    await passes(61)
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(false)
    expect(await other.core.memberships.isAdmin(groupId, person)).toBe(false)
  })

  test('is asked once by all who look at the same time', async () => {
    const { club, groupId, person } = await met()
    const questions = [one, other].map(({ core }) => vi.spyOn(core.deliveries.questions, 'ask'))
    onTestFinished(() => questions.forEach((ask) => ask.mockRestore()))
    const processes = Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other))
    const looks = processes.map(({ core }) => core.memberships.isAdmin(groupId, person))
    const put = () =>
      questions.flatMap((ask) => ask.mock.settledResults).filter(({ type }) => type !== 'incomplete')
    await expect.poll(put).toHaveLength(20)
    const asked = bot(club.messenger, () => YES)
    expect(new Set(await Promise.all(looks))).toEqual(new Set([true]))
    // Where new few seconds begin at that moment, twice.
    expect(asked.length).toBeLessThanOrEqual(2)
  })

  test('need not be asked where a bot has just said so', async () => {
    const { ada, club, groupId, person } = await met()
    const asked = bot(club.messenger, () => NO)
    await tell(club.messenger, club.id, ada.id, YES)
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(true)
    expect(asked).toEqual([])
  })

  test('is unknown where no bot answers in time, or where its messenger doesn’t tell it', async () => {
    const [silent, told] = [await met(), await met()]
    bot(told.club.messenger, () => UNTOLD)
    const { db, groups, people, deliveries } = one.core
    const patient = openMemberships(db, groups, people, deliveries.questions, 3600)
    await expect(patient.isAdmin(told.groupId, told.person)).rejects.toMatchObject({
      code: 'admins_unknown',
    })
    const impatient = openMemberships(db, groups, people, deliveries.questions, 0.5)
    await expect(impatient.isAdmin(silent.groupId, silent.person)).rejects.toMatchObject({
      code: 'admins_unknown',
      status: 503,
    })
  })

  test('is not asked of a bot that comes when nobody waits any more, and that question is in no later one’s way', async () => {
    const { ada, club, groupId, person } = await met()
    const anHourAgo = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 3600_000)
    await one.core.deliveries.questions.ask([{ messenger: club.messenger, chat: club.id, id: ada.id }])
    anHourAgo.mockRestore()
    await one.core.db.execute(sql`
      update pgboss.job set created_on = created_on - interval '1 hour' where name = ${`deliveries-${club.messenger}`}`)
    const look = one.core.memberships.isAdmin(groupId, person)
    await expect.poll(() => waiting(club.messenger)).toBe(2)
    const asked = bot(club.messenger, () => YES)
    expect(await look).toBe(true)
    expect(asked).toHaveLength(1)
  })

  test('is heard at once by whoever waits for it in another process', async () => {
    const { ada, club } = await met()
    const heard = vi.fn()
    const end = one.core.deliveries.questions.onAnswer([{ ...club, chat: club.id, id: ada.id }], heard)
    await tell(club.messenger, club.id, ada.id, YES)
    await expect.poll(() => heard.mock.calls.length).toBe(1)
    end()
    await tell(club.messenger, club.id, ada.id, YES)
    await tell(club.messenger, club.id, ada.id, YES, one)
    expect(heard).toHaveBeenCalledTimes(1)
  })

  test('is nothing that a stranger to the group’s messengers can be, and nobody is asked', async () => {
    const { club, groupId } = await met()
    const asked = bot(club.messenger, () => YES)
    const { person } = await one.core.people.meet(newcomer('Eve', 'shop'))
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(false)
    expect(await one.core.memberships.isAdmin(crypto.randomUUID(), person)).toBe(false)
    expect(asked).toEqual([])
  })

  test('of joined chats is asked of each chat’s own messenger: an admin of one is one of them all', async () => {
    const { ada, club, groupId, person } = await met()
    const there = newcomer('Ada', anotherMessenger())
    const hall = { messenger: there.messenger, id: `hall-${there.id}` }
    const hallGroup = await one.core.groups.meet(hall)
    await one.core.people.meet(there)
    await one.client.link(ada, there)
    await one.core.db.execute(sql`delete from pgboss.job where data ->> 'kind' = 'link'`)
    const asked = [bot(club.messenger, () => NO), bot(hall.messenger, () => YES)]
    // Alone, neither says anything of the other.
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(false)
    expect(asked[1]).toEqual([])
    await one.core.db.execute(sql`update groups set merged_into = ${groupId} where id = ${hallGroup}`)
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(true)
    expect(asked[1]).toEqual([{ chat: hall.id, person: { messenger: there.messenger, id: there.id } }])
    expect(await one.core.memberships.isAdmin(hallGroup, person)).toBe(true)
    // One that doesn't tell is in nobody's way while another one says yes, and leaves a no unknown.
    await tell(club.messenger, club.id, ada.id, UNTOLD)
    expect(await one.core.memberships.isAdmin(groupId, person)).toBe(true)
    await tell(hall.messenger, hall.id, there.id, NO)
    await expect(one.core.memberships.isAdmin(groupId, person)).rejects.toMatchObject({
      code: 'admins_unknown',
    })
  })
})

test('whether somebody is a member is told by the same answer, and undefined where no messenger can tell', async () => {
  const { ada, club, groupId, person } = await met()
  const asked = bot(club.messenger, () => ({ admin: false, member: true }))
  expect(await one.core.memberships.isMember(groupId, person)).toBe(true)
  expect(await one.core.memberships.isAdmin(groupId, person)).toBe(false)
  expect(asked).toHaveLength(1)
  await tell(club.messenger, club.id, ada.id, { admin: false, member: false })
  expect(await one.core.memberships.isMember(groupId, person)).toBe(false)
  await tell(club.messenger, club.id, ada.id, { admin: false, member: null })
  expect(await one.core.memberships.isMember(groupId, person)).toBeUndefined()
})

test('the groups of an admin are those that they were last known to admin, joined ones as one', async () => {
  const { ada, club, groupId, person } = await met()
  const chats = ['Dinner club', 'Tea club'].map((title, n) => ({
    messenger: club.messenger,
    id: `${club.id}-${n}`,
    title,
  }))
  const [dinner = '', tea = ''] = await Promise.all(
    chats.map(async (chat) => {
      const id = await one.core.groups.meet(chat)
      await one.core.groups.saveTitle(chat)
      return id
    }),
  )
  for (const chat of [club, ...chats]) await tell(chat.messenger, chat.id, ada.id, YES)
  expect(await groupsOf(person)).toEqual([
    { id: dinner, title: 'Dinner club' },
    { id: tea, title: 'Tea club' },
    { id: groupId, title: null },
  ])
  await one.core.db.execute(sql`update groups set merged_into = ${dinner} where id = ${tea}`)
  await tell(club.messenger, club.id, ada.id, NO)
  expect(await groupsOf(person)).toEqual([{ id: dinner, title: 'Dinner club' }])
})

const groupsOf = async (person: string) =>
  (await one.core.memberships.groupsOf(person)).sort((a, b) => ((a.title ?? 'z') < (b.title ?? 'z') ? -1 : 1))

let messengers = 0
/** A messenger for one test alone: its queue is empty. */
const anotherMessenger = () => `shop${String.fromCharCode(97 + messengers++)}`

/** Somebody in a messenger of their own, and a chat there. */
async function met() {
  const ada: Person = newcomer('Ada', anotherMessenger())
  const club = { messenger: ada.messenger, id: `club-${ada.id}` }
  const groupId = await one.core.groups.meet(club)
  const { person } = await one.core.people.meet(ada)
  return { ada, club, groupId, person }
}

const tell = async (messenger: string, chat: string, id: string, json: Answer, process = other) => {
  const path = `/v1/chats/${messenger}/${chat}/members/${id}`
  expect((await process.client.call('PUT', path, json)).status).toBe(204)
}

/** A bot that answers what it is asked, by the API of the other process. @returns what it was asked so far */
function bot(messenger: string, answer: () => Answer): object[] {
  const asked: object[] = []
  let isOver = false
  const path = `/v1/deliveries/${messenger}`
  const loop = (async () => {
    while (!isOver) {
      const { items } = await other.client.post<{ items: Question[] }>(`${path}/take`, { seconds: 0.1 })
      for (const { id, kind, ...question } of items) {
        expect(kind).toBe('member')
        asked.push(question)
        await tell(messenger, question.chat, question.person.id, answer())
        await other.client.call('POST', `${path}/${id}/done`)
      }
    }
  })()
  onTestFinished(() => {
    isOver = true
    return loop
  })
  return asked
}

const waiting = async (messenger: string) => {
  const [row] = await one.core.db.execute<{ count: number }>(
    sql`select count(*)::int as count from pgboss.job where name = ${`deliveries-${messenger}`} and state < 'active'`,
  )
  return row?.count
}

const passes = async (seconds: number) =>
  void (await one.core.db.execute(
    sql`update memberships set checked_at = checked_at - make_interval(secs => ${seconds})`,
  ))
