import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { hasChromium, openBrowser, overflow } from '../support/browser.ts'
import { looksRight } from '../support/every-page.ts'
import { openPages, type PagesUnderTest, type Person } from '../support/pages.ts'
import { scanned } from '../support/scanned.ts'

const ada: Person = { messenger: 'telegram', id: '1', handle: 'ada', name: 'Ada Lovelace' }
const ben: Person = { messenger: 'telegram', id: '2', handle: 'ben', name: 'بن' }
const cleo: Person = { messenger: 'telegram', id: '3', name: 'Cleo' }
const telegram = { title: 'Telegram', link: 'https://t.me/passalong_bot?start={code}' }

const widths = [320, 390, 1280]
const schemes = ['light', 'dark'] as const
describe.skipIf(!hasChromium('the claim page'))('The claim page in a browser', () => {
  let pages: PagesUnderTest
  let browser: Browser
  const contexts: BrowserContext[] = []

  beforeAll(async () => {
    pages = await openPages()
    await pages.call('PUT', '/messengers/telegram', telegram)
    browser = await openBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await pages?.close()
  })

  async function open(options: Parameters<Browser['newContext']>[0], viewer?: Person): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
    contexts.push(context)
    const page = await context.newPage()
    if (viewer) {
      const ticket = await pages.ticket(viewer)
      await context.request.post(`${pages.url}/session`, {
        form: { ticket },
        headers: { origin: pages.url },
      })
    }
    return page
  }

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
  })

  async function endedPacket(): Promise<ViewWithCode> {
    const packet = await pages.send({
      from: ada,
      amount: '10',
      shares: 3,
      draw: 'lucky',
      note: 'happy Friday',
    })
    for (const by of [ben, cleo]) await pages.collect(packet.code, by)
    return {
      ...packet,
      ...((await pages.call('POST', `/transfers/${packet.id}/cancel`, { by: ada })) as ViewWithCode),
    }
  }

  /** In equal parts, to the one whom the lot has fallen on of two. */
  async function endedLot(): Promise<ViewWithCode> {
    const settlement = { by: 'draw', seconds: 10 }
    const lot = await pages.send({ from: ada, amount: '10', shares: 1, settlement })
    for (const by of [ben, cleo]) await pages.collect(lot.code, by)
    const { ledger, db } = pages.core
    const swept = async () => {
      await ledger.sweep(db)
      return pages.call('GET', `/transfers/${lot.id}`)
    }
    await expect.poll(swept, { timeout: 30_000, interval: 500 }).toMatchObject({ state: 'collected' })
    return lot
  }

  const scenes: Record<
    string,
    () => Promise<{ transfer: ViewWithCode; viewer?: Person; language?: string }>
  > = {
    'open for whoever has it': async () => ({
      transfer: await pages.send({ from: ada, note: 'lunch at the corner, thank you!' }),
    }),
    'open for one, in Chinese': async () => ({
      transfer: await pages.send({ from: ada, to: ben, note: '午饭' }),
      language: 'zh-CN',
    }),
    'open for the one who is signed in': async () => ({
      transfer: await pages.send({ from: ada, to: ben, note: 'lunch' }),
      viewer: ben,
    }),
    'one’s own': async () => ({ transfer: await pages.send({ from: ada }), viewer: ada }),
    'a red packet that is open': async () => {
      const transfer = await pages.send({
        from: ada,
        amount: '10',
        shares: 3,
        draw: 'lucky',
        note: 'happy Friday',
      })
      await pages.collect(transfer.code, ben)
      return { transfer }
    },
    'a red packet by lot, to somebody who takes part': async () => {
      const settlement = { by: 'draw', seconds: 3600 }
      const transfer = await pages.send({ from: ada, amount: '10', shares: 3, settlement, note: 'who wins?' })
      await pages.collect(transfer.code, ben)
      return { transfer, viewer: ben }
    },
    'a red packet for members of its group': async () => ({
      transfer: await pages.send({
        from: ada,
        amount: '10',
        shares: 3,
        membersOnly: true,
        group: { messenger: 'telegram', id: '-79', title: 'Lunch club' },
      }),
      viewer: cleo,
    }),
    'a red packet that is over, in Chinese': async () => ({
      transfer: await endedPacket(),
      language: 'zh-CN',
    }),
    'for somebody else': async () => ({ transfer: await pages.send({ from: ada, to: ben }), viewer: cleo }),
    'for a handle, to somebody who is signed in': async () => ({
      transfer: await pages.send({ from: ada, to: { messenger: 'telegram', handle: 'ben' } }),
      viewer: ben,
    }),
    'in an asset that who is signed in can’t have': async () => ({
      transfer: await pages.send({ from: ada }),
      viewer: { messenger: 'playground', id: 'chen', name: '陈晨' },
      language: 'zh-CN',
    }),
    'open, where no messenger deals in it': async () => ({
      transfer: await pages.send({
        from: { messenger: 'playground', id: 'ada', name: 'Ada' },
        asset: 'PLAY',
      }),
    }),
    'one’s own, returned': async () => {
      const transfer = await pages.send({ from: ada, asset: 'FLASH' })
      await new Promise((resolve) => setTimeout(resolve, 1100))
      await pages.core.ledger.submit({ do: 'return', which: { id: transfer.id } })
      return { transfer, viewer: ada }
    },
    'one’s already': async () => {
      const transfer = await pages.send({ from: ada, note: '生日快乐！🎂' })
      await pages.call('POST', '/claims', { code: transfer.code, by: ben })
      return { transfer, viewer: ben }
    },
    declined: async () => {
      const transfer = await pages.send({ from: ada, to: ben })
      await pages.call('POST', `/transfers/${transfer.id}/decline`, { by: ben })
      return { transfer, language: 'zh-CN' }
    },
    collected: async () => {
      const transfer = await pages.send({ from: ada, note: 'x'.repeat(200) })
      await pages.call('POST', '/claims', { code: transfer.code, by: ben })
      return { transfer }
    },
    cancelled: async () => {
      const transfer = await pages.send({ from: ada, to: { messenger: 'telegram', handle: 'dora' } })
      await pages.call('POST', `/transfers/${transfer.id}/cancel`, { by: ada })
      return { transfer }
    },
    expired: async () => {
      const transfer = await pages.send({ from: ada, amount: '2000', asset: 'FLASH' })
      await new Promise((resolve) => setTimeout(resolve, 1100))
      return { transfer }
    },
  }

  test.each(Object.keys(scenes))(
    '%s: fits phone and desk, light and dark, and axe finds nothing',
    async (name) => {
      const { transfer, viewer, language } = await (scenes[name] as (typeof scenes)[string])()
      const page = await open({ locale: language ?? 'en' }, viewer)
      const problems: string[] = []
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      await page.goto(transfer.link)
      expect(problems).toEqual([])
      for (const colorScheme of schemes) await looksRight(page, name, colorScheme)
      for (const width of widths) {
        await page.setViewportSize({ width, height: 844 })
        expect([width, await overflow(page)]).toEqual([width, []])
        expect([width, await smallTargets(page)]).toEqual([width, []])
      }
    },
  )

  test.each(widths)('a camera reads the QR code at %i pixels as the link', async (width) => {
    const transfer = await pages.send({ from: ada })
    const page = await open({ viewport: { width, height: 844 }, colorScheme: 'dark' })
    await page.goto(transfer.link)
    const picture = await page.locator('.qr img').screenshot()
    expect(await scanned(picture)).toBe(transfer.link)
  })

  test('a phone shows the buttons first and the QR after; a desk shows them side by side', async () => {
    const transfer = await pages.send({ from: ada })
    const at = async (width: number) => {
      const page = await open({ viewport: { width, height: 900 } })
      await page.goto(transfer.link)
      const button = await page.getByRole('link', { name: 'Collect in Telegram' }).boundingBox()
      const qr = await page.locator('.qr img').boundingBox()
      if (!button || !qr) throw new Error('The button or the QR code is not shown.')
      return { button, qr, text: await page.locator('figcaption').innerText() }
    }
    const phone = await at(390)
    expect(phone.button.y + phone.button.height).toBeLessThan(phone.qr.y)
    expect(phone.text).toContain('opens on this machine only')
    const desk = await at(1280)
    expect(desk.button.x + desk.button.width).toBeLessThan(desk.qr.x)
    expect(desk.qr.width).toBeGreaterThan(300)
  })

  test('the browser draws the lots of a red packet again, and says whether they are the ones that were paid', async () => {
    const [packet, lot] = await Promise.all([endedPacket(), endedLot()])
    const page = await open({})
    await page.goto(packet.link)
    const said = page.locator('[data-agrees]')
    await expect.poll(() => said.textContent()).toContain('all 3 shares follow from it')
    await page.goto(lot.link)
    await expect.poll(() => said.textContent()).toContain('the lots of all 2 who took part follow from it')
    // Served by somebody who has changed a share, or the seed.
    for (const [{ link }, was, bent] of [
      [packet, /data-share="(\d+)"/, 'data-share="1$1"'],
      [packet, /data-seed="../, 'data-seed="ff'],
      [lot, /data-turn="(\d)"/, 'data-turn="3$1"'],
      [lot, /data-passed=""/, 'data-passed="1,2"'],
    ] as const) {
      const bad = await open({})
      await bad.route(link, async (route) => {
        const answer = await route.fetch()
        await route.fulfill({ response: answer, body: (await answer.text()).replace(was, bent) })
      })
      await bad.goto(link)
      await expect.poll(() => bad.locator('[data-agrees]').textContent()).toContain('they are others')
    }
    const plain = await open({ javaScriptEnabled: false })
    await plain.goto(packet.link)
    expect(await plain.locator('[data-agrees]').textContent()).toContain('by hand')
  })

  test('without script, somebody who is signed in collects by keyboard alone', async () => {
    const transfer = await pages.send({ from: ada, to: ben })
    const before = Number(await pages.balance(ben))
    const page = await open({ javaScriptEnabled: false }, ben)
    await page.goto(transfer.link)
    for (let steps = 0; steps < 10; steps++) {
      await page.keyboard.press('Tab')
      if (await page.locator('button:focus', { hasText: 'Collect 20.00 CREDIT' }).count()) break
    }
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'It’s yours' }).waitFor()
    expect(page.url()).toBe(transfer.link)
    expect(Number(await pages.balance(ben))).toBeCloseTo(before + 20)
  })

  test('a form works over plain HTTP on a network, and not from a page elsewhere', async () => {
    const transfer = await pages.send({ from: ada, to: ben })
    const page = await open({}, ben)
    const [session] = await page.context().cookies()
    // To a browser this is not its own machine: it sends no Sec-Fetch-Site there, and Origin is all that there is.
    const network = pages.url.replace('127.0.0.1', 'pass.test')
    await page
      .context()
      .addCookies([{ ...session, name: 'session', value: session?.value ?? '', domain: 'pass.test' }])
    await page.goto(transfer.link.replace(pages.url, network))
    await page.getByRole('button', { name: 'Collect' }).click()
    await page.getByRole('heading', { name: 'It’s yours' }).waitFor()

    const second = await pages.send({ from: ada, to: ben })
    const elsewhere = await open({}, ben)
    await elsewhere.setContent(
      `<form method="post" action="${second.link}"><button>Win a prize</button></form>`,
    )
    await elsewhere.getByRole('button').click()
    await elsewhere.waitForURL(second.link)
    expect((await pages.core.transfers.byId(second.id))?.state).toBe('open')
  })

  describe('passing it on', () => {
    let abroad: PagesUnderTest
    beforeAll(async () => {
      abroad = await openPages('https://pass.example.org')
    })
    afterAll(() => abroad?.close())

    const share = async (page: Page, note = 'lunch') => {
      const { code, link } = await abroad.send({ from: ada, note })
      await page.goto(`${abroad.url}/c/${code}/share`)
      return link
    }

    test.each(schemes)('fits phone and desk, and axe finds nothing, %s', async (colorScheme) => {
      const page = await open({ locale: colorScheme === 'dark' ? 'zh-CN' : 'en' })
      await share(page)
      await looksRight(page, `passing it on abroad`, colorScheme)
      expect(await smallTargets(page)).toEqual([])
    })

    test('without script there are the links and the picture, and no button that does nothing', async () => {
      const page = await open({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } })
      const link = await share(page)
      const telegram = await page.getByRole('link', { name: 'Telegram' }).getAttribute('href')
      expect(new URL(telegram ?? '').searchParams.get('url')).toBe(link)
      expect(await page.getByRole('button').count()).toBe(0)
      await page.setViewportSize({ width: 390, height: 1600 })
      expect(await scanned(await page.locator('.qr img').screenshot())).toBe(link)
    })

    test('the share sheet gets the words, the link, and the picture as a file where it takes files', async () => {
      for (const takesFiles of [true, false]) {
        const page = await open({})
        await page.addInitScript(`
          navigator.canShare = () => ${takesFiles}
          navigator.share = async (shared) => { document.title = JSON.stringify({ ...shared, files: shared.files?.map(({ name, type, size }) => ({ name, type, isFull: size > 10000 })) }) }
        `)
        const link = await share(page)
        await page.getByRole('button', { name: 'Share…' }).click()
        await page.waitForFunction(`document.title.startsWith('{')`)
        expect(JSON.parse(await page.title())).toEqual({
          text: '20.00 CREDIT from Ada Lovelace (@ada): open the link to collect it.',
          url: link,
          ...(takesFiles && { files: [{ name: '20.00-CREDIT.png', type: 'image/png', isFull: true }] }),
        })
      }
    })

    test('a button copies the link', async () => {
      const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] })
      const link = await share(page)
      await page.getByRole('button', { name: 'Copy the link' }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(link)
    })
  })

  test('who looks at the page sees it change when somebody collects', async () => {
    const transfer = await pages.send({ from: ada })
    const page = await open({})
    await page.goto(transfer.link)
    await pages.call('POST', '/claims', { code: transfer.code, by: ben })
    await page.getByRole('heading', { name: 'Somebody has collected it' }).waitFor()
  })
})

/** Buttons and links that a finger would miss: below 44 pixels. Links within a sentence are left out. */
const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('a, button, summary')]
    .filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().height < 44)
    .map((e) => e.outerHTML)`)
