import { type AccountRef, accountOf, ISSUER } from '../../../src/ledger/accounts.ts'
import type { Actor, Hold } from '../../../src/ledger/commands.ts'
import type { Asset } from '../../../src/money/amount.ts'
import type { Random } from './random.ts'

/** Who is there, what they deal in, and what may happen next: by chance, without a look at what has happened. */

const CREDIT: Asset = {
  code: 'CREDIT',
  scale: 2,
  symbols: [],
  maxTransfer: 300n,
  confirmAbove: 180n,
  lifetime: 60,
}
/** The one messenger's alone, where nothing else is dealt in. */
const GAME: Asset = {
  code: 'GAME',
  scale: 0,
  symbols: [],
  maxTransfer: 900n,
  anyoneUpTo: 250n,
  lifetime: 5,
  messenger: 'discord',
}
export const ASSETS = [CREDIT, GAME]

/** Two deal in the first asset alone, two in the second, one in both; of one the handle isn't told, and one has none. The last acts for a group. */
export const PEOPLE: Actor[] = [[CREDIT], [CREDIT], [GAME], [GAME], ASSETS, ASSETS].map((held, index) => ({
  owner: { kind: index === 5 ? 'group' : 'person', id: `owner ${index}` },
  ...(index !== 1 && { handle: index === 3 ? null : `telegram:handle${index}` }),
  assets: new Set(held.map(({ code }) => code)),
  ...(index % 3 !== 2 && { isAmong: index % 3 === 0 }),
}))

/** Acts for the group: its account is the treasury. */
export const TREASURER = PEOPLE.at(-1) as Actor

/** Two groups whose books are kept as one, and one that is by itself. */
export const BOOKS = new Map([
  ['group 1', 'one'],
  ['group 2', 'one'],
  ['group 3', 'other'],
])
const GROUPS = [...BOOKS.keys(), undefined]

const issuers = new Map(ASSETS.map(({ code }) => [code, accountOf(ISSUER, code)]))
const accounts = new Map(
  PEOPLE.map(({ owner }) => [owner, new Map(ASSETS.map(({ code }) => [code, accountOf(owner, code)]))]),
)
export const issuerOf = (asset: string) => issuers.get(asset) as AccountRef
export const accountIn = (asset: string, { owner }: Actor) => accounts.get(owner)?.get(asset) as AccountRef

/** Whose account it is, by its id; nobody's is an issuer's. */
export const HOLDERS = new Map(
  PEOPLE.flatMap((person) => ASSETS.map(({ code }) => [accountIn(code, person).id, person] as const)),
)

export type Step = ReturnType<(typeof KINDS)[number]>

export function stepBy(random: Random): Step {
  return random.pick(KINDS)(random)
}

const amountBy = ({ between }: Random) => BigInt(between(-1, 400))

/** What a group allows, beginning so long ago. */
const limitBy = ({ once, pick, between }: Random) =>
  once(2) ? { ms: pick([0, 3000, 90_000]), most: BigInt(between(100, 700)) } : undefined

/** How many transfers back, of all or of the open ones, so that people fight over the latest; 0 is one that there isn't. */
const backBy = ({ pick, once }: Random) => ({
  turns: once(20) ? 0 : pick([1, 1, 1, 2, 2, 3, 4]),
  open: once(2),
})

/** Who acts on a transfer: where `may` is set, whoever may do it, if that is somebody's own right. */
const actBy = (random: Random) => ({
  back: backBy(random),
  by: random.pick(PEOPLE),
  may: random.once(2),
})

const create = (random: Random) => {
  const { pick, once } = random
  return {
    do: 'create' as const,
    asset: pick(ASSETS),
    from: pick(PEOPLE),
    to: once(6) ? null : pick([...PEOPLE, null]),
    byHandle: once(2),
    forWhom: pick(['anyone', 'members', 'present', 'listed']),
    shares: pick<number>([1, 1, 2, 3]),
    lucky: once(2),
    settlement: pick([undefined, 'draw', 'split']),
    amount: amountBy(random),
    groupId: pick(GROUPS),
    limit: limitBy(random),
    lifetime: pick<number | undefined>([undefined, 2, 20]),
    /** The words that open it, where it is for anyone. */
    phrase: pick([undefined, undefined, undefined, 'a', 'b']),
    /** How many approvals it needs, where it is a part of a payout. */
    approvals: pick<number | undefined>([undefined, undefined, undefined, 0, 1, 2]),
  }
}

const contribute = (random: Random) => ({
  do: 'contribute' as const,
  asset: random.pick(ASSETS),
  from: random.pick(PEOPLE),
  amount: amountBy(random),
  groupId: random.pick(GROUPS),
  limit: limitBy(random),
  /** Set: it answers the ask of so many back. */
  asked: random.once(2) ? random.below(4) : undefined,
  /** Of a pool: all that it lacks. */
  all: random.once(2),
})

const refund = ({ pick }: Random) => ({ do: 'refund' as const, turn: pick([0, 0, 1, 2]) })

const ask = ({ pick, once, between }: Random) => ({
  do: 'ask' as const,
  by: pick(PEOPLE),
  ms: pick<number>([3000, 90_000]),
  /** Whether anybody gives what they like until it is as much as the amount. */
  isPool: once(2),
  /** In minor units of this asset. */
  amount: BigInt(between(1, 400)),
  asset: pick(ASSETS),
})

const end = ({ below }: Random) => ({ do: 'end' as const, back: below(3) })

const approve = (random: Random) => ({ do: 'approve' as const, back: backBy(random) })

const hold = ({ pick }: Random) => ({
  do: 'hold' as const,
  whom: pick(PEOPLE),
  hold: pick<Hold | null>([null, null, 'send', 'all']),
})

const issue = ({ pick, once, between }: Random) => ({
  do: 'issue' as const,
  asset: pick(ASSETS),
  whose: pick(PEOPLE),
  out: once(2),
  amount: BigInt(between(0, 2000)),
})

const act = (random: Random) => ({
  do: random.pick(['collect', 'collect', 'cancel', 'decline'] as const),
  ...actBy(random),
  byCode: random.once(2),
  /** Whether the sender has said yes to a collect. */
  yes: random.once(2),
  /** The words that are typed for a collect. */
  phrase: random.pick([undefined, 'a', 'b']),
})

const giveBack = (random: Random) => ({
  do: 'return' as const,
  back: backBy(random),
  isDue: random.once(2),
})

const reissue = (random: Random) => ({
  do: 'reissue' as const,
  ...actBy(random),
  turn: random.pick([1, 1, 2]),
})

const extend = (random: Random) => ({
  do: 'extend' as const,
  ...actBy(random),
  seconds: random.pick([0.5, 2, 20]),
})

/** In steps that divide every lifetime, so that the very moment of expiry comes about. */
const wait = ({ between }: Random) => ({ do: 'wait' as const, ms: 500 * between(1, 16) })

/** Each as often as it is to come. */
const KINDS = [
  create,
  create,
  create,
  contribute,
  refund,
  ask,
  end,
  approve,
  hold,
  issue,
  issue,
  act,
  act,
  act,
  act,
  act,
  act,
  giveBack,
  giveBack,
  reissue,
  extend,
  wait,
] as const
