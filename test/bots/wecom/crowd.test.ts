import { expect, onTestFinished, test } from 'vitest'
import { called, openClub } from '../../support/wecom/club.ts'

const CROWD = 1000

test('a thousand people who tap on one card in a group are all answered in time, one is paid, and the card says who', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const ada = await club.person('陈晨')
  const crowd = Array.from({ length: CROWD }, (_, i) => fake.user(`P${i}`))
  const group = fake.group([ada, ...crowd])
  const card = await club.card(group, () => fake.says(ada, group, '转账 20'))

  const began = performance.now()
  const requests = crowd.map((user) => fake.sendTap(user, card, fake.tapOf(user, card, '领取')))
  await fake.until(() => requests.every(fake.isAnswered))
  const seconds = (performance.now() - began) / 1000
  await club.reads(card, '已领取。')
  console.log(
    `${CROWD} taps on one card in a group: all answered by a change of it after ${seconds.toFixed(1)} s`,
  )

  const winner = await fake.until(() =>
    crowd.find((user) => card.text.includes(`✅ ${called(user)} 已领取。`)),
  )
  expect([await club.balance(ada), await club.balance(winner)]).toEqual(['80.00', '20.00'])
  // WeCom refuses what comes after five seconds, and messages to those who have never written to the bot.
  expect(fake.refusals.filter((line) => !line.includes('93008'))).toEqual([])
  expect([...fake.breaches, ...fake.floods, ...club.errors()]).toEqual([])
}, 120_000)
