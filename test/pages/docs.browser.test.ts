import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { PROBLEMS } from '../../src/shared/refusal.ts'
import { axe, hasChromium, openBrowser } from '../support/browser.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'

const CALL = '.opblock-summary-control'

/** How many paths are shown at a time. */
const AT_ONCE = 10

/** A folder for pictures of all that is looked at; unset: none are kept. */
const shots = process.env.SCREENSHOTS

describe.skipIf(!hasChromium('the docs'))('The docs of the API in a browser', () => {
  let pages: PagesUnderTest
  let browser: Browser

  beforeAll(async () => {
    pages = await openPages()
    browser = await openBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await pages?.close()
  })

  async function open(options: Parameters<Browser['newContext']>[0]): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(`${pages.url}/docs`)
    await page.getByText('/v1/claims').first().waitFor()
    return page
  }

  const operation = (page: Page, method: string, path: string) =>
    page.locator(`.opblock-${method}`).filter({ has: page.locator(`[data-path="${path}"]`) })

  test('they list every call and every code, and ask no other host', async () => {
    const page = await open({ viewport: { width: 1280, height: 900 } })
    const hosts = new Set<string>()
    const problems: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) hosts.add(new URL(request.url()).origin)
    })
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await page.reload()
    await page.getByText('/v1/claims').first().waitFor()
    const { paths } = (await (await fetch(`${pages.url}/openapi.json`)).json()) as { paths: object }
    for (const path of Object.keys(paths))
      expect(await page.locator(`[data-path="${path}"]`).count(), path).toBeGreaterThan(0)
    await page.getByText('All codes').click()
    const codes = await page.locator('details td:first-child').allInnerTexts()
    expect(codes).toEqual(Object.keys(PROBLEMS))
    expect([...hosts]).toEqual([pages.url])
    expect(problems).toEqual([])
  })

  const written = (page: Page, which: string): Promise<string[]> =>
    page.evaluate(
      `[...document.querySelectorAll('${which}')].map((element) => element.value ?? element.textContent)`,
    )

  async function look(page: Page, what: string, width: number, colorScheme: string, rules?: string[]) {
    // A colour on its way to another is neither.
    await page.evaluate(
      `Promise.allSettled(document.getAnimations().map(({ finished }) => finished)).then(() => {})`,
    )
    if (shots) await page.screenshot({ path: join(shots, `docs-${what}-${width}-${colorScheme}.png`) })
    expect([what, await axe(page, rules)]).toEqual([what, []])
    expect([what, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([what, width])
  }

  test.each([
    { width: 390, colorScheme: 'light' },
    { width: 1280, colorScheme: 'dark' },
  ] as const)(
    'at $width pixels, $colorScheme, all fits, and axe finds nothing',
    async ({ width, colorScheme }) => {
      const page = await open({ colorScheme, viewport: { width, height: 900 } })
      await page.getByText('All codes').click()
      const create = operation(page, 'post', '/v1/transfers')
      await create.locator('.opblock-summary-control').click()
      const history = operation(page, 'get', '/v1/groups/{messenger}/{id}/history')
      await history.locator('.opblock-summary-control').click()
      for (const one of [create, history]) await one.getByRole('button', { name: 'Try it out' }).click()
      await look(page, 'as it is tried out', width, colorScheme)
      await history.getByRole('button', { name: 'Execute' }).click()
      await history.getByText('Server response').waitFor()
      await history.locator('.tab [data-name=model]').first().click()
      await look(page, 'with an answer', width, colorScheme)
      await page.getByRole('button', { name: 'Authorize' }).click()
      await page.getByLabel('Bearer token').fill('pa_token')
      await page.locator('.modal-ux').getByRole('button', { name: 'Authorize' }).click()
      await look(page, 'with a token', width, colorScheme)
      // The other scheme has the same layout, so it is enough to look at its colours once.
      const other = colorScheme === 'light' ? 'dark' : 'light'
      await page.emulateMedia({ colorScheme: other })
      await look(page, 'in other colours', width, other, ['color-contrast'])
    },
  )

  test('who tries out what they propose gives nobody another name', { timeout: 120_000 }, async () => {
    const page = await open({ viewport: { width: 1280, height: 900 } })
    const document = (await (await fetch(`${pages.url}/openapi.json`)).json()) as {
      paths: Record<string, object>
    }
    // Those that have something to fill in.
    const paths = Object.entries(document.paths).flatMap(
      ([path, { get: _, ...calls }]: [string, { get?: object }]) =>
        Object.keys(calls).length > 0 ? [[path, calls] as const] : [],
    )
    const proposed: string[] = []
    const bodies: string[] = []
    // A few at a time, as with each call that is opened all of the page is drawn again.
    for (let first = 0; first < paths.length; first += AT_ONCE) {
      const some = Object.fromEntries(paths.slice(first, first + AT_ONCE))
      await page.route('**/openapi.json', (route) => route.fulfill({ json: { ...document, paths: some } }))
      await page.reload()
      await page
        .locator(`[data-path="${Object.keys(some)[0]}"]`)
        .first()
        .waitFor()
      const calls = await page.locator(CALL).count()
      await page.evaluate(`for (const control of document.querySelectorAll('${CALL}')) control.click()`)
      await expect.poll(() => page.locator('.try-out__btn').count(), { timeout: 30_000 }).toBe(calls)
      await page.evaluate(`for (const button of document.querySelectorAll('.try-out__btn')) button.click()`)
      proposed.push(...(await written(page, 'textarea, .microlight')))
      bodies.push(...(await written(page, 'textarea')))
    }
    expect(proposed.length).toBeGreaterThan(20)
    expect(proposed.filter((text) => /"string"|additionalProp/.test(text))).toEqual([])
    expect(bodies.filter((text) => /"(name|handle)": "/.test(text))).toEqual([])
    // Nor does a try lead anybody astray: what is proposed is no messenger that there is.
    expect(bodies.filter((text) => text.includes('"title"'))).toEqual([
      expect.stringContaining('https://chat.example.org/'),
    ])
  })

  test('a keyboard opens a call, and its address leads there again', async () => {
    const page = await open({ viewport: { width: 1280, height: 900 } })
    await operation(page, 'post', '/v1/claims').locator('.opblock-summary-control').focus()
    await page.keyboard.press('Enter')
    await page.getByText('The money is theirs').waitFor()
    expect(page.url()).toContain('#/claims/post_v1_claims')
    await page.reload()
    await page.getByText('The money is theirs').waitFor()
  })
})
