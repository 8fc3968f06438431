import { expect, onTestFinished, test } from 'vitest'
import { called, openClub } from '../../support/feishu/club.ts'

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
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1)
  const read = await Promise.all(crowd.map((user) => fake.sendTap(card, fake.tapOf(user, card, '领取'))))
  const answered = seconds()
  const isPaid = (said: string | undefined) => said === '20.00 CREDIT 已到账。'
  const winner = await fake.until(() =>
    crowd.find((user, i) => isPaid(read[i]) || fake.texts(fake.privateChat(user)).some(isPaid)),
  )
  // A tap doesn't tell a name, which is looked up after the money has moved.
  await expect.poll(() => card.text, { timeout: 60_000 }).toContain(`✅ ${called(winner)} 已领取。`)
  const named = seconds()
  const count = (words: string) => read.filter((one) => one?.includes(words)).length
  const calls = fake.calls.slice(before).map(({ kind }) => kind)
  console.log(
    [
      `${CROWD} taps by ${CROWD} people on one card in a group:`,
      `all answered after ${answered} s, ${fake.late.length} of them later than Feishu waits; the winner's name is on the card after ${named} s`,
      `paid: ${count('已到账')}, told that somebody was faster: ${count('手慢了')}, that it is being done: ${count('正在处理')}`,
      `calls: ${calls.length}; too fast: ${fake.floods.length}`,
    ].join('\n'),
  )
  expect(count('已到账')).toBeLessThanOrEqual(1)
  expect(count('已到账') + count('手慢了') + count('正在处理')).toBe(CROWD)
  expect([await club.balance(ada), await club.balance(winner)]).toEqual(['80.00', '20.00'])
  expect([...fake.late, ...fake.breaches, ...fake.floods, ...club.errors()]).toEqual([])
}, 120_000)
