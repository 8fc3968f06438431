import { type ChildProcess, execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { joinEmbeddedPostgres } from '../../db/embedded.ts'
import { fill } from './database.ts'
import { type Env, killProcess, type ServiceProcess, startProcess } from './process.ts'
import { type Client, clientOf } from './service.ts'

/** Settings for a service with empty books in a folder of its own, which goes away with its server when the test ends. */
export async function ownFolder(where = tmpdir()): Promise<Env> {
  const folder = await mkdtemp(join(where, 'passalong-folder-'))
  // Postgres runs as another user where the tests run as root.
  await chmod(folder, 0o755)
  await fill(folder)
  onTestFinished(async () => {
    // A killed service has left its server behind: whoever leaves it last stops it.
    if (existsSync(join(folder, 'postgres', 'cluster', 'postmaster.pid')))
      await (await joinEmbeddedPostgres(folder)).stop()
    await rm(folder, { recursive: true, force: true })
  })
  return settingsOf(folder)
}

export function settingsOf(folder: string): Env {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env
  return {
    PATH,
    NODE_COMPILE_CACHE,
    DATA_DIR: folder,
    PORT: '0',
    PUBLIC_URL: 'https://pass.test',
    ROLES: 'api,worker',
  }
}

/** A service in a process of its own until the test ends. */
export async function started(env: Env, flags?: string[]): Promise<ServiceProcess> {
  const service = await startProcess(env, flags)
  onTestFinished(() => killProcess(service.child))
  return service
}

/** Its exit code, once it has ended. */
export async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

/** Runs `passalong …` beside a service, or alone; answers what it says. */
export async function commandLine(env: Env, ...words: string[]): Promise<string> {
  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...words], { env, cwd: env.DATA_DIR })
  return stdout
}

export const clientAt = (url: string, token: string): Client =>
  clientOf((path, init) => fetch(url + path, init), token.trim())
