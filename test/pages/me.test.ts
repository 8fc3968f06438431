import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPages, type PagesUnderTest, type Person } from '../support/pages.ts'
import { visitorOf, wordsOf } from '../support/visitor.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

const { get, signIn, claim } = visitorOf(() => pages)

let people = 0
const person = (name: string): Person => ({
  messenger: 'telegram',
  id: `${++people}`,
  name,
  handle: name.toLowerCase(),
})

describe('One’s own statement', () => {
  test('says what came and went, what there was after it, and where it was sent', async () => {
    const [ada, ben] = [person('Ada'), person('Ben')]
    const group = { messenger: 'telegram', id: '-1', title: 'Chess Club' }
    const lunch = await pages.send({ from: ada, to: ben, note: 'lunch', group })
    await claim(lunch, ben)
    const back = await pages.send({ from: ada, amount: '5' })
    await pages.call('POST', `/transfers/${back.id}/cancel`, { by: ada })
    const answer = await get('/me', await signIn(ada))
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const words = await wordsOf(answer)
    expect(words).toContain('What you have CREDIT5.00')
    expect(words).toMatch(/Back, as you cancelled it: for whoever collects it \+5\.00 CREDIT Balance 5\.00/)
    expect(words).toMatch(/To Ben \(@ben\) · Chess Club -20\.00 CREDIT Balance 0\.00 CREDIT Collected lunch/)
    expect(words).toMatch(/From the issuer \+20\.00 CREDIT Balance 20\.00/)
    const theirs = await wordsOf(await get('/me', await signIn(ben)))
    expect(theirs).toMatch(/From Ada \(@ada\) · Chess Club \+20\.00 CREDIT Balance 20\.00/)
    expect(theirs).not.toContain('5.00')
  })

  test('says what was done about what waits: more time, other codes, reminders; to who did it alone', async () => {
    const [ada, ben] = [person('Ada'), person('Ben')]
    const { id } = await pages.send({ from: ada, to: ben, note: 'lunch' })
    await pages.core.people.meet(ben)
    for (const verb of ['extend', 'reissue', 'reissue', 'remind'])
      await pages.call('POST', `/transfers/${id}/${verb}`, { by: ada })
    const words = await wordsOf(await get('/me', await signIn(ada)))
    expect(words).toContain('To Ben (@ben) · got more time · other codes: 2 · reminders: 1 -20.00 CREDIT')
    await pages.call('POST', `/transfers/${id}/cancel`, { by: ada })
    expect((await wordsOf(await get('/me', await signIn(ada)))).split('other codes')).toHaveLength(2)
  })

  test('shows what came together by a link, and what has linked and parted them', async () => {
    const [ada, there] = [person('Ada'), { messenger: 'discord', id: '80351110224678777', name: 'Ada' }]
    await pages.call('POST', '/issues', { amount: '7', to: there })
    const { code } = (await pages.call('POST', '/identity-links/codes', { by: ada })) as { code: string }
    const { id } = (await pages.call('POST', '/identity-links', { by: there, code })) as { id: string }
    for (const by of [ada, there]) await pages.call('POST', `/identity-links/${id}/confirm`, { by })
    const words = await wordsOf(await get('/me', await signIn(ada)))
    expect(words).toContain('What you have CREDIT7.00')
    expect(words).toMatch(/Linked accounts .* Ada \(Discord: #\d+\) was linked with Ada \(@ada\)/)
    expect(words).toMatch(/Brought together, as two accounts were linked \+7\.00 CREDIT Balance 7\.00/)
    await pages.call('POST', `/people/discord/${there.id}/unlink`)
    expect(await wordsOf(await get('/me', await signIn(there)))).toMatch(
      /was parted; the money stayed with the others/,
    )
  })

  test('can be filtered and paged, and both live in the address', async () => {
    const ada = person('Ada')
    for (let n = 1; n <= 52; n++) await pages.call('POST', '/issues', { amount: '1', to: ada })
    const cookie = await signIn(ada)
    const rows = async (path: string) =>
      (await (await get(path, cookie)).text()).match(/<td class="when">/g)?.length
    expect(await rows('/me')).toBe(50)
    const page = await (await get('/me?asset=CREDIT', cookie)).text()
    const older = (/rel="next" href="([^"]+)"/.exec(page)?.[1] ?? '').replaceAll('&amp;', '&')
    expect(older).toContain('asset=CREDIT&before=')
    expect(await rows(older)).toBe(2)
    expect(await rows('/me?to=2020-01-01')).toBeUndefined()
    expect(page).toContain('href="/me/export.csv?asset=CREDIT"')
    const empties = await get('/me?asset=CREDIT&from=&to=', cookie)
    expect(empties.headers.get('location')).toBe('/me?asset=CREDIT')
  })

  test.each(['?from=2026-02-30', '?before=x', '?state=open', '?before=1&after=2'])(
    'shows nothing where the address can’t be understood: %s',
    async (query) => {
      const answer = await get(`/me${query}`, await signIn(person('Ada')))
      expect(answer.status).toBe(400)
      expect(await wordsOf(answer)).toContain('This part of the address can’t be understood')
    },
  )

  test('can be exported as it is filtered, and comes to what there is', async () => {
    const [ada, ben] = [person('Ada'), person('Ben')]
    await claim(await pages.send({ from: ada, to: ben, note: 'lunch' }), ben)
    await pages.send({ from: ben, to: ada, amount: '3' })
    const cookie = await signIn(ben)
    const answer = await get('/me/export.csv?asset=CREDIT', cookie)
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="statement.csv"')
    const rows = parse(await answer.text(), { bom: true, columns: true }) as Record<string, string>[]
    const sum = rows.reduce((total, row) => total + Number(row.in) - Number(row.out), 0)
    expect(`${sum}.00`).toBe(await pages.balance(ben))
    expect(rows[0]?.balance).toBe(await pages.balance(ben))
    const lines = (await (await get('/me/export.jsonl', cookie)).text()).trimEnd().split('\n')
    expect(lines).toHaveLength(rows.length)
    expect((await get('/me/export.csv?state=open', cookie)).status).toBe(400)
  })

  test('is for who is signed in', async () => {
    for (const path of ['/me', '/me/export.csv', '/me/export.jsonl']) {
      const answer = await get(path)
      expect(answer.status).toBe(401)
      expect(await wordsOf(answer)).toContain('You are not signed in')
    }
  })
})
