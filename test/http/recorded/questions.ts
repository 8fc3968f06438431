import type { ViewWithCode } from '../../../src/transfers/view.ts'
import type { Recorded } from '../../support/recorded.ts'
import type { Client, Person } from '../../support/service.ts'

const ada = { messenger: 'telegram', id: '1001', handle: 'ada', name: 'Ada Lovelace', language: 'en' }
const ben = { messenger: 'telegram', id: '1002', handle: 'Ben', name: 'Ben' }
const cleo = { messenger: 'telegram', id: '1003', name: 'Cleo', handle: null }
const dora = { messenger: 'discord', id: '80351110224678912', handle: 'dora', name: 'Dora' }
const gina = { messenger: 'telegram', id: '1008' }
const stranger = { messenger: 'telegram', id: '1999' }
const player = { messenger: 'playground', id: 'eve' }
/** Of a messenger that no bot of ours takes deliveries for. */
const ann = { messenger: 'signal', id: 'ann', name: 'Ann', language: 'de' }
const bob = { messenger: 'signal', id: 'bob', name: 'Bob' }
const club = { messenger: 'telegram', id: '-1001', title: 'Lunch club' }

const NO_TRANSFER = '019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21'
const NO_CODE = 'AZqxkMvHc0QmT7sVq2XyB4hNfLwRe3'
const withoutLabels = ({ messenger, id }: Person) => ({ messenger, id })

interface Delivery {
  id: string
  kind: string
  notice?: string
  to?: { id: string }
  card?: { id: string }
}

type Ask = <T = ViewWithCode>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<T>

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

async function makingTransfers(ask: Ask): Promise<void> {
  const create = (body: object) => ask('POST', '/v1/transfers', { amount: '20', from: ada, ...body })
  await create({})
  await create({ amount: '1.2k', from: ben, to: null })
  await create({ amount: '0.5', note: ' lunch,\ttwo  lines ' })
  await create({ to: ben, note: null })
  await create({ to: withoutLabels(dora), asset: 'credit' })
  await create({ to: { messenger: 'telegram', handle: '@Ben' } })
  await create({ to: { messenger: 'discord', handle: 'nobody.yet' } })
  await create({ group: club })
  await create({ group: withoutLabels(club), to: cleo, note: 'for Cleo' })
  await create({ to: dora, card: { messenger: 'telegram', chat: '-1001', language: 'zh-hans' } })
  await create({ to: ada })
  await create({ to: { messenger: 'telegram', handle: 'ADA' } })
  await create({ amount: '5000' })
  await create({ amount: '1999' })
  await create({ from: stranger })
  await create({ asset: 'GOLD' })
  await create({ to: player, asset: 'CREDIT' })
  await create({ from: player })
  for (const amount of ['0', '-5', 'lots', '1.234', '1,234', '$5', '']) await create({ amount })
  await create({ from: { messenger: 'telegram', id: 'ada' } })
  await create({ from: { messenger: 'Telegram', id: '1' } })
  await create({ note: 'x'.repeat(201) })
  await create({ more: true })
  await create({ to: { messenger: 'telegram' } })
  await create({ key: 'with a blank' })
  await ask('POST', '/v1/transfers', 'no JSON')
  await ask('POST', '/v1/transfers', undefined)
  await ask('POST', '/v1/transfers', { amount: '1', from: ada }, { 'content-type': 'text/plain' })
  await ask('POST', '/v1/transfers', { amount: '1', from: ada }, { authorization: '' })
  await ask(
    'POST',
    '/v1/transfers',
    { amount: '1', from: ada },
    { authorization: `Bearer ${'x'.repeat(40)}` },
  )
  await ask('POST', '/v1/transfers', { note: 'x'.repeat(70_000) })
  await ask('POST', '/v1/transfers:batch', {
    items: [
      { amount: '1', from: ada, note: 'first' },
      { amount: '9999', from: ada },
      { amount: '1', from: stranger },
      { amount: '2', from: ben, to: { messenger: 'telegram', handle: 'cleo' } },
    ],
  })
  await ask('POST', '/v1/transfers:batch', { items: [] })
}

async function lookingAndCards(ask: Ask): Promise<void> {
  const { id, code } = await ask('POST', '/v1/transfers', { amount: '3', from: ada, to: ben })
  const other = await ask('POST', '/v1/transfers', { amount: '3', from: ada })
  await ask('GET', `/v1/transfers/${id}`)
  await ask('GET', `/v1/transfers/${NO_TRANSFER}`)
  await ask('GET', '/v1/transfers/7')
  await ask('POST', '/v1/transfers/find', { code })
  await ask('POST', '/v1/transfers/find', { code: NO_CODE })
  await ask('POST', '/v1/transfers/find', { code: 'short' })
  const card = { messenger: 'telegram', chat: '-1001', message: '7', language: 'en', drawn: 'open' }
  await ask('POST', `/v1/transfers/${id}/cards`, card)
  await ask('POST', `/v1/transfers/${id}/cards`, { ...card, language: 'zh-Hans', posted: true })
  await ask('POST', `/v1/transfers/${id}/cards`, { ...card, messenger: 'discord', chat: '5', message: '8' })
  await ask('POST', `/v1/transfers/${other.id}/cards`, card)
  await ask('POST', `/v1/transfers/${NO_TRANSFER}/cards`, card)
  await ask('POST', `/v1/transfers/${id}/cards`, { ...card, drawn: 'torn' })
  await ask('GET', `/v1/transfers/${id}/cards`)
  await ask('GET', `/v1/transfers/${NO_TRANSFER}/cards`)
}

async function claims(ask: Ask): Promise<void> {
  const create = (more: object = {}) =>
    ask('POST', '/v1/transfers', { amount: '4', from: withoutLabels(ada), ...more })
  const claim = (body: object) => ask('POST', '/v1/claims', body)
  const open = await create()
  await claim({ code: open.code, by: ada })
  await claim({ code: open.code, by: player })
  await claim({ code: open.code, by: ben })
  await claim({ code: open.code, by: ben })
  await claim({ code: open.code, by: cleo })
  await claim({ transfer: (await create({ group: club })).id, by: cleo })
  const forBen = await create({ to: withoutLabels(ben) })
  await claim({ code: forBen.code, by: cleo })
  await claim({ transfer: forBen.id, by: withoutLabels(ben) })
  const forHandle = await create({ to: { messenger: 'telegram', handle: 'Fay' } })
  await claim({ code: forHandle.code, by: { messenger: 'telegram', id: '1004', handle: 'gus' } })
  await claim({ code: forHandle.code, by: { messenger: 'discord', id: dora.id, handle: 'fay' } })
  await claim({ code: forHandle.code, by: { messenger: 'telegram', id: '1005' } })
  await claim({ code: forHandle.code, by: { messenger: 'telegram', id: '1005', handle: 'fay', name: 'Fay' } })
  await claim({ code: NO_CODE, by: ben })
  await claim({ transfer: NO_TRANSFER, by: ben })
  await claim({ by: ben })
  await claim({ code: open.code, transfer: open.id, by: ben })
  const [one, two] = [await create(), await create({ to: withoutLabels(dora) })]
  await ask('POST', '/v1/claims:batch', {
    items: [
      { code: one.code, by: withoutLabels(ben) },
      { transfer: two.id, by: withoutLabels(cleo) },
      { code: NO_CODE, by: withoutLabels(ben) },
    ],
  })
  await ask('POST', '/v1/claims:batch', { items: [{ by: ben }] })
}

async function ends(ask: Ask): Promise<void> {
  const create = (more: object = {}) =>
    ask('POST', '/v1/transfers', { amount: '5', from: withoutLabels(ada), ...more })
  for (const [how, by, to] of [
    ['cancel', ada, null],
    ['decline', ben, withoutLabels(ben)],
    ['decline', { ...cleo, handle: 'hal' }, { messenger: 'telegram', handle: 'hal' }],
  ] as const) {
    const { id, code } = await create({ to })
    await ask('POST', `/v1/transfers/${id}/${how}`, { by: dora })
    await ask('POST', `/v1/transfers/${id}/${how}`, { by: withoutLabels(by) })
    await ask('POST', `/v1/transfers/${id}/${how}`, { by })
    await ask('POST', `/v1/transfers/${id}/cancel`, { by: ada })
    await ask('POST', `/v1/transfers/${id}/decline`, { by })
    await ask('POST', '/v1/claims', { code, by })
  }
  const collected = await create()
  await ask('POST', `/v1/transfers/${collected.id}/decline`, { by: ben })
  await ask('POST', '/v1/claims', { code: collected.code, by: withoutLabels(ben) })
  await ask('POST', `/v1/transfers/${collected.id}/cancel`, { by: ada })
  await ask('POST', `/v1/transfers/${NO_TRANSFER}/cancel`, { by: ada })
  await ask('POST', `/v1/transfers/${NO_TRANSFER}/decline`, { by: ada })
}

async function keys(ask: Ask): Promise<void> {
  const from = withoutLabels(ada)
  const create = { amount: '6', from, to: withoutLabels(ben), group: withoutLabels(club), key: 'create-1' }
  const { id, code } = await ask('POST', '/v1/transfers', create)
  await ask('POST', '/v1/transfers', create)
  await ask('POST', '/v1/transfers', { ...create, from: { ...from, name: 'Ada King' } })
  await ask('POST', '/v1/transfers', { ...create, amount: '7' })
  const refused = { amount: '2000', from: withoutLabels(cleo), key: 'create-2' }
  await ask('POST', '/v1/transfers', refused)
  await ask('POST', '/v1/transfers', refused)
  const claim = { code, by: withoutLabels(ben), key: 'claim-1' }
  await ask('POST', '/v1/claims', claim)
  await ask('POST', '/v1/claims', claim)
  await ask('POST', '/v1/claims', { ...claim, code: undefined, transfer: id })
  await ask('POST', '/v1/transfers', create)
  await ask('POST', `/v1/transfers/${id}/cancel`, { by: from, key: 'cancel-1' })
  await ask('POST', `/v1/transfers/${id}/cancel`, { by: from, key: 'cancel-1' })
  const issue = { amount: '8', to: withoutLabels(cleo), key: 'issue-1', note: 'once' }
  await ask('POST', '/v1/issues', issue)
  await ask('POST', '/v1/issues', issue)
  await ask('GET', '/v1/requests/create-1')
  await ask('GET', '/v1/requests/create-2')
  await ask('GET', '/v1/requests/never')
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

async function deliveries(ask: Ask, take: (messenger: string, count: number) => Promise<Delivery[]>) {
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
