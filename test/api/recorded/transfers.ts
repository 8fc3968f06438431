import type { Ask } from '../../support/recorded.ts'
import {
  ada,
  ben,
  cleo,
  club,
  dora,
  NO_CODE,
  NO_TRANSFER,
  player,
  stranger,
  withoutLabels,
} from './people.ts'

export async function makingTransfers(ask: Ask): Promise<void> {
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

export async function lookingAndCards(ask: Ask): Promise<void> {
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

export async function claims(ask: Ask): Promise<void> {
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

export async function ends(ask: Ask): Promise<void> {
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

export async function keys(ask: Ask): Promise<void> {
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
