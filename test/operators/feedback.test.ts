import { afterAll, expect, test } from 'vitest'
import { feedbackPage, markFeedback } from '../../src/operators/feedback.ts'
import { newcomer, openTestCore } from '../support/service.ts'

const { core, client, close } = await openTestCore()
afterAll(close)

const write = (by: object, text: string, more: object = {}) =>
  client.post('/v1/feedback', { by, text, ...more })

test('what people write to the operators waits in the inbox, newest first, with where it was written', async () => {
  const ada = newcomer('Ada')
  const group = { messenger: 'telegram', id: '-7001', title: 'Club' }
  await write(ada, 'first')
  await write(ada, ' second \n thought ', { group })
  const { items } = await feedbackPage(core.db, undefined, 10)
  expect(items).toMatchObject([
    { text: 'second thought', identity: ada.id, groupId: await core.groups.find('telegram', '-7001') },
    { text: 'first', groupId: null, doneAt: null },
  ])
  expect(await core.people.find('telegram', ada.id)).toMatchObject({ handle: ada.handle })
})

test('the same words on the same day come once, as a messenger may deliver them twice', async () => {
  const ada = newcomer('Ada')
  await Promise.all([1, 2, 3].map(() => write(ada, 'once')))
  const { items } = await feedbackPage(core.db, undefined, 100)
  expect(items.filter(({ identity }) => identity === ada.id)).toHaveLength(1)
})

test('of what one person writes in a day ten are noted, even where many come at once; of others as before', async () => {
  const ada = newcomer('Ada')
  const written = await Promise.allSettled(
    Array.from({ length: 15 }, (_, turn) => write(ada, `thought ${turn}`)),
  )
  const refused = written.flatMap((one) => (one.status === 'rejected' ? one.reason : []))
  expect(refused).toHaveLength(5)
  expect(refused[0]).toMatchObject({ code: 'too_much_feedback', retryAfter: 3600 })
  await write(newcomer('Ben'), 'thought 0')
})

test('what nobody could read, or is too long, is refused', async () => {
  for (const text of ['', ' \u200b ', 'x'.repeat(1001)])
    expect(await client.call('POST', '/v1/feedback', { by: newcomer(), text })).toMatchObject({ status: 400 })
  await write(newcomer(), '好'.repeat(1000))
})

test('is done once an operator has said so, and no more once they take that back', async () => {
  await write(newcomer(), 'to be done')
  const newest = async () => (await feedbackPage(core.db, undefined, 1)).items[0]
  const { id = '' } = (await newest()) ?? {}
  await markFeedback(core.db, id, true)
  expect(await newest()).toMatchObject({ id, doneAt: expect.any(Date) })
  await markFeedback(core.db, id, false)
  expect(await newest()).toMatchObject({ id, doneAt: null })
})

test('comes in pages', async () => {
  const first = await feedbackPage(core.db, undefined, 2)
  const second = await feedbackPage(core.db, first.next ?? undefined, 1000)
  const all = await feedbackPage(core.db, undefined, 1000)
  expect([...first.items, ...second.items]).toEqual(all.items)
  expect(all.next).toBeNull()
})
