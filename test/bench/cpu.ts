import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Processor seconds, by who has spent them. Empty where the system doesn't tell (it is read from /proc). */
export type Cpu = Partial<Record<'node' | 'postgres' | 'load', number>>

/** What has been spent since, by these programs and by the Postgres of a data directory. */
export function startMeter(dataDir: string, programs: { node: number[]; load?: number[] }): () => Cpu {
  const postmaster = Number(
    readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0],
  )
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
