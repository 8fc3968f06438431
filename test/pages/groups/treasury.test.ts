import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listsOf } from '../../../src/groups/lists.ts'
import { standingOf } from '../../../src/payouts/standing-view.ts'
import { treasuryOf } from '../../../src/payouts/treasury.ts'
import { payoutsOf } from '../../../src/payouts/view.ts'
import { openClub } from '../../support/club.ts'
import { openPages, type PagesUnderTest } from '../../support/pages.ts'
import { visitorOf, wordsOf } from '../../support/visitor.ts'

let pages: PagesUnderTest
const { get, post, signIn } = visitorOf(() => pages)
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages?.close())

describe('the treasury page', () => {
  test('shows what is there, and what a member has put in', async () => {
    const { path, admin, member } = await club()
    expect(await wordsOf(await get(path, await signIn(admin)))).toContain(
      'There is nothing in the treasury yet',
    )
    await pages.call('POST', '/issues', { amount: '50', to: member })
    const cookie = await signIn(member)
    // Where they see what they have, there is the way to the groups where they have used the bot.
    const own = await (await get('/me', cookie)).text()
    expect(own).toContain(`href="${path}/give"`)
    expect(own).toContain('Give to the treasury of <bdi dir="ltr">Lunch club</bdi>')
    const form = await get(`${path}/give`, cookie)
    expect(await wordsOf(form)).toContain('You have 50.00 CREDIT.')
    const fields = { amount: '20', asset: 'CREDIT', note: 'for the room', key: 'gift-1' }
    for (const again of [1, 2]) {
      const given = await post(`${path}/give`, fields, cookie)
      expect([again, given.status, given.headers.get('location')]).toEqual([again, 303, `${path}/give?given`])
    }
    expect(await pages.balance(member)).toBe('30.00')
    expect(await wordsOf(await get(path, await signIn(admin)))).toContain('CREDIT 20.00')
  })

  test('is for admins alone; putting money in, for those in the group', async () => {
    const { path, member, stranger } = await club()
    for (const [who, status] of [
      [member, 200],
      [stranger, 403],
    ] as const) {
      const cookie = await signIn(who)
      expect((await get(`${path}/give`, cookie)).status).toBe(status)
      for (const page of ['', '/pay', '/pay-many', '/lists/new', '/standing/new'])
        expect([page, (await get(path + page, cookie)).status]).toEqual([page, 403])
      for (const page of ['/pay', '/pay-many', '/payouts', '/lists/new', '/standing/new'])
        expect([page, (await post(path + page, {}, cookie)).status]).toEqual([page, 403])
    }
    expect((await get(`${path}/give`)).status).toBe(401)
    const elsewhere = { ...(await signIn(member)), origin: 'https://elsewhere.example' }
    expect((await post(`${path}/give`, { amount: '1' }, elsewhere)).status).toBe(403)
  })
})

describe('paying one person', () => {
  test('is checked, shown, confirmed, and made once', async () => {
    const { path, admin, member, groupId } = await club('20')
    const cookie = await signIn(admin)
    const asked = { who: `@${member.handle}`, amount: '12.50', asset: 'CREDIT', note: 'for the room' }
    const preview = await post(`${path}/pay`, asked, cookie)
    expect(preview.status).toBe(200)
    const page = await preview.text()
    expect(page).toContain('7.50')
    const { items } = await payoutsOf(pages.core, groupId, undefined, 10)
    expect(items).toEqual([])
    const confirmed = hiddenIn(page)
    const made = await post(`${path}/payouts`, confirmed, cookie)
    // There is not enough for a second one.
    const again = await post(`${path}/payouts`, confirmed, cookie)
    expect([made.status, again.headers.get('location')]).toEqual([303, made.headers.get('location')])
    expect(await balanceOf(groupId)).toBe('7.50')
    const shown = await wordsOf(await get(made.headers.get('location') ?? '', cookie))
    expect(shown).toContain('Payout of 12.50 CREDIT')
    expect(shown).toContain('Open: 1')
  })

  test('names what is wrong beside its field, and keeps what was typed', async () => {
    const { path, admin } = await club('100')
    const asked = { who: '@nobody', amount: '1,50', asset: 'CREDIT', note: 'x'.repeat(201) }
    const answer = await post(`${path}/pay`, asked, await signIn(admin))
    expect(answer.status).toBe(422)
    const page = await answer.text()
    expect(errorIn(page, 'who')).toContain('goes by “@nobody”')
    expect(errorIn(page, 'amount')).toContain('can be read in two ways')
    expect(errorIn(page, 'note')).toContain('200')
    for (const value of ['@nobody', '1,50']) expect(page).toContain(`value="${value}"`)
  })
})

describe('paying many', () => {
  test('by rows names every fault with its line, and keeps the rows', async () => {
    const { path, admin, member } = await club('10')
    const rows = `who,amount,note\n@${member.handle},5,ok\n@nobody,5\n@${member.handle},7\n${admin.name},x\n@${admin.handle},1,50\n`
    const answer = await post(`${path}/pay-many`, { to: 'rows', rows, asset: 'CREDIT' }, await signIn(admin))
    expect(answer.status).toBe(422)
    const page = await answer.text()
    expect(page).toContain(escaped(rows))
    const words = page.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ')
    expect(words).toContain('Line 3: Nobody whom we have met here goes by “@nobody”.')
    expect(words).toContain('Line 4: The same person stands in row 2 already.')
    expect(words).toContain('Line 5: “x” is not an amount.')
    expect(words).toContain('Line 6: “@')
    expect(words).toContain('treasury has 10.00 CREDIT to spend')
  })

  test('with a row that can be read in two ways pays nobody', async () => {
    const { path, admin, member } = await club('10')
    const rows = `@${member.handle},5\n@${admin.handle},1,50`
    const answer = await post(`${path}/pay-many`, { to: 'rows', rows, asset: 'CREDIT' }, await signIn(admin))
    expect([answer.status, await wordsOf(answer)]).toEqual([422, expect.stringContaining('Line 2:')])
  })

  test('by a file that is uploaded, and confirmed as it was shown', async () => {
    const { path, admin, member, groupId } = await club('100')
    const cookie = await signIn(admin)
    const text = `\uFEFF@${member.handle};20;"so ""good"", 50"\r\n${admin.name};30\r\n`
    const form = new FormData()
    for (const [name, value] of Object.entries({
      to: 'rows',
      each: '',
      rows: '',
      asset: 'CREDIT',
      note: 'May',
    }))
      form.set(name, value)
    form.set('file', new File([text], 'people.csv', { type: 'text/csv' }))
    const preview = await upload(`${path}/pay-many`, form, cookie)
    expect(preview.status).toBe(200)
    const made = await post(`${path}/payouts`, hiddenIn(await preview.text()), cookie)
    expect(made.status).toBe(303)
    expect(await balanceOf(groupId)).toBe('50.00')
    const shown = await wordsOf(await get(made.headers.get('location') ?? '', cookie))
    for (const part of ['so &quot;good&quot;, 50', '20.00 CREDIT', '30.00 CREDIT', 'May'])
      expect(shown).toContain(part)
  })

  test('by a file that is no text, or beside rows, is refused beside the file', async () => {
    const { path, admin } = await club('100')
    const cookie = await signIn(admin)
    for (const [rows, bytes] of [
      ['', new Uint8Array([0xff, 0xfe, 0x40, 0x00])],
      ['@ben,20', new TextEncoder().encode('@ben,20')],
    ] as const) {
      const form = new FormData()
      for (const [name, value] of Object.entries({ to: 'rows', rows, asset: 'CREDIT' })) form.set(name, value)
      form.set('file', new File([bytes], 'people.csv'))
      const answer = await upload(`${path}/pay-many`, form, cookie)
      expect(answer.status).toBe(422)
      expect(errorIn(await answer.text(), 'file')).toBeTruthy()
    }
  })

  test('by a list, or to everybody who has ever used the bot there, one amount each', async () => {
    const { path, admin, member, groupId } = await club('100')
    const cookie = await signIn(admin)
    const people = `@${member.handle}`
    expect((await post(`${path}/lists/new`, { name: 'Crew', people }, cookie)).status).toBe(303)
    const [list] = await listsOf(pages.core.db, groupId)
    const missing = await post(`${path}/pay-many`, { to: list?.id ?? '', asset: 'CREDIT' }, cookie)
    expect(errorIn(await missing.text(), 'each')).toBeTruthy()
    for (const [to, count] of [
      [list?.id ?? '', '1'],
      ['everybody', '2'],
    ] as const) {
      const preview = await post(`${path}/pay-many`, { to, each: '3', asset: 'CREDIT' }, cookie)
      expect([to, preview.status]).toEqual([to, 200])
      expect(await wordsOf(preview)).toContain(`(people: ${count})`)
    }
  })

  test('that came to be refused between the look and the yes shows why', async () => {
    const { path, admin, member } = await club('10')
    const cookie = await signIn(admin)
    const ask = async () =>
      hiddenIn(await (await post(`${path}/pay`, { who: `@${member.handle}`, amount: '8' }, cookie)).text())
    const [one, other] = [await ask(), await ask()]
    expect((await post(`${path}/payouts`, one, cookie)).status).toBe(303)
    const refused = await post(`${path}/payouts`, other, cookie)
    expect(refused.status).toBe(422)
    expect(await wordsOf(refused)).toContain('The treasury has 2.00 CREDIT to spend')
  })
})

describe('a payout', () => {
  test('is approved by other admins, each once, and what is open can be taken back', async () => {
    const { path, admin, second, member, groupId, tell } = await club('100')
    const rules = await pages.core.rules.of(groupId)
    const approvals = { CREDIT: { above: '10', needs: 1 } }
    await pages.core.rules.save(groupId, { ...rules, approvals }, admin)
    const cookie = await signIn(admin)
    const asked = { who: `@${member.handle}`, amount: '20' }
    const preview = await (await post(`${path}/pay`, asked, cookie)).text()
    expect(preview).toContain('approval of other admins: 1')
    const made = await post(`${path}/payouts`, hiddenIn(preview), cookie)
    const payout = made.headers.get('location') ?? ''
    expect(await wordsOf(await get(payout, cookie))).toContain('Approvals missing: 1')
    await tell()
    const own = await post(`${payout}/approve`, {}, cookie)
    expect([own.status, (await wordsOf(own)).includes('You asked for it yourself')]).toEqual([403, true])
    const other = await signIn(second)
    for (const status of [303, 409]) {
      await tell()
      expect((await post(`${payout}/approve`, {}, other)).status).toBe(status)
    }
    expect(await wordsOf(await get(payout, other))).toContain('Not collected yet: 1')
    expect((await post(`${payout}/cancel`, {}, other)).status).toBe(303)
    expect(await wordsOf(await get(payout, other))).toContain('Taken back: 1')
    expect(await balanceOf(groupId)).toBe('100.00')
  })

  test('of another group is not there', async () => {
    const { path, admin, member } = await club('100')
    const cookie = await signIn(admin)
    const preview = await (
      await post(`${path}/pay`, { who: `@${member.handle}`, amount: '1' }, cookie)
    ).text()
    const made = await post(`${path}/payouts`, hiddenIn(preview), cookie)
    const id = (made.headers.get('location') ?? '').split('/').at(-1)
    const other = await club('1')
    const stranger = await signIn(other.admin)
    expect((await get(`${other.path}/payouts/${id}`, stranger)).status).toBe(404)
    for (const act of ['approve', 'cancel'])
      expect((await post(`${other.path}/payouts/${id}/${act}`, {}, stranger)).status).toBe(404)
    expect((await get(`${other.path}/payouts/nothing`, stranger)).status).toBe(404)
  })
})

describe('a list', () => {
  test('is made, shown as it can be written again, changed and deleted', async () => {
    const { path, admin, member, groupId } = await club()
    const cookie = await signIn(admin)
    const wrong = await post(`${path}/lists/new`, { name: ' ', people: '@nobody\n' }, cookie)
    expect(wrong.status).toBe(422)
    const page = await wrong.text()
    expect(errorIn(page, 'people')).toContain('Line 1: Nobody')
    expect(errorIn(page, 'name')).toBeTruthy()
    await post(`${path}/lists/new`, { name: 'Crew', people: String(member.name) }, cookie)
    const [list] = await listsOf(pages.core.db, groupId)
    const own = `${path}/lists/${list?.id}`
    expect(await wordsOf(await get(own, cookie))).toContain(
      `telegram:${member.id} ${member.name} (@${member.handle})`,
    )
    await post(own, { name: 'Cooks', people: '', everybody: 'on' }, cookie)
    expect(await listsOf(pages.core.db, groupId)).toMatchObject([{ name: 'Cooks', members: [{}, {}] }])
    const standing = { ...STANDING, list: list?.id ?? '' }
    expect((await post(`${path}/standing/new`, standing, cookie)).status).toBe(303)
    const used = await post(`${own}/delete`, {}, cookie)
    expect([used.status, await wordsOf(used)]).toEqual([422, expect.stringContaining('is in use')])
    const [made] = await standingOf(pages.core, groupId)
    await post(`${path}/standing/${made?.id}/end`, {}, cookie)
    expect((await post(`${own}/delete`, {}, cookie)).status).toBe(303)
    expect(await listsOf(pages.core.db, groupId)).toEqual([])
  })
})

describe('a standing payout', () => {
  test('is set up, changed, paused, resumed and ended', async () => {
    const { path, admin, member, groupId } = await club('100')
    const cookie = await signIn(admin)
    expect(await wordsOf(await get(`${path}/standing/new`, cookie))).toContain('make one first')
    await post(`${path}/lists/new`, { name: 'Crew', people: `@${member.handle}` }, cookie)
    const [list] = await listsOf(pages.core.db, groupId)
    const fields = { ...STANDING, list: list?.id ?? '' }
    const wrong = await post(`${path}/standing/new`, { ...fields, amount: '0' }, cookie)
    expect([wrong.status, errorIn(await wrong.text(), 'amount')]).toEqual([
      422,
      expect.stringContaining('above zero'),
    ])
    await post(`${path}/standing/new`, fields, cookie)
    const [standing] = await standingOf(pages.core, groupId)
    const own = `${path}/standing/${standing?.id}`
    expect(await wordsOf(await get(path, cookie))).toContain('Every Monday at 09:00')
    expect(await wordsOf(await get(own, cookie))).toContain('5.00 CREDIT for each on “Crew”')
    await post(own, { ...fields, every: 'month', monthday: '31', hour: '18', amount: '7' }, cookie)
    expect(await wordsOf(await get(own, cookie))).toContain('Every month on day 31 at 18:00')
    for (const [act, state] of [
      ['pause', 'Paused'],
      ['resume', 'Active'],
      ['end', 'Ended'],
    ] as const) {
      expect((await post(`${own}/${act}`, {}, cookie)).status).toBe(303)
      expect(await wordsOf(await get(own, cookie))).toContain(state)
    }
    expect((await post(`${own}/resume`, {}, cookie)).status).toBe(404)
    const other = await club()
    const stranger = await signIn(other.admin)
    expect((await get(`${other.path}/standing/${standing?.id}`, stranger)).status).toBe(404)
  })
})

const STANDING = {
  amount: '5',
  asset: 'CREDIT',
  note: '',
  every: 'week',
  weekday: '1',
  monthday: '1',
  hour: '9',
}

const club = (amount?: string) => openClub(pages, amount)

async function balanceOf(groupId: string): Promise<string | undefined> {
  const [held] = await treasuryOf(pages.core.db, groupId)
  return held && pages.core.assets.formatted(held.balance, held.asset)
}

const upload = (path: string, body: FormData, headers: Record<string, string>) =>
  fetch(new URL(path, pages.url), {
    method: 'POST',
    body,
    headers: { ...headers, accept: 'text/html', origin: pages.url },
    redirect: 'manual',
  })

/** What a form hands on without showing it. */
function hiddenIn(page: string): Record<string, string> {
  const inputs = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
  const areas = [...page.matchAll(/<textarea name="([^"]*)" hidden>\n([^<]*)<\/textarea>/g)]
  return Object.fromEntries([...inputs, ...areas].map(([, name, value]) => [name, plain(value ?? '')]))
}

const errorIn = (page: string, field: string): string | undefined =>
  plain(new RegExp(`<p class="error" id="${field}-error">([^<]*)</p>`).exec(page)?.[1] ?? '') || undefined

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
const plain = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')
