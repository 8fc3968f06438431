import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { stopProcess } from '../support/process.ts'
import { freePort } from '../support/server.ts'

export interface RunningService {
  port: number
  pid: number
  stop(): Promise<void>
}

/** The service as `npm start` runs it, in a process of its own; there when it says that it is ready. */
export async function startService(environment: Record<string, string>): Promise<RunningService> {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
  return startProgram([main], environment, '/readyz')
}

/** A program of this folder that listens on `PORT`. */
export const startBeside = (file: string, environment: Record<string, string>): Promise<RunningService> =>
  startProgram([fileURLToPath(new URL(file, import.meta.url))], environment, '/')

async function startProgram(
  program: string[],
  environment: Record<string, string>,
  path: string,
): Promise<RunningService> {
  const port = await freePort()
  const child = spawn(process.execPath, [...process.execArgv, ...program], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, PORT: String(port), ...environment },
  })
  while (!(await answers(`http://127.0.0.1:${port}${path}`))) {
    if (child.exitCode !== null) throw new Error('The service ended before it answered.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { port, pid: child.pid as number, stop: async () => void (await stopProcess(child)) }
}

const answers = (url: string) =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  )
