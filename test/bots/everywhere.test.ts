import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { texts } from '../../bots/texts/index.ts'
import {
  type Everywhere,
  MESSENGERS,
  type Member,
  openEverywhere,
  type Place,
  WITHOUT_GROUPS,
} from '../support/everywhere/index.ts'

/** The marks of all messengers that have some, and characters of more than one code unit. */
const HOSTILE = `<b onclick="x">alert</b> & &lt; &#0; \\ \\* **_\`~||x||~\`_** [a](javascript:x) <@1> <!here> {{a}} ]]> ${'👩‍👩‍👧'.repeat(9)}`

describe('In every messenger', () => {
  let everywhere: Everywhere
  beforeAll(async () => {
    everywhere = await openEverywhere()
  })
  afterAll(() => everywhere?.close())
  afterEach(() => expect(everywhere.troubles()).toEqual([]))

  describe.each(MESSENGERS)('%s', (messenger) => {
    const place = () => everywhere.place(messenger)
    const hasGroups = !WITHOUT_GROUPS.includes(messenger)
    /** Three in a group, and by how much they have more than at the beginning. */
    async function three(group = place().group()) {
      const members = await group
      const before = await Promise.all(members.map(place().balance))
      const gains = async () =>
        (await Promise.all(members.map(place().balance))).map(
          (now, index) => Number(now) - Number(before[index]),
        )
      return { members, gains }
    }

    /** What somebody is told in their language. */
    const told = ({ language }: Member, ...[key, details]: Parameters<ReturnType<typeof texts>>) =>
      texts(language)(key, details)
    /** How a card begins to say how it has ended, in the language of its sender. */
    const ended = (sender: Member, key: 'card.cancelled' | 'card.declined') => told(sender, key)
    const yours = (member: Member, amount: string) =>
      told(member, 'press.collected', { amount: `${amount} ${place().asset}` })

    test('a transfer for whoever is first is collected once, and its card says by whom', async () => {
      const { members, gains } = await three()
      const [ada, ben, cy] = members
      const card = await ada.sends({ amount: '20', note: 'lunch' })
      const answers = await Promise.all([ben, cy].map((one) => one.presses(card, 'collect')))
      const [winner, loser] = answers[0] === yours(ben, '20.00') ? [0, 1] : [1, 0]
      const [first, late] = winner === 0 ? [ben, cy] : [cy, ben]
      expect(answers[winner]).toBe(yours(first, '20.00'))
      expect(answers[loser]).toContain(told(late, 'refusals.already_collected'))
      await expect.poll(card.text).toMatch(/✅/)
      expect(await gains()).toEqual(winner === 0 ? [-20, 20, 0] : [-20, 0, 20])
    })

    if (hasGroups)
      test('one for somebody is nobody else’s, who are told so', async () => {
        const { members, gains } = await three()
        const [ada, ben, cy] = members
        const card = await ada.sends({ amount: '5', to: ben })
        expect(await cy.presses(card, 'collect')).toContain(told(cy, 'refusals.not_for_you'))
        expect(await gains()).toEqual([-5, 0, 0])
        expect(await ben.presses(card, 'collect')).toBe(yours(ben, '5.00'))
        expect(await gains()).toEqual([-5, 5, 0])
      })

    if (hasGroups)
      test('one that is declined, or taken back by its sender alone, is back, and its card says so', async () => {
        const { members, gains } = await three()
        const [ada, ben] = members
        const declined = await ada.sends({ amount: '5', to: ben })
        await ben.presses(declined, 'decline')
        await expect.poll(declined.text).toContain(ended(ada, 'card.declined'))
        const cancelled = await ada.sends({ amount: '6' })
        expect(await ben.presses(cancelled, 'cancel')).toContain(told(ben, 'refusals.not_sender'))
        await ada.presses(cancelled, 'cancel')
        await expect.poll(cancelled.text).toContain(ended(ada, 'card.cancelled'))
        expect(await gains()).toEqual([0, 0, 0])
      })

    if (hasGroups)
      test('the history of a group is for its admins', async () => {
        const { members } = await three()
        const [ada, ben] = members
        await ada.sends({ amount: '1', note: 'for the books' })
        expect(await ben.asks('history')).toContain(told(ben, 'history.onlyAdmins'))
        // The playground has them on pages alone.
        expect(await ada.asks('history')).toMatch(/for the books|are on pages/)
      })

    test('a note that is markup is shown as text, and so is what is not understood', async () => {
      const { members } = await three(groupIn(messenger))
      const [ada] = members
      const card = await ada.sends({ amount: '1', note: HOSTILE })
      expect(await card.text()).toContain('alert')
      expect(await ada.tells(`/sned ${HOSTILE}`)).toContain('alert')
    })

    test('the help, which is the longest answer, comes whole', async () => {
      const { members } = await three(groupIn(messenger))
      const help = await members[0].asks('help')
      for (const command of ['/send', '/red', '/collect', '/history']) expect(help).toContain(command)
    })

    test('a code in private is enough to see what it opens, and its command collects it', async () => {
      const { members, gains } = await three(groupIn(messenger))
      const [ada, ben] = members
      const { code } = await everywhere.service.client.send(ada.identity, '7', {
        note: 'tea',
        asset: place().asset,
      })
      expect(await ben.tells(code)).toContain('tea')
      expect(await gains()).toEqual([-7, 0, 0])
      expect(await ben.tells(`/collect ${code}`)).toContain(`7.00 ${place().asset}`)
      expect(await gains()).toEqual([-7, 7, 0])
      await ben.tells(`/collect ${code}`)
      expect(await gains()).toEqual([-7, 7, 0])
    })
  })

  const dealing = MESSENGERS.filter((messenger) => messenger !== 'playground')

  test.each(dealing)(
    'what is sent in %s is collected in the next two messengers, and both sides see it',
    async (from) => {
      const [sender] = await groupIn(from)
      const next = [1, 2].map((step) => dealing[(dealing.indexOf(from) + step) % dealing.length] as string)
      for (const to of next) {
        const [, , friend] = await groupIn(to)
        const before = await balances(sender, friend)
        const card = await sender.sends({ amount: '1', note: 'lunch' })
        const { items } = await everywhere.service.client.history(sender.identity, 'state=open')
        const { code } = await everywhere.service.client.transfer(items[0]?.transfer.id ?? '')
        expect(await friend.tells(`/collect ${code}`)).toContain('1.00 CREDIT')
        await expect.poll(card.text).toContain('✅')
        const after = await balances(sender, friend)
        expect(after.map((now, index) => now - (before[index] ?? 0))).toEqual([-1, 1])
      }
    },
  )

  /** One for all tests that wait for answers alone: no notice of another test comes in between. */
  const groups = new Map<string, ReturnType<Place['group']>>()
  function groupIn(messenger: string): ReturnType<Place['group']> {
    const group = groups.get(messenger) ?? everywhere.place(messenger).group()
    groups.set(messenger, group)
    return group
  }

  const balances = (...members: Member[]) =>
    Promise.all(
      members.map(async ({ identity }) => Number(await everywhere.service.client.balance(identity))),
    )
})
