import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { identities, people } from '../../db/schema.ts'
import type { KnownIdentity } from '../../src/people/identity.ts'
import { openPeople } from '../../src/people/people.ts'
import { freshDatabase } from '../support/database.ts'

const CROWD = Array.from({ length: 2000 }, (_, index) => ({ messenger: 'test', id: String(index) }))

test('a crowd of strangers that comes to two processes at the same moment is one person each, and nobody else', async () => {
  const [one, other] = await twoProcesses()
  const met: KnownIdentity[] = []
  // The others begin at the end, so that whoever waits could be waited for: one turn of it may pass by luck.
  for (let first = 0; first < CROWD.length; first += 200) {
    const some = CROWD.slice(first, first + 200)
    const meeting = [
      ...some.map((stranger) => one.people.meet(stranger)),
      ...some.toReversed().map((stranger) => other.people.meet(stranger)),
      ...some.map((stranger) => one.people.meet(stranger)),
    ]
    met.push(...(await Promise.all(meeting)))
  }
  const persons = new Set(met.map(({ messenger, id, person }) => `${messenger} ${id} ${person}`))
  expect(persons.size).toBe(CROWD.length)
  expect(await one.db.$count(identities)).toBe(CROWD.length)
  expect(await one.db.$count(people)).toBe(CROWD.length)
})

test('of those who are met together, each keeps the messenger, the id and the labels that are theirs', async () => {
  const [one, other] = await twoProcesses()
  const introduced = CROWD.slice(0, 50).map(({ id }, index) => ({
    messenger: index % 2 === 0 ? 'test' : 'tset',
    id,
    handle: `handle${id}`,
    name: `Name ${id}`,
  }))
  await Promise.all(introduced.map((somebody) => one.people.meet(somebody)))
  await Promise.all(introduced.map(async (somebody) => one.people.saveLabels(somebody)))
  const again = await Promise.all(introduced.map(({ messenger, id }) => other.people.meet({ messenger, id })))
  expect(again).toMatchObject(introduced)
})

async function twoProcesses() {
  const database = await freshDatabase()
  const processes = [connect(database.url), connect(database.url)] as const
  onTestFinished(async () => {
    await Promise.all(processes.map(({ close }) => close()))
    await database.drop()
  })
  return processes.map(({ db }) => ({ db, people: openPeople(db) })) as [Process, Process]
}

interface Process {
  db: ReturnType<typeof connect>['db']
  people: ReturnType<typeof openPeople>
}
