import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../../src/shared/ids.ts'
import type { ViewWithCode } from '../../../src/transfers/view.ts'
import { openPages, type PagesUnderTest, type Person } from '../../support/pages.ts'
import { ada, ben, cleo, visitorOf, wordsOf } from '../../support/visitor.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

const { get, post, signIn, claim } = visitorOf(() => pages)

/** A chat with its group, of which Ada is the admin; the messenger says so of nobody else. And a chat of others. */
let chat: ReturnType<typeof newChat>
let group: string
let otherChat: ReturnType<typeof newChat>
let other: string
let cookie: string

beforeEach(async () => {
  chat = newChat('Chess Club')
  group = await pages.core.groups.meet(chat)
  await pages.core.groups.saveTitle(chat)
  otherChat = newChat('Lunch')
  other = await pages.core.groups.meet(otherChat)
  await told(ada, true)
  cookie = (await signIn(ada)).cookie
})

let chats = 0
const newChat = (title: string) => ({ messenger: 'telegram', id: `-${++chats}`, title })
const told = (who: Person, isAdmin: boolean, where = chat) =>
  pages.core.memberships.told({ messenger: 'telegram', chat: where.id, identity: who.id, isAdmin })

const sent = (from: Person, more: object = {}) => pages.send({ from, ...more, group: chat })
const books = (query = '', headers: Record<string, string> = { cookie }) =>
  get(`/groups/${group}${query}`, headers)
const lifeOf = (id: string, headers: Record<string, string> = { cookie }) =>
  get(`/groups/${group}/transfers/${id}`, headers)
/** The ids of the transfers that a page lists. */
const listed = async (answer: Response | Promise<Response>) =>
  [...(await (await answer).text()).matchAll(/<tr id="([\w-]+)">/g)].map(([, id]) => id)

describe('The books of a group', () => {
  test('list what was sent, the newest first, with what became of it and the sums of it all', async () => {
    const lunch = await sent(ada, { note: 'lunch', to: ben })
    await claim(lunch, ben)
    const open = await sent(ben, { amount: '7' })
    const answer = await books()
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-robots-tag')).toBe('noindex')
    expect(await listed(answer.clone())).toEqual([open.id, lunch.id])
    const words = await wordsOf(answer)
    expect(words).toContain('Ada (@ada) →to Ben (@ben) 20.00 CREDIT Collected lunch')
    expect(words).toContain('Ben (@ben) →to whoever collects it 7.00 CREDIT Open')
    expect(words).toContain('Transfers: 2 · People: 2')
    expect(words).toMatch(/Sent 27\.00 Transfers: 2 ?Collected 20\.00 Transfers: 1 ?Open 7\.00 Transfers: 1/)
    expect(words).toContain('Times are those of UTC.')
  })

  test('hold no code: who looks at them collects nothing', async () => {
    const transfer = await sent(ada)
    for (const answer of [
      await books(),
      await lifeOf(transfer.id),
      await books('/rows'),
      await books('/export.csv'),
      await books('/export.jsonl'),
    ])
      expect(await answer.text()).not.toContain(transfer.code)
  })

  test('are empty at first, and say how that changes', async () => {
    expect(await wordsOf(await books())).toContain('Nothing was sent in this group yet')
  })

  test('have pages, by which each transfer is met once, there and back', async () => {
    await pages.call('POST', '/issues', { amount: '53', to: ada })
    const { items } = (await pages.call('POST', '/transfers:batch', {
      items: Array.from({ length: 53 }, () => ({ from: ada, amount: '1', group: chat })),
    })) as { items: { transfer: ViewWithCode }[] }
    const ids = items
      .map(({ transfer }) => transfer)
      .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id))
      .map(({ id }) => id)
    const first = await books()
    const older = linkOf(await first.clone().text(), 'next')
    const second = await get(older, { cookie })
    expect([...(await listed(first)), ...(await listed(second.clone()))]).toEqual(ids)
    const newer = linkOf(await second.text(), 'prev')
    expect(await listed(get(newer, { cookie }))).toEqual(ids.slice(0, 50))
  })

  test('say in which chat each was made, where there are several', async () => {
    const second = newChat('Chess in the park')
    const joined = await pages.core.groups.meet(second)
    await pages.core.groups.saveTitle(second)
    await pages.core.db.execute(`update groups set merged_into = '${group}' where id = '${joined}'`)
    await sent(ada)
    await pages.send({ from: ben, group: second })
    const words = await wordsOf(await books())
    expect(words).toContain('Open Chess in the park')
    expect(words).toContain('Open Chess Club')
  })

  test('are shown in the time zone of the group, named', async () => {
    await pages.core.db.execute(
      `update groups set rules = '{"timeZone": "Asia/Shanghai"}' where id = '${group}'`,
    )
    const { createdAt } = await sent(ada)
    const words = await wordsOf(await books())
    expect(words).toContain('Times are those of Asia/Shanghai.')
    const there = new Date(Date.parse(createdAt) + 8 * 3600_000).toISOString().slice(11, 16)
    expect(words).toContain(`, ${there} `)
  })
})

describe('A filter', () => {
  test('lives in the address, so that another admin sees the same', async () => {
    const lunch = await sent(ada, { note: 'lunch for two' })
    const collected = await sent(ada, { note: 'lunch' })
    await claim(collected, ben)
    await sent(ada, { note: 'dinner' })
    await told(ben, true)
    const query = '?state=open&words=lunch'
    for (const who of [ada, ben]) expect(await listed(books(query, await signIn(who)))).toEqual([lunch.id])
    const page = await (await books(query)).text()
    expect(page).toMatch(/<option value="open" selected>/)
    expect(page).toMatch(/value="lunch"/)
    // What leads on from it, or exports it, is of the same view.
    for (const path of ['', '/export.csv', '/export.jsonl', '/rows'])
      expect(page).toContain(`"/groups/${group}${path}?state=open&amp;words=lunch"`)
    expect(page).toContain(`href="/groups/${group}?words=lunch"`)
  })

  test('by a name leads to the one who is called so, and asks where there are several', async () => {
    const [one, two] = [person('Maxi', 'maxi_one'), person('Maxi', 'maxi_two')]
    await sent(one)
    const byOne = await books('?person=%40maxi_one&state=open')
    expect(byOne.status).toBe(302)
    const { person: id } = await pages.core.people.meet(one)
    expect(byOne.headers.get('location')).toBe(`/groups/${group}?state=open&person=${id}`)
    const shown = await books(`?state=open&person=${id}`)
    expect(await wordsOf(shown)).toContain('Maxi (@maxi_one)')
    await sent(two)
    const asked = await wordsOf(await books('?person=maxi'))
    expect(asked).toContain('Which maxi do you mean?')
    expect(asked).toContain('Maxi (@maxi_two)')
    expect(asked).not.toContain('20.00')
    expect(await wordsOf(await books('?person=nobody'))).toContain('Nobody in these books goes by nobody.')
  })

  test.each(['?state=lost', '?from=2026-02-30', '?from=2026-02-02&to=2026-01-01', '?sate=open'])(
    'that can’t be understood shows nothing, rather than something else: %s',
    async (query) => {
      await sent(ada)
      const answer = await books(query)
      expect(answer.status).toBe(400)
      const words = await wordsOf(answer)
      expect(words).toContain('This part of the address can’t be understood')
      expect(words).not.toContain('20.00')
    },
  )

  test('that nothing fits says so, and can be taken away', async () => {
    await sent(ada)
    const page = await (await books('?words=breakfast')).text()
    expect(page).toContain('Nothing fits this filter')
    expect(page).toContain(`href="/groups/${group}"`)
  })
})

describe('An export', () => {
  const read = (csv: string) => parse(csv, { bom: true, columns: true }) as Record<string, string>[]

  test('has all of the view, in as many pages as it takes, and harms no spreadsheet', async () => {
    await pages.call('POST', '/issues', { amount: '600', to: ada })
    await pages.call('POST', '/transfers:batch', {
      items: Array.from({ length: 500 }, () => ({ from: ada, amount: '1', group: chat, note: '=1+1' })),
    })
    await sent(ada, { amount: '7', note: 'lunch' })
    const answer = await books('/export.csv?asset=CREDIT')
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="books.csv"')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from('\uFEFF'))
    const rows = read(bytes.toString())
    expect(rows).toHaveLength(501)
    expect(rows.reduce((sum, { amount }) => sum + Number(amount), 0)).toBe(507)
    expect(rows[1]?.note).toBe("'=1+1")
    expect(read(await (await books('/export.csv?words=lunch')).text())).toHaveLength(1)
  })

  test('is had as JSON Lines, too', async () => {
    const { id } = await sent(ada, { note: 'lunch' })
    const answer = await books('/export.jsonl')
    expect(answer.headers.get('content-type')).toBe('application/jsonl; charset=utf-8')
    const lines = (await answer.text()).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { id, amount: '20.00', kind: 'transfer', note: 'lunch' },
    ])
  })

  test.each(['?state=lost', '?person=ben'])('of what is not clear is none: %s', async (query) => {
    await sent(ben)
    for (const path of ['/export.csv', '/export.jsonl']) {
      const answer = await books(path + query)
      expect(answer.status).toBe(400)
      expect(await answer.text()).not.toContain('20.00')
    }
  })

  test('that breaks off is no whole file, and stands in the log', async () => {
    await sent(ada)
    const { db } = pages.core
    await db.execute('alter table group_transfers rename to lost')
    const [broken] = await Promise.allSettled([books('/export.csv').then((answer) => answer.text())])
    await db.execute('alter table lost rename to group_transfers')
    expect(broken.status).toBe('rejected')
    expect(pages.log.join('')).toContain('a file that is being exported broke off')
  })
})

describe('The life of a transfer', () => {
  test('tells that it was given back, and leads from one to the other', async () => {
    const lunch = await sent(ada, { note: 'lunch', to: ben })
    await claim(lunch, ben)
    const body = (await pages.call('POST', `/transfers/${lunch.id}/refund`, { by: ben })) as { id: string }
    const listed = await wordsOf(await books())
    expect(listed).toContain('Ada (@ada) →to Ben (@ben) 20.00 CREDIT Collected Given back lunch')
    expect(listed).toContain('Ben (@ben) →to Ada (@ada) 20.00 CREDIT Collected Gives back lunch')
    const first = await lifeOf(lunch.id)
    expect(await wordsOf(first.clone())).toContain('Ben (@ben) gave 20.00 CREDIT back: the transfer')
    expect(await first.text()).toContain(`/groups/${group}/transfers/${body.id}"`)
    expect(await (await lifeOf(body.id)).text()).toContain(`/groups/${group}/transfers/${lunch.id}"`)
  })

  test('tells that it got more time and another code, and that somebody was reminded of it', async () => {
    const { id } = await sent(ada, { note: 'lunch', to: ben })
    for (const verb of ['remind', 'extend', 'reissue'])
      await pages.call('POST', `/transfers/${id}/${verb}`, { by: ada })
    expect(await wordsOf(await lifeOf(id))).toMatch(
      /Whoever it is for was reminded.*It got more time.*It got another code: the one before was dead from then on/,
    )
  })

  test('tells who, when, from which messenger to which, each entry, each card, and what admins have noted', async () => {
    const transfer = await sent(ada, { note: 'lunch' })
    await pages.call('POST', `/transfers/${transfer.id}/cards`, {
      messenger: 'telegram',
      chat: chat.id,
      message: '1',
      language: 'en',
      drawn: 'open',
    })
    const dora: Person = { messenger: 'discord', id: '80351110224678912', handle: 'dora', name: 'Dora' }
    await claim(transfer, dora)
    const noted = await post(
      `/groups/${group}/transfers/${transfer.id}/notes`,
      { text: 'Paid back <in> cash.' },
      { cookie },
    )
    expect(noted.status).toBe(303)
    const page = await (await get(noted.headers.get('location') ?? '', { cookie })).text()
    expect(page).toContain('Paid back &lt;in&gt; cash.')
    const words = await wordsOf(new Response(page))
    expect(words).toContain('Ada (@ada) put 20.00 CREDIT into it · Telegram')
    expect(words).toContain('A card was posted in Chess Club (Telegram); it shows now:')
    expect(words).toContain('Dora (Discord: dora) collected 20.00 CREDIT · Discord')
    expect(words).toMatch(/Fund-20\.00Open .*Collect\+20\.00Collected/)
  })

  test.each([
    ['   ', 'There is nothing in it to be read.'],
    ['x'.repeat(1001), 'A note has 1,000 characters at most.'],
  ])('takes no note that is empty or too long, and keeps what was typed', async (text, said) => {
    const { id } = await sent(ada)
    const answer = await post(`/groups/${group}/transfers/${id}/notes`, { text }, { cookie })
    expect(answer.status).toBe(400)
    const page = await answer.text()
    expect(page).toContain(said)
    expect(page).toContain(`${text}</textarea>`)
    expect(page).toContain('aria-invalid="true"')
  })

  test('is told in the books that it stands in, and nowhere else', async () => {
    const transfer = await sent(ada)
    await told(ada, true, otherChat)
    const unknown = await lifeOf(newId())
    expect(unknown.status).toBe(404)
    const said = await unknown.text()
    for (const path of [
      `/groups/${other}/transfers/${transfer.id}`,
      `/groups/${group}/transfers/${transfer.id.slice(0, -1)}`,
      `/groups/${group}/transfers/x`,
    ]) {
      const answer = await get(path, { cookie })
      expect([path, answer.status]).toEqual([path, 404])
      expect(await answer.text()).toBe(said)
    }
    const elsewhere = await post(`/groups/${other}/transfers/${transfer.id}/notes`, { text: 'x' }, { cookie })
    expect(elsewhere.status).toBe(404)
  })
})

describe('A wrong door', () => {
  let transfer: ViewWithCode
  beforeEach(async () => {
    transfer = await sent(ada)
  })

  const doors = () =>
    ['', '/rows', `/transfers/${transfer.id}`, '/export.csv', '/export.jsonl'].map(
      (path) => `/groups/${group}${path}`,
    )

  test('who is not signed in sees nothing, and reads how to sign in', async () => {
    for (const path of [...doors(), '/groups']) {
      const answer = await get(path)
      expect([path, answer.status]).toEqual([path, 401])
      const words = await wordsOf(answer)
      expect(words).toContain('You are not signed in')
      expect(words).not.toContain('20.00')
    }
  })

  test('who is no admin of this group sees nothing, and is led to their own statement', async () => {
    await told(ben, false)
    const their = await signIn(ben)
    for (const path of doors()) {
      const answer = await get(path, their)
      expect([path, answer.status]).toEqual([path, 403])
      const page = await answer.text()
      expect(page).toContain('That is for the admins of the group')
      expect(page).toContain('href="/me"')
      expect(page).not.toMatch(/20\.00|Chess Club/)
    }
    const noted = await post(`${doors()[2]}/notes`, { text: 'x' }, their)
    expect(noted.status).toBe(403)
  })

  test('an admin of another group gets no further than anybody', async () => {
    await told(cleo, true, otherChat)
    await told(cleo, false)
    const their = await signIn(cleo)
    expect((await get(`/groups/${other}`, their)).status).toBe(200)
    for (const path of doors()) expect((await get(path, their)).status).toBe(403)
  })

  test('a former admin sees nothing more', async () => {
    expect((await books()).status).toBe(200)
    await told(ada, false)
    for (const path of doors()) expect((await get(path, { cookie })).status).toBe(403)
  })

  test('an address that leads to no group is no other than one that leads to somebody else’s', async () => {
    for (const id of [newId(), 'x', group.slice(0, -1)])
      expect((await get(`/groups/${id}`, { cookie })).status).toBe(403)
  })

  test('a note from another site is refused', async () => {
    const answer = await post(
      `${doors()[2]}/notes`,
      { text: 'x' },
      { cookie, origin: 'https://elsewhere.example' },
    )
    expect(answer.status).toBe(403)
    expect(await (await lifeOf(transfer.id)).text()).not.toContain('<div dir="auto">x</div>')
  })

  test('nothing of what the same people did elsewhere is shown', async () => {
    await pages.send({ from: ada, to: ben, amount: '1999', note: 'secret' })
    await pages.send({
      from: ada,
      amount: '1998',
      note: 'secret',
      group: otherChat,
    })
    const { person: id } = await pages.core.people.meet(ada)
    for (const query of ['', `?person=${id}`, '?words=secret', '/rows', '/export.csv', '/export.jsonl'])
      expect(await (await books(query)).text()).not.toMatch(
        /1,?99[89]\.00|2,?01[89]\.00|<td class="note" dir="auto">secret/,
      )
    const stranger = person('Stranger', 'strange')
    const { person: theirs } = await pages.core.people.meet(stranger)
    await pages.core.people.saveLabels(stranger)
    expect(await (await books(`?person=${theirs}`)).text()).not.toContain('Stranger')
    expect(await wordsOf(await books('?person=strange'))).toContain('Nobody in these books goes by strange.')
  })
})

describe('Which group', () => {
  test('who has one goes straight on; who has several chooses, and can switch', async () => {
    const dora = person('Dora', 'dora')
    const [one, two] = [newChat('One'), newChat('Two')]
    const ids = await Promise.all([one, two].map((where) => pages.core.groups.meet(where)))
    for (const where of [one, two]) await pages.core.groups.saveTitle(where)
    const their = await signIn(dora)
    const none = await get('/groups', their)
    expect(await wordsOf(none)).toContain('You are the admin of no group that we know of')
    await told(dora, true, one)
    const straight = await get('/groups', their)
    expect(straight.headers.get('location')).toBe(`/groups/${ids[0]}`)
    await told(dora, true, two)
    const both = await (await get('/groups', their)).text()
    for (const id of ids) expect(both).toContain(`href="/groups/${id}"`)
    const first = await (await get(`/groups/${ids[0]}`, their)).text()
    expect(first).toContain(`href="/groups/${ids[1]}"`)
  })
})

let people = 100
const person = (name: string, handle: string): Person => ({
  messenger: 'telegram',
  id: `${++people}`,
  name,
  handle,
})

const linkOf = (page: string, rel: string) =>
  (new RegExp(`rel="${rel}" href="([^"]+)"`).exec(page)?.[1] ?? '').replaceAll('&amp;', '&')
