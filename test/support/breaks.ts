import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../../db/postgres.ts'
import { audit } from '../../src/ledger/audit.ts'
import { killProcess, startProcess, stopProcess } from './process.ts'
import { AT_COMMIT, openProxy } from './proxy.ts'
import { type Server, startServer } from './server.ts'
import { clientOf, makeTokenIn, newcomer, type Person } from './service.ts'

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

/** After so long an answer is none, in milliseconds. */
const HUNG_MS = 30_000
const CALLERS = 24

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
    const load = await startLoad(service.url, await makeTokenIn(server.url, 'test'), isAlive)
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
      const { acknowledged, hung } = await load.end()
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

/** Callers that send and collect with keys, one thing after the other, and ask again until they are answered. */
async function startLoad(url: string, token: string, isAlive: () => boolean) {
  const client = clientOf(
    (path, init) => fetch(url + path, { ...init, signal: AbortSignal.timeout(HUNG_MS) }),
    token,
  )
  const people = Array.from({ length: CALLERS }, (_, index) => newcomer(`P${index}`))
  for (const person of people) await client.issue(person, '1000')
  /** Notes of transfers, each with who was told that it was theirs. */
  const sent = new Map<string, { collectedBy?: string }>()
  const counts = { acknowledged: 0, hung: 0 }
  let running = false
  let callers: Promise<void>[] = []
  let succeeded: ((startedAt: number) => void) | undefined

  async function insist<T>(ask: () => Promise<T>): Promise<T | undefined> {
    while (isAlive()) {
      const startedAt = performance.now()
      try {
        const answer = await ask()
        counts.acknowledged += 1
        succeeded?.(startedAt)
        return answer
      } catch (error) {
        const { name, code } = error as Error & { code?: string }
        if (name === 'TimeoutError') counts.hung += 1
        // What is no outage, and no cut connection of our own, is for `check` to find.
        const mayRetry =
          code === undefined || ['unavailable', 'outcome_unknown', 'too_many_requests'].includes(code)
        if (name === 'TimeoutError' || !mayRetry) throw error
        await sleep(20)
      }
    }
    return undefined
  }

  async function call(from: Person, to: Person) {
    while (running) {
      const key = randomUUID()
      const made = await insist(() => client.send(from, '0.01', { note: key, key }))
      if (!made) return
      sent.set(key, {})
      const collected = await insist(() => client.collect(made.code, to, { key: `${key}-claim` }))
      if (collected) sent.set(key, { collectedBy: to.id })
    }
  }

  return {
    begin() {
      counts.acknowledged = 0
      running = true
      callers = people.map((from, index) => call(from, people[(index + 1) % CALLERS] as Person))
      // What they fail with is told at the end.
      for (const caller of callers) caller.catch(() => undefined)
    },
    /** How long it takes until something is done that was asked for from now on, in milliseconds. */
    nextSuccess(): Promise<number> {
      const since = performance.now()
      const next = new Promise<number>((resolve) => {
        succeeded = (startedAt) => {
          if (startedAt >= since) resolve(performance.now() - since)
        }
      })
      const dead = async () => {
        while (isAlive() && performance.now() - since < 2 * HUNG_MS) await sleep(100)
        return Number.POSITIVE_INFINITY
      }
      return Promise.race([next, dead()])
    },
    async end() {
      running = false
      const ends = await Promise.allSettled(callers)
      for (const end of ends)
        if (end.status === 'rejected' && end.reason.name !== 'TimeoutError') throw end.reason
      return { ...counts }
    },
    /** Whether what was answered stands in the books, once each. */
    async check(database: string): Promise<string[]> {
      const { db, sql, close } = connect(database)
      try {
        const rows = await sql<{ note: string; state: string; by: string | null }[]>`
          select t.note, t.state, i.id as by from transfers t
          left join entries e on e.transfer_id = t.id and e.kind = 'collect'
          left join accounts a on a.id = e.account_id
          left join identities i on i.person_id = a.person_id
          where t.note is not null`
        const byNote = Map.groupBy(rows, ({ note }) => note)
        const faults = [...byNote].flatMap(([note, some]) =>
          some.length > 1 ? `${note} was sent ${some.length} times.` : [],
        )
        for (const [note, { collectedBy }] of sent) {
          const [row] = byNote.get(note) ?? []
          if (!row) faults.push(`${note} was answered, and is not in the books.`)
          else if (collectedBy !== undefined && row.by !== collectedBy)
            faults.push(`${note} was answered as collected, and is ${row.state}.`)
        }
        return [...faults, ...(await audit(db)).faults]
      } finally {
        await close()
      }
    },
  }
}
