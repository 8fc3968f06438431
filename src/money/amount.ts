import { Refusal } from '../shared/refusal.ts'
import { asTyped } from '../shared/text.ts'

/** What is passed along, such as a currency: its code, its decimals, and the rules for its transfers. */
export interface Asset {
  code: string
  /** Decimals: with 2 a minor unit is a hundredth. */
  scale: number
  /** Currency signs that mean this asset, such as `¥`. */
  symbols: string[]
  /** The most that one transfer may hold, in minor units. */
  maxTransfer: bigint
  /** The most that goes to whoever has the link, in minor units: above that somebody is named, or words open it. Unset: no such limit. */
  anyoneUpTo?: bigint
  /** Above that, in minor units, whoever wants to collect it waits for its sender's yes to them. Unset: nobody does. */
  confirmAbove?: bigint
  /** How long a transfer stays open, in seconds. */
  lifetime: number
  /** The only messenger whose people deal in it; unset: it belongs to none. */
  messenger?: string
}

/** The most minor units that one request may name, far below what the database can hold. */
const MAX_MINOR_UNITS = 10n ** 24n

/** What is longer is no amount, whatever it says. */
const MAX_TYPED = 80

/**
 * Reads an amount as people type it (`20`, `20.5`, `1.2k`, `¥20`, `２０`) into minor units, above zero.
 * What can be read in two ways (`1,50`, `1.234`) is refused, never guessed.
 * @throws Refusal invalid_amount | amount_ambiguous | too_many_decimals | amount_too_small
 */
export function parseAmount(typed: string, asset: Asset): bigint {
  const shown = asTyped(typed)
  if (typed.length > MAX_TYPED) throw new Refusal('invalid_amount', { typed: shown })
  const text = withoutSign(typed)
  const match = /^(\d{1,24})(?:([.,])(\d{1,24}))?(k|m)?$/i.exec(text)
  if (!match) {
    if (/^\d{1,3}([.,'\s]\d{3})+([.,]\d+)?$/.test(text))
      throw new Refusal('amount_ambiguous', { typed: shown })
    throw new Refusal('invalid_amount', { typed: shown })
  }
  const [, whole = '', point, fraction = '', unit] = match
  // A comma is a decimal point to half of the world and a thousands separator to the other half; so is a point before three
  // digits.
  if (point === ',' || (fraction.length === 3 && !unit && asset.scale < 3))
    throw new Refusal('amount_ambiguous', { typed: shown })

  const zeros = unit ? (unit.toLowerCase() === 'k' ? 3 : 6) : 0
  const digits = fraction.replace(/0+$/, '')
  const decimals = Math.max(0, digits.length - zeros)
  if (decimals > asset.scale || (!unit && fraction.length > asset.scale))
    throw new Refusal('too_many_decimals', { typed: shown, asset: asset.code, scale: asset.scale })
  const minor = BigInt(whole + digits.padEnd(zeros + asset.scale, '0'))
  if (minor === 0n) throw new Refusal('amount_too_small', { typed: shown })
  if (minor > MAX_MINOR_UNITS) throw new Refusal('invalid_amount', { typed: shown })
  return minor
}

/** Minor units as a decimal string with all decimals: `2000n` of scale 2 is `20.00`. */
export function formatAmount(minor: bigint, asset: { scale: number }): string {
  const sign = minor < 0n ? '-' : ''
  const digits = String(minor)
    .slice(sign.length)
    .padStart(asset.scale + 1, '0')
  const cut = digits.length - asset.scale
  return `${sign}${digits.slice(0, cut)}${asset.scale ? `.${digits.slice(cut)}` : ''}`
}

/** A plain decimal in minor units: `20.5` of scale 2 is `2050n`. What is finer than a minor unit is left out. */
export function minorUnitsOf(decimal: string, { scale }: { scale: number }): bigint {
  const [whole = '', fraction = ''] = decimal.split('.')
  return BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'))
}

/**
 * The asset that somebody means: by its code, by a currency sign in the amount, or else the first of those offered.
 * @param typed the amount as it was typed
 * @throws Refusal unknown_asset | asset_unclear
 */
export function chooseAsset(offered: Asset[], code: string | undefined, typed: string): Asset {
  const sign = signOf(typed)
  const signed = sign ? offered.filter((asset) => asset.symbols.includes(sign)) : []
  if (code !== undefined) {
    const named = offered.find((asset) => asset.code.toLowerCase() === code.toLowerCase())
    if (!named) throw new Refusal('unknown_asset', { asset: asTyped(code), assets: codes(offered) })
    if (signed.length > 0 && !signed.includes(named))
      throw new Refusal('asset_unclear', { assets: codes(offered) })
    return named
  }
  if (signed.length === 1) return signed[0] as Asset
  const [first] = offered
  if (!first) throw new Refusal('unknown_asset', { asset: '', assets: '' })
  // An unknown sign: with a single asset it can only mean that one; with several it would be a guess.
  if (sign && offered.length > 1) throw new Refusal('asset_unclear', { assets: codes(offered) })
  return first
}

const codes = (assets: Asset[]) => assets.map((asset) => asset.code).join(', ')
const sign = /\p{Sc}/u
const signOf = (typed: string) => sign.exec(asAscii(typed))?.[0]

/** One sign may stand before or after the number. Hebrew and Arabic keyboards add invisible direction marks. */
function withoutSign(typed: string): string {
  return asAscii(typed)
    .replace(DIRECTION_MARKS, '')
    .trim()
    .replace(/^\p{Sc}\s*|\s*\p{Sc}$/u, '')
}

/** U+202E is not among them, as it shows digits in reverse order. */
const DIRECTION_MARKS = /[\u061C\u200E\u200F\u202A-\u202C\u2066-\u2069]/g

/**
 * Chinese and Japanese keyboards type full-width digits and signs, and Arabic and Persian ones digits of their own with a decimal point
 * and a thousands separator that mean nothing else. Only these are normalised, as NFKC would also make 22 of `2²`.
 */
const asAscii = (text: string) =>
  text
    .replace(/[\uFF01-\uFF5E\uFFE0-\uFFE6]/g, (char) => char.normalize('NFKC'))
    .replace(/[\u0660-\u0669\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .replaceAll('\u066B', '.')
    .replaceAll('\u066C', "'")
