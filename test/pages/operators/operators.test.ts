import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { settings } from '../../../db/schema.ts'
import { circulationOf } from '../../../src/operators/circulation.ts'
import { openPages, type PagesUnderTest, type Person } from '../../support/pages.ts'
import { ada, visitorOf, wordsOf } from '../../support/visitor.ts'

const boss: Person = { messenger: 'telegram', id: '900', handle: 'boss', name: 'Boss' }
const club = { messenger: 'telegram', id: '-1001', title: 'Lunch club' }

let pages: PagesUnderTest
let cookie: string
const visitor = visitorOf(() => pages)
const look = (path: string) => visitor.get(`/operators${path}`, { cookie })
const press = (path: string, form: Record<string, string> = {}) =>
  visitor.post(`/operators${path}`, form, { cookie })
const read = async (path: string) => wordsOf(await look(path))

let people = 0
/** Somebody new, with that much. */
async function somebody(amount?: string): Promise<{ who: Person; path: string; issue: string }> {
  const who = {
    messenger: 'telegram',
    id: String(1000 + ++people),
    handle: `new_${people}`,
    name: 'Newcomer',
  }
  const { id = '' } = amount
    ? ((await pages.call('POST', '/issues', { amount, to: who, note: 'welcome' })) as { id: string })
    : {}
  const { person } = await pages.core.people.meet(who)
  await pages.core.people.saveLabels(who)
  return { who, path: `/people/${person}`, issue: id }
}

beforeAll(async () => {
  pages = await openPages(undefined, { OPERATORS: `telegram:${boss.id}` })
  await pages.call('PUT', '/messengers/telegram', { title: 'Telegram', link: 'https://t.me/p' })
  cookie = (await visitor.signIn(boss)).cookie
})
afterAll(() => pages?.close())
afterEach(() => pages.core.opening.save({ step: 'everybody', groups: [], share: 0 }, boss))

describe('the doors of the operators’ pages', () => {
  const GETS = ['', '/groups', '/people', '/issues', '/opening', '/inbox', '/trail', '/balances.csv']
  const POSTS = ['/issues', '/issues/make', '/opening', '/wind-down', `/inbox/${randomUUID()}`]

  test.each([...GETS, ...POSTS])(
    '%s is shut to whoever is not signed in, and to whoever is no operator',
    async (path) => {
      const { cookie: stranger } = await visitor.signIn(ada)
      const knock = (headers: Record<string, string>) =>
        POSTS.includes(path)
          ? visitor.post(`/operators${path}`, { step: 'off', confirm: 'close' }, headers)
          : visitor.get(`/operators${path}`, headers)
      expect((await knock({})).status).toBe(401)
      expect((await knock({ cookie: stranger })).status).toBe(403)
      expect(await pages.core.opening.read()).toMatchObject({ step: 'everybody' })
    },
  )

  test('are shut to who was an operator, at their next look', async () => {
    const { who: former } = await somebody()
    const { cookie: theirs } = await visitor.signIn(former)
    const { operators } = pages.core.config
    operators.add(`telegram:${former.id}`)
    expect((await visitor.get('/operators', { cookie: theirs })).status).toBe(200)
    operators.delete(`telegram:${former.id}`)
    expect((await visitor.get('/operators', { cookie: theirs })).status).toBe(403)
  })

  test('are shut to a form from another site, and to a changed address', async () => {
    const { who, path } = await somebody('5')
    const foreign = { cookie, origin: 'https://elsewhere.example' }
    expect((await visitor.post('/operators/wind-down', { confirm: 'close' }, foreign)).status).toBe(403)
    const { id, code } = await pages.send({ from: ada })
    await pages.call('POST', '/claims', { code, by: who })
    for (const there of [
      `/people/${randomUUID()}`,
      '/people/1',
      `/issues/${id}`,
      `/issues/${randomUUID()}`,
      '/issues/1',
    ])
      expect((await look(there)).status).toBe(404)
    expect((await press(`/people/${randomUUID()}/hold`, { hold: 'all', holdReason: 'x' })).status).toBe(404)
    expect((await press(`${path}/hold`, { hold: 'everything', holdReason: 'x' })).status).toBe(400)
    await pages.call('POST', '/transfers', { from: who, amount: '1' })
  })
})

test('the overview says whether all is well, for whom it is open, and where the money is', async () => {
  await somebody('40')
  const words = await read('')
  expect(words).toContain('Openfor everybody')
  expect(words).toContain('Telegram runs')
  expect(words).toMatch(/Issued[\d,.]+ Withdrawn[−\d,.]+ In circulation[\d,.]+ Held by people/)
  expect(words).toContain('It adds up')
  expect(words).toContain('None yet: the first one comes a minute after the start')
  const audited = (faults: number) =>
    pages.core.db
      .insert(settings)
      .values({ name: 'audit', value: { at: '2026-11-27T01:02:03Z', faults } })
      .onConflictDoUpdate({ target: settings.name, set: { value: { at: '2026-11-27T01:02:03Z', faults } } })
  await audited(0)
  expect(await read('')).toContain('The books are right (Nov 27, 2026, 01:02 UTC)')
  await audited(3)
  expect(await read('')).toContain('THE BOOKS ARE WRONG: 3 faults')
  expect(await wordsOf(await visitor.get('/operators', { cookie, 'accept-language': 'zh-CN' }))).toContain(
    '账是平的',
  )
})

test('all groups are listed, found by a title, and lead to their pages', async () => {
  await pages.call('POST', '/issues', { amount: '5', to: ada })
  await pages.call('POST', '/transfers', { from: ada, amount: '5', group: club })
  const id = await pages.core.groups.find('telegram', club.id)
  const list = await (await look('/groups?title=LUNCH')).text()
  expect(list).toContain(`<a href="/groups/${id}"><bdi>Lunch club</bdi></a>`)
  expect((await visitor.get(`/groups/${id}`, { cookie })).status).toBe(200)
  expect(await read('/groups?title=dinner')).toContain('No group fits.')
})

describe('somebody', () => {
  test('is found by their handle, and shown with what they have', async () => {
    const { who, path } = await somebody('12.5')
    const { handle, id } = who
    const found = await look(`/people?words=@${handle}`)
    expect([found.status, found.headers.get('location')]).toEqual([302, `/operators${path}`])
    const words = await read(path)
    for (const part of [`Newcomer @${handle} #${id}`, 'CREDIT 12.50', 'welcome'])
      expect(words).toContain(part)
    expect(await read('/people?words=nobody_at_all')).toContain(
      'Nobody whom we have met goes by nobody_at_all.',
    )
  })

  test('is put on hold for a reason, and freed', async () => {
    const { who, path } = await somebody('10')
    const refused = await press(`${path}/hold`, { hold: 'send', holdReason: ' ' })
    expect([refused.status, await wordsOf(refused)]).toEqual([422, expect.stringContaining('Say why')])
    const held = await press(`${path}/hold`, { hold: 'send', holdReason: 'stolen phone' })
    expect(held.headers.get('location')).toBe(`/operators${path}?done=hold`)
    expect(await read(path)).toContain('On hold: Receive, but not send.')
    await expect(pages.call('POST', '/transfers', { from: who, amount: '1' })).rejects.toThrow('on_hold')
    await press(`${path}/hold`, { hold: 'none', holdReason: 'has it again' })
    await pages.call('POST', '/transfers', { from: who, amount: '1' })
    expect(await read('/trail')).toContain(
      `Hold of telegram:${who.id}: Everything. has it again Boss (@boss)`,
    )
  })

  test('gets an issue, and a withdrawal, once for each form, however often its button is pressed', async () => {
    const { who, path } = await somebody('10')
    const form = { direction: 'in', amount: '7.5', asset: 'CREDIT', reason: 'prize', key: randomUUID() }
    for (const _ of [1, 2])
      expect((await press(`${path}/move`, form)).headers.get('location')).toBe(`/operators${path}?done=move`)
    expect(await pages.balance(who)).toBe('17.50')
    await press(`${path}/move`, { ...form, direction: 'out', amount: '2.5', key: randomUUID() })
    expect(await pages.balance(who)).toBe('15.00')
    expect(await read('/trail')).toContain(`Withdrew 2.50 CREDIT from telegram:${who.id}. prize`)
  })

  test.each([
    [{ amount: '100' }, 'Only 10.00 CREDIT are there.'],
    [{ amount: 'ten' }, '“ten” is not an amount.'],
    [{ amount: '1', reason: '' }, 'Say why'],
    [{ amount: '1', reason: 'x'.repeat(201) }, 'Say why'],
  ])('keeps what they have where the form is wrong: %j', async (wrong, sentence) => {
    const { who, path } = await somebody('10')
    const form = { direction: 'out', asset: 'CREDIT', reason: 'typo', key: randomUUID(), ...wrong }
    const answer = await press(`${path}/move`, form)
    expect([answer.status, await wordsOf(answer)]).toEqual([422, expect.stringContaining(sentence)])
    expect(await pages.balance(who)).toBe('10.00')
  })

  test('loses what was issued wrongly, as far as it is still there, once', async () => {
    const { who, path, issue } = await somebody('50')
    await pages.call('POST', '/transfers', { from: who, amount: '30' })
    expect(await read(`/issues/${issue}`)).toContain('They have 20.00 CREDIT now.')
    expect((await press(`/issues/${issue}`, { reason: '' })).status).toBe(422)
    const taken = await press(`/issues/${issue}`, { reason: 'typo' })
    expect(taken.headers.get('location')).toBe(`/operators${path}?done=back`)
    expect(await read(path)).toContain('Taken back: 20.00 CREDIT. Not there any more: 30.00 CREDIT')
    expect(await wordsOf(await press(`/issues/${issue}`, { reason: 'typo' }))).toContain(
      'It was taken back before: 20.00 CREDIT.',
    )
  })
})

describe('a list of issues', () => {
  const list = (rows: string, more: Record<string, string> = {}) => ({
    direction: 'in',
    key: `list-${randomUUID()}`,
    reason: 'allowance',
    asset: 'CREDIT',
    rows,
    ...more,
  })

  test('with mistakes in it moves nothing, and names them all by their lines', async () => {
    const { who } = await somebody('1')
    const answer = await press('/issues', list(`telegram:${who.id},5\n@nobody,5\ntelegram:${who.id},five`))
    const words = await wordsOf(answer)
    expect(answer.status).toBe(422)
    expect(words).toContain('Rows to mend: 2')
    expect(words).toMatch(/Line 2: Nobody whom we have met .*Line 3: “five” is not an amount/)
    expect(await pages.balance(who)).toBe('1.00')
  })

  test.each([
    [{ key: '' }, '1 to 100 letters'],
    [{ key: 'two words' }, '1 to 100 letters'],
    [{ rows: ' ' }, 'There are no rows.'],
    [{ reason: '' }, 'Say why'],
    [{ rows: `telegram:1,1,${'x'.repeat(201)}` }, 'A reason has 200 characters at most.'],
    [{ rows: 'telegram:1,1,x,y' }, 'has more than who, amount and note'],
  ])('that is not filled in rightly is refused: %j', async (more, sentence) => {
    const answer = await press('/issues', list('telegram:1,5', more))
    expect([answer.status, await wordsOf(answer)]).toEqual([422, expect.stringContaining(sentence)])
  })

  test('is shown whole, carried out, and when it is carried out again moves nothing twice', async () => {
    const [{ who }, { who: other }] = [await somebody('1'), await somebody()]
    const form = list(`who,amount\n@${who.handle},5,prize\ntelegram:${other.id},6`)
    const shown = await wordsOf(await press('/issues', form))
    expect(shown).toContain('Nothing has moved yet')
    expect(shown).toContain(`Newcomer (@${who.handle}) telegram:${who.id} 5.00 CREDIT prize 6.00 CREDIT`)
    expect(await pages.balance(who)).toBe('1.00')
    expect(await wordsOf(await press('/issues/make', form))).toContain('Issued: 2 of 2')
    expect(await wordsOf(await press('/issues/make', form))).toMatch(
      /Issued: 2 of 2.*done before.*done before/,
    )
    expect([await pages.balance(who), await pages.balance(other)]).toEqual(['6.00', '6.00'])
    expect(await read('/trail')).toContain(`2 people (list ${form.key}). allowance`)
  })

  test('is read from a file, too', async () => {
    const { who } = await somebody('1')
    const form = new FormData()
    for (const [name, value] of Object.entries(list(''))) form.append(name, value)
    form.append('file', new File([`\uFEFF"telegram:${who.id}";"2.50"\r\n`], 'list.csv'))
    const answer = await fetch(`${pages.url}/operators/issues`, {
      method: 'POST',
      body: form,
      headers: { cookie, origin: pages.url, accept: 'text/html' },
    })
    expect(await wordsOf(answer)).toContain('2.50 CREDIT allowance 3.50 CREDIT')
  })
})

describe('the steps of opening', () => {
  test('are set, and hold at once', async () => {
    const { who } = await somebody('5')
    const groupId = (await pages.core.groups.meet(club)) ?? ''
    const form = { step: 'groups', share: '0', groups: groupId }
    expect((await press('/opening', form)).headers.get('location')).toBe('/operators/opening?done=saved')
    expect(await pages.core.opening.read()).toEqual({ step: 'groups', share: 0, groups: [groupId] })
    await expect(pages.call('POST', '/transfers', { from: who, amount: '1' })).rejects.toThrow('not_open_yet')
    await pages.call('POST', '/transfers', { from: who, amount: '1', group: club })
    const page = await (await look('/opening')).text()
    expect(page).toContain('value="groups" checked')
    expect(page).toContain(`value="${groupId}" checked`)
  })

  test.each(['101', '-1', '1.5', 'half'])('are not set to a share of %s', async (share) => {
    expect((await press('/opening', { step: 'share', share })).status).toBe(422)
    expect(await pages.core.opening.read()).toMatchObject({ step: 'everybody' })
  })

  test('end by winding down, once that is typed; and it can be opened again', async () => {
    const { who } = await somebody('5')
    for (const confirm of ['', 'yes']) expect((await press('/wind-down', { confirm })).status).toBe(422)
    // Nobody gets there by the form of the steps.
    await press('/opening', { step: 'closed', share: '0' })
    expect(await pages.core.opening.read()).toMatchObject({ step: 'everybody' })
    await press('/wind-down', { confirm: ' Close ' })
    await expect(pages.call('POST', '/transfers', { from: who, amount: '1' })).rejects.toThrow('winding_down')
    expect(await read('/opening')).toContain(
      'It is wound down: nobody sends anything any more. Open transfers that are still going back',
    )
    await press('/opening', { share: '0' })
    expect(await pages.core.opening.read()).toMatchObject({ step: 'closed' })
    await press('/opening', { step: 'everybody', share: '0' })
    await pages.call('POST', '/transfers', { from: who, amount: '1' })
    expect(await read('/trail')).toMatch(/Open for everybody Boss .*Open no more: it is wound down Boss/)
  })
})

test('the inbox has what people write, with the way to them, until it is done', async () => {
  const { who, path } = await somebody('1')
  await pages.call('POST', '/feedback', { by: who, group: club, text: '<b>Nice</b>, but slow' })
  const inbox = await (await look('/inbox')).text()
  expect(inbox).toContain('&lt;b&gt;Nice&lt;/b&gt;, but slow')
  expect(inbox).toContain(`href="/operators${path}"`)
  expect(inbox).toContain('in <bdi dir="ltr">Lunch club</bdi>')
  const [, id] = /action="\/operators\/inbox\/([\w-]+)"/.exec(inbox) ?? []
  await press(`/inbox/${id}`, { done: 'yes' })
  expect(await read('/inbox')).toContain('done')
  await press(`/inbox/${id}`, { done: 'no' })
  expect(await read('/inbox')).toContain('Mark as done')
})

test('every balance is a file, with whoever it is known to be, and no cell that is a formula', async () => {
  const { who } = await somebody('12.5')
  const evil = { messenger: 'telegram', id: '7777', name: '=1+1"', handle: 'evil' }
  await pages.call('POST', '/issues', { amount: '3', to: evil })
  const answer = await look('/balances.csv')
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="balances.csv"')
  const text = await answer.text()
  const lines = text.split('\r\n')
  expect(lines[0]).toBe('"kind","owner","known_as","asset","amount"')
  expect(text).toContain(`"telegram:${who.id} @${who.handle} Newcomer","CREDIT","12.50"`)
  expect(text).toContain('"telegram:7777 @evil =1+1""","CREDIT","3.00"')
  const sum = lines
    .slice(1, -1)
    .reduce((cents, line) => cents + Number(/"([\d.]+)"$/.exec(line)?.[1]) * 100, 0)
  const credit = (await circulationOf(pages.core.db)).find(({ asset }) => asset === 'CREDIT')
  expect(BigInt(Math.round(sum))).toBe((credit?.people ?? 0n) + (credit?.treasuries ?? 0n))
})
