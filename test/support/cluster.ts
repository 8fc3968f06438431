import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installFromDebian } from './debian.ts'
import { signalTo } from './process.ts'
import { isListening } from './server.ts'

const PROGRAMS = ['/usr/bin/patroni', '/usr/bin/etcd', '/usr/sbin/haproxy', '/usr/lib/postgresql']
const hasAll = () => PROGRAMS.every(existsSync)

/** Whether a cluster can be had here; what it takes is installed where that is possible. */
export function canCluster(): boolean {
  if (!hasAll())
    installFromDebian(
      ['postgresql', 'patroni', 'etcd-server', 'haproxy'],
      'NO CLUSTER: its failovers are SKIPPED. Install PostgreSQL, Patroni, etcd and HAProxy.',
    )
  return hasAll()
}

const files = fileURLToPath(new URL('../../docs/cluster', import.meta.url))
const NAMES = ['one', 'two', 'three'] as const
type Name = (typeof NAMES)[number]

/** Three nodes of Postgres, Patroni and etcd, as docs/cluster.md has them, on addresses of this machine's own. */
export async function startCluster() {
  const home = await mkdtemp(join(tmpdir(), 'passalong-cluster-'))
  const [folder, network] = [join(home, 'nodes'), networkOfOurs()]
  // Postgres runs as another user where the tests run as root.
  await promisify(execFile)('chmod', ['755', home])
  const script = (command: string) =>
    promisify(execFile)(join(files, 'cluster.sh'), [command, folder, network])
  const remove = async () => {
    await script('stop')
    await rm(home, { recursive: true })
  }
  const { stdout } = await script('start').catch(async (error: unknown) => {
    await remove()
    throw error
  })
  const addressOf = (name: Name) => `${network}.${11 + NAMES.indexOf(name)}`
  const patroni = (name: Name, path: string, init?: RequestInit) =>
    fetch(`http://${addressOf(name)}:8008/${path}`, { signal: AbortSignal.timeout(30_000), ...init })
  const pidIn = async (...path: string[]) =>
    Number.parseInt(await readFile(join(folder, ...path), 'utf8'), 10)

  async function primary(): Promise<Name> {
    for (const name of NAMES)
      if (
        await patroni(name, 'primary').then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return name
    throw new Error('The cluster has no primary.')
  }

  async function knowsStandby(): Promise<boolean> {
    const { members } = (await (await patroni(await primary(), 'cluster')).json()) as {
      members: { role: string }[]
    }
    return members.length === NAMES.length && members.some(({ role }) => role === 'sync_standby')
  }

  /** All of a machine at once: first who would start the others again. */
  async function tell(name: Name, signal: NodeJS.Signals) {
    const pids = [
      await pidIn(name, 'patroni.pid'),
      await pidIn(name, 'etcd.pid'),
      await pidIn(name, 'postgres', 'postmaster.pid'),
    ]
    for (const pid of await withChildren(pids)) signalTo(pid, signal)
  }

  return {
    url: stdout.trim(),
    network,
    primary,
    kill: (name: Name) => tell(name, 'SIGKILL'),
    freeze: (name: Name) => tell(name, 'SIGSTOP'),
    /** Has another node be the primary, in order. Ends when it is. */
    async switchOver() {
      const leader = await primary()
      const answer = await patroni(leader, 'switchover', { method: 'POST', body: JSON.stringify({ leader }) })
      if (!answer.ok) throw new Error(`Patroni refuses to switch over: ${await answer.text()}`)
    },
    /** Starts what was killed. Ends when two nodes follow the primary, and Patroni knows which one does so synchronously. */
    async gather() {
      await script('start')
      while (!(await knowsStandby())) await sleep(500)
    },
    remove,
  }
}

/** The load balancer of docs/cluster.md before the machines of a network. @returns its address */
export async function startBalancer(network: string, folder: string) {
  const file = join(folder, 'haproxy.cfg')
  const example = await readFile(join(files, 'haproxy.cfg'), 'utf8')
  await writeFile(file, example.replaceAll('10.0.0.', `${network}.`))
  const child = spawn('/usr/sbin/haproxy', ['-db', '-q', '-f', file], { stdio: 'inherit' })
  const ended = once(child, 'exit')
  while (!(await isListening(8080, `${network}.10`))) {
    if (child.exitCode !== null) throw new Error('HAProxy did not start.')
    await sleep(20)
  }
  return {
    url: `http://${network}.10:8080`,
    async close() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The first three numbers of loopback addresses that no other run has. */
const networkOfOurs = () => `127.${1 + ((process.pid >> 8) & 127)}.${process.pid & 255}`

/** Processes, and those that they have started. */
async function withChildren(pids: number[]): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-e', '-o', 'pid=,ppid='])
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const all = new Set(pids)
  for (let size = 0; size < all.size; ) {
    size = all.size
    for (const [pid = 0, parent = 0] of rows) if (all.has(parent)) all.add(pid)
  }
  return [...all]
}
