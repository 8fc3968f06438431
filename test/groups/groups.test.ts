import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect, migrate } from '../../db/postgres.ts'
import { codeHashOf, codeOf, newSecret } from '../../src/access/codes.ts'
import { accountOf, ISSUER, personOwner } from '../../src/ledger/accounts.ts'
import { audit } from '../../src/ledger/audit.ts'
import { newId } from '../../src/shared/ids.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { freshDatabase } from '../support/database.ts'
import { makeOldTables } from '../support/old-tables.ts'
import { newcomer, openTestCore, type Person } from '../support/service.ts'

/** Two processes on one database. */
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

describe('a chat that its messenger gives another id', () => {
  test('is one row that changes, and no transfer', async () => {
    const [ada, before, after] = [await rich(), chat(), chat()]
    const { id } = await send(ada, before)
    const transfers = await versionsOfTransfers(one)
    const [row] = await rowsOf(one, [before])
    await move(one, before, after)
    expect(await rowsOf(one, [before, after])).toEqual([{ ...row, id: after.id }])
    expect((await historyOf(one, after)).items).toMatchObject([{ id, group: after }])
    expect((await historyOf(one, before)).items).toEqual([])
    expect(await versionsOfTransfers(one)).toEqual(transfers)
    // In a process that heard nothing of it, too.
    expect((await historyOf(other, after)).items).toMatchObject([{ id, group: after }])
  })

  test.each([
    ['where it was met there later', 'forth'],
    ['where it was met there first', 'back'],
  ])('has one book with what was sent under that id already, %s', async (_where, direction) => {
    const ada = await rich()
    const chats = [chat('Lunch club'), chat('Dinner club')] as const
    const made = [await send(ada, chats[0]), await send(ada, chats[1]), await send(ada, chats[0])]
    const transfers = await versionsOfTransfers(one)
    const [before, after] = direction === 'forth' ? chats : [chats[1], chats[0]]
    const [older] = await rowsOf(one, [chats[0]])
    // Told twice by each of two processes, as messengers do.
    for (const process of [one, other, one, other]) await move(process, before, after)
    expect(await rowsOf(one, [before, after])).toMatchObject([{ ...after, groupId: older?.groupId }])
    for (const process of [one, other]) {
      const { items, totals } = await historyOf(process, after)
      expect(items.map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse())
      expect(items.map(({ group }) => group)).toEqual([after, after, after])
      expect(totals).toEqual([{ asset: 'CREDIT', state: 'open', transfers: 3, amount: '3.00' }])
      expect((await historyOf(process, before)).items).toEqual([])
    }
    expect(await versionsOfTransfers(one)).toEqual(transfers)
  })

  test('keeps its title until it is told another', async () => {
    const [ada, before, after] = [await rich(), chat('Lunch club'), chat()]
    await send(ada, before)
    const { title: _, ...untitled } = after
    await send(ada, untitled)
    await move(one, before, after)
    expect((await historyOf(one, after)).items[0]?.group).toEqual({ ...after, title: 'Lunch club' })
    await send(ada, { ...after, title: 'Dinner club' })
    expect((await historyOf(one, after)).items[0]?.group?.title).toBe('Dinner club')
  })

  test('that it has already stays as it is', async () => {
    const [ada, club] = [await rich(), chat()]
    await send(ada, club)
    await move(one, club, club)
    expect((await historyOf(one, club)).items).toHaveLength(1)
  })

  test('is not made by a move that comes before anybody has sent there', async () => {
    const [before, after] = [chat(), chat()]
    await move(one, before, after)
    expect(await rowsOf(one, [before, after])).toEqual([])
  })

  test('keeps what a process sends that still knows the group it was', async () => {
    const [ada, before, after] = [await rich(), chat(), chat()]
    const made = [await send(ada, before, other), await send(ada, after, other)]
    await move(one, before, after)
    made.push(await send(ada, after, other), await send(ada, before, other), await send(ada, after))
    expect((await historyOf(one, after)).items.map(({ id }) => id)).toEqual(
      made.map(({ id }) => id).reverse(),
    )
    expect(made.at(2)?.group).toEqual(after)
  })

  test('leaves its former id to another group, should there be a chat with that again', async () => {
    const [ada, before, after] = [await rich(), chat(), chat()]
    const first = await send(ada, before)
    await move(one, before, after)
    const second = await send(ada, before)
    expect((await historyOf(one, before)).items).toMatchObject([{ id: second.id }])
    expect((await historyOf(one, after)).items).toMatchObject([{ id: first.id }])
  })

  test('takes in what a process begins there that has not heard of it', async () => {
    const [ada, before, after] = [await rich(), chat(), chat()]
    await send(ada, before)
    const [row] = await rowsOf(one, [before])
    const groupId = await other.core.groups.recognise(after)
    await move(one, before, after)
    await other.core.groups.introduce([groupId])
    expect(await rowsOf(one, [before, after])).toMatchObject([{ ...after, groupId: row?.groupId }])
    expect(await one.core.groups.rootOf(groupId)).toBe(row?.groupId)
    expect((await one.core.groups.chatsOf([groupId])).get(groupId)?.id).toBe(after.id)
    expect(await groupsWithoutChats(one)).toEqual([])
  })

  test('has the people who were there under either id', async () => {
    const [ada, before, after] = [await rich(), chat(), chat()]
    const [ben, cy] = [newcomer('Benedict'), newcomer('Cyprian')]
    await one.client.collect((await send(ada, before)).code, ben)
    await one.client.collect((await send(ada, after)).code, cy)
    await move(one, before, after)
    const called = (word: string) =>
      one.client.get(`/v1/people/telegram?called=${word}&group=${encodeURIComponent(after.id)}`)
    expect(await called('benedict')).toMatchObject({ items: [{ id: ben.id }] })
    expect(await called('cyprian')).toMatchObject({ items: [{ id: cy.id }] })
    expect(await called('nobody')).toEqual({ items: [] })
  })

  test('has one book, walked page by page, after any number of moves by two processes at once, while people send', async () => {
    const ada = await rich()
    // All become the first one: some by way of others that have become part of another meanwhile.
    const [last, ...chats] = Array.from({ length: 8 }, () => chat()) as [Chat, ...Chat[]]
    const made = await Promise.all(
      [last, ...chats, ...chats].map((club, n) => send(ada, club, n % 2 ? one : other)),
    )
    const moves = chats.flatMap((club, n) => [
      move(one, club, chats[n + 1] ?? last),
      move(other, club, last),
      send(ada, last, n % 2 ? one : other).then((sent) => void made.push(sent)),
    ])
    await Promise.all(moves)
    for (const club of chats) await move(one, club, last)
    expect((await rowsOf(one, [last, ...chats])).map(({ id }) => id)).toEqual([last.id])

    const walked: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await historyOf(other, last, `limit=4${cursor && `&cursor=${cursor}`}`)
      expect(page.totals).toMatchObject([{ transfers: made.length, amount: `${made.length}.00` }])
      walked.push(...page.items.map(({ id }) => id))
      cursor = page.next
    }
    expect(walked).toEqual(
      made.toSorted((a, b) => (a.createdAt + a.id < b.createdAt + b.id ? 1 : -1)).map(({ id }) => id),
    )
    expect(await groupsWithoutChats(one)).toEqual([])
  })
})

test('a chat that is met by two processes at the same moment is one group, and nothing is left of another', async () => {
  const chats = Array.from({ length: 50 }, () => chat())
  const groupIds = await Promise.all(
    chats.map((club) => Promise.all([one, other, one].map(({ core }) => core.groups.meet(club)))),
  )
  for (const [mine, ...others] of groupIds) expect(new Set(others)).toEqual(new Set([mine]))
  expect(new Set(groupIds.map(([id]) => id)).size).toBe(chats.length)
  expect(await groupsWithoutChats(one)).toEqual([])
})

test('a group with chats in two messengers has the same books in both, and is shown by the chat where it is asked for', async () => {
  const [ada, dana] = [await rich(), await rich('discord')]
  const [here, there] = [chat('Lunch club'), { messenger: 'discord', id: dana.id, title: 'Lunch server' }]
  const made = [await send(ada, here)]
  // A bot links chats one day; here the test does.
  await one.core.db.execute(sql`
    insert into chats (messenger, id, group_id, title)
    select 'discord', ${there.id}, group_id, ${there.title} from chats where id = ${here.id}`)
  made.push(await send(dana, there))
  for (const asked of [here, there]) {
    const { items, totals } = await historyOf(one, asked)
    expect(items.map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse())
    expect(items.map(({ group }) => group)).toEqual([asked, asked])
    expect(totals).toMatchObject([{ transfers: 2, amount: '2.00' }])
  }
  // Where neither chat is asked for: the one that was made first.
  const groupId = await one.core.groups.meet(there)
  expect((await one.core.groups.chatsOf([groupId])).get(groupId)).toEqual(here)
  expect((await one.core.groups.chatsOf([groupId], 'shop')).get(groupId)).toEqual(here)
  // One of them moves: the other one keeps its books, too.
  const moved = chat()
  await move(one, here, moved)
  expect((await historyOf(one, there)).items).toHaveLength(2)
  expect((await historyOf(one, moved)).items).toHaveLength(2)
})

/** Migrations, as they were when a group was one chat. */
const BEFORE_CHATS = 7

test('groups from before they had chats keep their books, also those that had moved', async () => {
  const database = await freshDatabase()
  onTestFinished(database.drop)
  const ada = newcomer('Ada')
  const [club, moved, former] = [chat('Lunch club'), chat('Moved club'), chat()]
  const secretKey = newSecret()
  const made = await fillAsThen(database.url, secretKey, ada, { club, moved, former })
  await migrate(database.url)

  const service = await openTestCore({ roles: 'api', database: database.url, secretKey })
  onTestFinished(service.close)
  const idsIn = async (asked: Chat) => (await historyOf(service, asked)).items.map(({ id }) => id)
  expect(await idsIn(club)).toEqual([made.inClub])
  expect(await idsIn(moved)).toEqual([made.later, made.earlier])
  expect(await idsIn(former)).toEqual([])
  const { items, totals } = await historyOf(service, moved)
  expect(items.map(({ group }) => group)).toEqual([moved, moved])
  expect(totals).toEqual([{ asset: 'CREDIT', state: 'open', transfers: 2, amount: '2.00' }])
  // The move is told once more, and then the other group moves on.
  await move(service, former, moved)
  expect(await idsIn(moved)).toEqual([made.later, made.earlier])
  await move(service, club, former)
  expect(await idsIn(former)).toEqual([made.inClub])
  expect(await audit(service.core.db)).toMatchObject({ faults: [] })
  expect(await groupsWithoutChats(service)).toEqual([])
  const [seen] = await service.core.db.execute(
    sql`select seen_at > now() - interval '1 hour' as now from identities`,
  )
  expect(seen).toEqual({ now: true })
})

type Process = Awaited<ReturnType<typeof openTestCore>>
interface Chat {
  messenger: string
  id: string
  title: string
}

const chat = (title = 'Lunch club'): Chat => ({ messenger: 'telegram', id: `-${newcomer().id}`, title })

/** Somebody with 100.00. */
async function rich(messenger = 'telegram'): Promise<Person> {
  const ada = newcomer('Ada', messenger)
  await one.client.issue(ada, '100')
  return ada
}

const send = (from: Person, group: Omit<Chat, 'title'> & { title?: string }, process = one) =>
  process.client.send(from, '1', { group })

const move = async ({ client }: Process, { messenger, id }: Chat, { id: to }: Chat) => {
  const { status } = await client.call('POST', `/v1/groups/${messenger}/${id}/move`, { to })
  expect(status).toBe(204)
}

interface History {
  items: ViewWithCode[]
  next: string | null
  totals: { asset: string; state: string; transfers: number; amount: string }[]
}

const historyOf = ({ client }: Process, { messenger, id }: Chat, query = '') =>
  client.get<History>(`/v1/groups/${messenger}/${id}/history?${query}`)

const rowsOf = async ({ core }: Process, chats: Chat[]) => [
  ...(await core.db.execute<{ id: string; groupId: string }>(sql`
    select messenger, id, title, group_id as "groupId" from chats where id in ${chats.map(({ id }) => id)} order by id`)),
]

/** Every transfer with the transaction that wrote it last. */
const versionsOfTransfers = async ({ core }: Process) => [
  ...(await core.db.execute(sql`select xmin, * from transfers order by id`)),
]

const groupsWithoutChats = async ({ core }: Process) => [
  ...(await core.db.execute(sql`
    select id from groups g where moved_into is null and not exists (select from chats where group_id = g.id)`)),
]

/** Tables as they were then: a transfer in one group; and one in each of two that had become one, by another group id. */
async function fillAsThen(
  url: string,
  secretKey: string,
  ada: Person,
  { club, moved, former }: Record<'club' | 'moved' | 'former', Chat>,
) {
  const { sql, close } = connect(url)
  try {
    await makeOldTables(sql, BEFORE_CHATS)
    const person = newId()
    const [hers, issuers] = [accountOf(personOwner(person), 'CREDIT').id, accountOf(ISSUER, 'CREDIT').id]
    await sql`insert into assets values ('CREDIT', 2)`
    await sql`insert into people (id) values (${person})`
    await sql`insert into identities (messenger, id, person_id) values (${ada.messenger}, ${ada.id}, ${person})`
    await sql`insert into accounts (id, kind, person_id, asset)
      values (${hers}, 'person', ${person}, 'CREDIT'), (${issuers}, 'issuer', null, 'CREDIT')`
    const addGroup = async ({ messenger, id, title }: Chat) => {
      const group = newId()
      await sql`insert into groups (id, messenger, chat, title) values (${group}, ${messenger}, ${id}, ${title})`
      return group
    }
    const fund = async (from: string, amount: number, group: string | null = null) => {
      const id = newId()
      await sql`
        with made as (
          insert into transfers (id, asset, amount, remaining, from_account, group_id, code_hash, created_at, expires_at)
          values (${id}, 'CREDIT', ${amount}, ${amount}, ${from}, ${group}, decode(${codeHashOf(codeOf(secretKey, id))}, 'hex'), now(), now() + interval '1 day')
        )
        insert into entries (transfer_id, account_id, kind, amount, leaves, at)
        values (${id}, ${from}, 'fund', ${-amount}, 'open', now())`
      return id
    }
    const issue = await fund(issuers, 10_00)
    await sql`insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      values (${issue}, ${hers}, 'collect', 1000, 'collected', now())`
    const [clubs, formers, moveds] = [await addGroup(club), await addGroup(former), await addGroup(moved)]
    const made = {
      inClub: await fund(hers, 1_00, clubs),
      earlier: await fund(hers, 1_00, formers),
      later: await fund(hers, 1_00, moveds),
    }
    await sql`update transfers set group_id = ${moveds} where group_id = ${formers}`
    return made
  } finally {
    await close()
  }
}
