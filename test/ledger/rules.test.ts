import { hash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AccountRef, accountOf, ISSUER, type Owner } from '../../src/ledger/accounts.ts'
import {
  type Actor,
  ANYONE,
  type Ask,
  type Command,
  type Draft,
  type Entrant,
  type Entry,
  type Hold,
  type Transfer,
} from '../../src/ledger/commands.ts'
import { drawnOrder, luckyShares, restsOf } from '../../src/ledger/lucky.ts'
import { type Decision, decide, type State } from '../../src/ledger/rules.ts'
import type { Asset } from '../../src/money/amount.ts'
import { Refusal } from '../../src/shared/refusal.ts'

const RUNS = 1000
const STEPS = 100

const CREDIT: Asset = {
  code: 'CREDIT',
  scale: 2,
  symbols: [],
  maxTransfer: 300n,
  confirmAbove: 180n,
  lifetime: 60,
}
const PLAY: Asset = { code: 'PLAY', scale: 0, symbols: [], maxTransfer: 900n, anyoneUpTo: 250n, lifetime: 5 }
const ASSETS = [CREDIT, PLAY]

/** Two deal in the first asset alone, two in the second, one in both; of one the handle isn't told, and one has none. The last acts for a group. */
const PEOPLE: Actor[] = [[CREDIT], [CREDIT], [PLAY], [PLAY], ASSETS, ASSETS].map((held, index) => ({
  owner: { kind: index === 5 ? 'group' : 'person', id: `owner ${index}` },
  ...(index !== 1 && { handle: index === 3 ? null : `telegram:handle${index}` }),
  assets: new Set(held.map(({ code }) => code)),
  ...(index % 3 !== 2 && { isAmong: index % 3 === 0 }),
}))

/** Two groups whose books are kept as one, and one that is by itself. */
const BOOKS = new Map([
  ['group 1', 'one'],
  ['group 2', 'one'],
  ['group 3', 'other'],
])

const idOf = (owner: Owner) => ('id' in owner ? owner.id : '')
const issuers = new Map(ASSETS.map(({ code }) => [code, accountOf(ISSUER, code)]))
const accounts = new Map(
  PEOPLE.flatMap(({ owner }) =>
    ASSETS.map(({ code }) => [`${idOf(owner)} ${code}`, accountOf(owner, code)] as const),
  ),
)
const issuerOf = (asset: string) => issuers.get(asset) as AccountRef
const accountIn = (asset: string, { owner }: Actor) => accounts.get(`${idOf(owner)} ${asset}`) as AccountRef
/** Acts for the group: its account is the treasury. */
const TREASURER = PEOPLE.at(-1) as Actor
const isIssuer = (account: string) => [...issuers.values()].some(({ id }) => id === account)

test(`after each of ${RUNS * STEPS} random commands, what is always true is true`, {
  timeout: 120_000,
}, () => {
  const outcomes = new Map<string, number>()
  fc.assert(
    fc.property(fc.array(step, { minLength: STEPS, maxLength: STEPS }), (steps) => {
      const world = new World()
      for (const one of steps) {
        const outcome = world.take(one)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
    }),
    { numRuns: RUNS },
  )
  expect([...outcomes.values()].reduce((sum, count) => sum + count)).toBe(RUNS * STEPS)
  // A random walk that never came by a rule has said nothing of it.
  const done = [
    'create',
    'issue',
    'contribute',
    'refund',
    'ask',
    'end',
    'extend',
    'reissue',
    'collect',
    'enter',
    'settle',
    'cancel',
    'decline',
    'return',
    'time passes',
    'approve',
    'hold',
    'nothing to give back',
  ]
  const refused = [
    'already_collected',
    'already_yours',
    'amount_too_large',
    'amount_too_small',
    'ask_ended',
    'ask_expired',
    'ask_not_found',
    'ask_paid',
    'asker_unpayable',
    'awaiting_approval',
    'awaiting_goal',
    'awaiting_sender',
    'cancelled',
    'declined',
    'drawing',
    'entered_already',
    'expired',
    'extended_already',
    'group_day_limit',
    'handle_not_told',
    'insufficient_funds',
    'listed_only',
    'members_only',
    'members_unknown',
    'not_due',
    'not_for_you',
    'not_here_before',
    'not_recipient',
    'not_sender',
    'on_hold',
    'refunded_already',
    'reissued_meanwhile',
    'name_or_phrase',
    'own_transfer',
    'phrase_needed',
    'phrase_taken',
    'pool_overpaid',
    'settlement_too_large',
    'too_many_shares',
    'transfer_not_found',
    'wrong_asset',
  ]
  expect([...outcomes.keys()].sort()).toEqual([...done, ...refused].sort())
})

const someone = fc.constantFrom(...PEOPLE)
const asset = fc.constantFrom(...ASSETS)
const amount = fc.bigInt({ min: -1n, max: 400n })
const groupId = fc.constantFrom(...BOOKS.keys(), undefined)
/** What a group allows, beginning so long ago. */
const limit = fc.option(
  fc.record({ ms: fc.constantFrom(0, 3000, 90_000), most: fc.bigInt({ min: 100n, max: 700n }) }),
  { nil: undefined },
)
/** How many transfers back, of all or of the open ones, so that people fight over the latest; 0 is one that there isn't. */
const back = fc.record({ turns: fc.constantFrom(0, 1, 1, 1, 2, 2, 3, 4), open: fc.boolean() })
/** Who acts on a transfer: where `may` is set, whoever may do it, if that is somebody's own right. */
const acts = { back, by: someone, may: fc.boolean() }
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      asset,
      from: someone,
      to: fc.option(someone),
      byHandle: fc.boolean(),
      forWhom: fc.constantFrom('anyone', 'members', 'present', 'listed'),
      shares: fc.constantFrom(1, 1, 2, 3),
      lucky: fc.boolean(),
      settlement: fc.constantFrom(undefined, 'draw' as const, 'split' as const),
      amount,
      groupId,
      limit,
      lifetime: fc.constantFrom(undefined, 2, 20),
      /** The words that open it, where it is for anyone. */
      phrase: fc.constantFrom(undefined, undefined, undefined, 'a', 'b'),
      /** How many approvals it needs, where it is a part of a payout. */
      approvals: fc.constantFrom(undefined, undefined, undefined, 0, 1, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('contribute' as const),
      asset,
      from: someone,
      amount,
      groupId,
      limit,
      /** Set: it answers the ask of so many back. */
      asked: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('refund' as const), turn: fc.constantFrom(0, 0, 1, 2) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      by: someone,
      ms: fc.constantFrom(3000, 90_000),
      /** Of a pool: its goal, in minor units of this asset. */
      goal: fc.option(fc.bigInt({ min: 1n, max: 400n }), { nil: undefined }),
      asset,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), back: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('approve' as const), back }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      whom: someone,
      hold: fc.constantFrom(null, null, 'send' as const, 'all' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('issue' as const),
      asset,
      whose: someone,
      out: fc.boolean(),
      amount: fc.bigInt({ min: 0n, max: 2000n }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('collect' as const, 'cancel' as const, 'decline' as const),
      ...acts,
      byCode: fc.boolean(),
      /** Whether the sender has said yes to a collect. */
      yes: fc.boolean(),
      /** The words that are typed for a collect. */
      phrase: fc.constantFrom(undefined, 'a', 'b'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('return' as const), back, isDue: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('reissue' as const),
      ...acts,
      turn: fc.constantFrom(1, 1, 2),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('extend' as const),
      ...acts,
      seconds: fc.constantFrom(0.5, 2, 20),
    }),
  },
  {
    weight: 1,
    // In steps that divide every lifetime, so that the very moment of expiry comes about.
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 16 }).map((halves) => halves * 500),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Books kept by the test, from nothing but the entries that the rules answer. */
class World {
  now = new Date('2026-01-01T00:00:00Z')
  entries: Entry[] = []
  transfers: Transfer[] = []
  holds = new Map<Owner, Hold | null>()
  /** How many approvals payouts still lack. */
  lacks = new Map<string, number>()
  asks: (Ask & { by: Actor; goal: bigint | undefined; asset: Asset })[] = []
  /** Transfers that had more time. */
  extended = new Set<string>()
  /** Who has entered transfers, in their turns. */
  entrants: Entrant[] = []

  /** Everybody has something to begin with: who has nothing can do little. */
  constructor() {
    for (const whose of PEOPLE)
      for (const asset of ASSETS) this.take({ do: 'issue', asset, whose, out: false, amount: 500n })
  }

  take(one: Step): string {
    if (one.do === 'hold') {
      if (one.whom.owner.kind === 'person') this.holds.set(one.whom.owner, one.hold)
      return 'hold'
    }
    if (one.do === 'approve') {
      const payout = `payout of ${this.idOf(one.back)}`
      this.lacks.set(payout, Math.max(0, (this.lacks.get(payout) ?? 0) - 1))
      return 'approve'
    }
    if (one.do === 'ask') {
      const expiresAt = new Date(this.now.getTime() + one.ms)
      const { by, goal, asset } = one
      this.asks.push({ by, goal, asset, expiresAt, endedAt: null, pool: null })
      return 'ask'
    }
    if (one.do === 'end') {
      const ask = this.asks.at(-1 - one.back)
      if (ask) ask.endedAt = this.now
      return 'end'
    }
    if (one.do === 'wait') {
      this.now = new Date(this.now.getTime() + one.ms)
      return 'time passes'
    }
    const command = one.do === 'refund' ? this.refundOf(one) : this.commandOf(one)
    if (!command) return 'nothing to give back'
    const state = this.state()
    const before = new Map(state.balances)
    const decided = decide(state, command)

    expect(state.balances, 'the rules change nothing that they are given').toEqual(before)
    if (decided instanceof Refusal) {
      expect(this.mayBeDone(command), `${command.do} was refused: ${decided.code}`).toBe(false)
      return decided.code
    }
    expect(this.mayBeDone(command), `${command.do} was done`).toBe(true)
    const movements = decided.entries.map(({ accountId, amount }) => [accountId, amount])
    expect(movements).toEqual(this.movementsOf(command))
    if ('draft' in command) {
      const { from, amount, asset } = command.draft
      const isLarge = command.do === 'create' && amount > (asset.confirmAbove ?? amount)
      expect(decided.transfer.confirms).toBe(isLarge && from.owner.kind === 'person')
    }
    if (command.do === 'extend') {
      const { id } = command.which
      const { expiresAt } = this.transfers.find((one) => one.id === id) as Transfer
      expect(decided.transfer.expiresAt > expiresAt, 'it ends later').toBe(true)
      this.extended.add(id)
    }
    this.carryOut(decided)
    this.checkWhatIsAlwaysTrue()
    if (decided.entrant) return 'enter'
    return one.do === 'return' && decided.transfer.claimed > 0 && decided.transfer.settlement
      ? 'settle'
      : one.do
  }

  /** Gives back what one of those who have collected of a transfer has got; undefined where there is none. */
  refundOf({ turn }: Step & { do: 'refund' }): Command | undefined {
    const paid = this.entries.filter(
      ({ kind, transferId }) => kind === 'collect' && !this.isIssue(transferId),
    )
    const share = paid.at(-1 - turn)
    const collected = this.transfers.find(({ id }) => id === share?.transferId)
    if (!collected || !share) return undefined
    const asset = ASSETS.find(({ code }) => code === collected.asset) as Asset
    const ownerOf = (id: string) => PEOPLE.find((one) => accountIn(asset.code, one).id === id)
    const [giver, sender] = [ownerOf(share.accountId), ownerOf(collected.fromAccount)]
    if (!giver || !sender) return undefined
    const [from, to] = [accountIn(asset.code, giver), accountIn(asset.code, sender)]
    const draft = {
      ...this.newDraft({ asset, amount: share.amount }),
      ...(collected.groupId && { groupId: collected.groupId }),
      from,
      recipient: { kind: 'account', account: to } as const,
      refundOf: collected.id,
    }
    return { do: 'contribute', draft, to }
  }

  commandOf(one: Exclude<Step, { do: 'wait' | 'approve' | 'hold' | 'refund' | 'ask' | 'end' }>): Command {
    if (one.do === 'contribute') {
      const number = one.asked === undefined ? undefined : this.asks.length - one.asked
      const ask = number === undefined ? undefined : this.asks[number]
      const { code } = ask?.goal === undefined ? one.asset : ask.asset
      const to = accountIn(code, ask?.by ?? TREASURER)
      const recipient = { kind: 'account', account: to } as const
      const from = accountIn(code, one.from)
      const asset = ASSETS.find((each) => each.code === code) as Asset
      const draft = { ...this.newDraft({ ...one, asset }), ...this.limitOf(one), from, recipient }
      if (number === undefined) return { do: 'contribute', draft, to }
      if (ask?.goal !== undefined) return { do: 'contribute', draft: { ...draft, askId: String(number) }, to }
      const id = `answer to ask ${number}`
      return {
        do: 'contribute',
        draft: { ...draft, id, codeHash: codeHashOf(id), askId: String(number) },
        to,
      }
    }
    if (one.do === 'create') {
      const { code } = one.asset
      const recipient = !one.to
        ? one.forWhom === 'listed'
          ? ({ kind: 'listed', list: 'crew' } as const)
          : ({ kind: one.forWhom } as const)
        : one.byHandle && one.to.handle
          ? ({ kind: 'handle', handle: one.to.handle } as const)
          : ({ kind: 'account', account: accountIn(code, one.to) } as const)
      const from = accountIn(code, one.from)
      const { shares, lucky, lifetime, approvals } = one
      const draft: Draft = { ...this.newDraft(one), ...this.limitOf(one), from, recipient, shares }
      const settlement = one.to || approvals !== undefined ? undefined : one.settlement
      if (lucky && shares > 1) draft.lucky = true
      if (settlement) draft.settlement = settlement
      // Every other one of them is on it.
      const onIt = PEOPLE.filter((_, index) => index % 2 === 0)
      if (recipient.kind === 'listed')
        this.listed.set(draft.id, new Set(onIt.map((who) => accountIn(code, who).id)))
      if (draft.lucky || settlement) draft.seed = seedOf(draft.id)
      if (lifetime !== undefined) draft.lifetime = lifetime
      if (one.phrase && !one.to) draft.phrase = { hash: one.phrase, here: false }
      if (approvals !== undefined) {
        draft.payoutId = `payout of ${draft.id}`
        this.lacks.set(draft.payoutId, approvals)
      }
      return { do: 'create', draft }
    }
    if (one.do === 'issue') {
      const { code } = one.asset
      const theirs = accountIn(code, one.whose)
      const [from, to] = one.out ? [theirs, issuerOf(code)] : [issuerOf(code), theirs]
      return { do: 'issue', draft: { ...this.newDraft(one), from, recipient: ANYONE }, to }
    }
    const chosen =
      one.do === 'return'
        ? one.isDue && this.dueId()
        : one.do === 'collect' && one.may && one.byCode && this.enteredId()
    const id = chosen || this.idOf(one.back)
    if (one.do === 'return') return { do: 'return', which: { id } }
    const by = (one.may && this.whoMay(one.do, id)) || one.by
    if (one.do === 'reissue')
      return {
        do: 'reissue',
        which: { id },
        by,
        turn: one.turn,
        codeHash: `${codeHashOf(id)}${one.turn}`,
      }
    if (one.do === 'extend') return { do: 'extend', which: { id }, by, seconds: one.seconds }
    const which = one.byCode ? { codeHash: codeHashOf(id) } : { id }
    if (one.do !== 'collect') return { do: one.do, which, by }
    const asked = { do: 'collect', which, by: { ...by, isConfirmed: one.yes } } as const
    return one.phrase ? { ...asked, phraseHash: one.phrase } : asked
  }

  /** An open transfer whose time is over: rather one that people have entered. */
  dueId(): string | undefined {
    const due = this.transfers.filter(({ state, expiresAt }) => state === 'open' && expiresAt <= this.now)
    return (due.find(({ id }) => this.entered(id).length > 0) ?? due[0])?.id
  }

  /** The newest open transfer that people have entered. */
  enteredId(): string | undefined {
    const isOpen = (id: string) => this.transfers.some((one) => one.id === id && one.state === 'open')
    return this.entrants.findLast(({ transferId }) => isOpen(transferId))?.transferId
  }

  idOf({ turns, open }: { turns: number; open: boolean }): string {
    if (turns === 0) return 'transfer of nobody'
    const among = open ? this.transfers.filter(({ state }) => state === 'open') : this.transfers
    return among.at(-turns)?.id ?? 'transfer of nobody'
  }

  whoMay(what: 'collect' | 'cancel' | 'decline' | 'extend' | 'reissue', id: string): Actor | undefined {
    const transfer = this.transfers.find((one) => one.id === id)
    if (!transfer) return undefined
    const { recipient, asset, fromAccount } = transfer
    const isTheirs = (account: string) => (one: Actor) => accountIn(asset, one).id === account
    // Who has entered can't do so again.
    if (transfer.settlement && what === 'collect')
      return PEOPLE.find(isTheirs(this.entered(id).at(-1)?.account ?? ''))
    if (what !== 'collect' && what !== 'decline') return PEOPLE.find(isTheirs(fromAccount))
    if (recipient.kind === 'account') return PEOPLE.find(isTheirs(recipient.account))
    return recipient.kind === 'handle' ? PEOPLE.find(({ handle }) => handle === recipient.handle) : undefined
  }

  newDraft({ asset, amount }: { asset: Asset; amount: bigint }) {
    const id = `transfer ${this.transfers.length}`
    return { id, codeHash: codeHashOf(id), asset, amount }
  }

  limitOf({ groupId, limit }: Pick<Step & { do: 'create' }, 'groupId' | 'limit'>): Partial<Draft> {
    if (!groupId) return {}
    if (!limit) return { groupId }
    return { groupId, limit: { since: new Date(this.now.getTime() - limit.ms), most: limit.most } }
  }

  /** Who is on the lists that transfers are for. */
  readonly listed = new Map<string, Set<string>>()

  state(): State {
    const sums = this.sums((entry) => entry.accountId)
    const known = new Set([...sums.keys(), ...[...issuers.values()].map(({ id }) => id)])
    return {
      now: this.now,
      balances: new Map(
        [...known].map((id) => [id, { balance: sums.get(id) ?? 0n, mayGoBelowZero: isIssuer(id) }]),
      ),
      transferOf: (which) => {
        const found = this.transfers.find(({ id }) =>
          'id' in which ? which.id === id : which.codeHash === codeHashOf(id),
        )
        return found && { ...found, awaits: this.awaits(found) }
      },
      hasSent: () => false,
      isListed: (transfer, account) => this.listed.get(transfer)?.has(account) ?? false,
      turnOf: (transfer, account) => this.turnOf(transfer, account),
      entered: (transfer) => this.entered(transfer).length,
      settlementOf: (transfer) => ({
        seed: seedOf(transfer),
        entrants: this.entered(transfer).map(({ account }) => ({
          account,
          kin: account,
          isPayable: this.isPayable(account),
        })),
      }),
      hasPaid: (transfer, account) => this.hasPaid(transfer, account),
      drawnShare: (transfer) => drawnShare(transfer),
      holdOf: (owner) => this.holds.get(owner) ?? null,
      sentBefore: (draft) => this.sent(draft),
      awaits: (payout) => this.lacks.get(payout) ?? 0,
      wasExtended: (transfer) => this.extended.has(transfer),
      hasRefunded: (transfer, account) => this.hasRefunded(transfer, account),
      askOf: (id) => this.ask(id),
      isPhraseTaken: (hash) => this.isPhraseTaken(hash),
    }
  }

  entered(transfer: string): Entrant[] {
    return this.entrants.filter(({ transferId }) => transferId === transfer)
  }

  turnOf(transfer: string, account: string): number | undefined {
    return this.entered(transfer).find((one) => one.account === account)?.turn
  }

  isPayable(account: string): boolean {
    const whose = PEOPLE.find((one) => ASSETS.some(({ code }) => accountIn(code, one).id === account))
    return !whose || this.holds.get(whose.owner) !== 'all'
  }

  ask(id: string): World['asks'][number] | undefined {
    const ask = this.asks[Number(id)]
    if (ask?.goal === undefined) return ask
    const own = this.transfers.filter(({ askId, state }) => askId === id && GIVEN.has(state))
    const given = own.reduce((sum, { amount }) => sum + amount, 0n)
    return { ...ask, pool: { goal: ask.goal, given, waiting: own.filter(({ state }) => state === 'open') } }
  }

  isPhraseTaken(hash: string): boolean {
    return this.transfers.some(
      ({ phraseHash, state, expiresAt }) => phraseHash === hash && state === 'open' && this.now < expiresAt,
    )
  }

  awaits({ payoutId, askId }: Transfer): number {
    if (askId) return 1
    return (payoutId && this.lacks.get(payoutId)) || 0
  }

  /** What the sender of a draft has sent in these books since its limit's beginning, and has not got back. */
  sent({ from, groupId, limit }: Draft): bigint {
    const counted = this.transfers.filter(
      (one) =>
        one.fromAccount === from.id &&
        !one.refundOf &&
        limit &&
        one.createdAt >= limit.since &&
        BOOKS.get(one.groupId ?? '') === BOOKS.get(groupId ?? ''),
    )
    const ids = new Set(counted.map(({ id }) => id))
    const back = this.entries.filter(({ transferId, kind }) => kind === 'return' && ids.has(transferId))
    return (
      counted.reduce((sum, one) => sum + one.amount, 0n) - back.reduce((sum, one) => sum + one.amount, 0n)
    )
  }

  hasPaid(transfer: string, account: string): boolean {
    return this.entries.some(
      (entry) => entry.transferId === transfer && entry.accountId === account && entry.kind === 'collect',
    )
  }

  hasRefunded(transfer: string, account: string): boolean {
    return this.transfers.some((one) => one.refundOf === transfer && one.fromAccount === account)
  }

  sums(by: (entry: Entry) => string): Map<string, bigint> {
    const sums = new Map<string, bigint>()
    for (const entry of this.entries) sums.set(by(entry), (sums.get(by(entry)) ?? 0n) + entry.amount)
    return sums
  }

  /** The rules once more, as one would tell them to a person. */
  mayBeDone(command: Command): boolean {
    if ('draft' in command) {
      const { id, from, recipient, amount, asset, shares = 1, limit, askId, refundOf } = command.draft
      const ask = askId ? this.ask(askId) : undefined
      if (askId && (!ask || ask.endedAt || this.now >= ask.expiresAt)) return false
      const left = ask?.pool ? ask.pool.goal - ask.pool.given : undefined
      if (left !== undefined && (left === 0n || amount > left)) return false
      if (this.transfers.some((one) => one.id === id)) return false
      if (refundOf && this.hasRefunded(refundOf, from.id)) return false
      const balance = this.sums((entry) => entry.accountId).get(from.id) ?? 0n
      const isOwn = recipient.kind === 'account' && recipient.account.id === from.id
      const { phrase } = command.draft
      if (phrase && this.isPhraseTaken(phrase.hash)) return false
      const isForAnyone = ['anyone', 'members', 'present'].includes(recipient.kind)
      if (command.do !== 'issue' && isForAnyone && !phrase && amount > (asset.anyoneUpTo ?? amount))
        return false
      const isSettled = command.draft.settlement !== undefined
      if (command.do === 'create' && isSettled && amount > (asset.confirmAbove ?? amount)) {
        if (from.owner.kind === 'person') return false
      }
      const within = !limit || this.sent(command.draft) + amount <= limit.most
      const allowed =
        command.do === 'issue' ||
        ((refundOf !== undefined || amount <= asset.maxTransfer) && !isOwn && within)
      if (command.do !== 'issue' && this.holds.get(from.owner)) return false
      const isWaiting = left !== undefined && amount < left
      if ('to' in command && !isWaiting && this.holds.get(command.to.owner) === 'all') return false
      return amount >= BigInt(shares) && amount > 0n && (isIssuer(from.id) || balance >= amount) && allowed
    }
    const transfer = this.state().transferOf(command.which)
    if (transfer?.state !== 'open') return false
    const inTime = this.now < transfer.expiresAt
    if (command.do === 'return') return !inTime
    const { by } = command
    const account = accountIn(transfer.asset, by).id
    const isSender = account === transfer.fromAccount
    const { recipient } = transfer
    const isNamed =
      (recipient.kind === 'account' && recipient.account === account) ||
      (recipient.kind === 'handle' && recipient.handle === by.handle)
    const isForMany = recipient.kind === 'members' || recipient.kind === 'present'
    const isListed = recipient.kind === 'listed' && this.listed.get(transfer.id)?.has(account) === true
    const isForAnyone = recipient.kind === 'anyone' || (isForMany && by.isAmong === true) || isListed
    if (command.do === 'cancel') return inTime && isSender
    if (command.do === 'reissue')
      return transfer.askId === null && inTime && isSender && command.turn === transfer.reissues + 1
    if (command.do === 'extend')
      return transfer.askId === null && inTime && isSender && !this.extended.has(transfer.id)
    if (command.do === 'decline') return inTime && isNamed
    if (this.hasPaid(transfer.id, account) || this.turnOf(transfer.id, account) !== undefined) return false
    // Who they are was looked at when they asked.
    const hasYes = transfer.confirms && by.isConfirmed === true
    if (transfer.confirms && !hasYes) return false
    const { phraseHash } = transfer
    const hasWords = phraseHash === null || (command.do === 'collect' && phraseHash === command.phraseHash)
    if (!hasYes && !hasWords) return false
    if (this.awaits(transfer) > 0 || this.holds.get(by.owner) === 'all') return false
    return inTime && !isSender && by.assets.has(transfer.asset) && (hasYes || isNamed || isForAnyone)
  }

  isIssue(transfer: string): boolean {
    const sent = this.transfers.find(({ id }) => id === transfer)
    return sent !== undefined && isIssuer(sent.fromAccount)
  }

  /** Whose money moves when it is done, and how much. */
  movementsOf(command: Command): [account: string, amount: bigint][] {
    if ('draft' in command) {
      const { from, amount, askId } = command.draft
      const out: [string, bigint] = [from.id, -amount]
      const { pool } = (askId && this.ask(askId)) || {}
      if (!('to' in command) || (pool && pool.given + amount < pool.goal)) return [out]
      const others = (pool?.waiting ?? []).map((one): [string, bigint] => [command.to.id, one.amount])
      return [out, [command.to.id, amount], ...others]
    }
    const transfer = this.state().transferOf(command.which) as Transfer
    const { asset, remaining, fromAccount, shares, claimed, lucky, settlement } = transfer
    if (command.do === 'extend' || command.do === 'reissue') return []
    if (command.do === 'return' && settlement) return this.settled(transfer)
    if (command.do === 'collect' && settlement) return []
    if (command.do !== 'collect') return [[fromAccount, remaining]]
    const share = lucky ? drawnShare(transfer) : remaining / BigInt(shares - claimed)
    return [[accountIn(asset, command.by).id, share]]
  }

  /** Whom the lot has fallen on, and what is left. */
  settled({
    id,
    amount,
    shares,
    lucky,
    settlement,
    fromAccount,
  }: Transfer): [account: string, amount: bigint][] {
    const all = this.entered(id)
    const takers = drawnOrder(seedOf(id), all.length)
      .map((turn) => (all[turn - 1] as Entrant).account)
      .filter((account) => this.isPayable(account))
      .slice(0, shares)
    const count = settlement === 'split' ? takers.length : shares
    if (takers.length === 0) return [[fromAccount, amount]]
    const [each, more] = [amount / BigInt(count), Number(amount % BigInt(count))]
    const lots = lucky
      ? luckyShares(seedOf(id), amount, count)
      : Array.from({ length: count }, (_, index) => each + (index < count - more ? 0n : 1n))
    const rest = lots.slice(takers.length).reduce((sum, lot) => sum + lot, 0n)
    return [
      ...takers.map((account, index): [string, bigint] => [account, lots[index] as bigint]),
      ...(rest > 0n ? [[fromAccount, rest] as [string, bigint]] : []),
    ]
  }

  carryOut({ transfer, entries, entrant, others = [] }: Decision) {
    if (entrant) this.entrants.push(entrant)
    const changed = new Set([transfer, ...others].map(({ id }) => id))
    // More time moves nothing.
    if (entries.length > 0) expect(new Set(entries.map(({ transferId }) => transferId))).toEqual(changed)
    for (const one of [transfer, ...others]) this.put(one)
    this.entries.push(...entries)
  }

  put(transfer: Transfer) {
    const index = this.transfers.findIndex(({ id }) => id === transfer.id)
    if (index >= 0) expect(this.transfers[index]?.state, 'what is closed never changes').toBe('open')
    // A rule that changed it in place would throw.
    this.transfers[index < 0 ? this.transfers.length : index] = Object.freeze(transfer)
  }

  checkWhatIsAlwaysTrue() {
    const moved = this.sums((entry) => entry.transferId)
    const payments = new Map<string, number>()
    for (const { transferId, kind } of this.entries)
      if (kind === 'collect') payments.set(transferId, (payments.get(transferId) ?? 0) + 1)
    for (const { id, amount, remaining, state, closedAt, shares, claimed, settlement } of this.transfers) {
      must(remaining === -(moved.get(id) ?? 0n), 'what is left in it is minus the sum of its entries')
      must(remaining >= 0n && remaining <= amount, 'it pays out what it holds at most')
      must((state === 'open') === remaining > 0n, 'it is open as long as it holds money')
      must((state === 'open') === (closedAt === null), 'what is over has a time when it ended')
      must(claimed === (payments.get(id) ?? 0), 'it has paid as many as its entries say')
      if (settlement === 'split')
        must((state === 'collected') === claimed > 0 && claimed <= shares, 'the whole is split')
      else must((state === 'collected') === (claimed === shares), 'with the last share it is collected')
      if (!settlement) continue
      must(state !== 'open' || claimed === 0, 'nobody is paid before its end')
      for (const { transferId, accountId, kind } of this.entries)
        must(
          transferId !== id || kind !== 'collect' || this.turnOf(id, accountId) !== undefined,
          'it pays those who have entered',
        )
    }

    const paid = this.entries.map((entry) => `${entry.transferId} ${entry.accountId} ${entry.kind}`)
    must(new Set(paid).size === paid.length, 'it pays each person once')

    for (const [number, { goal }] of this.asks.entries()) {
      if (goal === undefined) continue
      const own = this.transfers.filter(({ askId, state }) => askId === String(number) && GIVEN.has(state))
      const given = own.reduce((sum, { amount }) => sum + amount, 0n)
      must(given <= goal, 'no more is given for a pool than its goal')
      for (const { state } of own)
        must(
          (state === 'collected') === (given === goal),
          'with the goal all of it is collected, and nothing before',
        )
    }

    const refunds = this.transfers.flatMap((one) =>
      one.refundOf ? `${one.refundOf} ${one.fromAccount}` : [],
    )
    must(new Set(refunds).size === refunds.length, 'a share is given back once')

    const balances = this.sums((entry) => entry.accountId)
    for (const [account, balance] of balances)
      must(balance >= 0n || isIssuer(account), 'only the issuer is below zero')

    for (const { code } of ASSETS) {
      const holders = [issuerOf(code), ...PEOPLE.map((person) => accountIn(code, person))]
      const held = holders.reduce((sum, { id }) => sum + (balances.get(id) ?? 0n), 0n)
      const open = this.transfers.reduce((sum, t) => sum + (t.asset === code ? t.remaining : 0n), 0n)
      must(held + open === 0n, `all balances and all open transfers of ${code}`)
    }
  }
}

/** The states of what is given for a pool, and has not gone back. */
const GIVEN = new Set<Transfer['state']>(['open', 'collected'])

/** An `expect` for what is asked millions of times. */
function must(holds: boolean, what: string) {
  if (!holds) expect.fail(what)
}

const seedOf = (id: string) => hash('sha256', id, 'hex')
const drawnShare = ({ id, amount, shares, claimed, remaining }: Transfer) =>
  remaining - (restsOf(seedOf(id), amount, shares)[claimed] as bigint)

const codeHashOf = (id: string) => Buffer.from(`code of ${id}`).toString('hex')
