import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { connect, migrate } from '../../db/postgres.ts'
import { audit } from '../../src/ledger/audit.ts'
import { outcomesOf } from '../support/books.ts'
import { effort } from '../support/effort.ts'
import { startServer } from '../support/server.ts'
import { newcomer, startTestService } from '../support/service.ts'

const MEGABYTES = 120
const LONG = { note: 'x'.repeat(200) }
const disk = smallDisk()
if (!disk)
  console.warn(
    '\n*** NO SMALL DISK: the test of a full one is SKIPPED. Only root may mount one, on Linux. ***\n',
  )

test.skipIf(!disk)(
  'a full disk is said at once and once, nothing is lost, and it goes on by itself when there is room',
  // Once in `npm test`, three times in the long run.
  { repeats: effort(1, 3) - 1 },
  async () => {
    const folder = await mkdtemp(join(disk as string, 'server-'))
    const server = await startServer({ home: folder })
    onTestFinished(async () => {
      await server.remove()
      await rm(folder, { recursive: true })
    })
    await migrate(server.url)
    const service = await startTestService({ database: server.url })
    try {
      const { client, log } = service
      const ready = async () => (await fetch(`${service.url}/readyz`)).status
      const ada = newcomer('Ada')
      await client.issue(ada, '1000')
      expect(await ready()).toBe(200)

      await fill(folder)
      // What Postgres has room for in its files is still taken; then nothing is.
      let sent = 0
      const failure = await (async () => {
        for (; ; sent++) {
          try {
            await client.send(ada, '0.01', LONG)
          } catch (error) {
            return error as { code: string; status: number }
          }
        }
      })()
      expect(failure).toMatchObject({ code: 'unavailable', status: 503 })
      expect(await ready()).toBe(503)
      const outcomes = await outcomesOf(Array.from({ length: 200 }, () => client.send(ada, '0.01', LONG)))
      sent += outcomes.done ?? 0
      expect(outcomes).toEqual({
        ...(outcomes.done && { done: outcomes.done }),
        unavailable: expect.any(Number),
      })
      await sleep(2500)
      const told = log.filter((line) => line.includes('"code":"53100"'))
      expect(told).toHaveLength(1)

      await rm(join(folder, 'ballast'))
      await expect.poll(ready).toBe(200)
      await client.send(ada, '1')
      expect(await client.balance(ada)).toBe((1000 - 1 - sent / 100).toFixed(2))
      const { db, close } = connect(server.url)
      expect((await audit(db)).faults).toEqual([])
      await close()
    } finally {
      await service.close()
    }
  },
)

afterAll(() => {
  if (!disk) return
  execFileSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

/** A folder with little room; nothing where none can be had. */
function smallDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'passalong-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m,mode=755`, 'tmpfs', folder], {
      stdio: 'ignore',
    })
    return folder
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
}

async function fill(folder: string): Promise<void> {
  const ballast = join(folder, 'ballast')
  const full = await writeFile(ballast, Buffer.alloc(MEGABYTES * 1024 * 1024)).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  )
  expect(full).toBe('ENOSPC')
}
