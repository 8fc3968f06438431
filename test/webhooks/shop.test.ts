import { expect, onTestFinished, test } from 'vitest'
import { APP_VERBS } from '../../src/access/scopes.ts'
import type { AskView } from '../../src/asks/view.ts'
import { openReceiver } from '../support/receiver.ts'
import { scanned } from '../support/scanned.ts'
import { clientOf, localLink, makeTokenIn } from '../support/service.ts'
import { openClub } from '../support/telegram/club.ts'

test('a customer who scans the page and pays in a chat has their goods by the event alone, once, though the shop was away', async () => {
  const club = await openClub('webhook', { environment: { WEBHOOK_NETWORKS: '127.0.0.1' } })
  onTestFinished(club.close)
  const { service } = club
  const ben = await club.person('Ben')
  const token = await makeTokenIn(service.database, 'shop', { may: APP_VERBS, whom: { kind: 'own' } })
  const shop = clientOf((path, init) => fetch(service.url + path, init), token)
  const receiver = await openReceiver()
  const { id: webhook, secret } = await shop.post<{ id: string; secret: string }>('/v1/webhooks', {
    url: receiver.url,
    events: ['ask.completed'],
  })
  receiver.expect(secret)

  const ask = await shop.post<AskView>('/v1/asks', {
    by: { messenger: 'app', id: 'shop' },
    amount: '12.50',
    note: 'two coffees',
    reference: 'order-4711',
    returnUrl: 'https://shop.example.org/thanks',
  })
  const local = (path = '') => localLink(service, `${ask.page}${path}`)
  const qr = await (await fetch(local('/qr.png'))).arrayBuffer()
  expect(await scanned(Buffer.from(qr))).toBe(ask.page)
  const [, start] =
    /href="https:\/\/t\.me\/\w+\?start=([\w-]+)"/.exec(await (await fetch(local())).text()) ?? []

  receiver.answerBy(() => new Response(null, { status: 503 }))
  const card = await club.answer(ben.chat, () => ben.says(ben.chat, `/start ${start}`))
  await ben.taps(card, 'Pay')
  await expect.poll(() => receiver.received.length).toBe(1)
  receiver.answerBy(() => new Response())
  await shop.post(`/v1/webhooks/${webhook}/on`, undefined)
  await expect.poll(() => receiver.received.length).toBe(2)
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1)
  expect(receiver.received[1]?.event).toMatchObject({
    type: 'ask.completed',
    data: { ask: { id: ask.id, reference: 'order-4711', state: 'paid', paid: '12.50' } },
  })
  expect(await (await fetch(local())).text()).toContain('https://shop.example.org/thanks?ask=')
})
