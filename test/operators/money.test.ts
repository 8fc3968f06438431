import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { circulationOf } from '../../src/operators/circulation.ts'
import { type IssuesAsked, issueAll, issuesOf, planIssues } from '../../src/operators/issues.ts'
import { findPeople, hold } from '../../src/operators/people.ts'
import { takeBack } from '../../src/operators/take-back.ts'
import { newcomer, openTestCore, type Person, rich } from '../support/service.ts'

const { core, client, close } = await openTestCore()
afterAll(close)

const by = { messenger: 'telegram', id: '1' }
const keyOf = ({ messenger, id }: Person) => `${messenger}:${id}`
const trailed = async () => (await core.trail.page(null, undefined, 1)).items[0]
const personOf = async ({ messenger, id }: Person) => (await core.people.meet({ messenger, id })).person

test('what is in circulation adds up to zero with the issuer, wherever the money is', async () => {
  const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
  const { code } = await client.send(ada, '30')
  await client.send(ada, '12.50')
  await client.collect(code, ben)
  await client.post('/v1/issues', { from: ben, amount: '7' })
  const circulation = await circulationOf(core.db)
  const credit = circulation.find(({ asset }) => asset === 'CREDIT')
  expect(credit).toEqual({
    asset: 'CREDIT',
    issued: 200_00n,
    withdrawn: 7_00n,
    people: 180_50n,
    treasuries: 0n,
    open: 12_50n,
    openTransfers: 1,
  })
  for (const { issued, withdrawn, people, treasuries, open } of circulation)
    expect(issued - withdrawn).toBe(people + treasuries + open)
})

describe('issues from a list', () => {
  const asked = (
    rows: [who: string, amount: string, reason?: string][],
    more: Partial<IssuesAsked> = {},
  ): IssuesAsked => ({
    direction: 'in',
    rows: rows.map(([who, amount, reason], index) => ({ line: index + 1, who, amount, reason })),
    reason: 'allowance',
    key: randomUUID(),
    by,
    ...more,
  })

  test('are checked whole, and all that is wrong is named', async () => {
    const ada = newcomer('Ada')
    const list = asked([
      [keyOf(ada), '5'],
      ['@nobody', '5'],
      [keyOf(ada), 'five'],
      ['telegram:ben', '5'],
    ])
    const { planned, faults } = await planIssues(core, list)
    expect(planned).toEqual([])
    expect(faults.map(({ line, refusal }) => [line, refusal.code])).toEqual([
      [2, 'unknown_person'],
      [3, 'invalid_amount'],
      [4, 'not_a_person'],
    ])
    expect(await client.balance(ada)).toBe('0.00')
  })

  test('move each row once, however often the same rows come again, and say what they are for', async () => {
    const [ada] = await rich(client, '1', newcomer('Ada'))
    const ben = newcomer('Ben')
    const list = asked([
      [`@${ada.handle}`, '5', 'prize'],
      [keyOf(ben), '6'],
      [keyOf(ada), '7'],
    ])
    const { planned, faults } = await planIssues(core, list)
    expect(faults).toEqual([])
    expect(planned.map(({ rehearsed }) => rehearsed.balance)).toEqual([6_00n, 6_00n, 13_00n])
    const first = await issueAll(core, list, planned)
    const again = await issueAll(core, list, planned)
    expect([first, again].map((run) => run.map((one) => 'before' in one && one.before))).toEqual([
      [false, false, false],
      [true, true, true],
    ])
    expect([await client.balance(ada), await client.balance(ben)]).toEqual(['13.00', '6.00'])
    const { items } = await client.history(ada)
    expect(items.map(({ transfer }) => transfer.note)).toEqual(['allowance', 'prize', null])
    expect(await trailed()).toMatchObject({
      what: 'issue',
      by,
      details: { people: 3, sums: { CREDIT: '18.00' }, reason: 'allowance', key: list.key },
    })
  })

  test('withdraw no more than is there, counting the rows before', async () => {
    const [ada] = await rich(client, '10', newcomer('Ada'))
    const list = asked(
      [
        [keyOf(ada), '6'],
        [keyOf(ada), '6'],
      ],
      { direction: 'out' },
    )
    const { faults } = await planIssues(core, list)
    expect(faults).toMatchObject([{ line: 2, refusal: { code: 'insufficient_funds' } }])
    expect(await client.balance(ada)).toBe('10.00')
  })
})

describe('what was issued wrongly', () => {
  test('is taken back once, with a reason, and shows so in the list of issues', async () => {
    const ada = newcomer('Ada')
    const { id } = await client.issue(ada, '50')
    expect(await takeBack(core, { id, reason: 'typo', by })).toEqual({
      asset: 'CREDIT',
      taken: 50_00n,
      missing: 0n,
    })
    expect(await client.balance(ada)).toBe('0.00')
    expect(await trailed()).toMatchObject({
      what: 'take back',
      details: { issue: id, amount: '50.00', reason: 'typo' },
    })
    await client.issue(ada, '80')
    await expect(takeBack(core, { id, reason: 'typo', by })).rejects.toMatchObject({
      code: 'taken_back_before',
      details: { amount: '50.00' },
    })
    const { items } = await issuesOf(core.db, await personOf(ada), undefined, 10)
    expect(items.map(({ direction, takenBack }) => [direction, takenBack])).toEqual([
      ['in', undefined],
      ['out', undefined],
      ['in', 50_00n],
    ])
  })

  test('is taken back as far as it is still there', async () => {
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    const { id } = await client.issue(ada, '50')
    const { code } = await client.send(ada, '30')
    await client.collect(code, ben)
    expect(await takeBack(core, { id, reason: 'typo', by })).toMatchObject({ taken: 20_00n, missing: 30_00n })
    const other = await client.issue(ben, '5')
    await client.send(ben, '35')
    await expect(takeBack(core, { id: other.id, reason: 'typo', by })).rejects.toMatchObject({
      code: 'insufficient_funds',
    })
  })

  test('is not taken from what others have sent, where it was withdrawn already', async () => {
    const [ben] = await rich(client, '40', newcomer('Ben'))
    const ada = newcomer('Ada')
    const { id } = await client.issue(ada, '50')
    await client.post('/v1/issues', { from: ada, amount: '45' })
    const { code } = await client.send(ben, '40')
    await client.collect(code, ada)
    expect(await takeBack(core, { id, reason: 'typo', by })).toMatchObject({ taken: 5_00n, missing: 45_00n })
    expect(await client.balance(ada)).toBe('40.00')
  })

  test('is taken back from somebody on hold, too', async () => {
    const ada = newcomer('Ada')
    const { id } = await client.issue(ada, '50')
    await hold(core, { whose: await core.people.meet(ada), hold: 'all', reason: 'thief', by })
    expect(await takeBack(core, { id, reason: 'typo', by })).toMatchObject({ taken: 50_00n })
  })

  test('by many at once is taken back once', async () => {
    const ada = newcomer('Ada')
    const { id } = await client.issue(ada, '50')
    await client.issue(ada, '500')
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => takeBack(core, { id, reason: 'typo', by })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'taken_back_before' })
    expect(await client.balance(ada)).toBe('500.00')
  })

  test('is an issue: no other transfer is taken back', async () => {
    const [ada] = await rich(client, '40', newcomer('Ada'))
    const { id } = await client.send(ada, '10', { to: newcomer('Ben') })
    for (const other of [id, randomUUID()])
      await expect(takeBack(core, { id: other, reason: 'typo', by })).rejects.toMatchObject({
        code: 'transfer_not_found',
      })
  })
})

test('people are found by handle, name, first name, id, or messenger and id, each once', async () => {
  const ada = { messenger: 'telegram', id: '777001', name: 'Ada Lovelace', handle: 'countess' }
  await client.issue(ada, '1')
  for (const words of ['countess', '@Countess', 'ada LOVELACE', '777001', 'telegram:777001', ' countess '])
    expect((await findPeople(core.db, words)).map(({ id }) => id)).toEqual(['777001'])
  expect(await findPeople(core.db, 'ada')).toContainEqual(expect.objectContaining({ id: '777001' }))
  expect(await findPeople(core.db, 'discord:777001')).toEqual([])
})

test('somebody on hold neither sends nor collects, and goes on once they are free; the trail says who did it, and why', async () => {
  const [ada] = await rich(client, '40', newcomer('Ada'))
  const whose = await core.people.meet(ada)
  await hold(core, { whose, hold: 'all', reason: 'stolen phone', by })
  await expect(client.send(ada, '1')).rejects.toMatchObject({ code: 'on_hold' })
  expect(await trailed()).toMatchObject({
    what: 'hold',
    by,
    details: { person: keyOf(ada), hold: 'all', reason: 'stolen phone' },
  })
  await hold(core, { whose, hold: null, reason: 'has it again', by })
  await client.send(ada, '1')
})
