import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { axe, overflow } from './browser.ts'

/** What there is to look at. */
export interface World {
  /** The id of a group with some transfers. */
  group: string
  /** One of them, still open. */
  transfer: ViewWithCode
  /** The id of what whoever pays first is asked for. */
  ask: string
  /** A link to sign in that was not used yet. */
  link: string
  /** Our id of somebody, and the id of what was issued to them. */
  person: string
  issue: string
}

/**
 * Every page of the project by what it shows, with its address, for an admin who is an operator, too, where there is an app `till` with a counter. The docs are looked at in a
 * test of their own.
 */
export const EVERY_PAGE: Record<string, (world: World) => string> = {
  'the start page': () => '/',
  'a claim page': ({ transfer }) => `/c/${transfer.code}`,
  'passing it on': ({ transfer }) => `/c/${transfer.code}/share`,
  'what somebody is asked for': ({ ask }) => `/p/${ask}`,
  'the counter of an app': () => '/at/till',
  'typing words that open something': () => '/phrase',
  'a link to sign in': ({ link }) => link,
  'a page that is not there': () => '/nothing',
  'which group': () => '/groups',
  'somebody else’s group': () => '/groups/x',
  books: ({ group }) => `/groups/${group}`,
  'books, filtered': ({ group }) => `/groups/${group}?state=open&from=2026-01-01&words=lunch`,
  'books, with a filter that can’t be understood': ({ group }) => `/groups/${group}?state=lost`,
  'books, with a name that nobody has': ({ group }) => `/groups/${group}?person=nobody`,
  'what is owed in all, with receipts': () => '/proof',
  'the receipts of a treasury': ({ group }) => `/groups/${group}/treasury/proof`,
  treasury: ({ group }) => `/groups/${group}/treasury`,
  'giving to the treasury': ({ group }) => `/groups/${group}/treasury/give`,
  'paying somebody': ({ group }) => `/groups/${group}/treasury/pay`,
  'paying many': ({ group }) => `/groups/${group}/treasury/pay-many`,
  'a new list': ({ group }) => `/groups/${group}/treasury/lists/new`,
  'a new standing payout': ({ group }) => `/groups/${group}/treasury/standing/new`,
  'the life of a transfer': ({ group, transfer }) => `/groups/${group}/transfers/${transfer.id}`,
  rules: ({ group }) => `/groups/${group}/rules`,
  'the trail': ({ group }) => `/groups/${group}/trail`,
  'the operators’ overview': () => '/operators',
  'all groups': () => '/operators/groups',
  'people, of whom nobody is called so': () => '/operators/people?words=nobody',
  somebody: ({ person }) => `/operators/people/${person}`,
  'taking an issue back': ({ issue }) => `/operators/issues/${issue}`,
  'issues from a list': () => '/operators/issues',
  'opening by steps': () => '/operators/opening',
  'the inbox': () => '/operators/inbox',
  'the operators’ trail': () => '/operators/trail',
  'one’s own statement': () => '/me',
  'one’s own statement, filtered': () => '/me?from=2026-01-01',
  'all people': () => '/operators/people',
}

/** A folder for pictures of all that is looked at; unset: none are kept. */
const shots = process.env.SCREENSHOTS

/**
 * Nothing is wider than its place on a phone or a desk, and axe-core finds nothing. All that is folded is looked at unfolded.
 * @param colorScheme in which axe-core looks, on a phone where it is dark
 */
export async function looksRight(page: Page, what: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.evaluate(`for (const one of document.querySelectorAll('main details')) one.open = true`)
  const widths = colorScheme === 'dark' ? [1280, 390] : [390, 1280]
  for (const width of widths) {
    await page.setViewportSize({ width, height: 844 })
    if (shots) {
      const path = join(shots, `${what.replaceAll(/\W+/g, '-')}-${width}-${colorScheme}.png`)
      await page.screenshot({ path, fullPage: true })
    }
    expect([what, width, await overflow(page)]).toEqual([what, width, []])
  }
  // In the dark all is the same but for the colours.
  const found = await axe(page, colorScheme === 'dark' ? { rules: ['color-contrast'] } : {})
  expect([what, found]).toEqual([what, []])
}
