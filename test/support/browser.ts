import { accessSync, constants, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Chromium without windows, which takes the processor half as long as Chromium that hides them. */
export const HEADLESS = '/usr/bin/chromium-headless-shell'

/** Where a Chromium is: the one that CHROMIUM names, or the system's. */
export const findChromium = (): string | undefined =>
  [
    process.env.CHROMIUM,
    HEADLESS,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].find((path) => path && isExecutable(path))

/** Whether there is a Chromium for these tests; where there is none, it is said what is skipped. */
export function hasChromium(what: string): boolean {
  const found = findChromium() !== undefined
  if (!found)
    console.warn(`SKIPPED: ${what} in a browser. There is no Chromium: install one, or set CHROMIUM.`)
  return found
}

/** A browser that asks no host but those that its pages name. What ends in `.test` is this machine to it. */
export function openBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error('There is no Chromium: install one, or set CHROMIUM to where it is.')
  return chromium.launch({
    executablePath,
    args: [
      // Chromium's sandbox refuses to run as root, as containers do.
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  })
}

/**
 * What axe-core finds wrong. It comes by the debugger, because our pages let in no script but their own.
 * @param only in what, and by which rules; unset: the whole page, by all
 */
export async function axe(page: Page, only: { within?: string; rules?: string[] } = {}): Promise<string[]> {
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.evaluate(axeSource)
  const options = { resultTypes: ['violations'], ...(only.rules && { runOnly: only.rules }) }
  return page.evaluate(
    `axe.run(${JSON.stringify(only.within ?? 'html')}, ${JSON.stringify(options)}).then(({ violations }) => violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')))`,
  )
}

/** The small build: a page takes half as long to read it. */
const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** What is wider than the place that it has; what scrolls by itself is left out, as is what only a screen reader reads. */
export const overflow = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('html, body, body *')]
    .filter((e) => e instanceof HTMLElement && e.clientWidth > 1 && e.scrollWidth > e.clientWidth)
    .filter((e) => getComputedStyle(e).overflowX !== 'auto' && !e.closest('thead'))
    .map((e) => e.outerHTML.slice(0, 100))`)

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
