import { expect, onTestFinished, test } from 'vitest'
import { called, openClub } from '../../support/dingtalk/club.ts'
import type { User } from '../../support/dingtalk/index.ts'

const CROWD = 1000

test('a thousand people who tap on one card in a group are all answered, one is paid, and the card says who', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const ada = await club.person('陈晨')
  const crowd = Array.from({ length: CROWD }, (_, i) => fake.user(`P${i}`))
  const group = fake.group('大群', [ada, ...crowd])
  const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
  const before = fake.calls.length

  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const inTime = await Promise.all(
    crowd.map((user) => fake.sendTap(user, card, fake.tapOf(user, card, '领取'))),
  )
  const answered = seconds()
  await fake.until(() => crowd.every((user) => card.notice(user)))
  const told = seconds()
  await club.reads(card, '领取。')
  const notices = crowd.map((user) => card.notice(user))
  const count = (words: string) => notices.filter((notice) => notice?.includes(words)).length
  const calls = fake.calls.slice(before).map(({ path }) => path)
  console.log(
    [
      `${CROWD} taps by ${CROWD} people on one card in a group:`,
      `all answered after ${answered.toFixed(1)} s, ${fake.late.length} of them later than DingTalk waits; all told what came of it after ${told.toFixed(1)} s`,
      `calls: ${calls.length}; too fast: ${fake.floods.length}`,
    ].join('\n'),
  )
  const winner = crowd[notices.indexOf('20.00 CREDIT 已到账。')] as User
  expect([count('已到账'), count('手慢了，已经被领走了。')]).toEqual([1, CROWD - 1])
  // A tap doesn't tell a name, and it is looked up after the money has moved.
  await expect.poll(() => card.text, { timeout: 60_000 }).toContain(`✅ ${called(winner)} 已领取。`)
  expect([await club.balance(ada), await club.balance(winner)]).toEqual(['80.00', '20.00'])
  expect(inTime.filter((one) => !one)).toEqual([])
  expect([...fake.breaches, ...fake.floods, ...club.errors()]).toEqual([])
}, 120_000)
