import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { effort } from '../support/effort.ts'
import { clientAt, commandLine, ownFolder, started } from '../support/folder.ts'
import { stopProcess } from '../support/process.ts'
import { newcomer } from '../support/service.ts'

const TIMES = effort(1, 3)
/** More than the service may open beside what it has. */
const CALLERS = 200
const MORE_FILES = 20

const handlesOf = (pid: number) => readdirSync(`/proc/${pid}/fd`).length
const isTold = (() => {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' })
    return handlesOf(process.pid) > 0
  } catch {
    return false
  }
})()
if (!isTold)
  console.warn(
    '\n*** NO PRLIMIT OR NO /proc: the test of used-up file handles is SKIPPED. Only Linux has them. ***\n',
  )

test.skipIf(!isTold)(
  `where all file handles are used up, ${TIMES} times, nothing is lost, and it goes on when there are some again`,
  { timeout: TIMES * 60_000 },
  async () => {
    const env = await ownFolder()
    const service = await started(env)
    const client = clientAt(service.url, await commandLine(env, 'token', 'test', '--may', 'all'))
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await client.issue(ada, '100')
    const pid = service.child.pid ?? 0
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${handlesOf(pid) + MORE_FILES}`])
    const { hostname, port } = new URL(service.url)
    for (let time = 0; time < TIMES; time++) {
      const crowd: Socket[] = []
      for (let caller = 0; caller < CALLERS; caller++) {
        const socket = connect(Number(port), hostname).on('error', () => {})
        crowd.push(socket)
        await once(socket, 'connect').catch(() => undefined)
      }
      await expect.poll(() => crowd.filter(({ closed }) => closed).length).toBeGreaterThan(CALLERS / 2)
      const request = { key: `while-full-${time}`, to: ben }
      const outcome = await client.send(ada, '1', request).catch((error: Error) => error)
      for (const socket of crowd) socket.destroy()

      // The service has to hear first that its callers have gone.
      const made = await vi.waitFor(() => client.send(ada, '1', request), { timeout: 20_000 })
      if (!(outcome instanceof Error)) expect(made).toEqual(outcome)
      await client.collect(made.code, ben)
    }
    expect(await client.balance(ben)).toBe(`${TIMES}.00`)
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
    expect(await commandLine(env, 'audit')).toContain('The books are right')
    expect(await stopProcess(service.child)).toBe(0)
  },
)
