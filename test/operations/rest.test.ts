import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { residentMegabytes } from '../bench/cpu.ts'
import { childOf, READY, startCommand } from '../support/command.ts'
import { clientAt, commandLine, exitOf, ownFolder } from '../support/folder.ts'
import type { Env } from '../support/process.ts'
import { newcomer } from '../support/service.ts'

const MOST_MEGABYTES = 250
const isTold = residentMegabytes(process.pid) !== undefined
if (!isTold)
  console.warn(
    '\n*** NO /proc: the tests of memory are SKIPPED. Only Linux tells what a process holds. ***\n',
  )

test('at rest the service holds 250 MB at most, and gives back what a rush has taken', {
  timeout: 120_000,
}, async ({ skip }) => {
  if (!isTold) skip('This system does not tell what a process holds.')
  const service = await start(await ownFolder())
  await expect.poll(service.resident, { timeout: 30_000 }).toBeLessThan(MOST_MEGABYTES)
  await service.rush()
  await expect.poll(service.resident, { timeout: 60_000, interval: 1000 }).toBeLessThan(MOST_MEGABYTES)
  await service.end()
})

test('with MEMORY=fast it keeps what it has once had', { timeout: 120_000 }, async ({ skip }) => {
  if (!isTold) skip('This system does not tell what a process holds.')
  const service = await start({ ...(await ownFolder()), MEMORY: 'fast' })
  await service.rush()
  // Twice as long as it takes to see that the service is at rest.
  await sleep(11_000)
  expect(service.resident()).toBeGreaterThan(MOST_MEGABYTES)
  await service.end()
})

async function start(env: Env) {
  const { child, said } = startCommand(env, ['npm', 'start'])
  await expect.poll(said, { timeout: 30_000 }).toMatch(READY)
  const service = await childOf(child.pid!)
  const resident = () => residentMegabytes(service)!
  return {
    resident,
    /** Has it send until it holds much more than it may at rest. */
    async rush() {
      const [, url = ''] = /(http:\/\/127\.0\.0\.1:\d+)/.exec(said()) ?? []
      const client = clientAt(url, await commandLine(env, 'token', 'test', '--may', 'all'))
      const ada = newcomer('Ada')
      await client.issue(ada, '2000')
      const items = Array.from({ length: 100 }, () => ({ amount: '0.01', from: ada }))
      for (let round = 0; resident() < 1.2 * MOST_MEGABYTES; round++) {
        expect(round).toBeLessThan(1000)
        await client.post('/v1/transfers:batch', { items })
      }
    },
    async end() {
      child.kill('SIGTERM')
      expect(await exitOf(child)).toBe(0)
    },
  }
}
