import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { type Env, killProcess } from './process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What a service says when it is ready, to people and to programs. */
export const READY = /assalong is ready: .*http:\/\/127\.0\.0\.1:\d+/

/** Such as `npm start`: in the folder of the project, and in a group of its own. */
export function startCommand(env: Env, [program = '', ...words]: string[]) {
  const child = spawn(program, words, {
    // A file .env of the developer's fills only what is not set.
    env: { DATABASE_URL: '', HOME: env.DATA_DIR, ...env },
    cwd: ROOT,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (text) => (said += text))
  onTestFinished(() => killProcess(child))
  return { child, said: () => said }
}

/** The number of the one process that a process has started. */
export async function childOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('pgrep', ['--parent', String(pid)])
  return Number.parseInt(stdout, 10)
}
