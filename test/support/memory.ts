import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

/** A file system in memory, as Linux has it for everybody. */
const MEMORY = '/dev/shm'
const GIBIBYTE = 1024 ** 3

/**
 * Vitest calls this once for the whole run, before all else. Databases come and go by the hundred: on a disk to make and delete their files
 * takes more of the processor than what is done in them.
 */
export default function setup(): (() => void) | undefined {
  if (process.env.TMPDIR || !hasRoom()) return undefined
  const folder = mkdtempSync(join(MEMORY, 'passalong-'))
  // As /tmp: Postgres runs as another user where the tests run as root.
  chmodSync(folder, 0o1777)
  process.env.TMPDIR = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

function hasRoom(): boolean {
  if (process.platform !== 'linux' || process.availableMemory() < 8 * GIBIBYTE) return false
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= 4 * GIBIBYTE && startsPrograms()
  } catch {
    return false
  }
}

/** Where it is mounted `noexec`, as in Docker, no installation can be tried in it. */
function startsPrograms(): boolean {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[1] === MEMORY)
  const options = mount?.split(' ')[3]
  return options !== undefined && !options.split(',').includes('noexec')
}
