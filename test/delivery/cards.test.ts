import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { openWorking, sendOf, type Working } from '../support/deliveries.ts'
import { newcomer } from '../support/service.ts'

test('many changes of one card are one redraw; one more for a change that comes while it is being redrawn', async () => {
  const { client, take, settle, post } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await sendOf(client, ada, ben)
  await client.cancel(sent.id, ada)
  const changes = (count: number) => Promise.all(Array.from({ length: count }, () => post(sent)))

  await changes(20)
  const [redraw, ...more] = await take('telegram', 1)
  expect(more).toEqual([])
  await changes(20)
  expect(await take('telegram', 0)).toEqual([])
  await settle('telegram', redraw?.id, 'done')
  expect(await take('telegram', 1)).toHaveLength(1)
})

test('a card that was noted after the change is redrawn; one that shows the present state is not', async () => {
  const { client, take, post } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await sendOf(client, ada, ben)
  await client.collect(sent.code, ben)
  await take('telegram', 1)
  await post(sent, 'collected')
  expect(await take('telegram', 0)).toEqual([])
  const card = await post(sent, 'open', 'another-chat')
  expect(await take('telegram', 1)).toMatchObject([
    { kind: 'redraw', card, transfer: { state: 'collected' } },
  ])
  const { items } = await client.get<{ items: object[] }>(`/v1/transfers/${sent.id}/cards`)
  expect(items).toHaveLength(2)
})

describe('a card that is out of date', () => {
  async function openStale() {
    const on = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await on.client.issue(ada, '20')
    const sent = await on.client.send(ada, '20')
    await on.post(sent)
    await on.client.collect(sent.code, ben)
    const takeRedraws = async (count: number) =>
      (await on.take('telegram', count)).filter(({ kind }) => kind === 'redraw')
    const [redraw] = await takeRedraws(3)
    const reach = async (chat = 'chat') =>
      expect((await on.client.call('POST', '/v1/chats/telegram/reached', { chats: [chat] })).status).toBe(204)
    const fail = (id: string | undefined) =>
      on.settle('telegram', id, 'failed', { reason: 'thrown out', final: true })
    const shown = async () =>
      (await on.client.get<{ items: object[] }>(`/v1/transfers/${sent.id}/cards`)).items
    return { ...on, redraw, takeRedraws, reach, fail, shown }
  }

  test('is drawn anew when its chat is reached; what shows the present state, or hangs elsewhere, is not', async () => {
    const { redraw, takeRedraws, reach, fail, shown, client } = await openStale()
    await fail(redraw?.id)
    await reach('another-chat')
    expect(await takeRedraws(0)).toEqual([])
    await reach()
    const [again] = await takeRedraws(1)
    expect(again).toMatchObject({ kind: 'redraw', transfer: { state: 'collected' } })
    await client.call('POST', `/v1/deliveries/telegram/${again?.id}/done?drawn=collected`)
    expect(await shown()).toMatchObject([{ drawn: 'collected' }])
    await reach()
    expect(await takeRedraws(0)).toEqual([])
  })

  test('and can’t be drawn although its chat is reached is no card any more', async () => {
    const { redraw, takeRedraws, reach, fail, shown } = await openStale()
    await fail(redraw?.id)
    await reach()
    const [again] = await takeRedraws(1)
    expect(await shown()).toMatchObject([{ drawn: 'open' }])
    await fail(again?.id)
    expect(await shown()).toEqual([])
    await reach()
    expect(await takeRedraws(0)).toEqual([])
  })

  test('still stands for the same transfer, whatever is noted in its place', async () => {
    const { client, post } = await openWorking()
    const ada = newcomer('Ada')
    await client.issue(ada, '20')
    const [one, two] = [await client.send(ada, '1'), await client.send(ada, '2')]
    const card = await post(one)
    const answer = await client.call('POST', `/v1/transfers/${two.id}/cards`, { ...card, drawn: 'open' })
    expect([answer.status, answer.body.code]).toEqual([409, 'card_elsewhere'])
    const cardsOf = async ({ id }: ViewWithCode) =>
      (await client.get<{ items: object[] }>(`/v1/transfers/${id}/cards`)).items
    expect([(await cardsOf(one)).length, (await cardsOf(two)).length]).toEqual([1, 0])
  })
})

describe('a card to post', () => {
  const target = { messenger: 'telegram', chat: 'group', details: '{"topic":7}', language: 'en' }
  /** What is due in a while is due now. */
  const soon = ({ core }: Working) =>
    core.db.execute(sql`update pgboss.job set start_after = now() where state < 'active'`)
  async function openWithCard(more: object = {}) {
    const on = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await on.client.issue(ada, '20')
    const send = (amount = '20') => on.client.send(ada, amount, { card: target, ...more })
    return { ...on, ada, ben, send }
  }

  test('is asked for where nobody has noted it in a while, with where it is to hang', async () => {
    const on = await openWithCard()
    const sent = await on.send()
    expect(await on.take('telegram', 0)).toEqual([])
    await soon(on)
    const [post, ...more] = await on.take('telegram', 1)
    expect(more).toEqual([])
    const { id: _, ...transfer } = sent
    expect(post).toMatchObject({ kind: 'post', target, transfer })
    await on.settle('telegram', post?.id, 'done')
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
  })

  test('says whether it shows the picture to pass on, as a redraw does after it', async () => {
    const on = await openWithCard({ card: { ...target, picture: true } })
    const { id } = await on.send()
    const card = { messenger: 'telegram', chat: 'group', message: '1', language: 'en', drawn: 'open' }
    await soon(on)
    const [post] = await on.take('telegram', 5)
    expect(post).toMatchObject({ kind: 'post', target: { picture: true } })
    await on.settle('telegram', post?.id, 'done')
    await on.client.call('POST', `/v1/transfers/${id}/cards`, { ...card, picture: true, posted: true })
    await on.client.cancel(id, on.ada)
    expect(await on.take('telegram', 5)).toMatchObject([{ kind: 'redraw', card: { ...card, picture: true } }])
  })

  test.each([
    ['it is noted as posted, wherever that is', { chat: 'private', posted: true }],
    ['it hangs in its chat', { chat: 'group' }],
  ])('is not asked for where %s', async (_how, { chat, ...posted }) => {
    const on = await openWithCard()
    const { id } = await on.send()
    const card = { messenger: 'telegram', chat, message: '1', language: 'en', drawn: 'open', ...posted }
    expect((await on.client.call('POST', `/v1/transfers/${id}/cards`, card)).status).toBe(204)
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
  })

  test('is asked for although the transfer hangs elsewhere', async () => {
    const on = await openWithCard()
    await on.post(await on.send(), 'open', 'another-chat')
    await soon(on)
    expect(await on.take('telegram', 1)).toMatchObject([{ kind: 'post' }])
  })

  test('is not asked for where the transfer is over', async () => {
    const on = await openWithCard()
    await on.client.cancel((await on.send()).id, on.ada)
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
  })

  test('of a transfer that was refused is asked for by nobody, and forgotten', async () => {
    const on = await openWithCard()
    await expect(on.send('21')).rejects.toMatchObject({ code: 'insufficient_funds' })
    const waiting = async () =>
      (
        await on.core.db.execute(
          sql`select 1 from pgboss.job where data->>'kind' = 'post' and state < 'completed'`,
        )
      ).length
    // Its commit may only be late.
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
    expect(await waiting()).toBe(1)
    for (let tries = 0; tries < 5; tries++) {
      await soon(on)
      expect(await on.take('telegram', 0)).toEqual([])
    }
    expect(await waiting()).toBe(0)
  })

  test('is no part of what a key stands for, and a retry asks for no second one', async () => {
    const on = await openWithCard({ key: 'a' })
    const sent = await on.send()
    expect(await on.client.send(on.ada, '20', { key: 'a' })).toEqual(sent)
    expect(await on.send()).toEqual(sent)
    await soon(on)
    expect(await on.take('telegram', 1)).toHaveLength(1)
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
  })

  test('that cannot be asked for keeps the money where it is', async () => {
    const on = await openWithCard()
    await on.core.db.execute(sql`alter schema pgboss rename to away`)
    await expect(on.send()).rejects.toMatchObject({ code: 'internal_error' })
    await on.core.db.execute(sql`alter schema away rename to pgboss`)
    expect(await on.client.balance(on.ada)).toBe('20.00')
  })
})
