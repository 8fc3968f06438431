import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { MIN_VERSION } from '../../db/check.ts'
import { migrate } from '../../db/postgres.ts'
import { oldestPostgres } from '../support/oldest-postgres.ts'
import { type Recorded, withoutAdditions, withStableNames } from '../support/recorded.ts'
import { startServer } from '../support/server.ts'
import { PUBLIC_URL, startTestService } from '../support/service.ts'
import { askEverything } from './recorded/questions.ts'

/** Made by c92e710. Where the file is not there, a run of this test writes it anew. */
const file = fileURLToPath(new URL('./recorded/answers.json', import.meta.url))
const recorded: Recorded[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []

test('every call of the API is answered as it was recorded, but for what was added', () =>
  compareWithRecord())

const oldest = oldestPostgres()
test.skipIf(!oldest)(`so is it on PostgreSQL ${MIN_VERSION}, the oldest that is taken`, async () => {
  const server = await startServer(oldest && { programs: oldest })
  onTestFinished(server.remove)
  await migrate(server.url)
  await compareWithRecord(server.url)
})

async function compareWithRecord(database?: string) {
  const service = await startTestService({
    operators: ['telegram:1001'],
    environment: { PUBLIC_URL },
    ...(database && { database }),
  })
  try {
    const answers = await askEverything(service.client)
    const kept = recorded.length > 0 ? withoutAdditions(recorded, answers) : answers
    await expect(withStableNames(`${JSON.stringify(kept, null, 2)}\n`)).toMatchFileSnapshot(file)
  } finally {
    await service.close()
  }
}

test('what was added passes; what is missing, changed or in another order does not', () => {
  const was = [{ id: '1', to: { name: 'Ada', handle: null } }]
  const same = (now: unknown) => JSON.stringify(withoutAdditions(was, now)) === JSON.stringify(was)
  expect(same([{ id: '1', more: 1, to: { name: 'Ada', more: {}, handle: null } }])).toBe(true)
  expect(same([{ id: '1', to: { name: 'Ada' } }])).toBe(false)
  expect(same([{ id: '1', to: { name: 'Ada', handle: 'ada' } }])).toBe(false)
  expect(same([{ id: '1', to: { handle: null, name: 'Ada' } }])).toBe(false)
  expect(same([{ id: '1', to: null }])).toBe(false)
  expect(same([...was, { id: '2' }])).toBe(false)
  expect(same([])).toBe(false)
})
