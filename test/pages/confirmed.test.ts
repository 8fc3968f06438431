import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { hasChromium, openBrowser } from '../support/browser.ts'
import { looksRight } from '../support/every-page.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { ada, ben, cleo, visitorOf, wordsOf } from '../support/visitor.ts'

let pages: PagesUnderTest
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passalong-assets-'))
  const assets = join(folder, 'assets.json')
  await writeFile(assets, JSON.stringify([{ code: 'CREDIT', confirmAbove: '10' }]))
  pages = await openPages(undefined, { ASSETS: assets })
})
afterAll(async () => {
  await pages.close()
  await rm(folder, { recursive: true })
})

const { get, post, signIn } = visitorOf(() => pages)
const say = (id: string, turn: number, said: 'yes' | 'no') =>
  pages.call('POST', `/transfers/${id}/askers/${turn}/${said}`, { by: ada })

describe('A transfer whose sender confirms who gets it', () => {
  test('is asked for by its button; its page says so, keeps looking, and shows the yes and the no', async () => {
    const transfer = await pages.send({ from: ada, amount: '20' })
    const [asBen, asCleo] = [await signIn(ben), await signIn(cleo)]
    const offered = await wordsOf(await get(transfer.link, asBen))
    expect(offered).toContain('confirms who gets it')
    expect(offered).toContain('the one whom its sender means')
    for (const cookie of [asBen, asCleo, asBen])
      expect((await post(transfer.link, {}, cookie)).status).toBe(303)
    const waiting = await (await get(transfer.link, asBen)).text()
    expect(waiting).toContain('The sender is asked whether you are the one')
    expect(waiting).toMatch(/<main [^>]*data-status="awaiting_sender"[^>]* data-changes>/)
    expect(await wordsOf(await get(transfer.link))).toContain('Collect it')
    expect(await wordsOf(await get(transfer.link, await signIn(ada)))).toContain('waits for your yes')

    await say(transfer.id, 2, 'no')
    const refused = await post(transfer.link, {}, asCleo)
    expect(refused.status).toBe(403)
    for (const page of [refused, await get(transfer.link, asCleo)])
      expect(await wordsOf(page)).toContain('The sender has said that you are not the one')
    await say(transfer.id, 1, 'yes')
    expect(await wordsOf(await get(transfer.link, asBen))).toContain('It’s yours')
  })

  test('leads there from the page where its words are typed, too', async () => {
    const words = 'nine purple umbrellas sleeping'
    const { id, code, link } = await pages.send({ from: ada, amount: '20', phrase: { words } })
    const cookie = await signIn(ben)
    const answer = await post('/phrase', { words }, cookie)
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/c/${code}`])
    expect(await wordsOf(await get(link, cookie))).toContain('The sender is asked whether you are the one')
    await say(id, 1, 'no')
    expect(await wordsOf(await post('/phrase', { words }, cookie))).toContain('you are not the one')
  })

  test.skipIf(!hasChromium('the page that waits for a yes'))(
    'has a page that waits in a browser, and shows the yes by itself',
    async () => {
      const transfer = await pages.send({ from: ada, amount: '20', note: 'rent' })
      const browser = await openBrowser()
      onTestFinished(() => browser.close())
      const context = await browser.newContext({
        viewport: { width: 390, height: 844 },
        reducedMotion: 'reduce',
      })
      const form = { ticket: await pages.ticket(ben) }
      await context.request.post(`${pages.url}/session`, { form, headers: { origin: pages.url } })
      const page = await context.newPage()
      await page.goto(`${pages.url}/c/${transfer.code}`)
      await page.getByRole('button', { name: 'Collect 20.00 CREDIT' }).click()
      await page.getByRole('heading', { name: 'The sender is asked whether you are the one' }).waitFor()
      for (const scheme of ['light', 'dark'] as const) await looksRight(page, 'waits for a yes', scheme)
      await say(transfer.id, 1, 'yes')
      await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
      await page.getByRole('heading', { name: 'It’s yours' }).waitFor()
    },
  )

  test('tells who comes when too many wait', async () => {
    const transfer = await pages.send({ from: ada, amount: '20' })
    const crowd = Array.from({ length: 20 }, (_, n) => ({ messenger: 'telegram', id: `88${n}` }))
    for (const by of crowd) await pages.call('POST', '/claims', { code: transfer.code, by }).catch(() => {})
    const answer = await post(transfer.link, {}, await signIn(ben))
    expect(answer.status).toBe(409)
    expect(await wordsOf(answer)).toContain('the sender has to answer some of them first')
  })
})
