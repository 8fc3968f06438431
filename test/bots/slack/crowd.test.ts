import { expect, onTestFinished, test } from 'vitest'
import { called, openClub } from '../../support/slack/club.ts'

const CROWD = 1000

test('a thousand people who tap on one card in a channel are all acknowledged in time and answered, one is paid, and the card says who', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const ada = await club.person('Ada')
  const crowd = Array.from({ length: CROWD }, (_, i) => fake.user(`P${i}`, fake.acme))
  const group = fake.group('everybody', [ada, ...crowd])
  const card = await club.card(group, () => fake.types(ada, group, '/send', '20'))
  const taps = crowd.map((user) => fake.tapOf(user, card, 'Collect'))
  const before = fake.calls.length

  const began = performance.now()
  const seconds = () => ((performance.now() - began) / 1000).toFixed(1)
  await Promise.all(taps.map(fake.sendTap))
  const acknowledged = seconds()
  const read = () => taps.map(({ answers }) => fake.read(answers)[0])
  await expect.poll(() => read().filter(Boolean).length, { timeout: 60_000 }).toBe(CROWD)
  const answered = seconds()
  const winner = crowd[read().indexOf('20.00 CREDIT is yours.')]
  if (!winner) throw new Error('nobody is paid')
  await expect.poll(() => card.read, { timeout: 60_000 }).toContain('has collected it')
  const count = (words: string) => read().filter((one) => one?.includes(words)).length
  console.log(
    [
      `${CROWD} taps by ${CROWD} people on one card in a channel:`,
      `all acknowledged after ${acknowledged} s, ${fake.late.length} of them later than Slack waits; all answered after ${answered} s`,
      `paid: ${count('yours.')}, told that somebody was faster: ${count('faster')}`,
      `calls: ${fake.calls.length - before}; too fast: ${fake.floods.length}`,
    ].join('\n'),
  )
  expect([count('yours.'), count('yours.') + count('faster')]).toEqual([1, CROWD])
  expect(card.read).toContain(called(winner).replace(winner.name, '').trim())
  expect([await club.balance(ada), await club.balance(winner)]).toEqual(['80.00', '20.00'])
  expect([...fake.late, ...fake.breaches, ...fake.floods, ...club.errors()]).toEqual([])
}, 120_000)
