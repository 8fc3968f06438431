import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { joinEmbeddedPostgres } from '../../db/embedded.ts'
import { effort } from '../support/effort.ts'
import { commandLine, ownFolder, started } from '../support/folder.ts'
import { startLoad } from '../support/load.ts'
import { killProcess, signalTo, stopProcess } from '../support/process.ts'
import { freePort } from '../support/server.ts'
import { asSuperuser } from '../support/superuser.ts'

const KILLS = effort(3, 100)
const CALLERS = 8

test(`Postgres and the service are killed ${KILLS} times each in the middle of load: each time they are there again, and what was answered is in the books, once`, {
  timeout: KILLS * 60_000,
}, async () => {
  const stage = await underLoad()
  for (let kill = 0; kill < KILLS; kill++) {
    await stage.killPostgres()
    await stage.killService()
  }
  expect(await stage.end()).toEqual([])
})

test('the control: where Postgres may answer before its log is on the disk, a kill loses what was answered, and that is found', async () => {
  const stage = await underLoad("alter system set synchronous_commit = 'off'")
  await stage.killPostgres()
  expect(await stage.end()).toContainEqual(
    expect.stringMatching(/ was answered(,| as) .*(not in the books|is open)/),
  )
})

/** A service on its own Postgres, with callers who ask again with the same key until they are answered. */
async function underLoad(setting?: string) {
  const env = { ...(await ownFolder()), PORT: String(await freePort()) }
  const guest = async () => {
    const server = await joinEmbeddedPostgres(env.DATA_DIR)
    const execute = (statement: string) => asSuperuser(server, env.DATA_DIR, statement)
    return { ...server, execute }
  }
  let service = await started(env)
  if (setting) {
    const { execute, stop } = await guest()
    await execute(setting)
    await execute('select pg_reload_conf()')
    await stop()
  }
  const load = await startLoad(
    service.url,
    (await commandLine(env, 'token', 'test', '--may', 'all')).trim(),
    CALLERS,
  )
  load.begin()
  return {
    async killPostgres() {
      await load.answers(100)
      const { execute, stop } = await guest()
      const others = (await execute('select pid from pg_stat_activity')) as { pid: number }[]
      await stop()
      const file = join(env.DATA_DIR, 'postgres', 'cluster', 'postmaster.pid')
      const postmaster = Number.parseInt(await readFile(file, 'utf8'), 10)
      for (const pid of [postmaster, ...others.map(({ pid }) => pid)]) signalTo(pid, 'SIGKILL')
      await load.nextSuccess()
    },
    async killService() {
      await load.answers(100)
      await killProcess(service.child)
      service = await started(env)
      await load.nextSuccess()
    },
    /** What is wrong, a sentence each. */
    async end() {
      await load.answers(100)
      const { refused } = await load.end()
      const { url, stop } = await guest()
      const faults = await load.check(url)
      await stop()
      expect(await stopProcess(service.child)).toBe(0)
      return [...refused, ...faults]
    },
  }
}
