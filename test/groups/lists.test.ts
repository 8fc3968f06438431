import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { peopleLists } from '../../db/schema.ts'
import { type Member, membersOf } from '../../src/groups/lists.ts'
import { newId } from '../../src/shared/ids.ts'
import { newcomer, openTestCore } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
})
afterAll(() => service?.close())

describe('the people on a list', () => {
  test('are persons, by their ids and by the handles that they have now', async () => {
    const { core } = service
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await Promise.all([ada, ben].map((one) => service.client.issue(one, '1')))
    const [known, other] = await Promise.all([core.people.meet(ada), core.people.meet(ben)])
    const list = await plant([
      { messenger: 'telegram', id: ada.id },
      { messenger: 'telegram', handle: ben.handle?.toUpperCase() ?? '' },
      { messenger: 'discord', id: ada.id },
      { messenger: 'telegram', handle: 'nobody' },
    ])
    expect(await membersOf(core.db, list)).toEqual(new Set([known.person, other.person]))
  })

  test('are none where there is no such list', async () => {
    expect(await membersOf(service.core.db, newId())).toEqual(new Set())
  })
})

async function plant(members: Member[]): Promise<string> {
  const { db, groups } = service.core
  const groupId = await groups.meet({ messenger: 'telegram', id: `-${newId()}` })
  const id = newId()
  await db.insert(peopleLists).values({ id, groupId, name: 'Kitchen', members })
  return id
}
