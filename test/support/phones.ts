import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { openBrowser } from './browser.ts'
import { openPlayground, type PlaygroundUnderTest } from './playground.ts'

/** What the browser tells of a service that is away, ends, or begins. */
const TURNED_AWAY = /status of 50[23]|net::ERR_/

/**
 * The playground's phones in a browser, for the tests of one `describe`. Each opens a table of its own: fresh books, fresh chats.
 * A test fails where the page has had problems.
 */
export function tableInBrowser() {
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

  async function open(options: { width?: number; height?: number; lifetime?: number } = {}) {
    const { width = 1280, height = 900, lifetime } = options
    playground = await openPlayground({ ...(lifetime && { lifetime }) })
    return openPage(width, height)
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

  /** Restarts the service. The browser tells of every request that is turned away meanwhile: that is no problem of the page. */
  async function restart() {
    wasRestarted = true
    await playground.restart()
  }

  let wasRestarted = false
  const problems: string[] = []
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    closing.push(playground.close())
    const found = problems.splice(0).filter((problem) => !wasRestarted || !TURNED_AWAY.test(problem))
    wasRestarted = false
    expect(found).toEqual([])
  })

  return {
    open,
    openPage,
    restart,
    get playground() {
      return playground
    },
  }
}

export const phone = (page: Page, who: Who) => page.getByRole('region', { name: names[who] })

export async function say(phone: Locator, text: string) {
  await phone.getByRole('combobox').fill(text)
  await phone.getByRole('combobox').press('Enter')
}

export async function shownCard(phone: Locator): Promise<Locator> {
  const card = phone.locator('article', { has: phone.page().locator('.transfer') }).last()
  await card.waitFor()
  return card
}

/** Where the link of a card leads: no page tells it, but its picture. */
export async function linkOf(card: Locator | undefined): Promise<string> {
  const src = await card?.locator('img').getAttribute('src')
  const svg = await (await fetch(new URL(src ?? '', card?.page().url()))).text()
  return /<desc>(.*)<\/desc>/.exec(svg)?.[1] ?? ''
}

export const toPrivate = (phone: Locator) => phone.locator('.chats').getByText('Passalong').click()
export const toGroup = (phone: Locator) => phone.locator('.chats').getByText('Lunch club').click()

export async function balances(page: Page, amounts: Record<Who, string>) {
  for (const who of everybody)
    await page.locator(`#${who} .figure`, { hasText: new RegExp(`^${amounts[who]}$`) }).waitFor()
}

const names = { ada: 'Phone of Ada', ben: 'Phone of Ben', chen: '陈晨的手机' }
type Who = keyof typeof names
export const everybody = Object.keys(names) as Who[]
