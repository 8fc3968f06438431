import { asc, eq } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groups, payoutItems, payouts, standingRuns } from '../../db/schema.ts'
import type { Core } from '../../src/core.ts'
import { makeList } from '../../src/groups/list-changes.ts'
import type { Member } from '../../src/groups/lists.ts'
import { audit } from '../../src/ledger/audit.ts'
import { lastDue, nextDue, type Rhythm } from '../../src/payouts/calendar.ts'
import { contribute } from '../../src/payouts/contribute.ts'
import { resume } from '../../src/payouts/resume.ts'
import {
  changeStanding,
  makeStanding,
  type StandingTerms,
  setStandingState,
} from '../../src/payouts/standing.ts'
import { runDue } from '../../src/payouts/standing-runs.ts'
import { treasuryOf } from '../../src/payouts/treasury.ts'
import type { KnownIdentity } from '../../src/people/identity.ts'
import { newId } from '../../src/shared/ids.ts'
import { newcomer, openTestCore } from '../support/service.ts'

let one: Awaited<ReturnType<typeof openTestCore>>
let other: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  one = await openTestCore({ roles: 'api' })
  other = await openTestCore({ roles: 'api', database: one.database, secretKey: one.secretKey })
})
afterAll(async () => {
  expect(await audit(one.core.db)).toMatchObject({ faults: [] })
  await other?.close()
  await one?.close()
})

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('a standing payout', () => {
  test('is made once for each due time of a month whose clock is moved, by two workers', async () => {
    const { groupId, make, treasury, runs } = await setting(['Ada', 'Ben'], '100')
    await zoneOf(groupId, 'Asia/Shanghai')
    const id = await make({ amount: '5', every: 'week', day: 1, hour: 9 }, at('2026-11-27T12:00+08:00'))
    const start = at('2026-11-27T12:00+08:00').getTime()
    for (let hours = 0; hours <= 31 * 24; hours += 8)
      await Promise.all([one, other].map(({ core }) => run(core, new Date(start + hours * HOUR))))
    expect(await runs(id)).toMatchObject(
      ['2026-11-30', '2026-12-07', '2026-12-14', '2026-12-21', '2026-12-28'].map((day) => ({
        dueAt: at(`${day}T09:00+08:00`),
        refusal: null,
        skipped: [],
      })),
    )
    expect(await treasury()).toBe('50.00')
  })

  test('that was missed for three weeks is made up for once', async () => {
    const { make, treasury, runs } = await setting(['Ada'], '100')
    const id = await make({ amount: '5', every: 'week', day: 1, hour: 9 }, at('2026-11-27T12:00Z'))
    for (const later of [0, 1, HOUR, DAY])
      await run(one.core, new Date(at('2026-12-17T12:00Z').getTime() + later))
    expect(await runs(id)).toMatchObject([{ dueAt: at('2026-12-14T09:00Z') }])
    expect(await treasury()).toBe('95.00')
    await run(one.core, at('2026-12-21T09:00Z'))
    expect(await runs(id)).toMatchObject([
      { dueAt: at('2026-12-14T09:00Z') },
      { dueAt: at('2026-12-21T09:00Z') },
    ])
  })

  test('leaves out who has left the group, and whom nobody has met, by name', async () => {
    const { make, runs, people, members } = await setting(['Ada', 'Ben', 'Cleo'], '100', [
      { messenger: 'telegram', handle: 'never-met' },
    ])
    const [ada, ben, cleo] = people as [Known, Known, Known]
    const id = await make({ amount: '5' }, at('2026-11-27T12:00Z'))
    // Of Cleo no messenger tells.
    await run(
      one.core,
      at('2026-12-01T12:00Z'),
      new Map([
        [ben.person, false],
        [ada.person, true],
      ]),
    )
    const [made] = await runs(id)
    expect(made?.skipped).toEqual([
      { ...members[1], why: 'left' },
      { ...members[3], why: 'unknown' },
    ])
    expect(await paidBy(made?.payoutId)).toEqual([
      { person: ada.person, amount: 500n },
      { person: cleo.person, amount: 500n },
    ])
  })

  test('pays nobody where the treasury has not enough for all, and comes again in its time', async () => {
    const { groupId, by, make, treasury, runs } = await setting(['Ada', 'Ben'], '9')
    const id = await make({ amount: '5' }, at('2026-11-27T12:00Z'))
    for (const hour of ['12', '13']) await run(one.core, at(`2026-11-30T${hour}:00Z`))
    expect(await treasury()).toBe('9.00')
    expect(await runs(id)).toMatchObject([{ refusal: 'treasury_short', payoutId: null }])
    // Who has set it up hears of it once.
    const told = (await one.core.deliveries.take('telegram', 100, 0)).filter(({ kind }) => kind === 'unpaid')
    expect(told).toMatchObject([
      { to: { id: by.id }, list: 'Crew', amount: '5.00', asset: 'CREDIT', refusal: 'treasury_short' },
    ])
    await fund(groupId, '1')
    await run(one.core, at('2026-12-07T12:00Z'))
    expect(await runs(id)).toMatchObject([{ refusal: 'treasury_short' }, { refusal: null }])
    expect(await treasury()).toBe('0.00')
  })

  test('pays nobody where nobody is left', async () => {
    const { make, runs, people } = await setting(['Ada'], '9')
    const id = await make({ amount: '5' }, at('2026-11-27T12:00Z'))
    await run(one.core, at('2026-12-01T12:00Z'), new Map(people.map(({ person }) => [person, false])))
    expect(await runs(id)).toMatchObject([{ refusal: 'standing_nobody', skipped: [{ why: 'left' }] }])
  })

  test('waits for approvals as any payout does', async () => {
    const { groupId, make, runs } = await setting(['Ada', 'Ben'], '100')
    const rules = await one.core.rules.of(groupId)
    await one.core.rules.save(groupId, { ...rules, approvals: { CREDIT: { above: '9', needs: 2 } } }, ADMIN)
    const id = await make({ amount: '5' }, at('2026-11-27T12:00Z'))
    await run(one.core, at('2026-12-01T12:00Z'))
    const [made] = await runs(id)
    const [payout] = await one.core.db
      .select()
      .from(payouts)
      .where(eq(payouts.id, String(made?.payoutId)))
    expect(payout).toMatchObject({ approvals: 2, approved: 0, standingId: id })
  })

  test('whose process ended in the middle goes on, and nothing is paid twice', async () => {
    const { make, treasury, runs } = await setting(['Ada', 'Ben', 'Cleo'], '100')
    const id = await make({ amount: '5' }, at('2026-11-27T12:00Z'))
    const due = at('2026-12-01T12:00Z')
    const { ledger } = one.core
    const dying = [
      withMembers(one.core, fails),
      {
        ...withMembers(one.core, async () => true),
        ledger: { ...ledger, submit: failsAfter(1, ledger.submit) },
      },
    ]
    for (const [index, dies] of dying.entries()) {
      const now = new Date(due.getTime() + index * 20 * 60_000)
      await runDue(dies, now)
      // It is not taken over at once, as its process may be slow.
      await run(other.core, now)
      expect(await runs(id)).toMatchObject([{ payoutId: null, refusal: null }])
    }
    await run(other.core, new Date(due.getTime() + HOUR))
    await resume(other.core)
    const [made] = await runs(id)
    expect(await runs(id)).toMatchObject([{ dueAt: at('2026-11-30T09:00Z'), refusal: null }])
    expect(await paidBy(made?.payoutId)).toHaveLength(3)
    expect(await treasury()).toBe('85.00')
  })

  test('rests while it is paused, is not made up for, and never comes again once it has ended', async () => {
    const { groupId, by, make, runs } = await setting(['Ada'], '100')
    const id = await make({ amount: '5' }, at('2026-11-27T12:00Z'))
    const set = (state: 'active' | 'paused' | 'ended', when: string) =>
      setStandingState(one.core, { groupId, by, id, state, at: at(when) })
    await set('paused', '2026-11-28T12:00Z')
    await run(one.core, at('2026-12-10T12:00Z'))
    await set('active', '2026-12-10T12:00Z')
    await run(one.core, at('2026-12-11T12:00Z'))
    expect(await runs(id)).toEqual([])
    await run(one.core, at('2026-12-14T12:00Z'))
    await set('ended', '2026-12-15T12:00Z')
    await run(one.core, at('2027-01-15T12:00Z'))
    expect(await runs(id)).toMatchObject([{ dueAt: at('2026-12-14T09:00Z') }])
    await expect(set('active', '2027-01-16T12:00Z')).rejects.toMatchObject({ code: 'standing_not_found' })
    const { items } = await one.core.trail.page(groupId, undefined, 10)
    expect(items.map(({ what }) => what).filter((what) => what.startsWith('standing'))).toEqual([
      'standing_ended',
      'standing_resumed',
      'standing_paused',
      'standing_made',
    ])
  })

  test('is changed from its next run on; what is due already stays due where its day and hour stay', async () => {
    const { groupId, by, make, change, runs, listId } = await setting(['Ada'], '100')
    const id = await make({ amount: '5' }, at('2026-11-27T12:00Z'))
    await change(id, { amount: '7' }, at('2026-11-30T09:30Z'))
    await run(one.core, at('2026-11-30T10:00Z'))
    const [made] = await runs(id)
    expect(await paidBy(made?.payoutId)).toMatchObject([{ amount: 700n }])
    await change(id, { amount: '7', every: 'month', day: 31, hour: 0 }, at('2026-12-01T12:00Z'))
    await run(one.core, at('2026-12-30T12:00Z'))
    expect(await runs(id)).toHaveLength(1)
    await run(one.core, at('2026-12-31T00:00Z'))
    expect((await runs(id))[1]).toMatchObject({ dueAt: at('2026-12-31T00:00Z') })
    const wrong = { groupId, by, id, terms: { ...WEEKLY, listId, amount: '-5' } }
    await expect(changeStanding(one.core, wrong)).rejects.toMatchObject({ code: 'invalid_amount' })
  })

  test('of a group that was joined to another one rests until it parts', async () => {
    const { groupId, make, runs } = await setting(['Ada'], '100')
    const root = await setting([], '1')
    const id = await make({ amount: '5' }, at('2026-11-27T12:00Z'))
    const join = (mergedInto: string | null) =>
      one.core.db.update(groups).set({ mergedInto }).where(eq(groups.id, groupId))
    await join(root.groupId)
    await run(one.core, at('2026-12-15T12:00Z'))
    expect(await runs(id)).toEqual([])
    await join(null)
    await run(one.core, at('2026-12-16T12:00Z'))
    expect(await runs(id)).toMatchObject([{ dueAt: at('2026-12-14T09:00Z') }])
  })

  test('follows the clock of its group where that moves to another zone', async () => {
    const { groupId, make, runs } = await setting(['Ada'], '100')
    const id = await make({ amount: '5' }, at('2026-11-27T12:00Z'))
    await zoneOf(groupId, 'Asia/Shanghai')
    await run(one.core, at('2026-11-30T02:00Z'))
    expect(await runs(id)).toMatchObject([{ dueAt: at('2026-11-30T09:00+08:00') }])
  })
})

describe('whatever admins do, and however long workers are away', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 900 }) }),
    fc.record({ do: fc.constantFrom('paused' as const, 'active' as const) }),
    fc.record({ do: fc.constant('change' as const), day: fc.integer({ min: 1, max: 7 }) }),
  )

  test('each due time in which it was active is made once, and only the last one of those that were missed', async () => {
    const { groupId, by, make, change, runs, treasury } = await setting(['Ada'], '999')
    const [a, b] = [one.core, other.core]
    let spent = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        let now = at('2026-11-27T12:00Z')
        const id = await make({ amount: '0.01', ...WEEKLY }, now)
        /** As it should be, by the calendar alone. */
        let rhythm: Rhythm = WEEKLY
        let active = true
        let next = nextDue(rhythm, now, 'UTC')
        const expected: Date[] = []
        for (const one of steps) {
          if (one.do === 'wait') {
            now = new Date(now.getTime() + one.hours * HOUR)
            await Promise.all([run(a, now), run(b, now)])
            if (active && next <= now) {
              expected.push(lastDue(rhythm, next, now, 'UTC'))
              next = nextDue(rhythm, now, 'UTC')
            }
          } else if (one.do === 'change') {
            await change(id, { amount: '0.01', day: one.day }, now)
            if (one.day !== rhythm.day) next = nextDue({ ...rhythm, day: one.day }, now, 'UTC')
            rhythm = { ...rhythm, day: one.day }
          } else {
            await setStandingState(b, { groupId, by, id, state: one.do, at: now })
            if (one.do === 'active' && !active) next = nextDue(rhythm, now, 'UTC')
            active = one.do === 'active'
          }
        }
        expect((await runs(id)).map(({ dueAt }) => dueAt)).toEqual(expected)
        spent += expected.length
        expect(await treasury()).toBe((999 - spent / 100).toFixed(2))
        await setStandingState(b, { groupId, by, id, state: 'ended', at: now })
      }),
      { numRuns: 12 },
    )
  })
})

type Known = KnownIdentity

const ADMIN = { messenger: 'telegram', id: '999' }
const WEEKLY = { every: 'week', day: 1, hour: 9 } as const
const at = (moment: string) => new Date(moment)
const fails = () => Promise.reject(new Error('The process ends here.'))

/** A function that does its work so many times, and then fails. */
function failsAfter<A extends unknown[], R>(times: number, works: (...args: A) => Promise<R>) {
  let left = times
  return (...args: A): Promise<R> => (left-- > 0 ? works(...args) : fails())
}

const run = (core: Core, now: Date, there: Map<string, boolean> = new Map()) =>
  runDue(
    withMembers(core, async (person) => there.get(person)),
    now,
  )

const withMembers = (core: Core, isMember: (person: string) => Promise<boolean | undefined>): Core => ({
  ...core,
  memberships: { ...core.memberships, isMember: (_, person) => isMember(person) },
})

/** A group with a list of people, and that much CREDIT in its treasury. */
async function setting(names: string[], amount: string, more: Member[] = []) {
  const { core } = one
  const groupId = await core.groups.meet({ messenger: 'telegram', id: `-${newId()}` })
  const by = await core.people.meet(newcomer('Root'))
  const people = await Promise.all(names.map((name) => core.people.meet(newcomer(name))))
  const members: Member[] = [...people.map(({ messenger, id }) => ({ messenger, id })), ...more]
  const listId = await makeList(core, { groupId, by, name: 'Crew', members })
  await fund(groupId, amount)
  return {
    groupId,
    by,
    people,
    members,
    listId,
    make: (terms: Partial<StandingTerms>, at: Date) =>
      makeStanding(core, { groupId, by, at, terms: { ...WEEKLY, listId, amount: '1', ...terms } }),
    change: (id: string, terms: Partial<StandingTerms>, at: Date) =>
      changeStanding(core, { groupId, by, at, id, terms: { ...WEEKLY, listId, amount: '1', ...terms } }),
    async treasury() {
      const [held] = await treasuryOf(core.db, groupId)
      return held && core.assets.formatted(held.balance, held.asset)
    },
    runs: (id: string) =>
      core.db
        .select()
        .from(standingRuns)
        .where(eq(standingRuns.standingId, id))
        .orderBy(asc(standingRuns.dueAt)),
  }
}

async function fund(groupId: string, amount: string): Promise<void> {
  const { core, client } = one
  const giver = newcomer('Giver')
  await client.issue(giver, amount)
  await contribute(core, { amount, from: giver, groupId })
}

async function zoneOf(groupId: string, timeZone: string): Promise<void> {
  for (const { core } of [one, other]) {
    const rules = await core.rules.of(groupId)
    await core.rules.save(groupId, { ...rules, timeZone }, ADMIN)
  }
}

/** Whom a payout has paid, in the order of its list. */
async function paidBy(payoutId: string | null | undefined) {
  const items = await one.core.db
    .select()
    .from(payoutItems)
    .where(eq(payoutItems.payoutId, String(payoutId)))
    .orderBy(asc(payoutItems.turn))
  for (const { outcome } of items) expect(outcome).toBe('made')
  return items.map(({ personId, amount }) => ({ person: personId, amount }))
}
