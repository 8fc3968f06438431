import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listsOf } from '../../../src/groups/lists.ts'
import { AT_ONCE } from '../../../src/payouts/carry-out.ts'
import { resume } from '../../../src/payouts/resume.ts'
import { standingOf } from '../../../src/payouts/standing-view.ts'
import { payoutsOf } from '../../../src/payouts/view.ts'
import { axe, hasChromium, openBrowser } from '../../support/browser.ts'
import { type Club, openClub } from '../../support/club.ts'
import { openPages, type PagesUnderTest, type Person } from '../../support/pages.ts'

/** How pages are looked at in each language; with a folder for pictures, in all ways. */
const LOOKS = {
  en: { width: 390, colorScheme: 'light' },
  'zh-CN': { width: 1280, colorScheme: 'dark' },
} as const
const shots = process.env.SCREENSHOTS

describe.skipIf(!hasChromium('the treasury'))('The treasury in a browser', () => {
  let pages: PagesUnderTest
  let browser: Browser
  let club: Club
  beforeAll(async () => {
    pages = await openPages()
    browser = await openBrowser()
    club = await openClub(pages, '500')
  })
  afterAll(async () => {
    await browser?.close()
    await pages?.close()
  })

  test('a payout by CSV, with a mistake in it and then without', async () => {
    const page = await open(club.admin)
    await page.goto(pages.url + club.path)
    await page.getByRole('link', { name: 'Pay many' }).click()
    await look(page, 'pay-many')
    const rows = `who;amount;note\n@${club.member.handle};20;for the room\n@nobody;15;thanks\n`
    const file = (text: string) => ({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
    await page.getByLabel('Or a file of the same').setInputFiles(file(rows))
    await page.getByRole('button', { name: 'Check it' }).click()
    await page.getByText('Line 3: Nobody whom we have met here goes by “@nobody”.').waitFor()
    await look(page, 'pay-many-wrong')
    // What was uploaded can be mended where it is.
    const area = page.getByLabel('People, one in a line: who, amount, note')
    await area.fill((await area.inputValue()).replace('@nobody', `@${club.second.handle}`))
    await page.getByRole('button', { name: 'Check it' }).click()
    await page.getByRole('heading', { name: 'Check the payout' }).waitFor()
    await look(page, 'preview')
    await page.getByRole('button', { name: 'Pay 35.00 CREDIT (people: 2)' }).click()
    await page.getByRole('heading', { name: 'Payout of 35.00 CREDIT' }).waitFor()
    await page.getByText('Not collected yet: 2').waitFor()
    await look(page, 'payout')
  })

  test('who looks at a long payout sees how far it is, and that it is paid', async () => {
    const { core } = pages
    const rows = Array.from({ length: AT_ONCE + 1 }, (_, index) => `telegram:${1000 + index},0.10`)
    await Promise.all(
      rows.map((row) => core.people.meet({ messenger: 'telegram', id: /\d+/.exec(row)?.[0] ?? '' })),
    )
    const page = await open(club.admin)
    await page.goto(`${pages.url}${club.path}/pay-many`)
    await page.getByLabel('People, one in a line: who, amount, note').fill(rows.join('\n'))
    await page.getByRole('button', { name: 'Check it' }).click()
    await page.getByRole('button', { name: 'Pay 38.50 CREDIT (people: 385)' }).click()
    await page.getByText('Being paid: 0 of 385').waitFor()
    await look(page, 'payout-under-way')
    await resume(core)
    await page.getByText('Not collected yet: 385').waitFor()
  })

  test('a standing payout is set up for a list, without any script and by the keyboard', async () => {
    const page = await open(club.admin, { javaScriptEnabled: false })
    await page.goto(`${pages.url}${club.path}/lists/new`)
    await page.getByLabel('Name').fill('Crew')
    await page.getByLabel('People, one in a line').fill(`@${club.member.handle}\n@${club.second.handle}`)
    await page.getByRole('button', { name: 'Save' }).press('Enter')
    await page.getByRole('link', { name: 'Set up a standing payout' }).press('Enter')
    await page.getByLabel('Amount for each').fill('5')
    await page.getByRole('radio', { name: 'Every month' }).check()
    await page.getByLabel('Day of the month, if every month').selectOption('31')
    await page.getByRole('button', { name: 'Save' }).press('Enter')
    await page.getByText('Every month on day 31 at 09:00').waitFor()
  })

  test.each(['en', 'zh-CN'] as const)(
    'all pages fit phone and desk, light and dark, and axe finds nothing: %s',
    async (locale) => {
      const { core } = pages
      const [[list], [standing], { items }] = await Promise.all([
        listsOf(core.db, club.groupId),
        standingOf(core, club.groupId),
        payoutsOf(core, club.groupId, undefined, 1),
      ])
      const page = await open(club.admin, { locale })
      for (const [name, path] of Object.entries({
        overview: '',
        give: '/give',
        pay: '/pay',
        'pay-many-empty': '/pay-many',
        list: `/lists/${list?.id}`,
        'new-standing': '/standing/new',
        standing: `/standing/${standing?.id}`,
        'payout-again': `/payouts/${items[0]?.id}`,
      })) {
        await page.goto(pages.url + club.path + path)
        await look(page, `${name}-${locale}`, LOOKS[locale])
      }
    },
  )

  async function open(who: Person, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en', ...options })
    const form = { ticket: await pages.ticket(who) }
    await context.request.post(`${pages.url}/session`, { form, headers: { origin: pages.url } })
    return context.newPage()
  }
})

async function look(
  page: Page,
  name: string,
  { width, colorScheme }: (typeof LOOKS)['en' | 'zh-CN'] = LOOKS.en,
): Promise<void> {
  if (shots)
    for (const wide of [390, 1280])
      for (const scheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width: wide, height: 844 })
        await page.emulateMedia({ colorScheme: scheme })
        await page.screenshot({ path: join(shots, `${name}-${wide}-${scheme}.png`), fullPage: true })
      }
  await page.setViewportSize({ width, height: 844 })
  await page.emulateMedia({ colorScheme })
  expect([name, width, await overflow(page)]).toEqual([name, width, []])
  expect([name, width, await axe(page)]).toEqual([name, width, []])
}

/** Whether the page is wider than its window. */
const overflow = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('html, body, main, .panel')]
    .filter((e) => e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.outerHTML.slice(0, 100))`)
