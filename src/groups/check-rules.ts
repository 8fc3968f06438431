import { type Asset, formatAmount, parseAmount } from '../money/amount.ts'
import { Refusal } from '../shared/refusal.ts'
import { asTyped } from '../shared/text.ts'
import { zoneNamed } from '../shared/zones.ts'
import { DEFAULT_RULES, type GroupRules } from './rules.ts'

/** A rule that was filled in wrongly. */
export interface RuleFault {
  /** `limits.CREDIT.day` */
  field: string
  refusal: Refusal
}

/**
 * Rules with their amounts and time zone in the usual form, and all faults in them.
 * @param assets that the group's people deal in
 * @param lists those that the group keeps
 */
export function checkRules(
  given: GroupRules,
  assets: Asset[],
  lists: { id: string }[],
): { rules: GroupRules; faults: RuleFault[] } {
  const faults: RuleFault[] = []
  /** What `read` returns; undefined where it refuses. */
  const tried = <T>(field: string, read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      faults.push({ field, refusal: error })
      return undefined
    }
  }

  const limits = Object.entries(given.limits).map(([code, { transfer, day }]) => {
    const read = (name: string, typed: string | undefined, how: (typed: string, asset: Asset) => string) =>
      typed && tried(`limits.${code}.${name}`, () => how(typed, assetNamed(code, assets)))
    return [
      code,
      { transfer: read('transfer', transfer, transferLimit), day: read('day', day, usual) },
    ] as const
  })
  const approvals = Object.entries(given.approvals).map(([code, { above, needs }]) => {
    const read = tried(`approvals.${code}.above`, () => usualOrZero(above, assetNamed(code, assets)))
    return [code, { above: read ?? above, needs }] as const
  })
  const { senders } = given
  if (typeof senders === 'object' && !lists.some(({ id }) => id === senders.list))
    faults.push({ field: 'senders', refusal: new Refusal('list_not_found') })
  const asset = given.asset && tried('asset', () => assetNamed(given.asset as string, assets).code)
  const timeZone = tried('timeZone', () => zoneOf(given.timeZone)) ?? DEFAULT_RULES.timeZone
  return {
    rules: {
      ...given,
      limits: Object.fromEntries(limits.filter(([, { transfer, day }]) => transfer ?? day)),
      approvals: Object.fromEntries(approvals),
      asset,
      timeZone,
    },
    faults,
  }
}

function assetNamed(typed: string, assets: Asset[]): Asset {
  const asset = assets.find(({ code }) => code === typed)
  if (asset) return asset
  throw new Refusal('unknown_asset', {
    asset: asTyped(typed),
    assets: assets.map(({ code }) => code).join(', '),
  })
}

const usual = (typed: string, asset: Asset) => formatAmount(parseAmount(typed, asset), asset)

const usualOrZero = (typed: string, asset: Asset) =>
  /^\s*0+(\.0*)?\s*$/.test(typed) ? formatAmount(0n, asset) : usual(typed, asset)

function transferLimit(typed: string, asset: Asset): string {
  const limit = parseAmount(typed, asset)
  if (limit < asset.maxTransfer) return formatAmount(limit, asset)
  throw new Refusal('limit_too_large', {
    max: formatAmount(asset.maxTransfer, asset),
    asset: asset.code,
  })
}

function zoneOf(typed: string): string {
  const zone = zoneNamed(typed)
  if (zone) return zone
  throw new Refusal('unknown_time_zone', { typed: asTyped(typed) })
}
