import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Seconds from the start of the process to its first answer that says it is ready. */
export async function measureStart(dataDir: string): Promise<number> {
  const port = await freePort()
  const started = performance.now()
  const service = spawn(process.execPath, [main], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: String(port) },
  })
  while (!(await answers(`http://127.0.0.1:${port}/readyz`))) {
    if (service.exitCode !== null) throw new Error('The service ended before it answered.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const seconds = (performance.now() - started) / 1000
  service.kill('SIGTERM')
  await once(service, 'exit')
  return seconds
}

const answers = (url: string) =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  )

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('No port is free.')
  return address.port
}
