/** The operator's account in a bank of the single euro payments area. */
export interface EpcAccount {
  iban: string
  name: string
  bic: string | undefined
}

/** The most characters of what a transfer is for. */
const MOST_PURPOSE = 140

/**
 * The payload of a code by which a banking app fills in a transfer in euros (EPC069-12, version 002 of the format).
 * @param amount as a decimal string with two decimals
 * @param purpose comes back with the transfer
 */
export const epcOf = ({ iban, name, bic }: EpcAccount, amount: string, purpose: string): string =>
  [
    'BCD',
    '002',
    UTF_8,
    'SCT',
    bic ?? '',
    name,
    iban,
    `EUR${amount}`,
    '',
    '',
    purpose.slice(0, MOST_PURPOSE),
  ].join('\n')

const UTF_8 = '1'

/** Whether an IBAN has the shape and the check digits of one (ISO 13616). */
export function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z\d]{11,30}$/.test(text)) return false
  const digits = [...text.slice(4), ...text.slice(0, 4)].map((sign) => Number.parseInt(sign, 36)).join('')
  return BigInt(digits) % 97n === 1n
}
