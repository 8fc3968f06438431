import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { APP_VERBS } from '../../src/access/scopes.ts'
import { makeToken } from '../../src/access/tokens.ts'
import type { AskView } from '../../src/asks/view.ts'
import { hasChromium, openBrowser } from '../support/browser.ts'
import { looksRight } from '../support/every-page.ts'
import { openPages, type PagesUnderTest, type Person } from '../support/pages.ts'
import { ada, ben } from '../support/visitor.ts'

const app = { messenger: 'app', id: 'shop' }
const returnUrl = 'https://shop.example.org/thanks'

describe.skipIf(!hasChromium('paying'))('Paying in a browser', () => {
  let pages: PagesUnderTest
  let browser: Browser
  const contexts: BrowserContext[] = []

  beforeAll(async () => {
    pages = await openPages()
    await makeToken(pages.core.db, 'shop', { may: APP_VERBS, whom: { kind: 'own' } })
    await pages.call('PUT', '/messengers/telegram', {
      title: 'Telegram',
      link: 'https://t.me/passalong_bot?start={code}',
    })
    await pages.call('PUT', '/messengers/discord', { title: 'Discord', link: 'https://discord.com/users/1' })
    await pages.call('POST', '/issues', { amount: '500', to: ben })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await pages?.close()
  })
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
  })

  async function open(viewer?: Person, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
    contexts.push(context)
    if (viewer)
      await context.request.post(`${pages.url}/session`, {
        form: { ticket: await pages.ticket(viewer) },
        headers: { origin: pages.url },
      })
    return context.newPage()
  }

  const asks = async (more: object = {}, by: object = app) => {
    const asked = { by, amount: '12.50', note: 'two coffees, to go', reference: 'order-4711', ...more }
    return (await pages.call('POST', '/asks', asked)) as AskView & { page: string }
  }
  const pay = (ask: AskView) => pages.call('POST', `/asks/${ask.id}/payments`, { by: ben })

  const scenes: Record<string, () => Promise<{ ask: { page: string }; viewer?: Person; locale?: string }>> = {
    'asked of whoever is signed in': async () => ({ ask: await asks(), viewer: ben }),
    'one’s own': async () => ({ ask: await asks({}, ada), viewer: ada }),
    'in an asset that who is signed in can’t have': async () => ({
      ask: await asks(),
      viewer: { messenger: 'playground', id: 'chen', name: '陈晨' },
      locale: 'zh-CN',
    }),
    'paid, by who reads it': async () => {
      const ask = await asks({ returnUrl, reference: 'x'.repeat(100), note: 'x'.repeat(200) })
      await pay(ask)
      return { ask, viewer: ben }
    },
    'paid, in Arabic': async () => {
      const ask = await asks({ returnUrl })
      await pay(ask)
      return { ask, locale: 'ar' }
    },
    'given back': async () => {
      const ask = await asks({ returnUrl })
      const { transfer } = (await pay(ask)) as { transfer: { id: string } }
      await pages.call('POST', `/transfers/${transfer.id}/refund`, { by: app })
      return { ask }
    },
    'ended, in Russian': async () => {
      const ask = await asks()
      await pages.call('POST', `/asks/${ask.id}/end`, { by: app })
      return { ask, locale: 'ru' }
    },
  }

  test.each(Object.keys(scenes))(
    '%s: fits phone and desk, light and dark, and axe finds nothing',
    async (name) => {
      const { ask, viewer, locale } = await (scenes[name] as (typeof scenes)[string])()
      const page = await open(viewer, { locale: locale ?? 'en' })
      await page.goto(ask.page)
      for (const colorScheme of ['light', 'dark'] as const)
        await looksRight(page, `paying ${name}`, colorScheme)
    },
  )

  test('an open page shows by itself that it was paid, and leads back', async () => {
    const ask = await asks({ returnUrl })
    const page = await open()
    await page.goto(ask.page)
    expect(await page.getByText('Back to').count()).toBe(0)
    await pay(ask)
    const back = page.getByRole('link', { name: 'Back to shop.example.org' })
    await back.waitFor()
    expect(await back.getAttribute('href')).toBe(`${returnUrl}?ask=${ask.id}`)
    expect(await page.locator('main').getAttribute('data-changes')).toBeNull()
  })

  test('who is signed in pays with a press of a button', async () => {
    const ask = await asks()
    const page = await open(ben)
    await page.goto(ask.page)
    await page.getByRole('button', { name: 'Pay 12.50 CREDIT' }).click()
    await page.getByRole('heading', { name: 'You have paid it' }).waitFor()
  })
})
