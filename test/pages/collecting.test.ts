import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { ada, ben, cleo, visitorOf, wordsOf } from '../support/visitor.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

const { get, post, signIn, claim, stateOf } = visitorOf(() => pages)

describe('Collecting in the browser', () => {
  const keyIn = (page: string) => /name="key" value="([^"]*)"/.exec(page)?.[1] ?? ''

  test('who is signed in presses a button, and the page says that it is theirs', async () => {
    const transfer = await pages.send({ from: ada, to: ben })
    const before = Number(await pages.balance(ben))
    const cookie = await signIn(ben)
    const page = await (await get(transfer.link, cookie)).text()
    expect(page).toContain('Collect 20.00 CREDIT')
    expect(page).toContain('<dd>you</dd>')
    const answer = await post(transfer.link, { key: keyIn(page) }, cookie)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe(`/c/${transfer.code}`)
    expect(await wordsOf(await get(transfer.link, cookie))).toContain('It’s yours')
    expect(Number(await pages.balance(ben))).toBeCloseTo(before + 20)
  })

  test('a red packet of a crowd: who came first and gave it back reads so, however many came after them', async () => {
    const packet = await pages.send({ from: ada, amount: '101', shares: 101 })
    await claim(packet, cleo)
    const crowd = Array.from({ length: 100 }, (_, n) => ({
      messenger: 'telegram',
      id: `77${n}`,
      name: 'Somebody',
    }))
    await Promise.all(crowd.map((one) => claim(packet, one)))
    const asCleo = await signIn(cleo)
    expect(await wordsOf(await get(packet.link, asCleo))).toContain('Give back 1.00 CREDIT')
    await post(`/c/${packet.code}/refund`, {}, asCleo)
    expect(await wordsOf(await get(packet.link, asCleo))).toContain('You have given it back')
  })

  test('pressed twice at once, it is one claim, and both answers lead to the same page', async () => {
    const transfer = await pages.send({ from: ada })
    const before = Number(await pages.balance(ben))
    const cookie = await signIn(ben)
    const key = keyIn(await (await get(transfer.link, cookie)).text())
    const answers = await Promise.all(
      [key, key, '', 'not a key\n'].map((k) => post(transfer.link, { key: k }, cookie)),
    )
    expect(answers.map((answer) => answer.status)).toEqual([303, 303, 303, 303])
    expect(Number(await pages.balance(ben))).toBeCloseTo(before + 20)
  })

  test('a refusal is said in words', async () => {
    const cookie = await signIn(cleo)
    const late = await pages.send({ from: ada })
    await claim(late, ben)
    const answer = await post(late.link, {}, cookie)
    expect(answer.status).toBe(409)
    expect(await wordsOf(answer)).toContain('Somebody has collected it')

    const others = await pages.send({ from: ada, to: ben })
    const refused = await post(others.link, {}, cookie)
    expect(refused.status).toBe(403)
    expect(await wordsOf(refused)).toContain('It is for Ben (@ben)')
    expect((await post(`/c/${'A'.repeat(22)}`, {}, cookie)).status).toBe(404)
  })

  test('the key of another claim does nothing, and the page offers the button again', async () => {
    const cookie = await signIn(ben)
    const [first, second] = [await pages.send({ from: ada }), await pages.send({ from: ada })]
    await post(first.link, { key: 'one-and-the-same' }, cookie)
    const answer = await post(second.link, { key: 'one-and-the-same' }, cookie)
    expect(answer.status).toBe(422)
    const page = await answer.text()
    expect(page).toContain('Wait a moment, then press the button again.')
    expect(keyIn(page)).not.toBe('one-and-the-same')
    expect(await stateOf(second)).toBe('open')
  })

  test('what is for a handle is collected where the messenger says whose it is now, and not in the browser', async () => {
    const transfer = await pages.send({ from: ada, to: { messenger: 'telegram', handle: 'BEN' } })
    // Each of them, also who was last seen with the handle: by now it may be somebody else's.
    for (const viewer of [ben, cleo, { messenger: 'discord', id: '80351110224678919', handle: 'ben' }]) {
      const cookie = await signIn(viewer)
      const page = await get(transfer.link, cookie)
      expect(page.status).toBe(200)
      const refused = await post(transfer.link, {}, cookie)
      expect(refused.status).toBe(403)
      for (const answer of [page, refused]) {
        const words = await wordsOf(answer)
        expect(words).toContain('This one is for whoever goes by @ben in Telegram now')
        expect(words).toContain(`/collect ${transfer.code}`)
        expect(words).not.toContain('Collect 20.00')
      }
    }
    expect(await stateOf(transfer)).toBe('open')
    expect(await wordsOf(await get(transfer.link, await signIn(ada)))).toContain('Pass it along')
    expect(await claim(transfer, ben)).toMatchObject({ amount: '20.00' })
  })

  const typeOf = (type: string) => ({ 'content-type': type })
  test.each<[what: string, headers: Record<string, string>]>([
    ['another origin', { origin: 'https://evil.example' }],
    ['no telling origin', { origin: 'null' }],
    ['an empty origin', { origin: '' }],
    ['neither origin nor a word of where it is from', {}],
    ['nothing but that it is from elsewhere', { 'sec-fetch-site': 'cross-site' }],
    ['nothing but that it is from a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['nothing but that somebody typed it', { 'sec-fetch-site': 'none' }],
    [
      'another origin that says that it is ours',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
    ['our address by another protocol', { origin: 'https://127.0.0.1' }],
  ])('a request with %s does nothing, whatever its type', async (_what, headers) => {
    const transfer = await pages.send({ from: ada })
    const { cookie } = await signIn(ben)
    const ticket = await pages.ticket(cleo)
    const send = (method: string, path: string, type: Record<string, string>) =>
      fetch(new URL(path, pages.url), {
        method,
        headers: { ...headers, ...type, cookie },
        // Bytes come without a type unless one is given.
        body: new TextEncoder().encode(new URLSearchParams({ ticket }).toString()),
        redirect: 'manual',
      })
    for (const type of [
      {},
      typeOf('application/x-www-form-urlencoded'),
      typeOf('text/plain'),
      typeOf('application/json'),
      typeOf('application/octet-stream'),
    ])
      for (const [method, path] of [
        ['POST', transfer.link],
        ['PUT', transfer.link],
        ['DELETE', transfer.link],
        ['POST', '/session'],
        ['POST', '/session/end'],
        ['POST', '/docs'],
      ] as const) {
        const answer = await send(method, path, type)
        expect([method, path, type, answer.status]).toEqual([method, path, type, 403])
        expect(await wordsOf(answer)).toContain('That came from another site')
        expect(answer.headers.get('set-cookie')).toBeNull()
      }
    expect(await stateOf(transfer)).toBe('open')
    expect(await wordsOf(await get(transfer.link, { cookie }))).toContain('You are Ben')
    expect((await post('/session', { ticket })).status).toBe(303)
  })

  test('a browser that tells no origin is believed where it says that the request is our own', async () => {
    const transfer = await pages.send({ from: ada })
    const { cookie } = await signIn(ben)
    const answer = await fetch(transfer.link, {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
      redirect: 'manual',
    })
    expect(answer.status).toBe(303)
    expect(await stateOf(transfer)).toBe('collected')
  })

  test('nobody collects who is not signed in, or not any more', async () => {
    const transfer = await pages.send({ from: ada })
    const cookie = await signIn(ben)
    await post('/session/end', {}, cookie)
    for (const headers of [{}, cookie, { cookie: 'session=forged' }]) {
      const answer = await post(transfer.link, {}, headers)
      expect(answer.status).toBe(401)
      expect(await wordsOf(answer)).toContain('You are not signed in')
    }
    expect(await stateOf(transfer)).toBe('open')
  })

  test('where the asset is not dealt in, the page says so, and where it is', async () => {
    const transfer = await pages.send({ from: ada })
    const player = await signIn({ messenger: 'playground', id: '1' })
    const refused = await post(transfer.link, {}, player)
    expect(refused.status).toBe(403)
    for (const answer of [await get(transfer.link, player), refused]) {
      const words = await wordsOf(answer)
      expect(words).toContain('It can’t be collected with this account')
      expect(words).toContain('don’t deal in CREDIT')
      expect(words).toContain(`/collect ${transfer.code}`)
      expect(words).not.toContain('Collect 20.00')
      expect(words).not.toContain('somebody else')
    }
    const others = await pages.send({ from: ada, to: ben })
    expect(await wordsOf(await get(others.link, player))).toContain('It is for Ben (@ben)')
  })
})
