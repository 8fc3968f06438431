import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { listsOf } from '../../../src/groups/lists.ts'
import { AT_ONCE } from '../../../src/payouts/carry-out.ts'
import { resume } from '../../../src/payouts/resume.ts'
import { standingOf } from '../../../src/payouts/standing-view.ts'
import { payoutsOf } from '../../../src/payouts/view.ts'
import { hasChromium, openBrowser } from '../../support/browser.ts'
import { type Club, openClub } from '../../support/club.ts'
import { looksRight } from '../../support/every-page.ts'
import { openPages, type PagesUnderTest, type Person } from '../../support/pages.ts'

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
    const rows = `who;amount;note\n@${club.member.handle};20;for the room\n@nobody;15;thanks\n`
    const file = (text: string) => ({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
    await page.getByLabel('Or a file of the same').setInputFiles(file(rows))
    await page.getByRole('button', { name: 'Check it' }).click()
    await page.getByText('Line 3: Nobody whom we have met here goes by “@nobody”.').waitFor()
    await looksRight(page, 'pay-many-wrong', 'light')
    // What was uploaded can be mended where it is.
    const area = page.getByLabel('People, one in a line: who, amount, note')
    await area.fill((await area.inputValue()).replace('@nobody', `@${club.second.handle}`))
    await page.getByRole('button', { name: 'Check it' }).click()
    await page.getByRole('heading', { name: 'Check the payout' }).waitFor()
    await looksRight(page, 'preview', 'light')
    await page.getByRole('button', { name: 'Pay 35.00 CREDIT (people: 2)' }).click()
    await page.getByRole('heading', { name: 'Payout of 35.00 CREDIT' }).waitFor()
    await page.getByText('Not collected yet: 2').waitFor()
    await looksRight(page, 'payout', 'light')
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
    await looksRight(page, 'payout-under-way', 'light')
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

  test.each([
    ['en', 'light'],
    ['zh-CN', 'dark'],
  ] as const)('with all that stands there, it fits phone and desk: %s, %s', async (locale, colorScheme) => {
    const { core } = pages
    const [[list], [standing], { items }] = await Promise.all([
      listsOf(core.db, club.groupId),
      standingOf(core, club.groupId),
      payoutsOf(core, club.groupId, undefined, 2),
    ])
    const page = await open(club.admin, { locale })
    for (const path of ['', `/lists/${list?.id}`, `/standing/${standing?.id}`, `/payouts/${items[1]?.id}`]) {
      await page.goto(pages.url + club.path + path)
      await looksRight(page, `treasury ${path.split('/')[1] ?? ''} ${locale}`, colorScheme)
    }
  })

  async function open(who: Person, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en', ...options })
    const form = { ticket: await pages.ticket(who) }
    await context.request.post(`${pages.url}/session`, { form, headers: { origin: pages.url } })
    return context.newPage()
  }
})
