import { describe, expect, test } from 'vitest'
import { checkRules } from '../../src/groups/check-rules.ts'
import { type Asked, DEFAULT_RULES, GroupRules, whyRefused } from '../../src/groups/rules.ts'
import type { Asset } from '../../src/money/amount.ts'

const CREDIT: Asset = { code: 'CREDIT', scale: 2, symbols: [], maxTransfer: 2000_00n, lifetime: 86_400 }
const POINT: Asset = { ...CREDIT, code: 'POINT', scale: 0, maxTransfer: 100n }
const LIST = { id: '019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21' }

const asked: Asked = { asset: CREDIT, amount: 20_00n, isAdmin: false, isListed: false, sentToday: 0n }
const refusalOf = (rules: object, more: Partial<Asked> = {}) => {
  const refusal = whyRefused(GroupRules.parse(rules), { ...asked, ...more })
  return refusal && [refusal.code, refusal.details]
}

describe('a group’s rules', () => {
  test('refuse nothing where none is set', () => {
    expect(refusalOf({})).toBeUndefined()
    expect(refusalOf({}, { amount: 10n ** 20n, sentToday: 10n ** 20n })).toBeUndefined()
  })

  test('refuse everything where they are off, also of admins', () => {
    expect(refusalOf({ on: false }, { isAdmin: true, isListed: true })).toEqual(['group_off', {}])
  })

  test('let only admins send, or only people of a list', () => {
    expect(refusalOf({ senders: 'admins' })).toEqual(['group_admins_only', {}])
    expect(refusalOf({ senders: 'admins' }, { isListed: true })).toEqual(['group_admins_only', {}])
    expect(refusalOf({ senders: 'admins' }, { isAdmin: true })).toBeUndefined()
    const listed = { senders: { list: LIST.id } }
    expect(refusalOf(listed)).toEqual(['group_listed_only', {}])
    expect(refusalOf(listed, { isAdmin: true })).toEqual(['group_listed_only', {}])
    expect(refusalOf(listed, { isListed: true })).toBeUndefined()
  })

  test('limit a transfer of an asset, and no other asset', () => {
    const rules = { limits: { CREDIT: { transfer: '20.00' } } }
    expect(refusalOf(rules)).toBeUndefined()
    expect(refusalOf(rules, { amount: 20_01n })).toEqual([
      'group_transfer_limit',
      { max: '20.00', asset: 'CREDIT' },
    ])
    expect(refusalOf(rules, { asset: POINT, amount: 99n })).toBeUndefined()
  })

  test('limit what somebody sends on a day, with what they have sent before', () => {
    const rules = { limits: { CREDIT: { day: '50.00' } } }
    expect(refusalOf(rules, { sentToday: 30_00n })).toBeUndefined()
    expect(refusalOf(rules, { sentToday: 30_01n })).toEqual([
      'group_day_limit',
      { most: '50.00', sent: '30.01', asset: 'CREDIT' },
    ])
    const { sentToday: _, ...uncounted } = asked
    expect(whyRefused(GroupRules.parse(rules), { ...uncounted, amount: 60_00n })).toBeUndefined()
  })

  test('read amounts of assets without decimals', () => {
    const rules = { limits: { POINT: { transfer: '20', day: '30' } } }
    expect(refusalOf(rules, { asset: POINT, amount: 21n })?.[0]).toBe('group_transfer_limit')
    expect(refusalOf(rules, { asset: POINT, amount: 20n, sentToday: 10n })).toBeUndefined()
    expect(refusalOf(rules, { asset: POINT, amount: 20n, sentToday: 11n })?.[0]).toBe('group_day_limit')
  })
})

describe('rules that somebody fills in', () => {
  const check = (rules: object) => checkRules(GroupRules.parse(rules), [CREDIT, POINT], [LIST])
  const faultsOf = (rules: object) => check(rules).faults.map(({ field, refusal }) => [field, refusal.code])

  test('are brought into their usual form', () => {
    const { rules, faults } = check({
      limits: { CREDIT: { transfer: '1.2k', day: '１５００' }, POINT: {} },
      approvals: { CREDIT: { above: '0', needs: 2 } },
      timeZone: 'asia/kolkata',
      asset: 'POINT',
      senders: { list: LIST.id },
    })
    expect(faults).toEqual([])
    expect(rules).toEqual({
      ...DEFAULT_RULES,
      limits: { CREDIT: { transfer: '1200.00', day: '1500.00' } },
      approvals: { CREDIT: { above: '0.00', needs: 2 } },
      timeZone: 'Asia/Kolkata',
      asset: 'POINT',
      senders: { list: LIST.id },
    })
  })

  test('have all their faults named, each by its field', () => {
    expect(
      faultsOf({
        limits: { CREDIT: { transfer: '2000', day: 'much' }, DOGE: { day: '1' } },
        approvals: { POINT: { above: '1.5', needs: 1 } },
        timeZone: 'Asia/Nowhere',
        asset: 'credit',
        senders: { list: crypto.randomUUID() },
      }),
    ).toEqual([
      ['limits.CREDIT.transfer', 'limit_too_large'],
      ['limits.CREDIT.day', 'invalid_amount'],
      ['limits.DOGE.day', 'unknown_asset'],
      ['approvals.POINT.above', 'too_many_decimals'],
      ['senders', 'list_not_found'],
      ['asset', 'unknown_asset'],
      ['timeZone', 'unknown_time_zone'],
    ])
  })

  test('have a limit for a transfer below the asset’s own', () => {
    expect(faultsOf({ limits: { CREDIT: { transfer: '1999.99' } } })).toEqual([])
    expect(faultsOf({ limits: { CREDIT: { transfer: '2000' } } })).toEqual([
      ['limits.CREDIT.transfer', 'limit_too_large'],
    ])
    expect(faultsOf({ limits: { CREDIT: { day: '2000' } } })).toEqual([])
  })

  test.each(['+08:00', '', ' ', 'Etc', '../etc/passwd', 'UTC\n'])('have no time zone %j', (timeZone) => {
    expect(faultsOf({ timeZone })).toEqual([['timeZone', 'unknown_time_zone']])
  })

  test.each([
    ['no whole hours', { hours: 1.5 }],
    ['no time at all', { hours: 0 }],
    ['more than a year', { hours: 365 * 24 + 1 }],
    ['no approval', { approvals: { CREDIT: { above: '1', needs: 0 } } }],
    ['six approvals', { approvals: { CREDIT: { above: '1', needs: 6 } } }],
    ['a language that we don’t speak', { language: 'tlh' }],
    ['a rule that there is not', { surprise: true }],
  ])('can’t have %s', (_what, rules) => {
    expect(GroupRules.safeParse(rules).success).toBe(false)
  })
})
