import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Processor seconds, by who has spent them. Empty where the system doesn't tell (it is read from /proc). */
export type Cpu = Partial<Record<'node' | 'postgres' | 'load', number>>

/** What has been spent since, by these programs and by the Postgres of a data directory. */
export function startMeter(dataDir: string, programs: { node: number[]; load?: number[] }): () => Cpu {
  const postmaster = postmasterOf(dataDir)
  const read = () => {
    const spent = { node: 0, postgres: 0, load: 0 }
    for (const { pid, parent, seconds, ofEnded } of processes()) {
      if (programs.node.includes(pid)) spent.node += seconds
      else if (programs.load?.includes(pid)) spent.load += seconds
      if (parent === postmaster) spent.postgres += seconds
      if (pid === postmaster) spent.postgres += ofEnded
    }
    return spent
  }
  const before = read()
  return () => {
    const after = read()
    if (after.node === 0) return {}
    return {
      node: after.node - before.node,
      postgres: after.postgres - before.postgres,
      ...(programs.load && { load: after.load - before.load }),
    }
  }
}

function postmasterOf(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8'), 10)
}

/** The processes of the Postgres of a data directory; none where the system doesn't tell. */
export function processesOfPostgres(dataDir: string): number[] {
  const postmaster = postmasterOf(dataDir)
  return processes().flatMap(({ pid, parent }) => (pid === postmaster || parent === postmaster ? pid : []))
}

const TICKS = 100

interface Process {
  pid: number
  parent: number
  seconds: number
  /** Of its children that are gone. */
  ofEnded: number
}

/** As in proc(5): after the command's name, which may hold anything, field 4 is the parent, 14 to 17 the times. */
function processes(): Process[] {
  try {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return []
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const [user, system, usersOfEnded, systemOfEnded] = fields
          .slice(11, 15)
          .map((ticks) => Number(ticks) / TICKS)
        return [
          {
            pid: Number(name),
            parent: Number(fields[1]),
            seconds: (user ?? 0) + (system ?? 0),
            ofEnded: (usersOfEnded ?? 0) + (systemOfEnded ?? 0),
          },
        ]
      } catch {
        // It has ended since.
        return []
      }
    })
  } catch {
    return []
  }
}

/** Resident memory of a process, in MB; undefined where the system doesn't tell. */
export function residentMegabytes(pid: number): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
    return (pages * 4096) / 1e6
  } catch {
    return undefined
  }
}

/** What these processes hold in memory together, each page counted once, in MB; undefined where the system doesn't tell. */
export function proportionalMegabytes(pids: number[]): number | undefined {
  try {
    const kilobytes = pids.map((pid) =>
      Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1]),
    )
    return (kilobytes.reduce((sum, some) => sum + some, 0) * 1024) / 1e6
  } catch {
    return undefined
  }
}

/** What these processes hold in memory that they share with nobody and no file, in MB. Those that end meanwhile count for nothing. */
export function privateMegabytes(pids: number[]): number {
  const kilobytes = pids.map((pid) => {
    try {
      return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0)
    } catch {
      return 0
    }
  })
  return (kilobytes.reduce((sum, some) => sum + some, 0) * 1024) / 1e6
}
