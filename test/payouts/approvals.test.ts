import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { newcomer, type Person } from '../support/service.ts'
import { met, openTreasuries } from '../support/treasury.ts'

let open: Awaited<ReturnType<typeof openTreasuries>>
/** A group whose payouts above 50 need two other admins than Ada. */
let club: Awaited<ReturnType<typeof open.group>>
let ann: Person
let bob: Person
let col: Person
let mia: Person
beforeAll(async () => {
  open = await openTreasuries()
  open.core.deliveries.work()
  club = await open.group('2000', { approvals: { CREDIT: { above: '50.00', needs: 2 } } })
  ann = await open.admin('Ann')
  bob = await open.admin('Bob')
  col = await open.admin('Col')
  mia = newcomer('Mia')
  await met(open, mia)
})
afterAll(() => open.close())

/** A payment to Mia. */
async function paid(amount = '60') {
  const { payout, transfer } = await open.pay(club, club.ada, [{ to: mia, amount }])
  return { id: payout.id, payout, transfer: transfer as ViewWithCode }
}

const refused = async (made: Promise<unknown>) =>
  expect(made)
    .rejects.toMatchObject({ code: expect.any(String) })
    .then(() => made.catch(({ code }) => code))

/** Everything that the bot of a messenger is to do for a transfer. */
async function deliveriesFor(transfer: string): Promise<string[]> {
  const rows = await open.core.db.execute<{ kind: string }>(
    sql`select coalesce(data ->> 'notice', data ->> 'kind') as kind from pgboss.job where data ->> 'transfer' = ${transfer} order by 1`,
  )
  return rows.map(({ kind }) => kind)
}
const dispatched = () =>
  expect
    .poll(async () => (await open.core.db.execute(sql`select from outbox`)).length, { interval: 20 })
    .toBe(0)

describe('a payment above the amount of the rule', () => {
  test('takes the money at once, lasts twice as long, and is nobody’s before two other admins have approved it', async () => {
    const { id, transfer, payout } = await paid()
    const { createdAt, expiresAt } = transfer
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(2 * 24 * 3600_000)
    expect(payout).toMatchObject({ approvals: { needed: 2, by: [] }, counts: { open: 1 } })
    expect(transfer.approvals).toEqual({ needed: 2, by: [] })
    // Whoever it is for couldn't collect it yet.
    await expect(
      open.client.post(`/v1/transfers/${transfer.id}/remind`, { by: club.ada }),
    ).rejects.toMatchObject({ code: 'awaiting_approval' })
    expect(await refused(open.client.collect(transfer.code, mia))).toBe('awaiting_approval')
    expect(await refused(open.share(id, mia))).toBe('awaiting_approval')

    const once = await open.approve(id, ann)
    expect(once.approvals).toMatchObject({ needed: 2, by: [{ id: ann.id, name: 'Ann' }] })
    expect(await refused(open.client.collect(transfer.code, mia))).toBe('awaiting_approval')
    expect((await open.client.transfer(transfer.id)).approvals).toMatchObject({ by: [{ id: ann.id }] })

    await open.approve(id, bob)
    expect((await open.client.transfer(transfer.id)).approvals).toBeNull()
    expect(await open.share(id, mia)).toMatchObject({ amount: '60.00' })
  })

  test('tells the recipient when it can be collected, and not before; its cards are drawn anew each time', async () => {
    const { id, transfer } = await paid()
    const card = { messenger: 'telegram', chat: id, message: '1', language: 'en', drawn: 'open' }
    await open.client.post(`/v1/transfers/${transfer.id}/cards`, card)
    await dispatched()
    const first = await deliveriesFor(transfer.id)
    expect(first).toContain('redraw')
    expect(first).not.toContain('waiting')
    await open.core.db.execute(sql`delete from pgboss.job where data ->> 'transfer' = ${transfer.id}`)
    await open.approve(id, ann)
    await dispatched()
    expect(await deliveriesFor(transfer.id)).toEqual(['redraw'])
    await open.approve(id, bob)
    await dispatched()
    expect(await deliveriesFor(transfer.id)).toContain('waiting')
  })

  test('is held by its sum, not by its parts, and those of a list wait together', async () => {
    const [noa] = await met(open, newcomer('Noa'))
    const items = [mia, noa].map((to) => ({ to, amount: '30' }))
    const { payout } = await open.pay(club, club.ada, items)
    expect(await refused(open.share(payout.id, mia))).toBe('awaiting_approval')
    await open.approve(payout.id, ann)
    await open.approve(payout.id, bob)
    for (const one of [mia, noa]) await open.share(payout.id, one as Person)
    expect(await open.payout(payout.id)).toMatchObject({ counts: { collected: 2 } })
  })

  test('at the amount itself needs nobody', async () => {
    const { payout, transfer } = await paid('50')
    expect(payout.approvals).toBeNull()
    await open.client.collect(transfer.code, mia)
  })

  test('stands in the trail, with each approval', async () => {
    const { id } = await paid()
    for (const admin of [ann, bob]) await open.approve(id, admin)
    const { items } = await open.core.trail.page(club.id, undefined, 3)
    expect(items.map(({ what, by, details }) => [what, by.id, details])).toMatchObject([
      ['approval', bob.id, { payout: id }],
      ['approval', ann.id, { payout: id }],
      ['payout', club.ada.id, { payout: id, total: '60.00', asset: 'CREDIT', people: 1 }],
    ])
  })
})

describe('an approval is refused', () => {
  test('by who asked for it', async () => {
    expect(await refused(open.approve((await paid()).id, club.ada))).toBe('payout_own')
  })

  test('twice by one admin, also at the same moment', async () => {
    const { id } = await paid()
    const outcomes = await Promise.allSettled([open.approve(id, ann), open.approve(id, ann)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await refused(open.approve(id, ann))).toBe('payout_approved_twice')
  })

  test('by those who were ever one person with who asked for it, or has approved it', async () => {
    const [dan, there] = [await open.admin('Dan'), newcomer('Dan', 'discord')]
    await open.core.people.meet(there)
    const own = (await open.pay(club, dan, [{ to: mia, amount: '60' }])).payout.id
    const { id } = await paid()
    await open.client.link(there, dan)
    await open.approve(id, there)
    for (const by of [dan, there]) {
      expect(await refused(open.approve(own, by))).toBe('payout_own')
      expect(await refused(open.approve(id, by))).toBe('payout_approved_twice')
    }
    await open.client.unlink(dan)
    expect(await refused(open.approve(own, dan))).toBe('payout_own')
    expect(await refused(open.approve(id, dan))).toBe('payout_approved_twice')
    const { person } = await open.core.people.meet(dan)
    const byHand = (payout: string) =>
      open.core.db
        .execute(
          sql`insert into payout_approvals (payout_id, person_id, messenger, identity) values (${payout}, ${person}, 'telegram', ${dan.id})`,
        )
        .catch(({ cause }) => cause.code)
    for (const payout of [own, id]) expect(await byHand(payout)).toBe('23000')
    // What was for one of them is collected by who they are now.
    const { payout } = await open.pay(club, club.ada, [
      { to: dan, amount: '1' },
      { to: mia, amount: '1' },
    ])
    await open.client.link(there, dan)
    expect(await open.share(payout.id, there)).toMatchObject({ amount: '1.00' })
  })

  test('by somebody who is no admin', async () => {
    expect(await refused(open.approve((await paid()).id, mia))).toBe('not_admin')
  })

  test('by one who was removed in between, though they were an admin a few seconds ago', async () => {
    const { id } = await paid()
    const dan = await open.admin('Dan')
    const isAdmin = async () =>
      open.core.memberships.isAdmin(club.id, (await open.core.people.meet(dan)).person)
    expect(await isAdmin()).toBe(true)
    open.setAdmin(dan, false)
    await open.core.db.execute(
      sql`update memberships set checked_at = now() - interval '3 seconds' where identity = ${dan.id}`,
    )
    // For everything else the messenger's word of before holds for a minute.
    expect(await isAdmin()).toBe(true)
    expect(await refused(open.approve(id, dan))).toBe('not_admin')
    expect((await open.payout(id)).approvals?.by).toEqual([])
  })

  test('where there are enough of them', async () => {
    const { id } = await paid()
    for (const admin of [ann, bob]) await open.approve(id, admin)
    expect(await refused(open.approve(id, col))).toBe('payout_approved')
  })

  test('after its time, when the money is back in the treasury', async () => {
    const before = await open.treasury(club)
    const { id, transfer } = await paid()
    await open.core.ledger.submit({ do: 'return', which: { id: transfer.id }, early: true })
    expect(await refused(open.approve(id, ann))).toBe('expired')
    expect(await open.treasury(club)).toEqual(before)
  })

  test('of a payout that there is not', async () => {
    expect(await refused(open.approve(crypto.randomUUID(), ann))).toBe('payout_not_found')
  })
})

test('what is put into a treasury is told to nobody in private: its card has said so', async () => {
  const { client } = open
  await client.issue(club.ada, '1')
  const asked = { amount: '1', from: club.ada }
  const given = await client.post<ViewWithCode>(`${club.path}/contributions`, asked)
  await dispatched()
  expect(await deliveriesFor(given.id)).toEqual([])
})

test('of three admins who approve at the same moment two count', async () => {
  const { id } = await paid()
  const outcomes = await Promise.allSettled([ann, bob, col].map((admin) => open.approve(id, admin)))
  expect(outcomes.flatMap((one) => (one.status === 'rejected' ? one.reason.code : []))).toEqual([
    'payout_approved',
  ])
})
