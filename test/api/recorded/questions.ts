import type { ViewWithCode } from '../../../src/transfers/view.ts'
import type { Ask, Recorded } from '../../support/recorded.ts'
import type { Client } from '../../support/service.ts'
import { type Delivery, deliveries } from './deliveries.ts'
import { ada, ann, ben, bob, cleo, club, dora, gina, NO_TRANSFER, stranger, withoutLabels } from './people.ts'
import { claims, ends, keys, lookingAndCards, makingTransfers } from './transfers.ts'

/** Asks for everything under `/v1`, one after the other: what ordinarily goes well, and what is refused. */
export async function askEverything(client: Client): Promise<Recorded[]> {
  const answers: Recorded[] = []
  async function ask<T = ViewWithCode>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = await client.call<T>(method, path, body, { 'x-request-id': 'recorded', ...headers })
    answers.push({
      ask: `${method} ${path}`,
      ...(body !== undefined && { body: JSON.stringify(body).slice(0, 300) }),
      status: answer.status,
      headers: Object.fromEntries([...answer.headers].filter(([name]) => !OF_THE_MOMENT.has(name))),
      ...(answer.text !== '' && { answer: answer.body ?? answer.text }),
    })
    if (answer.body && answer.text !== JSON.stringify(answer.body))
      throw new Error(`${method} ${path} is answered with blanks, or with a member twice.`)
    return answer.body
  }

  /** Deliveries come when they were spread, and in no order among those of one moment. */
  async function take(messenger: string, count: number): Promise<Delivery[]> {
    const items: Delivery[] = []
    const until = Date.now() + 40_000
    while (items.length < count && Date.now() < until) {
      const path = `/v1/deliveries/${messenger}/take`
      items.push(...(await client.post<{ items: Delivery[] }>(path, { seconds: 5 })).items)
    }
    const order = ({ kind, notice, to, card }: Delivery) => JSON.stringify([kind, notice, to, card && 'card'])
    items.sort((a, b) => (order(a) < order(b) ? -1 : 1))
    answers.push({ ask: `${messenger}: deliveries`, status: 200, headers: {}, answer: { items } })
    return items
  }

  const early = await prepare(ask)
  await makingTransfers(ask)
  await lookingAndCards(ask)
  await claims(ask)
  await ends(ask)
  await keys(ask)
  await offers(ask)
  await issues(ask)
  await peopleAndGroups(ask)
  await theRest(ask)
  await late(ask, client, early)
  await deliveries(ask, take)
  await ask('POST', '/v1/deliveries/signal/take', { limit: 5, seconds: 0 })
  await take('matrix', 1)
  return answers
}

const OF_THE_MOMENT = new Set(['date', 'content-length', 'connection', 'keep-alive'])

/** What takes a while begins first: a second until it is late, fifteen until somebody else posts a card. */
async function prepare(ask: Ask): Promise<ViewWithCode> {
  for (const whom of [ada, ben, dora]) await ask('POST', '/v1/issues', { amount: '500', to: whom })
  // Whose balance nobody asks for: it is back when a sweep has come by.
  await ask('POST', '/v1/issues', { amount: '500', asset: 'flash', to: gina })
  await ask('POST', '/v1/transfers', {
    amount: '1',
    from: withoutLabels(ada),
    card: { messenger: 'matrix', chat: 'room', language: 'en', details: '{"thread":1}' },
  })
  return ask('POST', '/v1/transfers', { amount: '1', asset: 'FLASH', from: gina })
}

async function offers(ask: Ask): Promise<void> {
  const offer = (more: object = {}) => ask('POST', '/v1/offers', { amount: '9', from: ada, ...more })
  const place = { chat: '-1001', message: '21' }
  const { id } = await offer({ note: 'offered', to: ben })
  await ask('GET', `/v1/offers/${id}`)
  await ask('GET', '/v1/people/telegram/1001/offers')
  await ask('POST', `/v1/offers/${id}/make`, { by: cleo, place })
  await ask('POST', `/v1/offers/${id}/make`, { by: ben, place })
  await ask('POST', `/v1/offers/${id}/make`, { by: ben, place: { ...place, message: '22' } })
  await ask('GET', `/v1/offers/${id}`)
  const confirm = await offer({ confirm: true, group: club, key: 'offer-1' })
  await offer({ confirm: true, group: club, key: 'offer-1' })
  await offer({ amount: '10', confirm: true, group: club, key: 'offer-1' })
  await ask('POST', `/v1/offers/${confirm.id}/make`, { by: ben, place })
  await ask('POST', `/v1/offers/${confirm.id}/make`, {
    by: ada,
    place: { chat: 'private', message: '1' },
    card: { messenger: 'telegram', chat: '-1001', language: 'en' },
  })
  const revoked = await offer({ to: { messenger: 'telegram', handle: 'ivy' } })
  await ask('POST', '/v1/offers/revoke', { by: ben, id: revoked.id })
  await ask('POST', '/v1/offers/revoke', { by: ada, id: revoked.id })
  await ask('GET', `/v1/offers/${revoked.id}`)
  await ask('POST', `/v1/offers/${revoked.id}/make`, { by: ada, place: { chat: 'x', message: '1' } })
  await offer()
  await ask('POST', '/v1/offers/revoke', { by: ada })
  await ask('GET', '/v1/people/telegram/1001/offers')
  await ask('GET', `/v1/offers/${NO_TRANSFER}`)
  await ask('POST', `/v1/offers/${NO_TRANSFER}/make`, { by: ada, place })
  await offer({ from: stranger })
  await offer({ to: ada })
  await offer({ amount: 'lots' })
}

async function issues(ask: Ask): Promise<void> {
  const issue = (body: object) => ask('POST', '/v1/issues', body)
  await issue({ amount: '10', to: cleo, by: ada, note: 'welcome' })
  await issue({ amount: '10', to: cleo, by: ben })
  await issue({ amount: '3.50', from: withoutLabels(cleo), note: 'too much' })
  await issue({ amount: '100000', from: withoutLabels(cleo) })
  await issue({ amount: '100000', to: ann })
  await issue({ amount: '1', to: ann, from: bob })
  await issue({ amount: '1' })
  await issue({ amount: '1', asset: 'GOLD', to: ann })
  await issue({ amount: '1', to: { messenger: 'telegram', id: '-1001' } })
}

async function peopleAndGroups(ask: Ask): Promise<void> {
  for (const id of ['1001', '1002', '1003', '1999', '5555'])
    await ask('GET', `/v1/people/telegram/${id}/balances`)
  await ask('GET', '/v1/people/playground/eve/balances')
  await ask('GET', '/v1/people/telegram/1003/history')
  await ask('GET', '/v1/people/telegram/1001/history?limit=3')
  await ask('GET', '/v1/people/telegram/1001/history?state=cancelled')
  await ask('GET', '/v1/people/telegram/5555/history')
  await ask('GET', '/v1/people/telegram/1001/history?limit=0')
  await ask('GET', '/v1/people/telegram/1001/history?limit=1&limit=2')
  await ask('PUT', '/v1/people/telegram/1003', { handle: '@cleo', name: 'Cleo  C.', language: 'zh_hans' })
  await ask('PUT', '/v1/people/telegram/1003', { handle: 'two words' })
  await ask('PUT', '/v1/people/telegram/ada', { name: 'Ada' })
  await ask('GET', '/v1/people/telegram?called=cleo&group=-1001')
  await ask('GET', '/v1/people/telegram?called=Ada&group=-1001')
  await ask('GET', '/v1/people/telegram?called=nobody&group=-1001')
  await ask('GET', '/v1/people/telegram?called=ada')
  await ask('GET', '/v1/people/telegram/1003/notices')
  await ask('PUT', '/v1/people/telegram/1003/notices', { on: false })
  await ask('GET', '/v1/people/telegram/1003/notices')
  await ask('PUT', '/v1/people/telegram/1003/notices', { on: 'no' })
  const groupHistory = (query = '', id = '-1001') => ask('GET', `/v1/groups/telegram/${id}/history${query}`)
  await groupHistory()
  const { next } = await ask<{ next: string }>('GET', '/v1/groups/telegram/-1001/history?limit=2')
  await groupHistory(`?limit=2&cursor=${next}`)
  await groupHistory('?state=collected&asset=CREDIT&since=2020-01-01T00:00:00Z')
  await groupHistory('?until=2020-01-01T00:00:00%2B01:00')
  await groupHistory('?since=yesterday')
  await groupHistory('', '-1')
  await ask('POST', '/v1/groups/telegram/-1001/move', { to: '-1002' })
  await groupHistory('?limit=1', '-1002')
  await groupHistory('?limit=1')
  await ask('POST', '/v1/transfers', { amount: '1', from: ada, group: { ...club, id: '-1003' } })
  await ask('POST', '/v1/groups/telegram/-1002/move', { to: '-1003' })
  await groupHistory('?limit=1', '-1003')
  await ask('POST', '/v1/groups/telegram/-9/move', { to: '-10' })
  await ask('POST', '/v1/groups/telegram/-9/move', {})
}

async function theRest(ask: Ask): Promise<void> {
  await ask('GET', '/v1/assets?messenger=telegram')
  await ask('GET', '/v1/assets?messenger=playground')
  await ask('GET', '/v1/assets')
  await ask('POST', '/v1/tickets', { by: ada })
  await ask('POST', '/v1/tickets', { by: { messenger: 'telegram', id: 'ada' } })
  await ask('PUT', '/v1/messengers/example', {
    title: 'Example',
    link: 'https://chat.example.org/?start={code}',
  })
  await ask('PUT', '/v1/messengers/example', { title: 'Example', link: 'javascript:alert(1)' })
  await ask('PUT', '/v1/messengers/example/bots/7000000001')
  await ask('PUT', '/v1/messengers/example/bots/7000000002')
  await ask('DELETE', '/v1/messengers/example')
  await ask('GET', '/v1/nowhere')
  await ask('DELETE', '/v1/transfers')
}

/** By now its time is over. It goes back to the sender a moment later. */
async function late(ask: Ask, client: Client, { id, code }: ViewWithCode): Promise<void> {
  const until = Date.now() + 20_000
  while ((await client.transfer(id)).state === 'open' && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 200))
  await ask('GET', `/v1/transfers/${id}`)
  await ask('POST', '/v1/claims', { code, by: ben })
  await ask('POST', `/v1/transfers/${id}/cancel`, { by: ada })
}
