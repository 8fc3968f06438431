import { execFileSync } from 'node:child_process'
import { findChromium } from './browser.ts'

/** Vitest calls this once for the whole run: where there is no browser but Debian's apt, and the right to use it, it is installed. */
export default function setup(): void {
  if (findChromium()) return
  try {
    if (process.getuid?.() !== 0) throw new Error('Only root may install.')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env })
    execFileSync(
      'apt-get',
      ['install', '-y', '-qq', 'chromium', 'fonts-noto-cjk', 'fonts-noto-color-emoji'],
      { stdio: 'ignore', env },
    )
  } catch {
    console.warn(
      '\n*** NO BROWSER: the browser tests are SKIPPED. Install Chromium, or name one in CHROMIUM. ***\n',
    )
  }
}
