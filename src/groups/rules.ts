import { z } from 'zod'
import { type Asset, formatAmount } from '../money/amount.ts'
import { LANGUAGES } from '../shared/language.ts'
import { Refusal } from '../shared/refusal.ts'

const code = z.string().min(1).max(20).meta({ example: 'CREDIT' })
const amount = z.string().min(1).max(80).meta({ example: '50.00' })

/** A group's rules, as they are stored and as the API gets them; what is left out is the default. Amounts are decimal strings. */
export const GroupRules = z.strictObject({
  /** Off: nobody sends anything in the group. */
  on: z.boolean().default(true),
  /** Who may send: of a list, those who are on it. */
  senders: z
    .union([z.enum(['everybody', 'admins']), z.strictObject({ list: z.uuid() })])
    .default('everybody'),
  /** By asset, the most that a transfer may hold, and that one person may send on one day in the group's time zone. */
  limits: z.record(code, z.strictObject({ transfer: amount.optional(), day: amount.optional() })).default({}),
  /** What is meant where nobody names an asset. */
  asset: code.optional(),
  /** Of what the bot posts in the group's chats. */
  language: z.enum(LANGUAGES).optional(),
  /** An IANA name: `Asia/Shanghai`. */
  timeZone: z.string().max(64).default('UTC').meta({ example: 'Asia/Shanghai' }),
  /** How long its transfers stay open; a year at most. */
  hours: z
    .int()
    .min(1)
    .max(365 * 24)
    .optional(),
  /** By asset, how many admins have to approve a payout of more than an amount. */
  approvals: z.record(code, z.strictObject({ above: amount, needs: z.int().min(1).max(5) })).default({}),
})
export type GroupRules = z.output<typeof GroupRules>

/** The rules of a group that has set none. */
export const DEFAULT_RULES: GroupRules = GroupRules.parse({})

/** A transfer that somebody wants to make in a group. */
export interface Asked {
  asset: Pick<Asset, 'code' | 'scale'>
  /** Minor units. */
  amount: bigint
  /** Whether the sender is an admin; and whether they are on the list of those who may send. */
  isAdmin: boolean
  isListed: boolean
  /** What the sender has sent there before on that day, in minor units. Left out where the ledger counts it. */
  sentToday?: bigint
}

/** Why a group's rules refuse a transfer, if they do. Pure, as rules are rehearsed by it, too. */
export function whyRefused(
  rules: GroupRules,
  { asset, amount, isAdmin, isListed, sentToday }: Asked,
): Refusal | undefined {
  if (!rules.on) return new Refusal('group_off')
  if (rules.senders === 'admins' && !isAdmin) return new Refusal('group_admins_only')
  if (typeof rules.senders === 'object' && !isListed) return new Refusal('group_listed_only')
  const { transfer, day } = limitsOf(rules, asset)
  const inWords = (minor: bigint) => formatAmount(minor, asset)
  if (transfer !== undefined && amount > transfer)
    return new Refusal('group_transfer_limit', { max: inWords(transfer), asset: asset.code })
  if (day !== undefined && sentToday !== undefined && sentToday + amount > day)
    return new Refusal('group_day_limit', {
      most: inWords(day),
      sent: inWords(sentToday),
      asset: asset.code,
    })
  return undefined
}

/** The limits for an asset, in minor units. */
export function limitsOf(
  { limits }: GroupRules,
  asset: Pick<Asset, 'code' | 'scale'>,
): { transfer: bigint | undefined; day: bigint | undefined } {
  const { transfer, day } = limits[asset.code] ?? {}
  return { transfer: minorUnits(transfer, asset), day: minorUnits(day, asset) }
}

/** How many other admins have to approve a payout of so many minor units. */
export function approvalsFor(
  { approvals }: GroupRules,
  asset: Pick<Asset, 'code' | 'scale'>,
  total: bigint,
): number {
  const { above, needs = 0 } = approvals[asset.code] ?? {}
  return total > (minorUnits(above, asset) ?? 0n) ? needs : 0
}

/** A stored amount has all decimals of its asset. */
const minorUnits = (amount: string | undefined, { scale }: { scale: number }) => {
  if (amount === undefined) return undefined
  const [whole = '', decimals = ''] = amount.split('.')
  return BigInt(whole + decimals.padEnd(scale, '0'))
}
