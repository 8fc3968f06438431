import { formatAmount, minorUnitsOf } from '../money/amount.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Command, Transfer, Which } from './commands.ts'

/** What the token of a program is held to. Amounts are decimal strings, and hold in each asset. */
export interface Bounds {
  /** The token's name. */
  token: string
  /** The only asset that it deals in. */
  asset?: string | undefined
  /** The most in one transfer. */
  perTransfer?: string | undefined
  /** The most that it sends on a day, by UTC; what comes back counts all the same. */
  perDay?: string | undefined
}

/** What the rules of bounds look at. */
interface State {
  transferOf(which: Which): Transfer | undefined
  /** What a token has sent of an asset on this day, in minor units. */
  sentToday(token: string, asset: string): bigint
}

/**
 * Why a command is out of bounds; undefined where it is not. What a payout pays was looked at when it was made, and a transfer whose time is over goes
 * back whoever asks.
 */
export function whyOutOfBounds(state: State, command: Command, bounds: Bounds): Refusal | undefined {
  if (command.do === 'return') return undefined
  if (!('draft' in command)) {
    const transfer = state.transferOf(command.which)
    return transfer && whyOtherAsset(transfer.asset, bounds)
  }
  const { asset, amount, payoutId } = command.draft
  if (payoutId) return undefined
  return whyTooMuch(state.sentToday(bounds.token, asset.code), { asset, amount }, bounds)
}

/** Why an amount is too much for a token that has sent so much on this day, in minor units, or is of another asset; undefined where it is not. */
export function whyTooMuch(
  sent: bigint,
  { asset, amount }: { asset: { code: string; scale: number }; amount: bigint },
  bounds: Bounds,
): Refusal | undefined {
  const other = whyOtherAsset(asset.code, bounds)
  if (other) return other
  const [perTransfer, perDay] = [mostOf(bounds.perTransfer, asset), mostOf(bounds.perDay, asset)]
  if (perTransfer !== undefined && amount > perTransfer)
    return new Refusal('token_transfer_limit', {
      most: formatAmount(perTransfer, asset),
      asset: asset.code,
    })
  if (perDay !== undefined && sent + amount > perDay)
    return new Refusal('token_day_limit', {
      most: formatAmount(perDay, asset),
      sent: formatAmount(sent, asset),
      asset: asset.code,
    })
  return undefined
}

/** In minor units. */
export const mostOf = (limit: string | undefined, asset: { scale: number }): bigint | undefined =>
  limit === undefined ? undefined : minorUnitsOf(limit, asset)

/** Why a token does not deal in an asset; undefined where it does. */
export const whyOtherAsset = (code: string, { asset }: Bounds): Refusal | undefined =>
  asset === undefined || asset === code
    ? undefined
    : new Refusal('not_allowed_by_token', { scope: `--for ${code}` })
