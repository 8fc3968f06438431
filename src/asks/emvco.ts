import { z } from 'zod'

/** The most characters of a field. */
const MOST = 99

/** Printable characters of ASCII, which are all that most fields may have (EMVCo, QR Code Specification for Payment Systems, Merchant-Presented Mode 1.1). */
const plain = (most: number) =>
  z.string().regex(new RegExp(`^[ -~]{1,${most}}$`), { error: `must have 1 to ${most} characters of ASCII` })
const local = (most: number) =>
  z.string().refine((text) => lengthOf(text) > 0 && lengthOf(text) <= most, {
    error: `must have 1 to ${most} characters`,
  })
const DIGITS_2 = z.string().regex(/^\d\d$/, { error: 'must be two digits' })

/** An account of the merchant in one payment system: its fields by their two digits, with the name of the system in `00`. */
const Account = z
  .record(DIGITS_2, plain(MOST))
  .refine((fields) => fields['00'] !== undefined, { error: 'must have 00, the name of the payment system' })
  .refine((fields) => lengthOf(templateOf(fields)) <= MOST, { error: `must have ${MOST} characters at most` })

/** What the operator's codes of one asset say, besides the amount and the order. */
export const EmvTemplate = z.strictObject({
  asset: z.string(),
  /** ISO 4217, by its number: `156`. */
  currency: z.string().regex(/^\d{3}$/, { error: 'must be the three digits that ISO 4217 has for it' }),
  /** ISO 3166: `CN`. */
  country: z.string().regex(/^[A-Z]{2}$/, { error: 'must be the two letters that ISO 3166 has for it' }),
  /** Merchant category code, ISO 18245. */
  category: z.string().regex(/^\d{4}$/, { error: 'must be the four digits that ISO 18245 has for it' }),
  name: plain(25),
  city: plain(15),
  /** The same in the language of the place: `ZH`. */
  local: z
    .strictObject({ language: z.string().regex(/^[A-Z]{2}$/), name: local(25), city: local(15).optional() })
    .optional(),
  /** By the number of their template, 26 to 51. */
  accounts: z
    .record(z.string().regex(/^(2[6-9]|[34]\d|5[01])$/, { error: 'must be a number from 26 to 51' }), Account)
    .refine((accounts) => Object.keys(accounts).length > 0, { error: 'must have one at least' }),
})
export type EmvTemplate = z.output<typeof EmvTemplate>

/** The most characters of an amount, and of a reference. */
const MOST_AMOUNT = 13
const MOST_REFERENCE = 25

/**
 * The payload of a merchant-presented code that is good for one payment. Lengths count characters, and the checksum is of their bytes in UTF-8.
 * @param amount as a decimal string
 * @param reference what comes back with the payment; only what has 25 characters of ASCII at most can
 * @returns undefined where the amount is longer than such a code can say
 */
export function emvcoOf(
  { currency, country, category, name, city, local, accounts }: EmvTemplate,
  amount: string,
  reference: string,
): string | undefined {
  if (amount.length > MOST_AMOUNT) return undefined
  const payload = templateOf({
    '00': '01',
    '01': '12',
    ...Object.fromEntries(Object.entries(accounts).map(([id, fields]) => [id, templateOf(fields)])),
    '52': category,
    '53': currency,
    '54': amount,
    '58': country,
    '59': name,
    '60': city,
    '62': templateOf({ '05': reference }),
    ...(local && {
      '64': templateOf({ '00': local.language, '01': local.name, ...(local.city && { '02': local.city }) }),
    }),
  })
  const checked = `${payload}6304`
  return checked + crcOf(Buffer.from(checked)).toString(16).toUpperCase().padStart(4, '0')
}

/** Whether such a code can carry a reference as it is. */
export const fitsReference = (reference: string): boolean =>
  plain(MOST_REFERENCE).safeParse(reference).success

/** Fields one after another, in the order of their numbers, each with its length. */
const templateOf = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, value]) => id + String(lengthOf(value)).padStart(2, '0') + value)
    .join('')

const lengthOf = (text: string): number => [...text].length

/** CRC-16 with the polynomial 1021 and the start value FFFF (ISO/IEC 13239 names them so). */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1
  }
  return crc
}
