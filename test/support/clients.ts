import { execFileSync } from 'node:child_process'
import { installFromDebian } from './debian.ts'

/** Vitest calls this once for the whole run. */
export default function setup(): void {
  if (openssl && psql) return
  installFromDebian(
    ['openssl', 'postgresql-client'],
    'NO OPENSSL OR NO PSQL: the tests of TLS, or their comparison with psql, are SKIPPED. Install both.',
  )
}

export const openssl = runs('openssl', 'version')
export const psql = runs('psql', '--version')

function runs(program: string, word: string): boolean {
  try {
    execFileSync(program, [word], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
