import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { binaries } from '../../db/embedded/programs.ts'
import { installFromDebian } from './debian.ts'
import type { Server } from './server.ts'

const findFaketime = () => globSync('/usr/lib/*/faketime/libfaketimeMT.so.1').find(existsSync)

/** Vitest calls this once for the whole run. */
export default function setup(): void {
  if (findFaketime()) return
  installFromDebian(
    ['libfaketime'],
    'NO LIBFAKETIME: the test of a stepped clock is SKIPPED. Install libfaketime.',
  )
}

export const faketime = findFaketime()

/** Has a server begin anew with a clock that can be stepped. */
export async function startWithClock(server: Server) {
  const home = await mkdtemp(join(tmpdir(), 'passalong-clock-'))
  // Postgres runs as another user where the tests run as root.
  await chmod(home, 0o755)
  const clock = join(home, 'clock')
  const stepTo = (offset: string) => writeFile(clock, `${offset}\n`)
  await stepTo('+0')
  await server.stop()
  const { uid, gid } = await stat(server.folder)
  const words = [
    'start',
    '--wait',
    '--silent',
    '--pgdata',
    server.folder,
    '--log',
    join(server.folder, 'log'),
  ]
  await promisify(execFile)(binaries().pg_ctl, words, {
    uid,
    gid,
    cwd: home,
    env: {
      LC_ALL: 'C',
      LD_PRELOAD: faketime,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  })
  return { stepTo, forget: () => rm(home, { recursive: true }) }
}
