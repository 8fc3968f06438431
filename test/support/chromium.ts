import { findChromium } from './browser.ts'
import { installFromDebian } from './debian.ts'

/** Vitest calls this once for the whole run. */
export default function setup(): void {
  if (findChromium()) return
  installFromDebian(
    ['chromium', 'fonts-noto-cjk', 'fonts-noto-color-emoji'],
    'NO BROWSER: the browser tests are SKIPPED. Install Chromium, or name one in CHROMIUM.',
  )
}
