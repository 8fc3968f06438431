import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Settings of a service in a process of its own. */
export type Env = Record<string, string> & { DATA_DIR: string }

export interface ServiceProcess {
  child: ChildProcess
  url: string
  /** All lines logged so far. */
  lines: string[]
}

/**
 * Starts the service in a process of its own; who starts it ends it.
 * @param flags of Node
 */
export async function startProcess(env: Env, flags: string[] = []): Promise<ServiceProcess> {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [...flags, main], {
    env,
    cwd: env.DATA_DIR,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      const [, url] = /^passalong is ready.* (http:\S+)$/.exec(JSON.parse(line).msg) ?? []
      if (url) resolve(url)
    })
    child.once('exit', (code) => reject(new Error(`The service ended with ${code}: ${lines.join('\n')}`)))
  })
  return { child, url, lines }
}

/** Asks a process to end, and answers its exit code. */
export async function stopProcess(child: ChildProcess): Promise<number | null> {
  if (hasEnded(child)) return child.exitCode
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = await exit
  return code
}

export async function killProcess(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

/** Nothing where it has ended already. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null
