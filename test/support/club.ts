import { contribute } from '../../src/payouts/contribute.ts'
import { newId } from '../../src/shared/ids.ts'
import type { PagesUnderTest, Person } from './pages.ts'

/** A group that meets in Telegram, with its people as that says they are. */
export interface Club {
  groupId: string
  /** Where the pages of its treasury are. */
  path: string
  /** Has the messenger say again who they are: of an approval what it has said before doesn't count. */
  tell(): Promise<void>
  /** Two admins. The first one and the member have used the bot in the group. */
  admin: Person
  second: Person
  member: Person
  /** Somebody who is not in it. */
  stranger: Person
}

/** Makes a group. @param amount what is in its treasury, in CREDIT */
export async function openClub({ core, call }: PagesUnderTest, amount?: string): Promise<Club> {
  const chat = { messenger: 'telegram', id: `-${newId()}`, title: 'Lunch club' }
  const [admin, second, member, stranger] = [
    somebody('Root'),
    somebody('Second'),
    somebody('Mia'),
    somebody('Sid'),
  ]
  for (const [who, group] of [
    [admin, chat],
    [second, undefined],
    [member, chat],
    [stranger, undefined],
  ] as const) {
    await call('POST', '/issues', { amount: '1', to: who })
    await call('POST', '/transfers', { from: who, amount: '1', group })
  }
  const groupId = await core.groups.meet(chat)
  async function tell() {
    for (const [who, isAdmin, isMember] of [
      [admin, true, true],
      [second, true, true],
      [member, false, true],
      [stranger, false, false],
    ] as const)
      await core.memberships.told({
        messenger: 'telegram',
        chat: chat.id,
        identity: who.id,
        isAdmin,
        isMember,
      })
  }
  await tell()
  if (amount) {
    await call('POST', '/issues', { amount, to: admin })
    await contribute(core, { amount, from: admin, groupId })
  }
  return { groupId, path: `/groups/${groupId}/treasury`, tell, admin, second, member, stranger }
}

let people = 0

function somebody(name: string): Person {
  const id = String(++people)
  return { messenger: 'telegram', id, name: `${name} ${id}`, handle: `${name.toLowerCase()}${id}` }
}
