import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSql } from '../../db/drivers.ts'
import { openCluster } from '../../db/embedded/cluster.ts'
import { run } from '../../db/embedded/programs.ts'

/** A Postgres of one's own, as an operator has one: it can be restarted, and what serves its clients can be ended. */
export async function openServer(folder?: string) {
  const dataDir = folder ?? (await mkdtemp(join(tmpdir(), 'passalong-server-')))
  // Postgres runs as another user where the tests run as root.
  await chmod(dataDir, 0o755)
  const cluster = await openCluster(dataDir)
  const port = await freePort()
  const options = `-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c port=${port}`
  const control = (...words: string[]) =>
    run(cluster.programs.pg_ctl, [...words, '--wait', '--silent'], cluster)
  const start = () => control('start', '--options', options)
  const stop = (mode: 'fast' | 'immediate') => control('stop', '--mode', mode)
  const url = `postgres://passalong:${cluster.password}@127.0.0.1:${port}/postgres`
  await start()

  async function ask<T extends object>(query: string): Promise<T[]> {
    const sql = openSql(url, { max: 1, onnotice: () => {} })
    try {
      return Array.from(await sql.unsafe<T[]>(query))
    } finally {
      await sql.end({ timeout: 1 })
    }
  }

  return {
    url,
    start,
    stop,
    ask,
    /** As an administrator ends sessions: all of the service's. */
    terminateAll: () =>
      ask(`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'passalong%'`),
    /** The processes that serve connections which name themselves so, those first that were asked last. */
    async backends(name: string): Promise<number[]> {
      const rows = await ask<{ pid: number }>(
        `select pid from pg_stat_activity where application_name like '${name}' order by query_start desc`,
      )
      return rows.map(({ pid }) => pid)
    },
    async close() {
      await stop('immediate').catch(() => undefined)
      if (!folder) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
