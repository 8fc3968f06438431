import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'csv-parse/sync'
import { sql } from 'drizzle-orm'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { APP_VERBS } from '../../../src/access/scopes.ts'
import { makeToken } from '../../../src/access/tokens.ts'
import { publishRoots } from '../../../src/roots/publish.ts'
import type { ViewWithCode } from '../../../src/transfers/view.ts'
import { hasChromium, openBrowser } from '../../support/browser.ts'
import { EVERY_PAGE, looksRight } from '../../support/every-page.ts'
import { openPages, type PagesUnderTest, type Person } from '../../support/pages.ts'

const ada: Person = { messenger: 'telegram', id: '1', handle: 'ada', name: 'Ada Lovelace' }
/** An admin of the group, and an operator. */
const olga: Person = { messenger: 'telegram', id: '9', handle: 'olga', name: 'Olga' }
const ben: Person = { messenger: 'telegram', id: '2', handle: 'ben', name: 'بن العربي' }
const hubert: Person = {
  messenger: 'telegram',
  id: '3',
  handle: 'hubert_blaine_wolfeschlegelstein',
  name: 'Wolfeschlegelsteinhausenbergerdorff',
}
const chat = { messenger: 'telegram', id: '-1', title: 'Chess Club' }

describe.skipIf(!hasChromium('the books of a group'))('The books of a group in a browser', () => {
  let pages: PagesUnderTest
  let browser: Browser
  let group: string
  let transfer: ViewWithCode
  let issue: string
  const contexts: BrowserContext[] = []

  beforeAll(async () => {
    pages = await openPages(undefined, { OPERATORS: 'telegram:9' })
    browser = await openBrowser()
    transfer = await send(ada, '20', { note: 'lunch' })
    group = (await pages.core.groups.find(chat.messenger, chat.id)) ?? ''
    const issued = await pages.call('POST', '/issues', { amount: '1', to: ada })
    issue = (issued as { id: string }).id
    await pages.call('POST', '/feedback', { by: ben, text: 'What a long word: Wolfeschlegelsteinhausen' })
    await pages.core.opening.save({ step: 'everybody', groups: [], share: 0 }, olga)
    await send(ben, '7.50', { to: hubert, note: 'w'.repeat(60) })
    const elsewhere = { messenger: 'discord', id: '80351110224678912', name: 'Olga' }
    await pages.call('POST', '/issues', { amount: '5', to: elsewhere })
    const { code } = (await pages.call('POST', '/identity-links/codes', { by: olga })) as { code: string }
    const { id } = (await pages.call('POST', '/identity-links', { by: elsewhere, code })) as { id: string }
    for (const by of [olga, elsewhere]) await pages.call('POST', `/identity-links/${id}/confirm`, { by })
    for (let n = 1; n <= 3; n++) await claim(await send(hubert, String(n), { to: ada }), ada)
    await pages.call('POST', `/transfers/${transfer.id}/cards`, {
      messenger: chat.messenger,
      chat: chat.id,
      message: '1',
      language: 'en',
      drawn: 'open',
    })
    await publishRoots(pages.core.db)
  })

  afterAll(async () => {
    await browser?.close()
    await pages?.close()
  })

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
  })

  const send = (from: Person, amount: string, more: object = {}) =>
    pages.send({ from, amount, group: chat, ...more })
  const claim = ({ code }: ViewWithCode, by: Person) => pages.call('POST', '/claims', { code, by })
  const told = (who: Person, isAdmin: boolean) =>
    pages.core.memberships.told({ messenger: chat.messenger, chat: chat.id, identity: who.id, isAdmin })
  /** A link as the bot whispers it to an admin. */
  const whisper = async (by: Person) =>
    ((await pages.call('POST', '/links', { by, to: { group: chat } })) as { link: string }).link

  async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
    contexts.push(context)
    return context.newPage()
  }

  async function signIn(page: Page, who: Person) {
    await told(who, true)
    await page.goto(await whisper(who))
    await page.locator('form button').click()
    await page.waitForURL(`${pages.url}/groups/${group}`)
  }

  test('from the whispered link to the books: a filter, the picture, a row that arrives by itself, and the end', async () => {
    const page = await open({ viewport: { width: 390, height: 844 } })
    const problems: string[] = []
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await signIn(page, ada)
    await page.getByRole('heading', { name: 'Books' }).waitFor()

    await page.getByText('Filter', { exact: true }).click()
    await page.getByLabel('State').selectOption('Open')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.waitForURL(`${pages.url}/groups/${group}?state=open`)
    const rows = page.locator('.transfers tbody tr')
    expect(await rows.count()).toBe(2)

    const picture = page.getByRole('img', { name: /What was sent in CREDIT/ })
    expect((await picture.boundingBox())?.width).toBeGreaterThan(250)
    await page.getByText('The same as a table').click()
    const ofTheDay = page.locator('.chart tbody tr')
    expect(await ofTheDay.locator('td').allInnerTexts()).toEqual(['27.50', '0.00', '27.50', '0.00'])

    await send(ada, '2.50', { note: 'tea' })
    await page.getByText('New here: 1').waitFor()
    expect(await rows.count()).toBe(3)
    expect(await rows.first().innerText()).toContain('tea')
    // With the row come the sums; what was unfolded stays so.
    expect(await ofTheDay.locator('td').first().innerText()).toBe('30.00')

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ])
    const exported = parse(await readFile(await download.path(), 'utf8'), { bom: true, columns: true })
    const sum = (exported as { amount: string }[]).reduce((total, { amount }) => total + Number(amount), 0)
    const [held] = await pages.core.db.execute<{ amount: string }>(
      sql`select sum(remaining) / 100 as amount from transfers where group_id = ${group} and state = 'open'`,
    )
    expect([exported.length, sum]).toEqual([3, Number(held?.amount)])

    await rows.first().getByRole('link').click()
    await page.getByLabel('A note').fill('He paid in cash.')
    await page.getByRole('button', { name: 'Add the note' }).click()
    await page.locator('#notes').getByText('He paid in cash.').waitFor()
    expect(problems).toEqual([])

    await page.goto(`${pages.url}/groups/${group}`)
    await told(ada, false)
    await page.getByRole('heading', { name: 'That is for the admins of the group' }).waitFor()
    expect(await page.locator('table').count()).toBe(0)
  })

  test('a receipt is verified on its page, by the program that is saved with it, and not where a sum is another', async () => {
    const page = await open()
    const { link } = (await pages.call('POST', '/links', { by: ada, to: 'proof' })) as { link: string }
    await page.goto(link)
    await page.locator('form button').click()
    await page.getByText('Verified by your browser').waitFor()
    await page.getByText('Verify it without this page').click()
    const saved = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name }).click(),
      ])
      const path = join(folder, download.suggestedFilename())
      await download.saveAs(path)
      return path
    }
    const folder = await mkdtemp(join(tmpdir(), 'passalong-receipt-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const receipt = await saved('Save the receipt')
    const program = await saved('Save the program')
    const root = await page.locator('[data-root]').getAttribute('data-root')
    const { stdout } = await promisify(execFile)(process.execPath, [program, receipt, root ?? ''])
    expect(stdout).toContain('COUNTED: 7.00 CREDIT, and 20.00 in open transfers, of telegram:1')

    const add = (cent: number) =>
      pages.core.db.execute(
        sql`update root_nodes set sum = sum + ${cent}::int where owner is distinct from 'telegram:1'`,
      )
    await add(1)
    await page.reload()
    await page.getByText('NOT counted').waitFor()
    await add(-1)
  })

  test.each([
    ['en', 'light'],
    ['zh-CN', 'dark'],
  ] as const)(
    'every page, in %s and %s: it fits phone and desk, and axe finds nothing',
    async (locale, colorScheme) => {
      const page = await open({ locale })
      await signIn(page, olga)
      const { person } = await pages.core.people.meet(ada)
      const asked = { by: ben, amount: '12.50', note: 'two coffees', reference: 'order-4711' }
      const ask = ((await pages.call('POST', '/asks', asked)) as { id: string }).id
      await makeToken(pages.core.db, 'till', { may: APP_VERBS, whom: { kind: 'own' }, counter: true })
      const world = { group, transfer, ask, link: await whisper(olga), person, issue }
      for (const [what, addressOf] of Object.entries(EVERY_PAGE)) {
        await page.goto(new URL(addressOf(world), pages.url).href)
        await looksRight(page, what, colorScheme)
      }
    },
  )
})
