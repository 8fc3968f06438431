import { expect, onTestFinished, test } from 'vitest'
import { openClub } from '../../support/matrix/club.ts'

const CROWD = 1000

test('a thousand people who type one number at once in a room: one is paid, and the room reads who, and once that it is over', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const ada = await club.person('Ada')
  const crowd = Array.from({ length: CROWD }, (_, i) => fake.user(`P${i}`))
  const group = await fake.group('Crowd', [ada])
  for (const one of crowd) fake.world.becomes(group, ada, one, 'join')
  const card = await club.card(group, () => fake.says(ada, group, '!send 20'))
  const before = fake.calls.length

  const began = performance.now()
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1)
  const number = card.numberOf('Collect')
  for (const one of crowd) fake.says(one, group, `!${number}`)
  const told = await fake.until(() =>
    fake.texts(group).find((text) => text.endsWith(': 20.00 CREDIT is yours.')),
  )
  const winner = crowd.find(({ name }) => told.startsWith(`${name}:`)) ?? ada
  await fake.until(() => card.text.includes('✅'))
  await club.answer(group, () => fake.says(ada, group, '!help'))
  // What was carried out is kept as such, so all of it is by then.
  const kept = () => (fake.bot.accountData.get('passalong.sync') as { next_batch: string }).next_batch
  await fake.until(() => Number(kept().slice(1)) > fake.world.last() - 10)
  const calls = fake.calls.slice(before).filter(({ by }) => by === fake.bot.id)
  console.log(`${CROWD} lines in a room: all done after ${seconds()} s; calls: ${calls.length}`)
  const texts = fake.texts(group)
  expect([await club.balance(ada), await club.balance(winner)]).toEqual(['80.00', '20.00'])
  expect(texts.filter((text) => text.includes('is yours'))).toHaveLength(1)
  // How to begin, who has it, that it is over, and the help.
  expect(texts).toHaveLength(4)
  expect([...fake.breaches, ...club.errors()]).toEqual([])
}, 60_000)
