import { existsSync } from 'node:fs'
import { findChromium, HEADLESS } from './browser.ts'
import { installFromDebian } from './debian.ts'

/** Vitest calls this once for the whole run. */
export default function setup(): void {
  if (process.env.CHROMIUM || existsSync(HEADLESS)) return
  installFromDebian(
    ['chromium-headless-shell', 'fonts-noto-cjk', 'fonts-noto-color-emoji'],
    findChromium()
      ? 'NO HEADLESS CHROMIUM: the browser tests take longer. Install chromium-headless-shell, or name one in CHROMIUM.'
      : 'NO BROWSER: the browser tests are SKIPPED. Install Chromium, or name one in CHROMIUM.',
  )
}
