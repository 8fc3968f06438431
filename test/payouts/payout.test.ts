import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import { makePayout } from '../../src/payouts/make.ts'
import { planPayout } from '../../src/payouts/plan.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { holdLedger } from '../support/held-ledger.ts'
import { newcomer, type Person, rich } from '../support/service.ts'
import { met, openTreasuries } from '../support/treasury.ts'

let open: Awaited<ReturnType<typeof openTreasuries>>
beforeAll(async () => {
  open = await openTreasuries()
})
afterAll(async () => {
  const { db } = open.core
  expect(await audit(db)).toMatchObject({ faults: [] })
  await open.close()
})

describe('a contribution', () => {
  test('is in the treasury at once, and says so to whoever reads of it', async () => {
    const { client, group, treasury } = open
    const club = await group('10')
    const [ben] = await rich(client, '50', newcomer('Ben'))
    const made = await client.post<object>(`${club.path}/contributions`, {
      amount: '20',
      from: ben,
      note: 'paint',
    })
    expect(made).toMatchObject({
      state: 'collected',
      to: null,
      treasury: { end: 'to', group: { title: 'Lunch club' } },
      group: { id: club.chat.id },
      note: 'paint',
    })
    expect(await treasury(club)).toEqual([{ asset: 'CREDIT', amount: '30.00', planned: '0.00' }])
    expect(await client.balance(ben)).toBe('30.00')
  })

  test('with the same key is made once', async () => {
    const { client, group, treasury } = open
    const club = await group('10')
    const [ben] = await rich(client, '50', newcomer('Ben'))
    const ask = () =>
      client.post(`${club.path}/contributions`, { amount: '20', from: ben, key: `give-${ben.id}` })
    expect(await ask()).toEqual(await ask())
    expect(await treasury(club)).toMatchObject([{ amount: '30.00' }])
  })

  test('follows the rules of the group', async () => {
    const { client, group } = open
    const club = await group('10', { senders: 'admins' })
    const [ben] = await rich(client, '50', newcomer('Ben'))
    await expect(
      client.post(`${club.path}/contributions`, { amount: '20', from: ben }),
    ).rejects.toMatchObject({
      code: 'group_admins_only',
    })
  })
})

describe('a payment to one person', () => {
  test('is an envelope out of the treasury, made by its admin', async () => {
    const { client, group, pay, treasury } = open
    const club = await group('100')
    const [ben] = await met(open, newcomer('Ben'))
    const { payout, transfer } = await pay(club, club.ada, [{ to: ben, amount: '20', note: 'room' }])
    expect(payout).toMatchObject({ people: 1, total: '20.00', counts: { open: 1 }, approvals: null })
    expect(payout.madeAt).not.toBeNull()
    expect(transfer).toMatchObject({
      state: 'open',
      from: null,
      treasury: { end: 'from', group: { title: 'Lunch club' } },
      madeBy: { id: club.ada.id },
      payout: payout.id,
      approvals: null,
      note: 'room',
    })
    await client.collect(transfer?.code ?? '', ben as never)
    expect(await client.balance(ben as never)).toBe('20.00')
    expect(await treasury(club)).toMatchObject([{ amount: '80.00' }])
  })

  test('may be for a handle that nobody has been met with, as its card names it', async () => {
    const { client, group, pay } = open
    const club = await group('100')
    const { transfer } = await pay(club, club.ada, [
      { to: { messenger: 'telegram', handle: 'NewBen' }, amount: '5' },
    ])
    const ben = { ...newcomer('Ben'), handle: 'newben' }
    await client.collect(transfer?.code ?? '', ben)
    expect(await client.balance(ben)).toBe('5.00')
  })

  test('is for admins of the group alone', async () => {
    const { group, pay, treasury } = open
    const club = await group('100')
    const eve = newcomer('Eve')
    const paid = pay(club, eve, [{ to: eve, amount: '100' }])
    await expect(paid).rejects.toMatchObject({ code: 'not_admin', status: 403 })
    expect(await treasury(club)).toMatchObject([{ amount: '100.00' }])
  })

  test('is taken back by any admin of the group, and by nobody else; the trail says by whom', async () => {
    const { core, client, group, pay, treasury, admin } = open
    const club = await group('100')
    const [ben] = await met(open, newcomer('Ben'))
    const { transfer } = await pay(club, club.ada, [{ to: ben, amount: '20' }])
    const id = transfer?.id ?? ''
    await expect(client.cancel(id, ben as never)).rejects.toMatchObject({ code: 'not_admin' })
    const dan = await admin('Dan')
    expect(await client.cancel(id, dan)).toMatchObject({ state: 'cancelled' })
    expect(await treasury(club)).toMatchObject([{ amount: '100.00' }])
    const { items } = await core.trail.page(club.id, undefined, 10)
    expect(items.map(({ what, by }) => [what, by.id])).toEqual([
      ['cancel', dan.id],
      ['payout', club.ada.id],
    ])
  })

  test('gets more time and another code by any admin, who reminds of it too; nobody else does; the trail says by whom', async () => {
    const { core, client, group, pay, admin } = open
    const club = await group('100')
    const [ben] = await met(open, newcomer('Ben'))
    const { transfer } = await pay(club, club.ada, [{ to: ben, amount: '20' }])
    const { id = '', code = '', expiresAt = '' } = transfer ?? {}
    const dan = await admin('Dan')
    const does = (verb: string, by: object) =>
      client.post<ViewWithCode>(`/v1/transfers/${id}/${verb}`, { by })
    for (const verb of ['extend', 'reissue', 'remind'])
      await expect(does(verb, ben as never)).rejects.toMatchObject({ code: 'not_admin' })
    const longer = await does('extend', dan)
    expect(Date.parse(longer.expiresAt) - Date.parse(expiresAt)).toBe(24 * 3600_000)
    const again = await does('reissue', dan)
    await does('remind', club.ada)
    const { items } = await core.trail.page(club.id, undefined, 10)
    expect(items.map(({ what, by }) => [what, by.id])).toEqual([
      ['remind', club.ada.id],
      ['reissue', dan.id],
      ['extend', dan.id],
      ['payout', club.ada.id],
    ])
    await expect(client.collect(code, ben as never)).rejects.toMatchObject({ code: 'transfer_not_found' })
    await client.collect(again.code, ben as never)
    expect(await client.balance(ben as never)).toBe('20.00')
  })

  test('goes back to the treasury where nobody collects it', async () => {
    const { core, group, pay, treasury } = open
    const club = await group('100', { hours: 1 })
    const [ben] = await met(open, newcomer('Ben'))
    const { transfer } = await pay(club, club.ada, [{ to: ben, amount: '20' }])
    const { createdAt = '', expiresAt = '', id = '' } = transfer ?? {}
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(3600_000)
    await core.ledger.submit({ do: 'return', which: { id }, early: true })
    expect(await treasury(club)).toMatchObject([{ amount: '100.00' }])
  })
})

describe('a payout to many', () => {
  test('is collected by those on its list, each their own, and its view counts them', async () => {
    const { client, group, pay, payout, share } = open
    const club = await group('100')
    const [ben, cat, dan] = await met(open, newcomer('Ben'), newcomer('Cat', 'telegram'), newcomer('Dan'))
    const items = [
      { to: ben, amount: '10' },
      { to: { messenger: 'telegram', handle: cat?.handle }, amount: '20' },
      { to: `telegram:${dan?.id}`, amount: '30' },
    ]
    const made = await pay(club, club.ada, items, { note: 'thanks' })
    const { id } = made.payout
    expect(made).toMatchObject({ transfer: null, payout: { people: 3, total: '60.00', counts: { open: 3 } } })
    expect(await share(id, ben as never)).toMatchObject({ amount: '10.00' })
    expect(await share(id, cat as never)).toMatchObject({ amount: '20.00', transfer: { note: 'thanks' } })
    await expect(share(id, newcomer('Eve'))).rejects.toMatchObject({ code: 'not_for_you' })
    await expect(share(id, ben as never)).rejects.toMatchObject({ code: 'already_yours' })
    expect(await payout(id)).toMatchObject({ counts: { open: 1, collected: 2 } })
    const { items: shown } = await client.get<{ items: object[] }>(`/v1/payouts/${id}/items?limit=2`)
    expect(shown).toMatchObject([
      { row: 1, to: { id: ben?.id }, amount: '10.00', state: 'collected' },
      { row: 2, to: { id: null, handle: cat?.handle }, amount: '20.00', state: 'collected' },
    ])
  })

  test('asked for again with its key is the same one, also when the treasury is empty by then', async () => {
    const { group, pay, treasury } = open
    const club = await group('20')
    const [ben, cat] = await met(open, newcomer('Ben'), newcomer('Cat'))
    const items = [ben, cat].map((to) => ({ to, amount: '10' }))
    const ask = (more: object = {}) => pay(club, club.ada, items, { key: `pay-${club.id}`, ...more })
    const first = await ask()
    expect((await ask()).payout.id).toBe(first.payout.id)
    await expect(ask({ note: 'more' })).rejects.toMatchObject({ code: 'key_reused' })
    expect(await treasury(club)).toMatchObject([{ amount: '0.00' }])
  })

  test('at the same moment as another one takes no more than there is', async () => {
    const { group, pay, treasury } = open
    const club = await group('30')
    const people = await met(open, ...Array.from({ length: 8 }, () => newcomer('Ben')))
    const outcomes = await Promise.allSettled(
      Array.from({ length: 4 }, (_, index) =>
        pay(
          club,
          club.ada,
          people.slice(2 * index, 2 * index + 2).map((to) => ({ to, amount: '10' })),
        ),
      ),
    )
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? one.reason.code : []))
    expect(refused).toEqual(['treasury_short', 'treasury_short', 'treasury_short'])
    expect(await treasury(club)).toMatchObject([{ amount: '10.00', planned: '0.00' }])
  })

  test('with the same key from two at the same moment is one', async () => {
    const { group, pay, treasury } = open
    const club = await group('100')
    const people = await met(open, newcomer('Ben'), newcomer('Cat'))
    const items = people.map((to) => ({ to, amount: '10' }))
    const asked = Array.from({ length: 5 }, () => pay(club, club.ada, items, { key: `once-${club.id}` }))
    const ids = (await Promise.all(asked)).map(({ payout }) => payout.id)
    expect(new Set(ids).size).toBe(1)
    expect(await treasury(club)).toMatchObject([{ amount: '80.00' }])
  })

  test('to one person tells its transfer also to who asks again while it is being paid', async () => {
    const { group, pay, core, database } = open
    const club = await group('100')
    const [ben] = await met(open, newcomer('Ben'))
    const ask = () => pay(club, club.ada, [{ to: ben, amount: '10' }], { key: `one-${club.id}` })
    const release = await holdLedger(database)
    const waiting = async () => {
      const [{ some } = { some: 0 }] = await core.sql<{ some: number }[]>`
        select count(*)::int as some from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      return some
    }
    const first = ask()
    await expect.poll(waiting).toBe(1)
    let answered = false
    const again = ask().finally(() => {
      answered = true
    })
    await expect.poll(async () => answered || (await waiting()) === 2).toBe(true)
    release()
    expect((await again).transfer?.id).toEqual(expect.any(String))
    expect((await again).transfer?.id).toBe((await first).transfer?.id)
  })
})

describe('a payout with faults', () => {
  test('is refused whole, each fault with its row and a sentence, and nothing has moved', async () => {
    const { client, group, treasury } = open
    const club = await group('100', { limits: { CREDIT: { transfer: '40' } } })
    const [ben, other] = await met(open, newcomer('Ben'), { ...newcomer('Ben'), name: 'Ben' })
    // Both have used the bot in the group, and go by the same name.
    for (const one of [ben, other]) {
      await client.issue(one as never, '1')
      await client.send(one as never, '1', { group: club.chat })
    }
    const answer = await client.call('POST', `${club.path}/payouts`, {
      by: club.ada,
      items: [
        { to: ben, amount: '10' },
        { to: '@nobody', amount: '10' },
        { to: `@${ben?.handle}`, amount: '10' },
        { to: 'Ben', amount: '10' },
        { to: other, amount: '1,50' },
        { to: 'telegram:777000777', amount: '41' },
        { to: newcomer('Play', 'playground'), amount: '90' },
      ],
    })
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ code: 'payout_faulty', details: { count: 8 } })
    const faults = answer.body.faults as { row: number | null; code: string; detail: string }[]
    expect(faults.map(({ row, code }) => `${row} ${code}`)).toEqual([
      '2 unknown_person',
      '3 listed_twice',
      '4 person_unclear',
      '5 amount_ambiguous',
      '6 group_transfer_limit',
      '6 unknown_person',
      '7 group_transfer_limit',
      '7 unknown_person',
    ])
    for (const { detail } of faults) expect(detail).toMatch(/^["\p{Lu}].*\.$/u)
    expect(await treasury(club)).toMatchObject([{ amount: '100.00', planned: '0.00' }])
  })

  test('tells that the treasury is short by all of it, besides what others are still to be paid', async () => {
    const { core, group } = open
    const club = await group('100')
    const people = await met(open, newcomer('Ben'), newcomer('Cat'))
    const by = await core.people.meet(club.ada)
    const items = people.map((to) => ({ to, amount: '60' }))
    expect(await planPayout(core, { groupId: club.id, by, items })).toEqual({
      faults: [
        {
          row: null,
          code: 'treasury_short',
          details: { amount: '120.00', balance: '100.00', asset: 'CREDIT' },
        },
      ],
    })
  })

  test('finds people by their names among those who have used the bot in the group, and nobody else', async () => {
    const { core, client, group } = open
    const club = await group('100')
    const [cat, stranger] = await met(open, newcomer('Catherine'), { ...newcomer('Zed'), name: 'Zed' })
    await client.issue(cat as never, '1')
    await client.send(cat as never, '1', { group: club.chat })
    const by = await core.people.meet(club.ada)
    const items = ['catherine', `@${stranger?.handle}`].map((to) => ({ to, amount: '1' }))
    const plan = await planPayout(core, { groupId: club.id, by, items })
    expect(plan).toMatchObject({
      items: [{ to: { id: cat?.id } }, { to: { id: null, handle: stranger?.handle } }],
    })
    const named = [...items, { to: 'Zed', amount: '1' }]
    expect(await planPayout(core, { groupId: club.id, by, items: named })).toMatchObject({
      faults: [{ row: 3, code: 'unknown_person' }],
    })
  })
})

test('what is refused at the last moment is named with its code, and leaves the treasury as it was', async () => {
  const { core, client, group, payout, treasury } = open
  const club = await group('100')
  const people = await met(open, newcomer('Ben'), newcomer('Cat'))
  const by = await core.people.meet(club.ada)
  const items = people.map((to) => ({ to, amount: '10' }))
  const plan = await planPayout(core, { groupId: club.id, by, items })
  if ('faults' in plan) throw new Error(JSON.stringify(plan))
  const setting = { step: 'everybody' as const, groups: [], share: 0 }
  await core.opening.save({ ...setting, step: 'closed' }, club.ada)
  const id = await makePayout(core, plan)
  await core.opening.save(setting, club.ada)
  expect(await payout(id)).toMatchObject({ counts: { refused: 2, open: 0 } })
  const refused = await client.get<{ items: object[] }>(`/v1/payouts/${id}/items?state=refused`)
  expect(refused.items).toMatchObject(items.map(() => ({ state: 'refused', refusal: 'winding_down' })))
  expect(await treasury(club)).toMatchObject([{ amount: '100.00', planned: '0.00' }])
})

test('an admin who is on hold pays nothing, nor does anybody in a group that is off', async () => {
  const { core, client, group, pay, treasury } = open
  const club = await group('100')
  const [ben, cat] = await met(open, newcomer('Ben'), newcomer('Cat'))
  const { person } = await core.people.meet(club.ada)
  const asked = () =>
    pay(
      club,
      club.ada,
      [ben, cat].map((to) => ({ to, amount: '10' })),
    )
  await core.people.setHold(person, 'send')
  await expect(asked()).rejects.toMatchObject({ code: 'on_hold' })
  await core.people.setHold(person, null)
  await client.call('PUT', `${club.path}/rules`, { by: club.ada, rules: { on: false } })
  await expect(asked()).rejects.toMatchObject({ code: 'group_off' })
  expect(await treasury(club)).toMatchObject([{ amount: '100.00' }])
})

test('who is on hold leaves what is theirs in the payout, and hinders no other', async () => {
  const { core, group, pay, share } = open
  const club = await group('100')
  const [ben, cat] = await met(open, newcomer('Ben'), newcomer('Cat'))
  await core.people.setHold((await core.people.meet(ben as never)).person, 'all')
  const { payout } = await pay(
    club,
    club.ada,
    [ben, cat].map((to) => ({ to, amount: '10' })),
  )
  await expect(share(payout.id, ben as never)).rejects.toMatchObject({ code: 'on_hold' })
  expect(await share(payout.id, cat as never)).toMatchObject({ amount: '10.00' })
})

test('what somebody has collected of a payout goes back into the treasury, and stands in the books of the group', async () => {
  const { client, group, treasury } = open
  const club = await group('10')
  const [ben] = await met(open, newcomer('Ben'))
  const { transfer } = await client.post<{ transfer: { id: string; code: string } }>(`${club.path}/payouts`, {
    by: club.ada,
    items: [{ to: ben, amount: '4' }],
  })
  await client.collect(transfer.code, ben as Person)
  expect(await treasury(club)).toMatchObject([{ amount: '6.00' }])
  const refund = await client.refund(transfer.id, ben as Person)
  expect(refund).toMatchObject({ treasury: { end: 'to' }, group: { id: club.chat.id } })
  expect(await treasury(club)).toMatchObject([{ amount: '10.00' }])
  const { items } = await client.get<{ items: object[] }>(`${club.path}/history`)
  expect(items[0]).toMatchObject({ id: refund.id, refundOf: transfer.id })
})
