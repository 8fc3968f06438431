import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { APP_VERBS, type Scope } from '../../src/access/scopes.ts'
import { makeToken } from '../../src/access/tokens.ts'
import { ask as askFor } from '../../src/asks/ask.ts'
import type { AskView } from '../../src/asks/view.ts'
import { capitalised } from '../../src/shared/names.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { scanned } from '../support/scanned.ts'
import { type Client, clientOf, startTestService } from '../support/service.ts'
import { ada, ben, cleo, visitorOf, wordsOf } from '../support/visitor.ts'

let pages: PagesUnderTest
/** A program with a token for its own account alone. */
let shop: Client
const app = { messenger: 'app', id: 'shop' }
beforeAll(async () => {
  pages = await openPages()
  const token = await makeToken(pages.core.db, 'shop', { may: APP_VERBS, whom: { kind: 'own' } })
  shop = clientOf((path, init) => fetch(pages.url + path, init), token)
  for (const name of ['telegram', 'wechat', 'qq', 'dingtalk'])
    await pages.call('PUT', `/messengers/${name}`, {
      title: capitalised(name),
      link: name === 'telegram' ? 'https://t.me/passalong_bot?start={code}' : `https://${name}.example`,
    })
  for (const to of [ben, cleo]) await pages.call('POST', '/issues', { amount: '500', to })
})
afterAll(() => pages.close())

const { get, post, signIn } = visitorOf(() => pages)

const asks = (more: object = {}) =>
  shop.post<AskView & { page: string }>('/v1/asks', { by: app, amount: '12.50', ...more })
const paysByBot = (ask: AskView, by: object) => pages.call('POST', `/asks/${ask.id}/payments`, { by })
const read = async (ask: { page: string }, headers = {}) => wordsOf(await get(ask.page, headers))
const now = (ask: AskView) => shop.get<AskView>(`/v1/asks/${ask.id}`)
const SHOP = 'https://shop.example.org/thanks?order=4711'

describe('The page of what an app asks for', () => {
  test('tells a payer what they need: how much, who asks, what for, until when, and how to pay', async () => {
    const ask = await asks({ note: 'two coffees', reference: 'order-4711', returnUrl: SHOP, minutes: 15 })
    expect(ask).toMatchObject({
      reference: 'order-4711',
      returnUrl: SHOP,
      page: `${pages.url}/p/${ask.id}`,
      state: 'open',
    })
    const answer = await get(ask.page)
    expect([answer.status, answer.headers.get('x-robots-tag')]).toEqual([200, 'noindex'])
    const markup = await answer.text()
    expect(markup).toContain(`href="https://t.me/passalong_bot?start=${ask.id}"`)
    expect(markup).not.toContain(SHOP)
    for (const said of [
      'Waiting to be paid',
      '12.50 CREDIT to shop (app)',
      'two coffees',
      'order-4711',
      '14 min',
      'Pay in Telegram',
      `/start ${ask.id}`,
    ])
      expect(await read(ask)).toContain(said)
    const png = await get(`/p/${ask.id}/qr.png`)
    expect(await scanned(new Uint8Array(await png.arrayBuffer()))).toBe(ask.page)
    expect(await read(ask, { 'accept-language': 'zh-CN' })).toContain('付给 shop (app)')
    // Chat programs take what follows a link for a part of it.
    expect((await get(`/p/${ask.id}).`)).headers.get('location')).toBe(`/p/${ask.id}`)
  })

  test.each([
    ['WeChat', 'Mozilla/5.0 (iPhone) MicroMessenger/8.0.49 NetType/WIFI'],
    ['QQ', 'Mozilla/5.0 (Linux; Android 14) MQQBrowser/6.2 QQ/9.0.60'],
    ['DingTalk', 'Mozilla/5.0 (Linux; Android 14) AliApp(DingTalk/7.5.20)'],
    ['Alipay', 'Mozilla/5.0 (iPhone) AliApp(AP/10.5.90) AlipayClient/10.5.90'],
    ['UnionPay', 'Mozilla/5.0 (iPhone) (com.unionpay.chsp) (UnionPay/1.0 CloudPay)'],
  ])('inside %s says how to go on from there, and leads into that app first', async (app, userAgent) => {
    const headers = { 'user-agent': userAgent }
    const markup = await (await get((await asks()).page, headers)).text()
    expect(markup).toContain(`You see this inside ${app}, which opens no other app.`)
    const [first] = /(?<=Pay in )\w+(?=<)/.exec(markup) ?? []
    expect(first).toBe(app === 'Alipay' || app === 'UnionPay' ? 'DingTalk' : app)
    const transfer = await pages.send({ from: ada })
    expect(await wordsOf(await get(transfer.link, headers))).toContain(`inside ${app}`)
  })

  test('is paid by who is signed in with a button, once however often it is pressed, and leads back then', async () => {
    const ask = await asks({ returnUrl: SHOP })
    const [asBen, asCleo] = [await signIn(ben), await signIn(cleo)]
    const before = [await pages.balance(ben), await shop.balance(app)].map(Number)
    const page = await (await get(ask.page, asBen)).text()
    expect(page).toContain('Pay 12.50 CREDIT')
    const [key = ''] = /(?<=name="key" value=")[^"]+/.exec(page) ?? []
    expect((await post(ask.page, { key })).status).toBe(401)
    expect((await post(ask.page, { key }, { ...asBen, origin: 'https://evil.example.org' })).status).toBe(403)
    expect((await now(ask)).state).toBe('open')
    const answers = await Promise.all([key, key, key].map((one) => post(ask.page, { key: one }, asBen)))
    expect(answers.map(({ status, headers }) => [status, headers.get('location')])).toEqual(
      Array.from(answers, () => [303, `/p/${ask.id}`]),
    )
    const after = [await pages.balance(ben), await shop.balance(app)].map(Number)
    expect(after).toEqual([(before[0] ?? 0) - 12.5, (before[1] ?? 0) + 12.5])
    const paid = await get(ask.page, asBen)
    const markup = await paid.clone().text()
    expect(markup).toContain(`href="https://shop.example.org/thanks?order=4711&amp;ask=${ask.id}"`)
    expect(await wordsOf(paid)).toContain('You have paid it shop (app) has the money.')
    expect(await read(ask)).toContain('Back to shop.example.org')
    // Whoever is late, or has the page of before open, pays nothing.
    for (const cookie of [asBen, asCleo]) {
      const late = await post(ask.page, {}, cookie)
      expect([late.status, await wordsOf(late)]).toEqual([409, expect.stringContaining('paid')])
    }
    expect(Number(await pages.balance(ben))).toBe(after[0])
  })

  test('says to nobody else by whom it was paid, on the page or in its preview', async () => {
    const ask = await asks()
    await paysByBot(ask, ben)
    for (const headers of [{}, await signIn(cleo)]) {
      const markup = await (await get(ask.page, headers)).text()
      expect(markup).toContain('It is paid')
      expect(markup).not.toMatch(/Ben|@ben/)
    }
    expect((await now(ask)).parts).toMatchObject([{ paidBy: { id: ben.id }, refunded: false }])
  })

  test('says what was refused: too little money, and an asset that one can’t have', async () => {
    const ask = await asks({ amount: '700' })
    const poor = await post(ask.page, {}, await signIn(ben))
    expect([poor.status, await wordsOf(poor)]).toEqual([
      409,
      expect.stringContaining('that is not enough for 700.00 CREDIT'),
    ])
    const chen = await signIn({ messenger: 'playground', id: 'chen', name: 'Chen' })
    expect(await read(ask, chen)).toContain('don’t deal in CREDIT')
    expect((await post(ask.page, {}, chen)).status).toBe(403)
    expect((await now(ask)).state).toBe('open')
  })

  test('says that it was ended, is over, or is not for whoever has its address', async () => {
    const ended = await asks({ returnUrl: SHOP })
    await shop.post(`/v1/asks/${ended.id}/end`, { by: app })
    expect(await read(ended)).toContain('Nobody needs to pay it any more')
    expect((await post(ended.page, {}, await signIn(ben))).status).toBe(410)
    const group = { messenger: 'telegram', id: '-55', title: 'Chess' }
    for (const asked of [
      { parts: [{ from: ben }] },
      { group },
      { kind: 'pool', amount: '20' },
      { parts: [{ from: { messenger: 'telegram', handle: 'ben' } }] },
    ]) {
      const hidden = (await pages.call('POST', '/asks', { by: ada, amount: '1', ...asked })) as AskView
      expect([hidden.page, (await get(`/p/${hidden.id}`)).status]).toEqual([null, 404])
      expect((await post(`/p/${hidden.id}`, {}, await signIn(ben))).status).toBe(404)
    }
    for (const path of [`/p/${randomUUID()}`, '/p/nothing', '/p/%FF'])
      expect((await get(path)).status).toBe(404)
  })

  test('one’s own, where a person asks: others pay it, and it is in one’s balance then', async () => {
    const ask = (await pages.call('POST', '/asks', { by: cleo, amount: '1' })) as AskView & { page: string }
    const asCleo = await signIn(cleo)
    expect(await read(ask, asCleo)).toContain('You asked for it yourself')
    expect((await post(ask.page, {}, asCleo)).status).toBe(409)
    await post(ask.page, {}, await signIn(ben))
    expect(await read(ask, asCleo)).toContain('The money is in your balance.')
  })
})

test('of a hundred who pay at once, by bots and by the page, one has paid, and all others are told', async () => {
  const ask = await asks({ amount: '1' })
  const crowd = Array.from({ length: 80 }, (_, n) => ({ messenger: 'telegram', id: `88${n}` }))
  await Promise.all(crowd.map((to) => pages.call('POST', '/issues', { amount: '1', to })))
  const asBen = await signIn(ben)
  const before = Number(await shop.balance(app))
  const byBot = crowd.map((by) =>
    paysByBot(ask, by).then(
      () => 'paid',
      ({ message }) => (/ask_paid/.test(message) ? 'late' : message),
    ),
  )
  const byPage = Array.from({ length: 20 }, async () => {
    const { status } = await post(ask.page, {}, asBen)
    return { 303: 'paid', 409: 'late' }[status] ?? status
  })
  const answers = await Promise.all([...byBot, ...byPage])
  expect(Object.fromEntries(Map.groupBy(answers, (one) => one))).toMatchObject({ paid: ['paid'] })
  expect(answers.filter((one) => one === 'late')).toHaveLength(99)
  expect(Number(await shop.balance(app))).toBe(before + 1)
})

describe('An open page waits for a change', () => {
  const waits = (path: string) => get(`${path}/over`).then(({ status }) => status)

  test('and is told when it is paid, ended or over; others are told nothing', async () => {
    const [paid, ended, open] = [await asks(), await asks(), await asks()]
    const short = await askFor(pages.core, { by: app, amount: '1', parts: [], minutes: 1 / 60 })
    const waiting = [waits(paid.page), waits(ended.page), waits(`/p/${short}`)]
    let isTold = false
    void waits(open.page).then(
      () => (isTold = true),
      () => {},
    )
    await paysByBot(paid, ben)
    await shop.post(`/v1/asks/${ended.id}/end`, { by: app })
    expect(await Promise.all(waiting)).toEqual([200, 200, 200])
    expect(await wordsOf(await get(`/p/${short}`))).toContain('It can’t be paid any more')
    expect([await waits(paid.page), await waits(`/p/${randomUUID()}`), await waits('/p/x')]).toEqual([
      200, 404, 404,
    ])
    expect(isTold).toBe(false)
    // It causes no work meanwhile, and takes no room from those who do.
    const { values } = await pages.core.metrics.requestsUnderWay.get()
    expect(values.map(({ value }) => value)).toEqual([0])
    pages.core.askWatch.end()
    await expect.poll(() => isTold).toBe(true)
    expect(await waits(open.page)).toBe(204)
  })
})

test('a page that waits does not hold up the end of the service', async () => {
  const service = await startTestService({ roles: 'api' })
  const asked = { by: ben, amount: '1' }
  const { id } = await service.client.post<AskView>('/v1/asks', asked)
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.write(`GET /p/${id}/over HTTP/1.1\r\nHost: pass.test\r\n\r\n`)
  await once(socket, 'connect')
  const answer = text(socket)
  await fetch(`${service.url}/healthz`)
  await service.close()
  expect(await answer).toMatch(/^HTTP\/1\.1 204 /)
})

test('what an app was paid it gives back by its token, whole and once, and page and ask say so', async () => {
  const ask = await asks({ reference: 'order-4712' })
  await paysByBot(ask, ben)
  const before = [await pages.balance(ben), await shop.balance(app)].map(Number)
  const [part] = (await now(ask)).parts
  const refund = { by: app, key: 'refund-4712' }
  const path = `/v1/transfers/${part?.transfer}/refund`
  expect(await shop.post(path, refund)).toMatchObject({ amount: '12.50', refundOf: part?.transfer })
  expect(await shop.post(path, refund)).toMatchObject({ amount: '12.50' })
  expect((await shop.call('POST', path, { by: app })).body).toMatchObject({ code: 'refunded_already' })
  const after = [await pages.balance(ben), await shop.balance(app)].map(Number)
  expect(after).toEqual([(before[0] ?? 0) + 12.5, (before[1] ?? 0) - 12.5])
  expect(await now(ask)).toMatchObject({ state: 'paid', parts: [{ refunded: true }] })
  expect(await read(ask)).toContain('It was paid, and given back')
  // Another program can give back nothing of it.
  const other = await makeToken(pages.core.db, 'other', { may: APP_VERBS, whom: { kind: 'own' } })
  const theirs = clientOf((path, init) => fetch(pages.url + path, init), other)
  expect((await theirs.call('POST', path, { by: app })).status).toBe(403)
})

describe('The counter of an app', () => {
  const scope: Scope = { may: APP_VERBS, whom: { kind: 'everybody', asset: 'CREDIT' }, counter: true }
  const till = { messenger: 'app', id: 'till' }
  const typed = (form: Record<string, string>, headers = {}) => post('/at/till', form, headers)

  test('is there where its token says so: what is typed is asked for, once, and paid on its page', async () => {
    for (const path of ['/at/shop', '/at/till', '/at/nobody', '/at/till/qr.png'])
      expect((await get(path)).status).toBe(404)
    await makeToken(pages.core.db, 'till', scope)
    const form = await get('/at/till?amount=3.50&note=tea')
    expect(form.headers.get('referrer-policy')).toBe('same-origin')
    const markup = await form.text()
    for (const part of ['value="3.50"', 'value="tea"', '<bdi dir="ltr">till (app)</bdi>'])
      expect(markup).toContain(part)
    const [key = ''] = /(?<=name="key" value=")[^"]+/.exec(markup) ?? []
    const made = await Promise.all([1, 2].map(() => typed({ key, amount: '3.50', note: 'tea' })))
    const [page = '', same] = made.map(({ headers }) => headers.get('location') ?? '')
    expect([made.map(({ status }) => status), same]).toEqual([[303, 303], page])
    const ask = await pages.call('GET', `/asks/${page.slice('/p/'.length)}`)
    expect(ask).toMatchObject({ by: till, total: '3.50', note: 'tea', state: 'open' })
    await post(page, {}, await signIn(ben))
    expect(await wordsOf(await get(page))).toContain('till (app) has the money.')
    const png = await get('/at/till/qr.png')
    expect(await scanned(new Uint8Array(await png.arrayBuffer()))).toBe(`${pages.url}/at/till`)
  })

  test('says what can’t be asked for, and keeps what was typed; other sites and other assets make nothing', async () => {
    const wrong = await typed({ amount: '12,5', note: 'tea' })
    const markup = await wrong.text()
    expect(wrong.status).toBe(422)
    expect(markup).toContain('can be read in two ways')
    expect(markup).toContain('value="12,5"')
    expect(markup).toContain('value="tea"')
    expect((await typed({ amount: '1' }, { origin: 'https://evil.example.org' })).status).toBe(403)
    expect((await typed({ amount: '1', asset: 'FLASH' })).status).toBe(403)
    expect((await typed({})).status).toBe(422)
  })

  test('is there in the sandbox, too, and takes play money there', async () => {
    await makeToken(pages.core.db, 'tryout', { may: APP_VERBS, whom: { kind: 'sandbox' }, counter: true })
    const made = await post('/at/tryout', { amount: '2', note: 'tea' })
    const words = await wordsOf(await get(made.headers.get('location') ?? ''))
    expect(words).toContain('2.00 PLAY to tryout (#tryout)')
  })

  test('takes so much a minute of one network, and is gone with its token', async () => {
    const answers = await Promise.all(Array.from({ length: 31 }, () => typed({ amount: '1' })))
    expect(answers.map(({ status }) => status)).toContain(429)
    expect((await get('/at/till')).status).toBe(200)
    await makeToken(pages.core.db, 'till', { may: APP_VERBS, whom: { kind: 'own' } })
    expect((await get('/at/till')).status).toBe(404)
  })
})
