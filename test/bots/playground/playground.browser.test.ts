import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import jsqr from 'jsqr'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { texts } from '../../../bots/texts/index.ts'
import { findChromium, openBrowser } from '../../support/browser.ts'
import { openPlayground, type PlaygroundUnderTest } from '../../support/playground.ts'

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
  async function open(options: { width?: number; height?: number; lifetime?: number; locale?: string } = {}) {
    const { width = 1280, height = 900, lifetime, locale } = options
    playground = await openPlayground({ ...(lifetime && { lifetime }) })
    return openPage(width, height, locale)
  }

  async function openPage(width: number, height: number, locale = 'en') {
    const context = await browser.newContext({
      viewport: { width, height },
      reducedMotion: 'reduce',
      locale,
      hasTouch: width < 600,
    })
    contexts.push(context)
    const page = await context.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await page.goto(playground.url)
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
      await card.getByText('Ada (@ada) → Ben (@ben)').waitFor()
      await card.getByText('lunch').waitFor()
    }
    const picture = cards[1]?.getByRole('img', { name: 'QR code: collect 20.00 PLAY' })
    expect(await decoded(page, (await picture?.screenshot()) as Buffer)).toBe(await linkOf(cards[1]))
    expect(await cards[2]?.getByRole('timer').innerText()).toMatch(/^23小时 \d+分钟后自动退回$/)

    await cards[2]?.getByRole('button', { name: 'Collect' }).click()
    await chen.getByRole('status').getByText('这是给别人的。').waitFor()
    expect(await ben.getByRole('status').innerText()).toBe('')
    await cards[1]?.getByRole('button', { name: 'Collect' }).click()
    await ben.getByRole('status').getByText('20.00 PLAY is yours.').waitFor()
    for (const each of [ada, ben, chen]) {
      await each.getByText('✅ Ben (@ben) has collected it.').waitFor()
      expect(await each.getByRole('button', { name: 'Collect' }).count()).toBe(0)
      expect(await each.getByRole('img').count()).toBe(0)
    }
    await balances(page, { ada: '80.00', ben: '120.00', chen: '100.00' })

    await ada.getByText(/^[1-9] unread$/).waitFor()
    await toPrivate(ada)
    await ada.getByText('✅ Ben (@ben) has collected your 20.00 PLAY (lunch).').waitFor()
    expect(await ada.getByText(/^[1-9] unread$/).count()).toBe(0)
    await say(ada, '/history')
    await ada.getByText('−20.00 PLAY → Ben (@ben)  collected · lunch').waitFor()
    await toGroup(ada)
    await say(ada, '/history')
    await ada.getByText('20.00 PLAY  Ada (@ada) → Ben (@ben)  collected · lunch').waitFor()
    await say(ben, '/history')
    await ben.getByText('The history of a group is for its admins.').waitFor()
  })

  test('whoever taps first has what is for anyone; a sender cancels, a recipient declines', async () => {
    const page = await open()
    const [ada, ben, chen] = everybody.map((who) => phone(page, who)) as [Locator, Locator, Locator]
    await say(ada, '/send 20')
    await chen.getByRole('button', { name: 'Collect' }).click()
    await chen.getByRole('status').getByText('20.00 PLAY 已到账。').waitFor()
    await ben.getByText('✅ 陈晨 (@chen) has collected it.').waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '120.00' })

    await say(chen, '/send 5 @ada 茶')
    await ada.getByText('仅限 Ada (@ada) 领取。').waitFor()
    await ben.getByRole('button', { name: '撤回' }).click()
    await ben.getByRole('status').getByText('Only the sender can cancel it.').waitFor()
    await chen.getByRole('button', { name: '撤回' }).click()
    await ada.getByText('↩️ 已撤回，并已退回付款人。').waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '120.00' })

    await say(ben, '/send 7 @ada for the taxi')
    await ada.getByRole('button', { name: 'Decline' }).click()
    await chen.getByText('↩️ Declined: it is back with its sender.').waitFor()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '120.00' })
    await toPrivate(ben)
    await ben.getByText('↩️ Ada (@ada) declined your 7.00 PLAY (for the taxi).').waitFor()
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
    await chen.getByText(texts('zh-Hans')('group.inPrivate')).waitFor()
    expect(await page.locator('.log').getByText('你的余额').count()).toBe(0)
    await toPrivate(chen)
    await chen.getByText('你的余额 100.00 PLAY').waitFor()
    await say(chen, '/send 1,50 @ben')
    await chen.getByText('“1,50”有两种读法').waitFor()
  })

  test('what is wrong is answered with what was understood and what works; markup stays text', async () => {
    const page = await open()
    const ben = phone(page, 'ben')
    await say(ben, '/send abc @ada books')
    await ben.getByText('"abc" is not an amount').waitFor()
    await ben.getByText('Understood: amount abc, to Ada (@ada), note "books".').waitFor()
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
    await ada.getByText('Ada (@ada) → Ben (@ben)').waitFor()
    await ada.locator('.quote').getByText('I paid for lunch').waitFor()
    await balances(page, { ada: '95.00', ben: '100.00', chen: '100.00' })
    expect(await ada.getByText('Ada (@ada) → Ben (@ben)').count()).toBe(1)
  })

  test('a link opens as the one whose phone it is, and what is collected there is seen in the chat', async () => {
    const page = await open()
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    const tab = page.context().waitForEvent('page')
    await phone(page, 'ben').getByRole('button', { name: 'Open link' }).click()
    const claim = await tab
    await claim.getByText('You are Ben (@ben)').waitFor()
    await claim.getByRole('button', { name: 'Collect 20.00 PLAY' }).click()
    await claim.getByText('It’s yours').waitFor()
    for (const who of everybody) await phone(page, who).getByText('✅ Ben (@ben) has collected it.').waitFor()
    await balances(page, { ada: '80.00', ben: '120.00', chen: '100.00' })
  })

  test('a link that leads here asks as whom, leaves the address bar, and moves nothing', async () => {
    const page = await open()
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    const card = await shownCard(phone(page, 'ada'))
    await page.goto(await linkOf(card))
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
      await phone(page, who).getByText('⌛ Not collected in time: it is back with its sender.').waitFor()
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

  test.each([
    [
      'en',
      'The playground was restarted: its chats begin anew. Everybody has at least 100.00 PLAY again.',
      'Close',
    ],
    ['zh-CN', '试玩已重新启动：聊天从头开始，每人至少有 100.00 PLAY。', '关闭'],
  ])('a restart is told in words (%s) to whoever has seen what was before', async (locale, words, close) => {
    const page = await open({ locale })
    const notice = page.getByText(words)
    await say(phone(page, 'ada'), '/send 20 @ben lunch')
    await balances(page, { ada: '80.00', ben: '100.00', chen: '100.00' })
    await phone(page, 'ada').getByRole('button', { name: 'Reply to Ben' }).click()
    await page.reload()
    await balances(page, { ada: '80.00', ben: '100.00', chen: '100.00' })
    expect(await notice.isVisible()).toBe(false)

    await playground.restart()
    await notice.waitFor()
    await balances(page, { ada: '100.00', ben: '100.00', chen: '100.00' })
    expect(await phone(page, 'ada').locator('article').count()).toBe(1)
    await page.getByRole('button', { name: close, exact: true }).click()
    expect(await notice.isVisible()).toBe(false)
    await page.reload()
    await balances(page, { ada: '100.00', ben: '100.00', chen: '100.00' })
    expect(await notice.isVisible()).toBe(false)

    // The page was loaded again meanwhile: nothing but the browser remembers.
    await page.goto('about:blank')
    await playground.restart()
    await page.goto(playground.url)
    await notice.waitFor()
    const stranger = await openPage(1280, 900, locale)
    await balances(stranger, { ada: '100.00', ben: '100.00', chen: '100.00' })
    expect(await stranger.getByText(words).isVisible()).toBe(false)
    problems.splice(0, Number.POSITIVE_INFINITY, ...problems.filter((problem) => !/ERR_/.test(problem)))
  })

  test('an answer to a message that went with a restart is no answer any more', async () => {
    const page = await open()
    const ada = phone(page, 'ada')
    await ada.getByRole('button', { name: 'Reply to Ben' }).click()
    await ada.getByText('Reply to Ben: I paid').waitFor()
    await playground.restart()
    await page.getByText('The playground was restarted').waitFor()
    await ada.getByText('Reply to Ben: I paid').waitFor({ state: 'hidden' })
    problems.splice(0, Number.POSITIVE_INFINITY, ...problems.filter((problem) => !/ERR_/.test(problem)))
  })

  test.each([390, 1280])(
    'what a press is answered with covers nothing that can be pressed (%i)',
    async (width) => {
      const page = await open({ width, height: 844 })
      const ada = phone(page, 'ada')
      await say(ada, '/send 20 @ben lunch')
      await (await shownCard(ada)).getByRole('button', { name: 'Collect' }).click()
      const toast = ada.locator('.toast p')
      await toast.waitFor()
      const over = await toast.boundingBox()
      for (const one of await ada.locator('button, label, input, .balance').filter({ visible: true }).all())
        expect([await one.innerText(), overlap(over, await one.boundingBox())]).toEqual([
          await one.innerText(),
          false,
        ])
      await ada.getByRole('button', { name: 'Cancel' }).click({ timeout: 1000 })
      await toast.getByText('Cancelled.').waitFor()
      await toast.click()
      expect(await toast.count()).toBe(0)
    },
  )

  test('Enter takes the first command that what is typed may become; a whole one, and what is none, is said', async () => {
    const page = await open()
    const ada = phone(page, 'ada')
    const input = ada.getByRole('combobox')
    const typed = async (text: string) => {
      await input.fill('')
      await input.pressSequentially(text)
      await input.press('Enter')
      return input.inputValue()
    }
    expect(await typed('/se')).toBe('/send ')
    expect(await typed('/')).toBe('/send ')
    expect(await typed('／HE')).toBe('/help ')
    expect(await typed('/s')).toBe('/send ')
    await input.fill('/c')
    expect(await ada.getByRole('option', { selected: true }).innerText()).toContain('/collect')
    await input.press('ArrowDown')
    await input.press('Enter')
    expect(await input.inputValue()).toBe('/cancel ')
    expect(await ada.locator('article.mine').count()).toBe(0)
    for (const [index, said] of ['/help', '/xyz', 'se'].entries()) {
      expect(await typed(said)).toBe('')
      await ada.locator('article.mine').nth(index).getByText(said, { exact: true }).waitFor()
    }
  })

  test('by the keyboard: no button of what is past stands before the input, and each is reached by the arrows', async () => {
    const page = await open()
    const ada = phone(page, 'ada')
    for (const note of ['first', 'second', 'third']) {
      await say(ada, `/send 1 ${note}`)
      await ada.locator('.memo').getByText(note).waitFor()
    }
    const focused = () =>
      page.evaluate('document.activeElement.innerText || document.activeElement.className')
    const walk = async (key: string, until: string) => {
      const way = []
      do {
        await page.keyboard.press(key)
        way.push(await focused())
      } while (way.at(-1) !== until && way.length < 30)
      return way
    }
    await ada.getByRole('radio', { name: 'Lunch club' }).focus()
    await page.keyboard.press('Tab')
    expect(await ada.locator('.log:focus').count()).toBe(1)
    const newest = ['Collect', 'Open link', 'Cancel']
    const examples = ['/send 20 @ben lunch', '/send 5', '/history']
    expect(await walk('Tab', '/history')).toEqual([...newest, ...examples])
    await page.keyboard.press('Tab')
    expect(await ada.locator('input[name=text]:focus').count()).toBe(1)

    // Back into the log, and up to the first card.
    await walk('Shift+Tab', 'Cancel')
    for (let up = 0; up < 4; up++) await page.keyboard.press('ArrowUp')
    expect(await focused()).toContain('first')
    await walk('Tab', 'Cancel')
    await page.keyboard.press('Enter')
    await ada.getByText('↩️ Cancelled: it is back with its sender.').waitFor()
    expect(await ada.locator('.memo', { hasText: 'first' }).count()).toBe(1)
    expect(await ada.getByRole('button', { name: 'Cancel' }).count()).toBe(2)
    // Up to the very first message, where its button answers it.
    for (let up = 0; up < 9; up++) await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await ada.getByText('Reply to Ben: I paid').waitFor()
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
      await page.getByRole('button', { name: 'Nobody' }).click()
      await playground.restart()
      await page.getByText('The playground was restarted').waitFor()
      await look(page, width, 'restarted')
      problems.splice(0, Number.POSITIVE_INFINITY, ...problems.filter((problem) => !/ERR_/.test(problem)))
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

/** Where the link of a card leads: no page tells it, but its picture. */
async function linkOf(card: Locator | undefined): Promise<string> {
  const src = await card?.locator('img').getAttribute('src')
  const svg = await (await fetch(new URL(src ?? '', card?.page().url()))).text()
  return /<desc>(.*)<\/desc>/.exec(svg)?.[1] ?? ''
}

type Box = Awaited<ReturnType<Locator['boundingBox']>>

const overlap = (a: Box, b: Box): boolean =>
  a !== null &&
  b !== null &&
  a.x < b.x + b.width &&
  b.x < a.x + a.width &&
  a.y < b.y + b.height &&
  b.y < a.y + a.height

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
