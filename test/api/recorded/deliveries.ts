import type { Ask } from '../../support/recorded.ts'
import { ann, bob, NO_TRANSFER, withoutLabels } from './people.ts'

export async function deliveries(ask: Ask, take: (messenger: string, count: number) => Promise<Delivery[]>) {
  const path = '/v1/deliveries/signal'
  const finish = async (items: Delivery[], query = '') => {
    for (const { id } of items) await ask('POST', `${path}/${id}/done${query}`)
  }
  const create = (more: object = {}) => ask('POST', '/v1/transfers', { amount: '2', from: bob, ...more })
  await ask('POST', '/v1/issues', { amount: '50', to: bob })
  // Ann was given money by the command line's orders before.
  await finish(await take('signal', 2))
  const card = { messenger: 'signal', chat: 'room', message: '31', language: 'de', drawn: 'open' }

  const forAnn = await create({ to: ann })
  await ask('POST', `/v1/transfers/${forAnn.id}/cards`, card)
  const [waiting] = await take('signal', 1)
  await ask('POST', `${path}/${waiting?.id}/failed`, { reason: 'blocked', final: true })
  await ask('POST', '/v1/claims', { code: forAnn.code, by: withoutLabels(ann) })
  const told = await take('signal', 3)
  await ask('POST', `${path}/${told[0]?.id}/failed`, { reason: 'away', counts: false })
  await finish(told.slice(1), '?drawn=collected')
  const again = await take('signal', 1)
  await finish(again, again[0]?.kind === 'redraw' ? '?drawn=collected' : '')
  await ask('GET', `/v1/transfers/${forAnn.id}/cards`)

  const cancelled = await create()
  await ask('POST', `/v1/transfers/${cancelled.id}/cards`, { ...card, message: '31' })
  await ask('POST', `/v1/transfers/${cancelled.id}/cards`, { ...card, message: '30' })
  await ask('POST', `/v1/transfers/${cancelled.id}/cancel`, { by: withoutLabels(bob) })
  await finish(await take('signal', 1), '?drawn=cancelled')
  await ask('POST', `/v1/transfers/${cancelled.id}/cards`, { ...card, message: '32' })
  await ask('POST', `/v1/transfers/${cancelled.id}/cards`, { ...card, message: '33', drawn: 'cancelled' })
  const [redraw] = await take('signal', 1)
  await ask('POST', `${path}/${redraw?.id}/failed`, { reason: 'no such chat', final: true })
  await ask('POST', '/v1/chats/signal/reached', { chats: ['room', 'elsewhere'] })
  await finish(await take('signal', 1), '?drawn=cancelled')
  await ask('GET', `/v1/transfers/${cancelled.id}/cards`)
  await ask('POST', '/v1/chats/signal/reached', { chats: [] })

  const declined = await create({ to: withoutLabels(ann) })
  await finish(await take('signal', 1))
  await ask('POST', `/v1/transfers/${declined.id}/decline`, { by: withoutLabels(ann) })
  await finish(await take('signal', 1))
  await ask('POST', `${path}/${NO_TRANSFER}/done`)
  await ask('POST', `${path}/7/done`)
  await ask('POST', `${path}/${NO_TRANSFER}/failed`, {})
  await ask('POST', `${path}/take`, { limit: 0 })
}

export interface Delivery {
  id: string
  kind: string
  notice?: string
  to?: { id: string }
  card?: { id: string }
}
