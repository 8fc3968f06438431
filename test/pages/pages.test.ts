import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { openPages, type PagesUnderTest, type Person } from '../support/pages.ts'

const ada: Person = { messenger: 'telegram', id: '1', handle: 'ada', name: 'Ada' }
const ben: Person = { messenger: 'telegram', id: '2', handle: 'ben', name: 'Ben' }
const cleo: Person = { messenger: 'telegram', id: '3', name: 'Cleo' }

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(new URL(path, pages.url), { headers: { ...BROWSER, ...headers }, redirect: 'manual' })

const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(new URL(path, pages.url), {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { ...BROWSER, origin: pages.url, ...headers },
    redirect: 'manual',
  })

/** Signs somebody in, and answers their cookie. */
async function signIn(who: Person): Promise<{ cookie: string }> {
  const answer = await post('/session', { ticket: await pages.ticket(who) })
  expect(answer.status).toBe(303)
  return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
}

/** What a page says, without its markup. */
const wordsOf = async (answer: Response) =>
  (await answer.text())
    .replace(/^[\s\S]*<body>/, '')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')

const claim = (transfer: ViewWithCode, by: Person) =>
  pages.call('POST', '/claims', { code: transfer.code, by })

const stateOf = async ({ id }: ViewWithCode) => (await pages.core.transfers.byId(id))?.state

describe('The claim page says how a transfer stands', () => {
  test('open: amount, sender, recipient, note, time left, and how to collect', async () => {
    const transfer = await pages.send({ from: ada, to: ben, note: 'lunch' })
    const answer = await get(transfer.link)
    expect(answer.status).toBe(200)
    const words = await wordsOf(answer)
    for (const said of ['20.00 CREDIT', 'from Ada (@ada)', 'Ben (@ben)', 'lunch', '23 hr 59 min', 'UTC'])
      expect(words).toContain(said)
    expect(words).toContain(`/collect ${transfer.code}`)
    expect(words).not.toContain('Sign out')
  })

  test('collected: somebody has it; to who collected it, that it is theirs; to the sender, who has it', async () => {
    const transfer = await pages.send({ from: ada })
    await claim(transfer, ben)
    expect(await wordsOf(await get(transfer.link))).toContain('Somebody has collected it')
    expect(await wordsOf(await get(transfer.link, await signIn(cleo)))).toContain('Somebody has collected it')
    expect(await wordsOf(await get(transfer.link, await signIn(ben)))).toContain('It’s yours')
    expect(await wordsOf(await get(transfer.link, await signIn(ada)))).toContain(
      'Ben (@ben) has collected it',
    )
  })

  test('cancelled', async () => {
    const transfer = await pages.send({ from: ada })
    await pages.call('POST', `/transfers/${transfer.id}/cancel`, { by: ada })
    for (const headers of [{}, await signIn(ben)])
      expect(await wordsOf(await get(transfer.link, headers))).toMatch(
        /It was taken back It is with Ada \(@ada\) again\. If you expected it/,
      )
    expect(await wordsOf(await get(transfer.link, await signIn(ada)))).toMatch(
      /from you.*It was taken back It is with you again\.\s*Pass/,
    )
  })

  test('declined', async () => {
    const transfer = await pages.send({ from: ada, to: ben })
    await pages.call('POST', `/transfers/${transfer.id}/decline`, { by: ben })
    expect(await wordsOf(await get(transfer.link))).toContain('It was declined')
    expect(await wordsOf(await get(transfer.link, await signIn(ada)))).toContain('it is with you again')
  })

  test('past its time: over, even before it was returned, and nobody is offered to collect it', async () => {
    const transfer = await pages.send({ from: ada, asset: 'FLASH' })
    await sleep(1100)
    expect(await stateOf(transfer)).toBe('open')
    for (const headers of [{}, await signIn(ben)]) {
      const words = await wordsOf(await get(transfer.link, headers))
      expect(words).toContain('Nobody collected it in time It goes back to Ada (@ada) by itself.')
      expect(words).not.toContain('Collect')
      expect(words).not.toContain(transfer.code)
    }
    const sender = await signIn(ada)
    expect(await wordsOf(await get(transfer.link, sender))).toContain('It goes back to you by itself.')
    await pages.core.ledger.submit({ do: 'return', which: { id: transfer.id } })
    expect(await wordsOf(await get(transfer.link))).toContain(
      'Nobody collected it in time It has gone back to Ada (@ada).',
    )
    expect(await wordsOf(await get(transfer.link, sender))).toContain('It has gone back to you.')
  })

  test('for somebody else: for whom, and no button', async () => {
    const transfer = await pages.send({ from: ada, to: ben })
    const words = await wordsOf(await get(transfer.link, await signIn(cleo)))
    expect(words).toContain('It is for Ben (@ben)')
    expect(words).toContain('You are Cleo')
    expect(words).not.toContain('Collect 20.00')
  })

  test('one’s own: to be shared, and no button', async () => {
    const transfer = await pages.send({ from: ada })
    const words = await wordsOf(await get(transfer.link, await signIn(ada)))
    expect(words).toContain('Pass it along')
    expect(words).toContain('from you')
    expect(words).toContain(transfer.link)
    expect(words).not.toContain('Collect 20.00')
  })

  test('unknown, or no code at all: there is no such transfer', async () => {
    for (const code of ['A'.repeat(22), 'short', '%00', '..%2f..', "'%20or%201=1--", 'x'.repeat(2000)]) {
      const answer = await get(`/c/${code}`)
      expect(answer.status).toBe(404)
      expect(await wordsOf(answer)).toContain('There is no such transfer')
      expect((await get(`/c/${code}/qr.png`)).status).toBe(404)
      expect((await get(`/c/${code}/qr.svg`)).status).toBe(404)
    }
  })
})

describe('An address that a chat program has made too long', () => {
  test.each([
    '.',
    ',',
    '!',
    '?!',
    ')',
    '>',
    '"',
    '’',
    '。',
    '，谢谢',
    '…',
    '/',
    '//',
    '/.',
    '.html',
    '%',
    '%00',
    '*',
    '%20lunch',
    "'s",
  ])('leads to the transfer: a code followed by %s', async (more) => {
    const { code } = await pages.send({ from: ada })
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(`${pages.url}/c/${code}${more}`.replace('?', '%3F'), {
        method,
        redirect: 'manual',
      })
      expect([answer.status, answer.headers.get('location')]).toEqual([302, `/c/${code}`])
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
      expect(answer.headers.get('x-robots-tag')).toBe('noindex')
    }
  })

  test('leads nowhere where there is no code in it, or another address behind it', async () => {
    const { code } = await pages.send({ from: ada })
    for (const path of [
      'short.',
      '.',
      `.${code}`,
      `${code}/qr`,
      `${code}/qr.png.`,
      `${code}/../x`,
      `${'x'.repeat(65)}.`,
    ])
      expect([path, (await get(`/c/${path}`)).status]).toEqual([path, 404])
    expect((await post(`/c/${code}.`, {}, await signIn(ben))).status).toBe(404)
    for (const kind of ['png', 'svg']) expect((await get(`/c/${code}/qr.${kind}`)).status).toBe(200)
  })
})

describe('Looking moves nothing', () => {
  test('a messenger’s preview may fetch page and pictures as often as it likes', async () => {
    const transfer = await pages.send({ from: ada })
    const ends = transfer.link.replace(pages.url, '')
    for (const agent of ['TelegramBot (like TwitterBot)', 'Mozilla/5.0 (compatible; Discordbot/2.0)'])
      for (const path of [ends, `${ends}/qr.svg`, `${ends}/qr.png`, ends])
        for (const method of ['GET', 'HEAD']) {
          const answer = await fetch(pages.url + path, { method, headers: { 'user-agent': agent } })
          expect(answer.status).toBe(200)
          expect(answer.headers.get('set-cookie')).toBeNull()
        }
    expect(await stateOf(transfer)).toBe('open')
  })

  test('even for who is signed in', async () => {
    const transfer = await pages.send({ from: ada, to: ben })
    const cookie = await signIn(ben)
    await get(transfer.link, cookie)
    await get(`${transfer.link}?collect=1&key=abc`, cookie)
    expect(await stateOf(transfer)).toBe('open')
  })

  test('a GET signs nobody in or out', async () => {
    const ticket = await pages.ticket(ben)
    for (const path of [`/session?ticket=${ticket}`, '/session', '/session/end']) {
      const answer = await get(path)
      expect(answer.status).toBe(404)
      expect(await wordsOf(answer)).toContain('There is nothing here')
      expect(answer.headers.get('set-cookie')).toBeNull()
    }
    expect((await post('/session', { ticket })).status).toBe(303)
  })
})

describe('A preview and a search engine', () => {
  test('show amount, sender and note with a picture of the size that is told, and keep nothing', async () => {
    const transfer = await pages.send({ from: ada, note: 'for "lunch" & cake' })
    const answer = await get(transfer.link)
    const page = await answer.text()
    const tag = (name: string) => new RegExp(`<meta property="${name}" content="([^"]*)">`).exec(page)?.[1]
    expect(tag('og:title')).toBe('20.00 CREDIT from Ada (@ada)')
    expect(tag('og:description')).toContain('for &quot;lunch&quot; &amp; cake')
    expect(tag('og:url')).toBe(transfer.link)
    expect(tag('og:image')).toBe(`${transfer.link}/qr.png`)
    expect(page).toContain('<meta name="robots" content="noindex">')
    expect(answer.headers.get('x-robots-tag')).toBe('noindex')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")

    const png = Buffer.from(await (await get(`${transfer.link}/qr.png`)).arrayBuffer())
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
    expect(width).toBeGreaterThanOrEqual(600)
    expect([String(width), String(height)]).toEqual([tag('og:image:width'), tag('og:image:height')])
  })

  test('the SVG says what it is', async () => {
    const transfer = await pages.send({ from: ada })
    const answer = await get(`${transfer.link}/qr.svg`)
    expect(answer.headers.get('content-type')).toBe('image/svg+xml')
    expect(answer.headers.get('cache-control')).toBe('private, max-age=300')
    const svg = await answer.text()
    expect(svg).toContain('<title>QR code for 20.00 CREDIT</title>')
    expect(svg).toContain(`<desc>${transfer.link}</desc>`)
  })

  test('the picture’s alternative text carries amount and link', async () => {
    const transfer = await pages.send({ from: ada })
    expect(await (await get(transfer.link)).text()).toContain(
      `alt="QR code for 20.00 CREDIT: ${transfer.link}"`,
    )
  })
})

test('what people wrote is shown as they wrote it, escaped once, and can’t turn the text around it', async () => {
  const name = '<b>Eve</b> & "co" \'s'
  const transfer = await pages.send({
    from: { messenger: 'telegram', id: '66', name },
    to: { messenger: 'telegram', id: '67', name: 'דנה' },
    note: '<script>alert(1)</script>{{who}}$& &amp;',
  })
  const page = await (await get(transfer.link)).text()
  expect(page).toContain('<bdi dir="ltr">&lt;b&gt;Eve&lt;/b&gt; &amp; &quot;co&quot; &#39;s (#66)</bdi>')
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;{{who}}$&amp; &amp;amp;')
  expect(page).toContain('<bdi dir="ltr">\u2068דנה\u2069 (#67)</bdi>')
  expect(page).not.toContain('<b>Eve')
  expect(page).not.toContain('<script>')
})

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
    expect(Number(await pages.balance(ben))).toBe(before + 20)
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
    expect(Number(await pages.balance(ben))).toBe(before + 20)
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

describe('Signing in', () => {
  test('a ticket works once, and then says so', async () => {
    const ticket = await pages.ticket(ben)
    const answer = await post('/session', { ticket, next: '/c/somewhere?x=1' })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/c/somewhere?x=1')
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/)
    expect(cookie).not.toMatch(/Secure/)
    expect(cookie).not.toContain(ticket)
    for (const used of [ticket, 'never-was-one', '']) {
      const again = await post('/session', { ticket: used })
      expect(again.status).toBe(410)
      expect(again.headers.get('set-cookie')).toBeNull()
      expect(await wordsOf(again)).toContain('This sign-in has been used, or is too old')
    }
  })

  test('it never leads to another site, and such a ticket is not used up', async () => {
    const ticket = await pages.ticket(ben)
    for (const next of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      '/.//evil.example',
      '/\t/evil.example',
      'javascript:alert(1)',
      'evil.example',
    ])
      expect([next, (await post('/session', { ticket, next })).status]).toEqual([next, 400])
    expect((await post('/session', { ticket })).headers.get('location')).toBe('/')
  })

  test('a second sign-in ends the first, and signing out ends it for good', async () => {
    const first = await signIn(ben)
    const answer = await post('/session', { ticket: await pages.ticket(cleo) }, first)
    const second = { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
    const transfer = await pages.send({ from: ada })
    expect(await wordsOf(await get(transfer.link, first))).not.toContain('You are Ben')
    expect(await wordsOf(await get(transfer.link, second))).toContain('You are Cleo')
    const out = await post('/session/end', { next: `/c/${transfer.code}` }, second)
    expect(out.headers.get('location')).toBe(`/c/${transfer.code}`)
    expect(out.headers.get('set-cookie')).toMatch(/Max-Age=0/)
    expect(await wordsOf(await get(transfer.link, second))).not.toContain('You are')
  })

  test('the picture says how to use it, and where it opens on this machine only', async () => {
    const { link } = await pages.send({ from: ada })
    expect(await wordsOf(await get(link))).toContain('It opens on this machine only.')
    const abroad = await openPages('https://pass.example.org')
    try {
      const { code } = await abroad.send({ from: ada })
      const words = await wordsOf(await fetch(`${abroad.url}/c/${code}`))
      expect(words).toContain('Scan it with your phone’s camera.')
      expect(words).toContain('press and hold to save the picture')
      expect(words).not.toContain('on this machine only')
    } finally {
      await abroad.close()
    }
  })

  test('the cookie is this host’s alone where the public address is https, and its forms are accepted', async () => {
    const abroad = await openPages('https://pass.example.org')
    try {
      const transfer = await abroad.send({ from: ada })
      const path = `${abroad.url}/c/${transfer.code}`
      const headers = { origin: 'https://pass.example.org' }
      const answer = await fetch(`${abroad.url}/session`, {
        method: 'POST',
        body: new URLSearchParams({ ticket: await abroad.ticket(ben) }),
        headers,
        redirect: 'manual',
      })
      expect(answer.status).toBe(303)
      const set = answer.headers.get('set-cookie') ?? ''
      expect(set).toMatch(/^__Host-session=[\w-]{43}; /)
      for (const part of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax'])
        expect(set.split('; ')).toContain(part)
      expect(set).not.toMatch(/Domain/i)

      const cookie = set.split(';')[0] ?? ''
      const seenWith = async (cookie: string) => wordsOf(await fetch(path, { headers: { cookie } }))
      expect(await seenWith(cookie)).toContain('You are Ben')
      // What a plain connection, or an earlier version, has set.
      expect(await seenWith(cookie.replace('__Host-', ''))).not.toContain('You are')
      const out = await fetch(`${abroad.url}/session/end`, {
        method: 'POST',
        headers: { ...headers, cookie },
        redirect: 'manual',
      })
      expect(out.headers.get('set-cookie')).toMatch(/^__Host-session=; Max-Age=0; Path=\/;/)
      expect(await seenWith(cookie)).not.toContain('You are')
    } finally {
      await abroad.close()
    }
  })
})

describe('Languages', () => {
  test.each([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-Hans', '等待领取'],
    ['zh-hans', 'zh-Hans', '等待领取'],
    ['de;q=0.9, zh-TW;q=0.8, en;q=0.5', 'zh-Hans', '等待领取'],
    ['en-GB', 'en', 'Waiting to be collected'],
    ['de', 'en', 'Waiting to be collected'],
    ['zh;q=0, *', 'en', 'Waiting to be collected'],
    ['@@;;q=x,,__proto__', 'en', 'Waiting to be collected'],
  ])('%s is answered in %s', async (asked, language, said) => {
    const transfer = await pages.send({ from: ada })
    const answer = await get(transfer.link, { 'accept-language': asked })
    expect(answer.headers.get('content-language')).toBe(language)
    const page = await answer.text()
    expect(page).toContain(`<html lang="${language}" dir="ltr">`)
    expect(page).toContain(said)
    expect(page).not.toMatch(/\{\{|undefined|\[object/)
    expect(page).toContain(`<time datetime="${transfer.expiresAt}">`)
  })
})

describe('Who runs it', () => {
  test('asks whether it lives, whether it is ready, and how it does, and no code is in the answer', async () => {
    const transfer = await pages.send({ from: ada })
    await get(transfer.link)
    expect(await (await get('/healthz')).text()).toBe('ok')
    expect((await get('/readyz')).status).toBe(200)
    const answer = await get('/metrics')
    const metrics = await answer.text()
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect(metrics).toContain('route="/c/:code"')
    expect(metrics).not.toContain(transfer.code)
  })

  test('is told that it is not ready where the database is gone, though it lives', async () => {
    const cutOff = await openPages()
    await cutOff.core.close()
    const ready = await fetch(`${cutOff.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(Number(ready.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await ready.text()).toBe('the database does not answer')
    expect((await fetch(`${cutOff.url}/healthz`)).status).toBe(200)
    await cutOff.close()
  })

  test('finds a failure by its number, and the page and the log tell no more than that', async () => {
    const transfer = await pages.send({ from: ada })
    const { cookie } = await signIn(ben)
    await pages.core.db.execute(sql`alter table sessions rename to lost`)
    const answer = await get(transfer.link, { cookie })
    await pages.core.db.execute(sql`alter table lost rename to sessions`)
    expect(answer.status).toBe(500)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    const words = await wordsOf(answer)
    const id = answer.headers.get('x-request-id') ?? ''
    expect(words).toContain('Something went wrong on our side')
    expect(words).toContain(id)
    expect(words).not.toMatch(/relation|select|sessions/)
    expect(pages.log.join('')).toContain(id)
    expect(pages.log.join('')).not.toContain(transfer.code)
    expect(pages.log.join('')).not.toContain(cookie.replace('session=', ''))
  })
})

describe('Everything else', () => {
  test('the start page says what this is and where the docs are', async () => {
    const page = await (await get('/')).text()
    expect(page).toContain('Pass money along in any chat.')
    expect(page).toContain('href="/docs"')
  })

  test('an address with nothing at it is answered in words to a browser, and by a problem to a program', async () => {
    const browser = await get('/nothing')
    expect(browser.status).toBe(404)
    expect(browser.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await wordsOf(browser)).toContain('There is nothing here')
    const program = await get('/nothing', { accept: '*/*' })
    expect(program.status).toBe(404)
    expect(program.headers.get('content-type')).toBe('application/problem+json')
    for (const answer of [browser, program]) expect(answer.headers.get('vary')).toContain('Accept')
  })

  test.each([
    ['/style.css', 'text/css; charset=utf-8'],
    ['/letter.css', 'text/css; charset=utf-8'],
    ['/live.js', 'text/javascript; charset=utf-8'],
    ['/icon.svg', 'image/svg+xml'],
    ['/docs/assets/swagger-ui.css', 'text/css; charset=utf-8'],
    ['/docs/assets/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ['/docs/assets/docs.css', 'text/css; charset=utf-8'],
    ['/docs/assets/docs.js', 'text/javascript; charset=utf-8'],
  ])('%s is served with its type, and not again where it is known', async (path, type) => {
    const answer = await get(path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe(type)
    expect((await answer.text()).length).toBeGreaterThan(100)
    const again = await get(path, { 'if-none-match': answer.headers.get('etag') ?? '' })
    expect(again.status).toBe(304)
  })

  test('the docs name no other host', async () => {
    const answer = await get('/docs')
    expect(answer.headers.get('content-security-policy')).toContain("connect-src 'self'")
    expect(await answer.text()).not.toMatch(/https?:\/\//)
  })
})
