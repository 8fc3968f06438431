import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Club, called, identityOf, openClub } from '../support/telegram/club.ts'

let club: Club
beforeAll(async () => {
  club = await openClub('polling')
})
afterAll(() => club?.close())
afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.errors()]).toEqual([]))

test('/forget asks first, and its button erases the name from the books and from cards that were posted', async () => {
  const { ada, ben, group } = await club.pair()
  const card = await club.card(group, () => ada.says(group, '/send 20'))
  expect(card.text).toContain(called(ada))
  const question = await club.answer(ada.chat, () => ada.says(ada.chat, '/forget'))
  expect(question.text).toContain('Not erased: your money')
  expect(card.text).toContain(called(ada))

  expect((await ada.taps(question, 'Forget me')).text).toBe('Forgotten.')
  await club.reads(question, 'Forgotten: your names')
  expect(question.buttons).toEqual([])
  await club.dueNow()
  await club.reads(card, /^(?!.*Ada)/s)
  expect(card.text).toContain('somebody')
  expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
  expect(await club.balance(ada)).toBe('80.00')
})

test('/forget in a group is answered with where to ask, in Chinese too', async () => {
  const { ada, group } = await club.pair()
  const chen = await club.person('Chen', { language: 'zh-hans' })
  const pointer = await club.answer(group, () => ada.says(group, '/forget'))
  expect(pointer.text).toContain('in private')
  expect(pointer.buttons).toEqual([])
  expect((await club.answer(chen.chat, () => chen.says(chen.chat, '/忘记我'))).text).toContain('不会清除')
})

test('/feedback is noted from any chat, with people as their author wrote them; with nothing it says how it goes', async () => {
  const { ada, ben, group } = await club.pair()
  const cy = await club.person('Cy', { handle: null })
  group.add(cy)
  const say = async (words: Parameters<typeof ada.says>[1]) =>
    (await club.answer(group, () => ada.says(group, words))).text
  expect(await say('/feedback')).toContain('/feedback The cards could be smaller')
  expect(await say(`/feedback ${'long '.repeat(250)}`)).toContain('1000 at most')
  expect(await say(['/feedback ', ben, ' and ', cy, ' can’t read it'])).toContain('Thank you')
  expect((await club.answer(ben.chat, () => ben.says(ben.chat, '/反馈 很好'))).text).toContain('Thank you')
  const noted = await club.database(sql`select identity, text from feedback order by id desc`)
  expect(noted).toEqual([
    { identity: identityOf(ben).id, text: '很好' },
    { identity: identityOf(ada).id, text: `@${ben.json.username} and … can’t read it` },
  ])
})
