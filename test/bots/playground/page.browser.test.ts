import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axe, hasChromium } from '../../support/browser.ts'
import { everybody, phone, say, shownCard, tableInBrowser, toPrivate } from '../../support/phones.ts'

const widths = [390, 768, 1280]
const schemes = ['light', 'dark'] as const
/** A folder for pictures of what is looked at; unset: none are kept. */
const shots = process.env.SCREENSHOTS

describe.skipIf(!hasChromium('the playground'))('The playground in a browser', () => {
  const table = tableInBrowser()

  test.each([390, 1280])(
    'what a press is answered with covers nothing that can be pressed (%i)',
    async (width) => {
      const page = await table.open({ width, height: 844 })
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
    const page = await table.open()
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
    const page = await table.open()
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
    const examples = [
      '/send 20 @ben lunch',
      '/send 5',
      '/red 8 2 happy Friday',
      '/split 30 me @ben @chen lunch',
      '/history',
    ]
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
      const page = await table.open({ width, height: width < 600 ? 844 : 900 })
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
      await page.goto(`${table.playground.url}/?start=${'x'.repeat(22)}`)
      await page.getByRole('dialog').waitFor()
      await look(page, width, 'start')
      await page.getByRole('button', { name: 'Nobody' }).click()
      await table.restart()
      await page.getByText('The playground was restarted').waitFor()
      await look(page, width, 'restarted')
    },
  )

  async function look(page: Page, width: number, name: string) {
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme })
      if (shots)
        await page.screenshot({ path: join(shots, `playground-${name}-${width}-${colorScheme}.png`) })
      expect([name, width, colorScheme, await overflow(page)]).toEqual([name, width, colorScheme, 0])
      // In the dark all is the same but for the colours.
      const found = await axe(page, colorScheme === 'dark' ? { rules: ['color-contrast'] } : {})
      expect([name, width, colorScheme, found]).toEqual([name, width, colorScheme, []])
    }
  }
})

type Box = Awaited<ReturnType<Locator['boundingBox']>>

const overlap = (a: Box, b: Box): boolean =>
  a !== null &&
  b !== null &&
  a.x < b.x + b.width &&
  b.x < a.x + a.width &&
  a.y < b.y + b.height &&
  b.y < a.y + a.height

const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
