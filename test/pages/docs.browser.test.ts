import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROBLEMS } from '../../src/shared/refusal.ts'
import { axe, hasChromium, openBrowser } from '../support/browser.ts'
import { exampleOf, type OpenApi } from '../support/openapi.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'

/** A folder for pictures of all that is looked at; unset: none are kept. */
const shots = process.env.SCREENSHOTS

describe.skipIf(!hasChromium('the docs'))('The docs of the API in a browser', () => {
  let pages: PagesUnderTest
  let browser: Browser

  /** One for all, as a browser takes seconds to draw it. */
  let page: Page
  const hosts = new Set<string>()
  const problems: string[] = []

  beforeAll(async () => {
    pages = await openPages()
    browser = await openBrowser()
    page = await browser.newPage({
      reducedMotion: 'reduce',
      colorScheme: 'light',
      viewport: { width: 1280, height: 900 },
    })
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) hosts.add(new URL(request.url()).origin)
    })
    page.on('console', (message) => {
      // Swagger UI deprecates the addresses that it makes.
      const isTheirs = message.text().startsWith('Deprecated: escaping deep link')
      if (message.type() === 'error' && !isTheirs) problems.push(message.text())
    })
    await page.goto(`${pages.url}/docs#/claims/post_v1_claims`)
    await page.getByText('/v1/claims').first().waitFor()
  })

  afterAll(async () => {
    await browser?.close()
    await pages?.close()
  })

  const operation = (method: string, path: string) =>
    page.locator(`.opblock-${method}`).filter({ has: page.locator(`[data-path="${path}"]`) })

  /** Opens a call, where it isn't open, to be tried. */
  async function tryOut(method: string, path: string) {
    const call = operation(method, path)
    const begin = call.getByRole('button', { name: 'Try it out' })
    const body = call.locator('.opblock-body')
    if ((await body.count()) === 0) await call.locator('.opblock-summary-control').click()
    await body.waitFor()
    if (await begin.isVisible()) await begin.click()
    return call
  }

  test('they list every call and every code, and ask no other host', async () => {
    const { paths } = (await (await fetch(`${pages.url}/openapi.json`)).json()) as { paths: object }
    for (const path of Object.keys(paths))
      expect(await page.locator(`[data-path="${path}"]`).count(), path).toBeGreaterThan(0)
    await page.getByText('All codes').click()
    const codes = await page.locator('details td:first-child').allInnerTexts()
    expect(codes).toEqual(Object.keys(PROBLEMS))
    expect([...hosts]).toEqual([pages.url])
    expect(problems).toEqual([])
  })

  test('an address leads to a call, and a keyboard opens another one, which has an address, too', async () => {
    await page.getByText('The money is theirs').waitFor()
    await operation('post', '/v1/transfers').locator('.opblock-summary-control').focus()
    await page.keyboard.press('Enter')
    await operation('post', '/v1/transfers').locator('.opblock-body').waitFor()
    expect(page.url()).toContain('#/transfers/post_v1_transfers')
  })

  /** Nothing is wider than a phone or a desk, and axe-core finds nothing in what is new to it. */
  async function look(what: string, only?: Parameters<typeof axe>[1]) {
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 })
      // A colour on its way to another is neither, and sets out with the next frame.
      await page.evaluate('new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))')
      await expect.poll(() => page.evaluate('document.getAnimations().length')).toBe(0)
      if (shots) await page.screenshot({ path: join(shots, `docs-${what}-${width}.png`) })
      expect([what, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([what, width])
    }
    expect([what, await axe(page, only)]).toEqual([what, []])
  }

  test('on a phone and a desk all fits, and axe finds nothing, in the dark either', async () => {
    await tryOut('post', '/v1/transfers')
    const history = await tryOut('get', '/v1/groups/{messenger}/{id}/history')
    await look('as it is tried out')
    await history.getByRole('button', { name: 'Execute' }).click()
    await history.getByText('Server response').waitFor()
    await history.locator('.tab [data-name=model]').first().click()
    await look('with an answer', { within: '.opblock:has(.live-responses-table)' })
    await page.getByRole('button', { name: 'Authorize' }).click()
    await page.getByLabel('Bearer token').fill('pa_token')
    await page.locator('.modal-ux').getByRole('button', { name: 'Authorize' }).click()
    await look('with a token', { within: '.modal-ux' })
    await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).first().click()
    // All is the same but for the colours.
    await page.emulateMedia({ colorScheme: 'dark' })
    await look('in the dark', { rules: ['color-contrast'] })
  })

  test('they propose to try what the document gives as an example', async () => {
    const document = (await (await fetch(`${pages.url}/openapi.json`)).json()) as OpenApi
    for (const path of ['/v1/transfers', '/v1/claims', '/v1/issues']) {
      const call = await tryOut('post', path)
      const body = document.paths[path]?.post?.requestBody?.content['application/json'].schema
      const example = JSON.parse(JSON.stringify(exampleOf(document, body)))
      expect(JSON.parse(await call.locator('textarea').inputValue())).toEqual(example)
    }
  })
})
