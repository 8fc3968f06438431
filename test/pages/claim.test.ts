import { setTimeout as sleep } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { draws } from '../../db/schema.ts'
import { exportCsv, exportJsonLines } from '../../src/books/export.ts'
import { luckyShares, seedHashOf } from '../../src/ledger/lucky.ts'
import { makePayout } from '../../src/payouts/make.ts'
import { planPayout } from '../../src/payouts/plan.ts'
import { itemsOf } from '../../src/payouts/view.ts'
import type { ReadTransfer } from '../../src/transfers/find.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { openClub } from '../support/club.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { scanned } from '../support/scanned.ts'
import { ada, ben, cleo, visitorOf, wordsOf } from '../support/visitor.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

const { get, post, signIn, claim, stateOf } = visitorOf(() => pages)

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

  test('of a treasury: it comes from the treasury, and not from the issuer', async () => {
    const { groupId, admin, member } = await openClub(pages, '100')
    const { core } = pages
    const by = await core.people.meet(admin)
    const plan = await planPayout(core, { groupId, by, items: [{ to: member, amount: '20' }] })
    if ('faults' in plan) throw new Error(JSON.stringify(plan.faults))
    const [item] = (await itemsOf(core, await makePayout(core, plan), { limit: 1 })).items
    const transfer = (await core.transfers.byId(item?.transfer ?? '')) as ReadTransfer
    const { link } = core.transfers.withCode(await core.transfers.view(transfer))
    const words = await wordsOf(await get(link))
    expect(words).toContain('20.00 CREDIT from the treasury of Lunch club')
    expect(words).not.toContain('issuer')
    const chinese = await wordsOf(await get(link, { 'accept-language': 'zh-CN' }))
    expect(chinese).toContain('Lunch club 的金库')
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

  test('collected: who is signed in gives it back there, once; others are told how, and the sender what became of it', async () => {
    const transfer = await pages.send({ from: ada, note: 'lunch' })
    await claim(transfer, ben)
    const [asBen, asCleo] = [await signIn(ben), await signIn(cleo)]
    const before = Number(await pages.balance(ben))
    const page = await get(transfer.link, asBen)
    const form = await page.text()
    expect(form).toContain('Give back 20.00 CREDIT')
    const key = /name="key" value="([^"]*)"/.exec(form)?.[1] ?? ''
    const giveBack = (by: { cookie?: string }, form: { key?: string } = { key }) =>
      post(`/c/${transfer.code}/refund`, form, by)
    const anonymous = await giveBack({})
    expect([anonymous.status, await wordsOf(anonymous)]).toEqual([
      401,
      expect.stringContaining('not signed in any more'),
    ])
    const others = await giveBack(asCleo)
    expect([others.status, await wordsOf(others)]).toEqual([
      403,
      expect.stringContaining('Somebody has collected it'),
    ])
    // The button twice, and again on a page that was open elsewhere.
    for (const form of [{ key }, { key }, {}])
      expect((await giveBack(asBen, form)).headers.get('location')).toBe(`/c/${transfer.code}`)
    expect(Number(await pages.balance(ben))).toBe(before - 20)
    const words = await wordsOf(await get(transfer.link, asBen))
    expect(words).toContain('You have given it back It is with Ada (@ada) again.')
    expect(words).not.toContain('Give back 20.00')
    expect(await wordsOf(await get(transfer.link, await signIn(ada)))).toContain(
      'Ben (@ben) had collected it, and has given it back',
    )
    expect(await wordsOf(await get(transfer.link, asCleo))).not.toContain('/refund')
    const stranger = await wordsOf(await get(transfer.link))
    expect(stranger).toContain(`/refund ${transfer.code}`)
    expect(stranger).not.toContain('given it back')
  })

  test('collected and spent: it can’t be given back, and the page says why', async () => {
    const transfer = await pages.send({ from: ada })
    await claim(transfer, cleo)
    const asCleo = await signIn(cleo)
    await pages.call('POST', '/transfers', { from: cleo, amount: await pages.balance(cleo), asset: 'CREDIT' })
    const answer = await post(`/c/${transfer.code}/refund`, {}, asCleo)
    expect([answer.status, await wordsOf(answer)]).toEqual([
      409,
      expect.stringContaining('You have 0.00 CREDIT'),
    ])
  })

  test('opened by words: they are asked for here, collect, and are to be told apart from the link', async () => {
    const transfer = (await pages.send({ from: ada, phrase: {} })) as ViewWithCode & { words: string }
    const stranger = await wordsOf(await get(transfer.link))
    expect(stranger).toContain('It opens by words Ada (@ada) tells them to whom it is for.')
    expect(stranger).not.toContain('/collect')
    const passedOn = await wordsOf(await get(`${transfer.link}/share`))
    expect(passedOn).toContain('only the words collect it')
    expect(passedOn).not.toContain('to collect it')
    const cookie = await signIn(ben)
    const page = await (await get(transfer.link, cookie)).text()
    expect(page).toContain('action="/phrase"')
    // Its code alone opens nothing, whatever is pressed.
    expect((await post(transfer.link, { key: 'k' }, cookie)).status).toBe(403)
    const [key = ''] = /(?<=name="key" value=")[^"]+/.exec(page) ?? []
    const wrong = await post('/phrase', { words: 'amber fox lamp river', key }, cookie)
    expect(wrong.status).toBe(404)
    expect(await wordsOf(wrong)).toContain('Nothing opens by these words.')
    const { words } = transfer
    expect((await post('/phrase', { words, key })).status).toBe(401)
    expect(await stateOf(transfer)).toBe('open')
    const right = await post('/phrase', { words: words.toUpperCase(), key }, cookie)
    expect([right.status, right.headers.get('location')]).toEqual([303, new URL(transfer.link).pathname])
    expect(await wordsOf(await get(transfer.link, cookie))).toContain('It’s yours')
    const late = await post('/phrase', { words }, await signIn(cleo))
    expect(await wordsOf(late)).toContain('You have the right words, but somebody has collected it already.')
  })

  test('opened by words: who passes its link on is told to tell them elsewhere, and in a group where', async () => {
    const group = { messenger: 'telegram', id: '-77', title: 'Chess' }
    const transfer = await pages.send({ from: ada, phrase: { here: true }, group })
    const apart = 'Tell them in another chat than this link'
    expect(await wordsOf(await get(`${transfer.link}/share`))).toContain(apart)
    expect(await wordsOf(await get(transfer.link, await signIn(ada)))).toContain(apart)
    const words = await wordsOf(await get(transfer.link, await signIn(ben)))
    expect(words).toContain('Type /collect and the words in the group where it was sent.')
    const without = await wordsOf(await get('/phrase', { 'accept-language': 'zh-CN' }))
    expect(without).toContain('请把它发给机器人')
  })

  test('a red packet: who has how much; at its end the seed with the shares, and that each claim was paid its own', async () => {
    const packet = await pages.send({ from: ada, amount: '10', shares: 3, draw: 'lucky' })
    const open = await wordsOf(await get(packet.link, await signIn(ben)))
    for (const said of [
      '3 people, each once',
      'Take a share',
      '0 of 3 shares are taken.',
      packet.seedHash ?? '',
    ])
      expect(open).toContain(said)
    await pages.collect(packet.code, ben)
    await claim(packet, cleo)
    const { claims } = (await pages.call('GET', `/transfers/${packet.id}`)) as ViewWithCode
    const [cleos, bens] = claims.map(({ amount }) => amount) as [string, string]
    const after = await wordsOf(await get(packet.link, await signIn(ben)))
    for (const said of [`Your share${bens} CREDIT`, '2 of 3 shares are taken.', `Ben (@ben) ${bens}`, cleos])
      expect(after).toContain(said)
    const { seed, returned } = (await pages.call('POST', `/transfers/${packet.id}/cancel`, {
      by: ada,
    })) as ViewWithCode
    expect(after).not.toContain(seed)
    const shares = luckyShares(seed ?? '', 10_00n, 3).map((share) => (Number(share) / 100).toFixed(2))
    expect(shares).toEqual([bens, cleos, returned])
    const ended = await wordsOf(await get(packet.link))
    for (const said of [
      `1${bens}Ben (@ben)`,
      `3${returned}nobody`,
      `What nobody has taken, ${returned} CREDIT, is back`,
      'Claims: 2. Each was paid the share that was drawn for it.',
      seed ?? '',
      packet.seedHash ?? '',
    ])
      expect(ended).toContain(said)
    const chinese = await wordsOf(await get(packet.link, { 'accept-language': 'zh-CN' }))
    expect(chinese).toContain('共 2 次领取，每次都按抽定的金额支付。')
  })

  test('a red packet for whom the lot falls on: a number for who takes part, and at its end who was drawn', async () => {
    const settlement = { by: 'draw', seconds: 10 }
    const packet = await pages.send({ from: ada, amount: '10', shares: 1, settlement })
    const reader = await signIn(ben)
    const open = await wordsOf(await get(packet.link, reader))
    for (const said of [
      '1 of those who take part, by lot',
      'Take part',
      'Open to join',
      'Participants: 0.',
      packet.seedHash ?? '',
    ])
      expect(open).toContain(said)
    expect((await post(`/c/${packet.code}`, { key: 'in' }, reader)).status).toBe(303)
    expect((await post(`/c/${packet.code}`, { key: 'again' }, reader)).status).toBe(303)
    // A page that is left open shows by itself who was drawn.
    expect(await (await get(packet.link, reader)).text()).toMatch(
      /data-status="entered_already"[^>]* data-entered="1" data-changes>/,
    )
    const entered = await wordsOf(await get(packet.link, reader))
    for (const said of ['You take part with number 1', 'Your number1', 'Participants: 1.'])
      expect(entered).toContain(said)
    const swept = async () => {
      await pages.core.ledger.sweep(pages.core.db)
      return stateOf(packet)
    }
    await expect.poll(swept, { timeout: 30_000, interval: 500 }).toBe('collected')
    const { seed } = (await pages.call('GET', `/transfers/${packet.id}`)) as ViewWithCode
    expect(entered).not.toContain(seed)
    const ended = await wordsOf(await get(packet.link, await signIn(cleo)))
    for (const said of [
      'Lots are drawn',
      '110.00Ben (@ben)',
      'Each was paid the share that was drawn for it.',
      seed ?? '',
    ])
      expect(ended).toContain(said)
    const chinese = await wordsOf(await get(packet.link, { 'accept-language': 'zh-CN' }))
    expect(chinese).toContain('参与人数：1。')
  })

  test('a red packet: while it is open its seed is on no page, and in no answer, error, export or line of the log', async () => {
    const { core, call, log } = pages
    const group = { messenger: 'telegram', id: '-77', title: 'Lunch club' }
    const packet = await pages.send({ from: ada, amount: '10', shares: 3, draw: 'lucky', group })
    const [draw] = await core.db.select().from(draws).where(eq(draws.transferId, packet.id))
    expect(seedHashOf(draw?.seed ?? '')).toBe(packet.seedHash)
    const heard = [packet, await call('POST', '/claims', { code: packet.code, by: ben })]
    const refused = (made: Promise<unknown>) => made.catch((error: Error) => error.message)
    heard.push(
      await refused(call('POST', '/claims', { code: packet.code, by: ben })),
      await refused(call('POST', '/claims', { code: packet.code, by: ada })),
      await call('GET', `/transfers/${packet.id}`),
      await call('GET', `/people/${ada.messenger}/${ada.id}/history`),
      await call('GET', '/groups/telegram/-77/history'),
    )
    for (const reader of [{}, await signIn(ada), await signIn(ben), await signIn(cleo)])
      for (const page of ['', '/share', '/status'])
        heard.push(await (await get(packet.link + page, reader)).text())
    const root = { id: await core.groups.meet(group), timeZone: 'UTC' }
    for (const file of [exportCsv(core, root, {}), exportJsonLines(core, root, {})])
      heard.push(...(await Array.fromAsync(file)))
    const all = JSON.stringify([heard, log])
    expect(all.split(packet.seedHash ?? '').length).toBeGreaterThan(8)
    expect(all).not.toContain(draw?.seed)
  })

  test('a red packet for members of its group: to them, to others, and where its messenger does not tell', async () => {
    const group = { messenger: 'telegram', id: '-78', title: 'Lunch club' }
    const { core } = pages
    const packet = await pages.send({ from: ada, amount: '10', shares: 2, membersOnly: true, group })
    expect(await wordsOf(await get(packet.link))).toContain('2 members of its group, each once')
    const press = async (isMember: boolean | null) => {
      const { messenger, id: identity } = ben
      await core.memberships.told({ messenger, chat: group.id, identity, isMember })
      const reader = await signIn(ben)
      const answer = await post(`/c/${packet.code}`, { key: 'press' }, reader)
      return answer.status === 303 ? wordsOf(await get(packet.link, reader)) : wordsOf(answer)
    }
    expect(await press(null)).toContain('does not say now whether you are one')
    expect(await press(true)).toContain('Your share')
    const { messenger, id: identity } = cleo
    await core.memberships.told({ messenger, chat: group.id, identity, isMember: false })
    const answer = await post(`/c/${packet.code}`, { key: 'other' }, await signIn(cleo))
    expect(answer.status).toBe(403)
    expect(await wordsOf(answer)).toContain('It is for members of the group in which it was sent')
  })

  test('a red packet of which all is taken, to its sender and to who was too late', async () => {
    const packet = await pages.send({ from: ada, amount: '10', shares: 2 })
    for (const by of [ben, cleo]) await claim(packet, by)
    for (const reader of [{}, await signIn(ada)]) {
      const words = await wordsOf(await get(packet.link, reader))
      expect(words).toContain('All shares are taken')
      expect(words).toContain('Ben (@ben) 5.00')
      expect(words).not.toContain('issuer')
    }
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
      expect((await get(`/c/${code}/card.png`)).status).toBe(404)
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
      for (const path of [ends, `${ends}/qr.svg`, `${ends}/qr.png`, `${ends}/card.png`, ends])
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

describe('The picture to pass on', () => {
  const pictureOf = async (path: string, language = 'en') => {
    const answer = await get(`${path}/card.png`, { 'accept-language': language })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('image/png')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-robots-tag')).toBe('noindex')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    return Buffer.from(await answer.arrayBuffer())
  }

  test('leads to the transfer, in the reader’s language', async () => {
    const { link } = await pages.send({ from: ada, to: ben, note: 'lunch' })
    const picture = await pictureOf(link)
    expect(await scanned(picture)).toBe(link)
    const chinese = await pictureOf(link, 'zh-CN')
    expect(await scanned(chinese)).toBe(link)
    expect(chinese.equals(picture)).toBe(false)
  })

  test('has no code any more once it was collected, returned, or its time is over', async () => {
    const collected = await pages.send({ from: ada })
    await claim(collected, ben)
    const cancelled = await pages.send({ from: ada })
    await pages.call('POST', `/transfers/${cancelled.id}/cancel`, { by: ada })
    const ended = await pages.send({ from: ada, asset: 'FLASH' })
    await sleep(1100)
    for (const { link } of [collected, cancelled, ended])
      expect(await scanned(await pictureOf(link))).toBeUndefined()
  })

  test('leaves no code in the log', async () => {
    const { link, code } = await pages.send({ from: ada })
    await pictureOf(link)
    expect(pages.log.join('')).not.toContain(code)
  })
})

describe('The page by which a transfer is passed on', () => {
  let abroad: PagesUnderTest
  beforeAll(async () => {
    abroad = await openPages('https://pass.example.org')
  })
  afterAll(() => abroad.close())

  const share = async (headers: Record<string, string> = {}) => {
    const transfer = await abroad.send({ from: { ...ada, name: 'A&B' }, note: 'lunch' })
    const answer = await fetch(`${abroad.url}/c/${transfer.code}/share`, { headers })
    expect(answer.status).toBe(200)
    return { transfer, answer, page: await answer.text() }
  }

  test('has a link for each app that takes one, with the words and the transfer’s link', async () => {
    const { transfer, answer, page } = await share()
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('x-robots-tag')).toBe('noindex')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    const hrefs = [...page.matchAll(/<li><a [^>]*href="([^"]*)"/g)].map(([, href = '']) =>
      href.replaceAll('&amp;', '&'),
    )
    expect(hrefs.map((href) => new URL(href).host || new URL(href).protocol)).toEqual([
      't.me',
      'wa.me',
      'line.me',
      'service.weibo.com',
      'dingtalkclient',
      'mailto:',
    ])
    for (const href of hrefs) expect(decodeURIComponent(href)).toContain(transfer.link)
    expect(new URL(hrefs[0] ?? '').searchParams.get('text')).toBe(
      '20.00 CREDIT from A&B (@ada): open the link to collect it.',
    )
    expect(page).toContain(`src="/c/${transfer.code}/card.png"`)
    expect(await abroad.core.transfers.byId(transfer.id)).toMatchObject({ state: 'open' })
  })

  test('leads to the page that says why, where nobody can collect it any more', async () => {
    const transfer = await pages.send({ from: ada })
    await claim(transfer, ben)
    const answer = await get(`${transfer.link}/share`)
    expect([answer.status, answer.headers.get('location')]).toEqual([302, `/c/${transfer.code}`])
    const unknown = await get(`/c/${'A'.repeat(30)}/share`)
    expect(unknown.status).toBe(404)
    expect(await wordsOf(unknown)).toContain('There is no such transfer')
  })

  test('passes on no link that opens on this machine only', async () => {
    const { link } = await pages.send({ from: ada })
    const page = await (await get(`${link}/share`)).text()
    expect(page).toContain('It opens on this machine only.')
    expect(page).not.toContain('t.me/share')
  })

  test.each([
    [
      'WeChat',
      '微信',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.60(0x18003c2f) NetType/WIFI Language/zh_CN',
    ],
    [
      'QQ',
      'QQ',
      'Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 Chrome/109.0 MQQBrowser/6.2 TBS/046281 Mobile Safari/537.36 V1_AND_SQ_9.1.0 QQ/9.1.0.22645 NetType/WIFI',
    ],
    [
      'DingTalk',
      '钉钉',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 AliApp(DingTalk/7.6.0) com.laiwang.DingTalk/38213466',
    ],
    [
      'Alipay',
      '支付宝',
      'Mozilla/5.0 (Linux; U; Android 14) AppleWebKit/537.36 Mobile Safari/537.36 NebulaSDK/1.8 AlipayDefined(nt:WIFI) AliApp(AP/10.6.0) AlipayClient/10.6.0',
    ],
    [
      'Weibo',
      '微博',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Weibo (iPhone15,2__weibo__14.6.0__iphone__os18.5)',
    ],
  ])('inside %s it says how to go on, as the transfer’s own page does', async (app, chinese, agent) => {
    const { transfer, page } = await share({ 'user-agent': agent })
    expect(page).toContain(`You see this inside ${app},`)
    expect(page).toContain('press and hold')
    expect(page).not.toContain('t.me/share')
    const own = await fetch(`${abroad.url}/c/${transfer.code}`, {
      headers: { 'user-agent': agent, 'accept-language': 'zh-CN' },
    })
    expect(await own.text()).toContain(`你正在${chinese}里查看`)
  })

  test.each([
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; U; Android 14; zh-cn) AppleWebKit/537.36 Chrome/123.0 MQQBrowser/15.5 Mobile Safari/537.36',
  ])('in a browser of its own there is no such advice: %s', async (agent) => {
    expect((await share({ 'user-agent': agent })).page).not.toContain('You see this inside')
  })
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
  expect(page).toContain('<bdi dir="ltr">\u2068דנה\u2069 (\u2066#67\u2069)</bdi>')
  expect(page).not.toContain('<b>Eve')
  expect(page).not.toContain('<script>')
})
