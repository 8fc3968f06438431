import { execFileSync } from 'node:child_process'

/**
 * Installs packages where Debian's apt is there, and the right to use it.
 * @param otherwise is warned of where that is not so: what is skipped, and the mend
 */
export function installFromDebian(packages: string[], otherwise: string): void {
  try {
    if (process.getuid?.() !== 0) throw new Error('Only root may install.')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env })
    execFileSync('apt-get', ['install', '-y', '-qq', ...packages], { stdio: 'ignore', env })
  } catch {
    console.warn(`\n*** ${otherwise} ***\n`)
  }
}
