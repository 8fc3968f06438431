import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import jsqr from 'jsqr'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, openBrowser } from './support/browser.ts'
import { openPlayground, type PlaygroundUnderTest } from './support/playground.ts'

const widths = [390, 768, 1280]
const schemes = ['light', 'dark'] as const
const names = { ada: 'Phone of Ada', ben: 'Phone of Ben', chen: '陈晨的手机' }
type Who = keyof typeof names
const everybody = Object.keys(names) as Who[]
/** A folder for pictures of what is looked at; unset: none are kept. */
const shots = process.env.SCREENSHOTS

const chromium = findChromium()
if (!chromium)
  console.warn('SKIPPED: the playground in a browser. There is no Chromium: install one, or set CHROMIUM.')

describe.skipIf(!chromium)('The playground in a browser', () => {
  let browser: Browser
  let playground: PlaygroundUnderTest
  const contexts: BrowserContext[] = []
  const closing: Promise<void>[] = []

  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await Promise.all(closing)
  })

  /** A table of its own: fresh books, fresh chats. */
  async function open(options: { width?: number; height?: number; lifetime?: number; path?: string } = {}) {
    const { width = 1280, height = 900, lifetime, path = '/' } = options
    playground = await openPlayground({ ...(lifetime && { lifetime }) })
    return openPage(width, height, path)
  }

  async function openPage(width: number, height: number, path = '/') {
    const context = await browser.newContext({
      viewport: { width, height },
      reducedMotion: 'reduce',
      locale: 'en',
      hasTouch: width < 600,
    })
    contexts.push(context)
    const page = await context.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await page.goto(playground.url + path)
    await page.locator('#ada .figure', { hasText: '.' }).waitFor({ state: 'attached' })
    return page
  }

  const problems: string[] = []
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    closing.push(playground.close())
    expect(problems.splice(0)).toEqual([])
  })

  test('the whole way: send, a card with a QR code in every phone, collect, and all of it is seen live', async () => {
    const page = await open()
    const [ada, ben, chen] = everybody.map((who) => phone(page, who)) as [Locator, Locator, Locator]
    await say(ada, '/send 20 @ben lunch')
    const cards = await Promise.all([ada, ben, chen].map(shownCard))
    for (const card of cards) {
      await card.getByText('20.00 PLAY').waitFor()
      await card.getByText('Ada → Ben').waitFor()
      await card.getByText('lunch').waitFor()
    }
    const link = await cards[1]?.getByRole('link', { name: 'Open link' }).getAttribute('href')
    const picture = cards[1]?.getByRole('img', { name: `QR code: collect 20.00 PLAY at ${link}` })
    expect(await decoded(page, (await picture?.screenshot()) as Buffer)).toBe(link)
    expect(await cards[2]?.getByRole('timer').innerText()).toMatch(/^23小时 \d+分钟后自动退回$/)

    await cards[2]?.getByRole('button', { name: 'Collect' }).click()
    await chen.getByRole('status').getByText('这是给别人的。').waitFor()
    expect(await ben.getByRole('status').innerText()).toBe('')
    await cards[1]?.getByRole('button', { name: 'Collect' }).click()
    await ben.getByRole('status').getByText('20.00 PLAY is yours.').waitFor()
    for (const each of [ada, ben, chen]) {
      await each.getByText('✅ Ben has collected it.').waitFor()
      expect(await each.getByRole('button', { name: 'Collect' }).count()).toBe(0)
      expect(await each.getByRole('img').count()).toBe(0)
    }
    await balances(page, { ada: '80.00', ben: '120.00', chen: '100.00' })

    await ada.getByText(/^[1-9] unread$/).waitFor()
    await toPrivate(ada)
    await ada.getByText('✅ Ben has collected your 20.00 PLAY (lunch).').waitFor()
    expect(await ada.getByText(/^[1-9] unread$/).count()).toBe(0)
    await say(ada, '/history')
    await ada.getByText('−20.00 PLAY → Ben  collected · lunch').waitFor()
    await toGroup(ada)
    await say(ada, '/history')
    await ada.getByText('20.00 PLAY  Ada → Ben  collected · lunch').waitFor()
    await say(ben, '/history')
    await ben.getByText('The history of a group is for its admins.').waitFor()
  })

  test('whoever taps first has what is for anyone; a sender cancels, a recipient declines', async () => {
    const page = await open()
    const [ada, ben, chen] = everybody.map((who) => phone(page, who)) as [Locator, Locator, Locator]
    await say(ada, '/send 20')
    await chen.getByRole('button', { name: 'Collect' }).click()
    await chen.getByRole('status').getByText('20.00 PLAY 已到账。').waitFor()
    await ben.getByText('✅ 陈晨 has collected it.').waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '120.00' })

    await say(chen, '/send 5 @ada 茶')
    await ada.getByText('仅限 Ada 领取。').waitFor()
    await ben.getByRole('button', { name: '撤回' }).click()
    await ben.getByRole('status').getByText('Only the sender can cancel it.').waitFor()
    await chen.getByRole('button', { name: '撤回' }).click()
    await ada.getByText('↩️ 已撤回，钱已退回发送者。').waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '120.00' })

    await say(ben, '/send 7 @ada for the taxi')
    await ada.getByRole('button', { name: 'Decline' }).click()
    await chen.getByText('↩️ Declined: the money is back with its sender.').waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '120.00' })
    await toPrivate(ben)
    await ben.getByText('↩️ Ada declined your 7.00 PLAY (for the taxi).').waitFor()
  })

  test('everybody is spoken to in their language', async () => {
    const page = await open()
    const chen = phone(page, 'chen')
    await chen.getByRole('combobox', { name: '消息' }).pressSequentially('/')
    await chen.getByRole('option', { name: '/balance' }).getByText('查看余额').waitFor()
    await page.keyboard.type('ba')
    expect(await chen.getByRole('option').count()).toBe(1)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await chen.getByText('你的余额 100.00 PLAY').waitFor()
    await say(chen, '/send 1,50 @ben')
    await chen.getByText('“1,50”有两种读法').waitFor()
  })

  test('what is wrong is answered with what was understood and what works; markup stays text', async () => {
    const page = await open()
    const ben = phone(page, 'ben')
    await say(ben, '/send abc @ada books')
    await ben.getByText('"abc" is not an amount').waitFor()
    await ben.getByText('Understood: amount abc, to Ada, note "books".').waitFor()
    const note = '<img src=x onerror="document.title=1"> <b>tea</b>'
    await say(ben, `/send 3 @ada ${note}`)
    for (const who of everybody) await phone(page, who).locator('.memo').getByText(note).waitFor()
    expect(await page.locator('img[src=x]').count()).toBe(0)
    expect(await page.title()).toBe('Playground · Passalong')
  })

  test('an answer to a message is for the one who wrote it; an example needs no typing', async () => {
    const page = await open()
    const ada = phone(page, 'ada')
    await ada.getByRole('button', { name: 'Reply to Ben' }).click()
    await ada.getByText('Reply to Ben: I paid for lunch').waitFor()
    await ada.getByRole('button', { name: '/send 5' }).click()
    await ada.getByRole('button', { name: 'Send', exact: true }).dblclick()
    await ada.getByText('Ada → Ben').waitFor()
    await ada.locator('.quote').getByText('I paid for lunch').waitFor()
    await balances(page, { ada: '95.00', ben: '100.00', chen: '100.00' })
    expect(await ada.getByText('Ada → Ben').count()).toBe(1)
  })

  test('a link opens as the one whose phone it is, and what is collected there is seen in the chat', async () => {
    const page = await open()
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    const tab = page.context().waitForEvent('page')
    await phone(page, 'ben').getByRole('link', { name: 'Open link' }).click()
    const claim = await tab
    await claim.getByText('You are Ben').waitFor()
    await claim.getByRole('button', { name: 'Collect 20.00 PLAY' }).click()
    await claim.getByText('It’s yours').waitFor()
    for (const who of everybody) await phone(page, who).getByText('✅ Ben has collected it.').waitFor()
    await balances(page, { ada: '80.00', ben: '120.00', chen: '100.00' })
  })

  test('a link that leads here asks as whom, leaves the address bar, and moves nothing', async () => {
    const page = await open()
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    const card = await shownCard(phone(page, 'ada'))
    const href = await card.getByRole('link', { name: 'Open link' }).getAttribute('href')
    await page.goto(href as string)
    await page.getByRole('link', { name: 'Playground' }).click()
    const dialog = page.getByRole('dialog', { name: 'Who opens this link?' })
    await dialog.waitFor()
    expect(page.url()).toBe(`${playground.url}/`)
    await dialog.getByRole('button', { name: 'Ben' }).click()
    const ben = phone(page, 'ben')
    expect(await ben.getByRole('radio', { name: 'Passalong' }).isChecked()).toBe(true)
    await balances(page, { ada: '80.00', ben: '100.00', chen: '100.00' })
    // The one before it came by itself, as it is for Ben.
    await ben.getByRole('button', { name: 'Collect' }).last().click()
    await balances(page, { ada: '80.00', ben: '120.00', chen: '100.00' })
  })

  test('what nobody collects goes back by itself, and every card shows it', async () => {
    const page = await open({ lifetime: 4 })
    const ada = phone(page, 'ada')
    await say(ada, '/send 20 @ben lunch')
    await ada
      .getByRole('timer')
      .getByText(/Goes back in [1-4] sec/)
      .waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '100.00' })
    for (const who of everybody)
      await phone(page, who)
        .getByText('⌛ Not collected in time: the money is back with its sender.')
        .waitFor()
    await balances(page, { ada: '100.00', ben: '100.00', chen: '100.00' })
    await toPrivate(ada)
    await ada.getByText('⌛ Nobody collected your 20.00 PLAY (lunch) in time.').waitFor()
  })

  test('after the service was away the page connects again by itself and shows what there is', async () => {
    const page = await open()
    await page.route('**/playground/events', (route) => route.fulfill({ status: 502 }))
    // The stream that is open now ends with the service; until it is back, every new one is turned away.
    const turnedAway = page.waitForResponse((response) => response.status() === 502)
    await playground.restart()
    await turnedAway
    await page.getByText('Connecting again…').waitFor()
    await page.unroute('**/playground/events')
    await page.getByText('Connecting again…').waitFor({ state: 'hidden' })
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    await shownCard(phone(page, 'ben'))
    // The browser itself tells of every stream that it could not open.
    expect(problems.splice(0).every((problem) => /502|ERR_/.test(problem))).toBe(true)
  })

  test.each(widths)(
    'at %i pixels it fits, axe finds nothing, and a phone is at hand for everybody',
    async (width) => {
      const page = await open({ width, height: width < 600 ? 844 : 900 })
      const ada = phone(page, 'ada')
      await look(page, width, 'empty')
      await say(ada, '/send 20 @ben lunch')
      await (await shownCard(ada)).getByRole('button', { name: 'Collect' }).click()
      await ada.getByRole('status').getByText('It is your own').waitFor()
      await look(page, width, 'card')
      const shown = { 390: ['ada'], 768: ['ada', 'ben'], 1280: everybody }[width]
      for (const who of everybody) expect(await phone(page, who).isVisible()).toBe(shown?.includes(who))
      if (width < 1280) {
        await page.getByRole('group', { name: 'Whose phone' }).getByText('陈晨').click()
        expect(await phone(page, 'chen').isVisible()).toBe(true)
      }
      const chen = phone(page, 'chen')
      await toPrivate(chen)
      await say(chen, '/help')
      await chen.getByText('我能做的事').waitFor()
      await chen.getByRole('combobox').fill('/')
      await chen.getByRole('listbox').waitFor()
      await look(page, width, 'menu')
      await page.goto(`${playground.url}/?start=${'x'.repeat(22)}`)
      await page.getByRole('dialog').waitFor()
      await look(page, width, 'start')
    },
  )

  async function look(page: Page, width: number, name: string) {
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme })
      if (shots)
        await page.screenshot({ path: join(shots, `playground-${name}-${width}-${colorScheme}.png`) })
      expect([name, width, colorScheme, await overflow(page)]).toEqual([name, width, colorScheme, 0])
      expect([name, width, colorScheme, await axe(page)]).toEqual([name, width, colorScheme, []])
    }
  }
})

const phone = (page: Page, who: Who) => page.getByRole('region', { name: names[who] })

async function say(phone: Locator, text: string) {
  await phone.getByRole('combobox').fill(text)
  await phone.getByRole('combobox').press('Enter')
}

async function shownCard(phone: Locator): Promise<Locator> {
  const card = phone.locator('article', { has: phone.page().locator('.transfer') }).last()
  await card.waitFor()
  return card
}

const toPrivate = (phone: Locator) => phone.locator('.chats').getByText('Passalong').click()
const toGroup = (phone: Locator) => phone.locator('.chats').getByText('Lunch club').click()

async function balances(page: Page, amounts: Record<Who, string>) {
  for (const who of everybody)
    await page.locator(`#${who} .figure`, { hasText: new RegExp(`^${amounts[who]}$`) }).waitFor()
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

/** What axe-core finds wrong. It comes by the debugger, because the page lets in no script but its own. */
async function axe(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')))`,
  )
}

/** What a camera reads in a picture. A blank page decodes it: the playground lets in no picture but its own. */
async function decoded(page: Page, png: Buffer): Promise<string | undefined> {
  const blank = await page.context().newPage()
  const seen: { data: number[]; width: number; height: number } = await blank.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png.toString('base64')}'
    await image.decode()
    const canvas = new OffscreenCanvas(image.width, image.height)
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    return { data: [...context.getImageData(0, 0, image.width, image.height).data], width: image.width, height: image.height }
  })()`)
  await blank.close()
  return jsqr.default(Uint8ClampedArray.from(seen.data), seen.width, seen.height)?.data
}
