import { decode } from 'emvqr'
import { describe, expect, test } from 'vitest'
import { codesOf } from '../../src/asks/codes.ts'
import { crcOf, EmvTemplate, emvcoOf } from '../../src/asks/emvco.ts'
import { epcOf, isIban } from '../../src/asks/epc.ts'
import type { AskView } from '../../src/asks/view.ts'

/** The sample of EMVCo's specification, 1.1. */
const SAMPLE =
  '00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A'

const template = EmvTemplate.parse({
  asset: 'CNY',
  currency: '156',
  country: 'CN',
  category: '4111',
  name: 'BEST TRANSPORT',
  city: 'BEIJING',
  local: { language: 'ZH', name: '最佳运输', city: '北京' },
  // In whatever order they are written.
  accounts: {
    31: { '03': '12345678', '00': 'D15600000001' },
    29: { '00': 'D15600000000', '05': 'A93FO3230Q' },
  },
})
const codeOf = (amount = '23.72', reference = 'order-4711') => emvcoOf(template, amount, reference) ?? ''

describe('An EMVCo code', () => {
  test('has the checksum that the specification has for its sample, over the bytes of its Chinese names', () => {
    const bytes = Buffer.from(SAMPLE.slice(0, -4))
    expect(crcOf(bytes).toString(16)).toBe('a13a')
    // The check value of CRC-16/CCITT-FALSE, as catalogues of such sums list it.
    expect(crcOf(Buffer.from('123456789')).toString(16)).toBe('29b1')
    expect(decode(SAMPLE)['63']?.data).toBe('A13A')
  })

  test('reads back, by somebody else’s decoder, as what it was made of', () => {
    const read = decode(codeOf())
    const data = (id: string) => read[id]?.data
    expect([data('00'), data('01'), data('54'), data('59'), data('60')]).toEqual([
      '01',
      '12',
      '23.72',
      'BEST TRANSPORT',
      'BEIJING',
    ])
    expect([data('52'), data('53'), data('58')]).toEqual([
      expect.stringMatching(/^4111/),
      expect.stringMatching(/^156/),
      expect.stringMatching(/^CN/),
    ])
    expect(data('29')).toMatchObject({ '00': { data: 'D15600000000' }, '05': { data: 'A93FO3230Q' } })
    expect(data('31')).toMatchObject({ '00': { data: 'D15600000001' }, '03': { data: '12345678' } })
    expect(data('62')).toMatchObject({ '05': { data: 'order-4711' } })
    // Lengths count characters, as in the sample.
    expect(data('64')).toBe('0002ZH0104最佳运输0202北京')
    expect(codeOf()).toContain('64200002ZH0104最佳运输0202北京6304')
    expect(() => decode(codeOf().replace('23.72', '23.73'))).toThrow()
  })

  test('has four digits of checksum also where it begins with zeros', () => {
    const codes = Array.from({ length: 3000 }, (_, n) => codeOf(`${n}.00`))
    const small = codes.filter((code) => /6304000?[^0]/.test(code.slice(-8)))
    expect(small.length).toBeGreaterThan(5)
    for (const code of codes) {
      expect(code).toMatch(/6304[\dA-F]{4}$/)
      // What is followed by its own checksum has none.
      expect(crcOf(Buffer.concat([Buffer.from(code.slice(0, -4)), Buffer.from(code.slice(-4), 'hex')]))).toBe(
        0,
      )
    }
  })

  test('there is none of an amount that is too long for it', () => {
    expect(emvcoOf(template, '12345678901.50', 'x')).toBeUndefined()
  })

  test.each([
    { currency: 'CNY' },
    { country: 'China' },
    { category: '41' },
    { name: '最佳运输' },
    { name: 'x'.repeat(26) },
    { city: 'x'.repeat(16) },
    { accounts: {} },
    { accounts: { 25: { '00': 'A' } } },
    { accounts: { 29: { '05': 'no name of a system' } } },
    { accounts: { 29: { '00': 'x'.repeat(99) } } },
    { more: 1 },
  ])('is made of no template with %j', (wrong) => {
    expect(EmvTemplate.safeParse({ ...template, ...wrong }).success).toBe(false)
  })
})

test('an EPC code has its lines in order, the BIC or none, and what comes back with the transfer', () => {
  const account = { iban: 'DE89370400440532013000', name: 'Shop Ltd', bic: undefined }
  expect(epcOf(account, '12.50', 'order-4711').split('\n')).toEqual([
    'BCD',
    '002',
    '1',
    'SCT',
    '',
    'Shop Ltd',
    'DE89370400440532013000',
    'EUR12.50',
    '',
    '',
    'order-4711',
  ])
  expect(epcOf({ ...account, bic: 'COBADEFFXXX' }, '12.50', 'x').split('\n')[4]).toBe('COBADEFFXXX')
})

test('an IBAN has check digits', () => {
  for (const iban of ['DE89370400440532013000', 'GB82WEST12345698765432', 'NO9386011117947'])
    expect(isIban(iban)).toBe(true)
  for (const wrong of ['DE89370400440532013001', 'DE98370400440532013000', 'DE89', '89DE370400440532013000'])
    expect(isIban(wrong)).toBe(false)
})

describe('The codes of an ask', () => {
  const epc = { iban: 'DE89370400440532013000', name: 'Shop Ltd', bic: undefined }
  const settings = { emvTemplates: new Map([['CNY', template]]), epc }
  const ask = { id: '019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21', kind: 'request', state: 'open' } as AskView
  const asked = { ...ask, asset: 'CNY', total: '1.00', reference: 'order-4711' }

  test('name it by its reference, or by as much of its id as there is room for', () => {
    const referenceIn = (reference: string | null) => {
      const { data } = decode(codesOf(settings, { ...asked, reference }).emvco ?? '')['62'] ?? {}
      return (data as Record<string, { data: string }>)['05']?.data
    }
    expect(referenceIn('order-4711')).toBe('order-4711')
    for (const none of [null, '订单', 'x'.repeat(26)])
      expect(referenceIn(none)).toBe('019ab1932bc77cd18f4e6a0d5')
    expect(codesOf(settings, { ...asked, asset: 'EUR' }).epc).toMatch(/EUR1\.00\n\n\norder-4711$/)
    expect(codesOf(settings, { ...asked, asset: 'EUR', reference: null }).epc).toContain(ask.id)
  })

  test('are there as far as they are set up for its asset, and while it can be paid', () => {
    const none = { emvco: null, epc: null }
    expect(codesOf({ emvTemplates: new Map(), epc: undefined }, asked)).toEqual(none)
    expect(codesOf(settings, { ...asked, asset: 'POINT' })).toEqual(none)
    for (const state of ['paid', 'ended', 'expired'] as const)
      expect(codesOf(settings, { ...asked, state })).toEqual(none)
  })
})
