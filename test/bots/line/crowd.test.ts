import { expect, onTestFinished, test } from 'vitest'
import { openClub } from '../../support/line/club.ts'

const CROWD = 1000

test('a thousand people who tap on one card in a group: one is paid, and the group reads who, and once that it is over', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const ada = await club.person('Ada')
  const crowd = Array.from({ length: CROWD }, (_, i) => fake.user(`P${i}`))
  const group = fake.group('Crowd', [ada, ...crowd])
  const card = await club.card(group, () => fake.says(ada, group, 'send 20'))
  const before = fake.calls.length

  const began = performance.now()
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1)
  await Promise.all(crowd.map((user) => fake.deliver(fake.tapOf(user, card, 'Collect'))))
  const taken = seconds()
  const told = await fake.until(() =>
    fake.texts(group).find((text) => text.endsWith(': 20.00 CREDIT is yours.')),
  )
  const winner = crowd.find(({ name }) => told.startsWith(`${name}:`)) ?? ada
  await club.answer(group, () => fake.says(ada, group, 'help'))
  const texts = fake.texts(group)
  const calls = fake.calls.slice(before).map(({ kind }) => kind)
  console.log(
    [
      `${CROWD} taps by ${CROWD} people on one card in a group:`,
      `all taken after ${taken} s, ${fake.late.length} answered later than LINE waits; who has it is said after ${seconds()} s at most`,
      `messages in the group: ${texts.length}; calls: ${calls.length}, of them pushed: ${calls.filter((kind) => kind === 'push').length}; too fast: ${fake.floods.length}`,
    ].join('\n'),
  )
  expect([await club.balance(ada), await club.balance(winner)]).toEqual(['80.00', '20.00'])
  // Who has it, that it is over, and the help.
  expect(texts.length).toBeLessThanOrEqual(4)
  expect(texts.filter((text) => text.includes('is yours'))).toHaveLength(1)
  expect([...club.breaches(), ...club.errors()]).toEqual([])
}, 120_000)
