import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isLong } from './effort.ts'
import { HUNG_MS, startLoad } from './load.ts'
import { killProcess, startProcess, stopProcess } from './process.ts'
import { AT_COMMIT, openProxy } from './proxy.ts'
import { type Server, startServer } from './server.ts'
import { makeTokenIn } from './service.ts'

/** So that some transfers are under way whenever a connection breaks; the long run keeps all callers busy. */
const PAUSE_MS = isLong ? 0 : 100

/** Ways in which the connections to the database break. */
export const BREAKS = {
  'a fast restart': async ({ server }) => {
    await server.stop('fast')
    await server.start()
  },
  'an immediate restart': async ({ server }) => {
    await server.stop('immediate')
    await server.start()
  },
  'three seconds without the server': async ({ server, awaitUnready }) => {
    await server.stop('fast')
    await Promise.all([sleep(3000), awaitUnready()])
    await server.start()
  },
  'all sessions terminated': async ({ server }) => {
    await server.execute(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name like 'passalong%' and pid <> pg_backend_pid()`,
    )
  },
  'one backend stopped, and killed later': async ({ server }) => {
    const [pid = 0] = await backendsOf(server, 'passalong ledger')
    process.kill(pid, 'SIGSTOP')
    await sleep(8000)
    process.kill(pid, 'SIGKILL')
  },
  'all backends stopped, and what they were asked is done later': async ({ server, awaitUnready }) => {
    const pids = await backendsOf(server, 'passalong%')
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    await Promise.all([sleep(8000), awaitUnready()])
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  },
  'a connection cut before the write': ({ proxy }) => proxy.cutAt(AT_COMMIT, false),
  'a connection cut after the write went up': ({ proxy }) => proxy.cutAt(AT_COMMIT, true),
} satisfies Record<string, (stage: Stage) => Promise<unknown>>

export type Break = keyof typeof BREAKS

interface Stage {
  server: Server
  proxy: Awaited<ReturnType<typeof openProxy>>
  /** Ends when the service says that it can't serve. */
  awaitUnready(): Promise<void>
}

interface Outcome {
  /** Operations that were answered with success. */
  acknowledged: number
  /** From the end of the break to the first success of an operation that began after it, in milliseconds. */
  firstSuccess: number
  /** What is wrong, a sentence each; empty where all held. */
  faults: string[]
}

/** Breaks the connections of a service under load, in one way after the other, and looks at the books in the end. */
export async function breakUnderLoad(breaks: Break[]): Promise<Outcome[]> {
  const server = await startServer()
  const proxy = await openProxy(new URL(server.url))
  const folder = await mkdtemp(join(tmpdir(), 'passalong-breaks-'))
  const { PATH = '' } = process.env
  const service = await startProcess({
    PATH,
    DATA_DIR: folder,
    DATABASE_URL: proxy.url,
    SECRET_KEY: randomUUID(),
    PORT: '0',
    PUBLIC_URL: 'https://pass.test',
    ROLES: 'api,worker',
  })
  try {
    const isAlive = () => service.child.exitCode === null && service.child.signalCode === null
    const load = await startLoad(service.url, await makeTokenIn(server.url, 'test'), 24, {
      isAlive,
      pauseMs: PAUSE_MS,
    })
    const ready = () => isReady(service.url)
    const outcomes: Outcome[] = []
    for (const way of breaks) {
      if (!isAlive()) break
      load.begin()
      await sleep(500)
      const faults: string[] = []
      const awaitUnready = async () => {
        const until = Date.now() + 3000
        while (await ready()) {
          if (Date.now() > until) return void faults.push('/readyz said 200 while there was no server.')
          await sleep(50)
        }
      }
      await BREAKS[way]({ server, proxy, awaitUnready })
      const firstSuccess = await load.nextSuccess()
      await sleep(500)
      const { acknowledged, hung, refused } = await load.end()
      faults.push(...refused)
      if (hung > 0) faults.push(`${hung} requests were not answered within ${HUNG_MS / 1000} seconds.`)
      if (!isAlive()) faults.push(`The service ended with ${service.child.exitCode}.`)
      else if (!(await ready())) faults.push('/readyz said that it cannot serve when all was over.')
      faults.push(...(await load.check(server.url)))
      outcomes.push({ acknowledged, firstSuccess, faults })
    }
    const code = service.child.exitCode ?? (await stopProcess(service.child))
    if (code !== 0) outcomes.at(-1)?.faults.push(`The service ended with ${code} when it was asked to end.`)
    return outcomes
  } finally {
    await killProcess(service.child)
    proxy.close()
    await server.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The processes that serve connections which name themselves so, those first that were asked last. */
async function backendsOf(server: Server, name: string): Promise<number[]> {
  const rows = await server.execute(
    `select pid from pg_stat_activity
     where application_name like '${name}' and pid <> pg_backend_pid() order by query_start desc`,
  )
  return rows.map(({ pid }) => Number(pid))
}

const isReady = (url: string) =>
  fetch(`${url}/readyz`, { signal: AbortSignal.timeout(HUNG_MS) }).then(
    ({ ok }) => ok,
    () => false,
  )
