import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasChromium, openBrowser } from '../../support/browser.ts'
import { type Club, openClub } from '../../support/club.ts'
import { looksRight } from '../../support/every-page.ts'
import { openPages, type PagesUnderTest, type Person } from '../../support/pages.ts'

describe.skipIf(!hasChromium('the rules of a group'))('The rules of a group in a browser', () => {
  let pages: PagesUnderTest
  let browser: Browser
  let club: Club
  beforeAll(async () => {
    pages = await openPages()
    browser = await openBrowser()
    club = await openClub(pages)
  })
  afterAll(async () => {
    await browser?.close()
    await pages?.close()
  })

  async function open(who: Person, locale = 'en'): Promise<Page> {
    const context = await browser.newContext({ locale })
    const page = await context.newPage()
    const chat = (await pages.core.groups.chatsOf([club.groupId])).get(club.groupId)
    const { link } = (await pages.call('POST', '/links', { by: who, to: { group: chat } })) as {
      link: string
    }
    await page.goto(link)
    await page.locator('form button').click()
    await page.goto(`${pages.url}/groups/${club.groupId}/rules`)
    return page
  }

  test('a rule is filled in wrongly, rehearsed, saved, holds for what is sent next, and stands in the trail', async () => {
    const sending = async (amount: string) => {
      await pages.call('POST', '/issues', { amount, to: club.member })
      const chat = (await pages.core.groups.chatsOf([club.groupId])).get(club.groupId)
      const group = { messenger: chat?.messenger, id: chat?.id }
      return pages.call('POST', '/transfers', { from: club.member, amount, group })
    }
    for (const amount of ['60', '75', '20']) await sending(amount)
    const page = await open(club.admin)
    await page.getByLabel('Largest transfer of CREDIT').fill('2000')
    await page.getByLabel('Most CREDIT per person and day').fill('100')
    await page.getByRole('button', { name: 'Rehearse' }).press('Enter')
    await page.getByText('A limit must be below 2000.00 CREDIT').waitFor()
    await looksRight(page, 'rules filled in wrongly', 'dark')

    const limit = page.getByLabel('Largest transfer of CREDIT')
    expect(await limit.inputValue()).toBe('2000')
    await limit.fill('50')
    await page.getByRole('button', { name: 'Rehearse' }).press('Enter')
    await page.getByText('this would have refused 2 of 5 transfers, all of one person.').waitFor()
    await looksRight(page, 'rules rehearsed', 'light')
    await sending('60')
    await page.getByRole('button', { name: 'Save these rules' }).press('Enter')
    await page.getByText('Saved. They hold from now on.').waitFor()
    await expect(sending('50.01')).rejects.toThrow('group_transfer_limit')

    await page.getByRole('link', { name: 'Trail' }).click()
    await page.getByText('Largest transfer of CREDIT: no limit → 50.00 CREDIT').waitFor()
    await looksRight(page, 'a trail', 'dark')
  })

  test('all of it is there in Chinese', async () => {
    const page = await open(club.second, 'zh-CN')
    await page.getByLabel('谁可以转账').selectOption('管理员')
    await page.getByRole('button', { name: '试算' }).press('Enter')
    await page.getByText('付款人不是管理员').waitFor()
    await looksRight(page, 'rules rehearsed, in Chinese', 'dark')
    await page.getByRole('link', { name: '操作记录' }).click()
    await looksRight(page, 'a trail, in Chinese', 'light')
  })
})
