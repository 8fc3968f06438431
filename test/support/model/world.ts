import { hash } from 'node:crypto'
import type { AccountRef, Owner } from '../../../src/ledger/accounts.ts'
import {
  type Actor,
  type Ask,
  type Command,
  type Draft,
  type Entrant,
  type Entry,
  type Hold,
  type Recipient,
  type Transfer,
  type Which,
} from '../../../src/ledger/commands.ts'
import { drawnOrder, luckyShares, restsOf } from '../../../src/ledger/lucky.ts'
import { type Decision, decide, type State } from '../../../src/ledger/rules.ts'
import type { Asset } from '../../../src/money/amount.ts'
import { Refusal } from '../../../src/shared/refusal.ts'
import { ASSETS, accountIn, BOOKS, HOLDERS, issuerOf, PEOPLE, type Step, TREASURER } from './steps.ts'

/** A transfer, and what the books have of it. */
export interface Row {
  transfer: Transfer
  /** The sum of its entries. */
  moved: bigint
  /** What has returned of it. */
  returned: bigint
  /** What it has paid, by account. */
  paid: Map<string, bigint>
  entrants: Entrant[]
  extended: boolean
  /** The accounts on the list that it is for. */
  listed: Set<string>
}

/** A step of somebody who acts on a transfer. */
export type Act = Extract<Step, { back: unknown; by: Actor }>

/** What is sent, and within which limit. */
interface Content {
  asset: Asset
  amount: bigint
  groupId?: string | null | undefined
  limit?: { ms: number; most: bigint } | undefined
}

interface AskRow extends Ask {
  by: Actor
  isPool: boolean
  amount: bigint
  asset: Asset
  /** What was given for it. */
  own: Row[]
}

/** Books kept by the test, from nothing but the entries that the rules answer. The rules are told here a second time, in other words. */
export class World implements State {
  now: Date
  /** What is drawn from, by the ids of transfers: where it isn't said, it follows from the id. */
  readonly seeds = new Map<string, string>()
  readonly balances = new Map<string, { balance: bigint; mayGoBelowZero: boolean }>()
  readonly #entries: Entry[] = []
  readonly #rows: Row[] = []
  readonly #byId = new Map<string, Row>()
  readonly #open: Row[] = []
  /** By the account that has sent them. */
  readonly #sent = new Map<string, Row[]>()
  readonly #holds = new Map<Owner, Hold | null>()
  #knowsHolds = true
  /** How many approvals payouts still lack. */
  readonly #lacks = new Map<string, number>()
  readonly #asks: AskRow[] = []
  /** Shares that were paid out, but for what was issued. */
  readonly #shares: { row: Row; accountId: string; amount: bigint }[] = []
  readonly #refunded = new Set<string>()
  /** What all accounts hold, by asset, and all open transfers. */
  readonly #held = new Map<string, bigint>(ASSETS.map(({ code }) => [code, 0n]))

  /** Everybody has something to begin with: who has nothing can do little. */
  constructor(now = new Date('2026-01-01T00:00:00Z')) {
    this.now = now
    for (const { code } of ASSETS)
      this.balances.set(issuerOf(code).id, Object.freeze({ balance: 0n, mayGoBelowZero: true }))
    for (const whose of PEOPLE)
      for (const asset of ASSETS)
        if (whose.assets.has(asset.code)) this.take({ do: 'issue', asset, whose, out: false, amount: 500n })
  }

  /** All transfers, in the order in which they were made. */
  get rows(): readonly Row[] {
    return this.#rows
  }

  rowOf(id: string): Row | undefined {
    return this.#byId.get(id)
  }

  /** The open transfers whose time is over. */
  due(): string[] {
    return this.#open.flatMap(({ transfer: { id, expiresAt } }) => (expiresAt > this.now ? [] : [id]))
  }

  /** An admin approves what a treasury pays. */
  approve(id: string) {
    const payout = payoutOf(id)
    this.#lacks.set(payout, Math.max(0, (this.#lacks.get(payout) ?? 0) - 1))
  }

  /** Does a step, and compares. @returns what it was, or the code of the refusal */
  take(step: Step): string {
    switch (step.do) {
      case 'hold':
        if (step.whom.owner.kind === 'person') this.#holds.set(step.whom.owner, step.hold)
        return 'hold'
      case 'approve':
        this.approve(this.idOf(step.back))
        return 'approve'
      case 'ask': {
        const expiresAt = new Date(this.now.getTime() + step.ms)
        const { by, isPool, amount, asset } = step
        this.#asks.push({ by, isPool, amount, asset, expiresAt, endedAt: null, pool: null, own: [] })
        return 'ask'
      }
      case 'end': {
        const ask = this.#asks.at(-1 - step.back)
        if (ask) ask.endedAt = this.now
        return 'end'
      }
      case 'wait':
        this.now = new Date(this.now.getTime() + step.ms)
        return 'time passes'
    }
    const command = step.do === 'refund' ? this.refund(step) : this.#commandOf(step)
    if (!command) return 'nothing to give back'
    const decided = this.decide(command)
    if (decided instanceof Refusal) return decided.code
    if (decided.entrant) return 'enter'
    return command.do === 'return' && decided.transfer.claimed > 0 && decided.transfer.settlement
      ? 'settle'
      : 'draft' in command && command.draft.refundOf
        ? 'refund'
        : command.do
  }

  /** Decides a command, compares, and carries it out. */
  decide(command: Command): Decision | Refusal {
    const mayBeDone = this.#mayBeDone(command)
    const decided = decide(this, command)
    if (decided instanceof Refusal) {
      must(!mayBeDone, `${command.do} was refused: ${decided.code}`)
      return decided
    }
    must(mayBeDone, `${command.do} was done`)
    this.#checkMovements(command, decided)
    if ('draft' in command) {
      const { from, amount, asset } = command.draft
      const isLarge = command.do === 'create' && amount > (asset.confirmAbove ?? amount)
      must(
        decided.transfer.confirms === (isLarge && from.owner.kind === 'person'),
        'a large one is confirmed by its sender',
      )
    }
    if (command.do === 'extend') {
      const row = this.#byId.get(command.which.id) as Row
      must(decided.transfer.expiresAt > row.transfer.expiresAt, 'it ends later')
      row.extended = true
    }
    this.#carryOut(decided)
    return decided
  }

  /** Gives back what one of those who have collected of a transfer has got; undefined where there is none. */
  refund({ turn }: Step & { do: 'refund' }): Command | undefined {
    const share = this.#shares.at(-1 - turn)
    if (!share) return undefined
    const collected = share.row.transfer
    const asset = ASSETS.find(({ code }) => code === collected.asset) as Asset
    const [giver, sender] = [HOLDERS.get(share.accountId), HOLDERS.get(collected.fromAccount)]
    if (!giver || !sender) return undefined
    const [from, to] = [accountIn(asset.code, giver), accountIn(asset.code, sender)]
    const { amount } = share
    const draft = this.#newDraft({ asset, amount, groupId: collected.groupId }, from, toAccount(to))
    draft.refundOf = collected.id
    return { do: 'contribute', draft, to }
  }

  #commandOf(step: Exclude<Step, { do: 'wait' | 'approve' | 'hold' | 'refund' | 'ask' | 'end' }>): Command {
    switch (step.do) {
      case 'contribute':
        return this.contribution(step)
      case 'create':
        return { do: 'create', draft: this.draftOf(step) }
      case 'issue':
        return this.issue(step)
      case 'return':
        return { do: 'return', which: { id: (step.isDue && this.#dueId()) || this.idOf(step.back) } }
    }
    const { id, by } = this.aimOf(step)
    if (step.do === 'reissue')
      return { do: 'reissue', which: { id }, by, turn: step.turn, codeHash: `${codeOf(id)}${step.turn}` }
    if (step.do === 'extend') return { do: 'extend', which: { id }, by, seconds: step.seconds }
    const which = step.byCode ? { codeHash: codeOf(id) } : { id }
    if (step.do !== 'collect') return { do: step.do, which, by }
    const asked = { do: 'collect', which, by: { ...by, isConfirmed: step.yes } } as const
    return step.phrase ? { ...asked, phraseHash: step.phrase } : asked
  }

  /** Which transfer a step is about, and who takes it. */
  aimOf(step: Act): { id: string; by: Actor } {
    const entered = step.do === 'collect' && step.may && step.byCode && this.#enteredId()
    const id = entered || this.idOf(step.back)
    return { id, by: (step.may && this.#whoMay(step, id)) || step.by }
  }

  issue(step: Step & { do: 'issue' }): Command & { do: 'issue' } {
    const { code } = step.asset
    const theirs = accountIn(code, step.whose)
    const [from, to] = step.out ? [theirs, issuerOf(code)] : [issuerOf(code), theirs]
    return { do: 'issue', draft: this.#newDraft(step, from, toAccount(to)), to }
  }

  contribution(step: Step & { do: 'contribute' }): Command & { do: 'contribute' } {
    const asked = step.asked === undefined ? undefined : this.#asks.length - step.asked
    const number = (step.all ? this.#begunPool() : undefined) ?? asked
    const ask = number === undefined ? undefined : this.#asks[number]
    const { code } = ask?.asset ?? step.asset
    const to = accountIn(code, ask?.by ?? TREASURER)
    const asset = ASSETS.find((each) => each.code === code) as Asset
    const { amount, groupId, limit } = step
    const draft = this.#newDraft({ asset, amount, groupId, limit }, accountIn(code, step.from), toAccount(to))
    if (number === undefined) return { do: 'contribute', draft, to }
    draft.askId = String(number)
    const { pool } = (ask?.isPool && this.askOf(draft.askId)) || {}
    if (pool) {
      if (step.all && pool.given < pool.goal) draft.amount = pool.goal - pool.given
      return { do: 'contribute', draft, to }
    }
    draft.id = answerTo(number)
    draft.codeHash = codeOf(draft.id)
    if (ask) draft.amount = ask.amount
    return { do: 'contribute', draft, to }
  }

  /** The newest pool that something was given for, and that lacks something. */
  #begunPool(): number | undefined {
    const number = this.#asks.findLastIndex(({ isPool, amount, endedAt, expiresAt, own }) => {
      const given = own.reduce((sum, { transfer: t }) => sum + (GIVEN.has(t.state) ? t.amount : 0n), 0n)
      return isPool && !endedAt && this.now < expiresAt && given > 0n && given < amount
    })
    return number < 0 ? undefined : number
  }

  draftOf(step: Step & { do: 'create' }): Draft {
    const { code } = step.asset
    const recipient = !step.to
      ? step.forWhom === 'listed'
        ? ({ kind: 'listed', list: 'crew' } as const)
        : ({ kind: step.forWhom } as const)
      : step.byHandle && step.to.handle
        ? ({ kind: 'handle', handle: step.to.handle } as const)
        : toAccount(accountIn(code, step.to))
    const from = accountIn(code, step.from)
    const { shares, lucky, lifetime, approvals } = step
    const draft = this.#newDraft(step, from, recipient)
    draft.shares = shares
    const settlement = step.to || approvals !== undefined ? undefined : step.settlement
    if (lucky && shares > 1) draft.lucky = true
    if (settlement) draft.settlement = settlement
    if (draft.lucky || settlement) draft.seed = this.#seedOf(draft.id)
    if (lifetime !== undefined) draft.lifetime = lifetime
    if (step.phrase && !step.to) draft.phrase = { hash: step.phrase, here: false }
    if (approvals !== undefined) {
      draft.payoutId = payoutOf(draft.id)
      this.#lacks.set(draft.payoutId, approvals)
    }
    return draft
  }

  /** An open transfer whose time is over: rather one that people have entered. */
  #dueId(): string | undefined {
    let due: Row | undefined
    for (const row of this.#open) {
      if (row.transfer.expiresAt > this.now) continue
      if (row.entrants.length > 0) return row.transfer.id
      due ??= row
    }
    return due?.transfer.id
  }

  /** The newest open transfer that people have entered. */
  #enteredId(): string | undefined {
    let newest: string | undefined
    for (const { entrants, transfer } of this.#open) if (entrants.length > 0) newest = transfer.id
    return newest
  }

  idOf({ turns, open }: { turns: number; open: boolean }): string {
    const row = turns === 0 ? undefined : (open ? this.#open : this.#rows).at(-turns)
    return row?.transfer.id ?? 'transfer of nobody'
  }

  #whoMay({ do: what, by, ...step }: Act, id: string): Actor | undefined {
    const row = this.#byId.get(id)
    if (!row) return undefined
    const byCode = 'byCode' in step && step.byCode
    const { recipient, asset, fromAccount, settlement } = row.transfer
    const isTheirs = (account: string) => (one: Actor) => accountIn(asset, one).id === account
    if (what !== 'collect' && what !== 'decline') return PEOPLE.find(isTheirs(fromAccount))
    // Who has entered can't do so again.
    if (settlement && byCode && what === 'collect')
      return PEOPLE.find(isTheirs(row.entrants.at(-1)?.account ?? ''))
    if (recipient.kind === 'account') return PEOPLE.find(isTheirs(recipient.account))
    if (recipient.kind === 'handle') return PEOPLE.find(({ handle }) => handle === recipient.handle)
    const first = PEOPLE.indexOf(by)
    return [...PEOPLE.slice(first), ...PEOPLE.slice(0, first)].find(
      (one) => one.assets.has(asset) && one.isAmong !== false && !isTheirs(fromAccount)(one),
    )
  }

  #newDraft(
    { asset, amount, groupId, limit }: Content,
    from: AccountRef,
    recipient: Recipient<AccountRef>,
  ): Draft {
    const id = idAt(this.#rows.length)
    const draft: Draft = { id, codeHash: codeOf(id), asset, amount, from, recipient }
    if (groupId) draft.groupId = groupId
    if (groupId && limit) draft.limit = { since: new Date(this.now.getTime() - limit.ms), most: limit.most }
    return draft
  }

  transferOf(which: Which): Transfer | undefined {
    const row = this.#byId.get('id' in which ? which.id : idIn(which.codeHash))
    if (!row) return undefined
    const awaits = this.#awaitsOf(row.transfer)
    return awaits === row.transfer.awaits ? row.transfer : { ...row.transfer, awaits }
  }

  hasSent(): boolean {
    return false
  }

  isListed(transfer: string, account: string): boolean {
    return this.#byId.get(transfer)?.listed.has(account) ?? false
  }

  turnOf(transfer: string, account: string): number | undefined {
    return this.#byId.get(transfer)?.entrants.find((one) => one.account === account)?.turn
  }

  entered(transfer: string): number {
    return this.#byId.get(transfer)?.entrants.length ?? 0
  }

  settlementOf(transfer: string) {
    return {
      seed: this.#seedOf(transfer),
      entrants: (this.#byId.get(transfer)?.entrants ?? []).map(({ account }) => ({
        account,
        kin: account,
        isPayable: this.#isPayable(account),
      })),
    }
  }

  hasPaid(transfer: string, account: string): boolean {
    return this.#byId.get(transfer)?.paid.has(account) ?? false
  }

  drawnShare({ id, amount, shares, claimed, remaining }: Transfer): bigint {
    return remaining - (restsOf(this.#seedOf(id), amount, shares)[claimed] as bigint)
  }

  holdOf(owner: Owner): Hold | null {
    return (this.#knowsHolds && this.#holds.get(owner)) || null
  }

  /** Why a command would be refused by who knows of no holds. */
  refusalUnheld(command: Command): Refusal | undefined {
    this.#knowsHolds = false
    const decided = decide(this, command)
    this.#knowsHolds = true
    return decided instanceof Refusal ? decided : undefined
  }

  awaits(payout: string): number {
    return this.#lacks.get(payout) ?? 0
  }

  wasExtended(transfer: string): boolean {
    return this.#byId.get(transfer)?.extended ?? false
  }

  #seedOf(id: string): string {
    return this.seeds.get(id) ?? seedBy(id)
  }

  hasRefunded(transfer: string, account: string): boolean {
    return this.#refunded.has(`${transfer} ${account}`)
  }

  askOf(id: string): AskRow | undefined {
    const ask = this.#asks[Number(id)]
    if (!ask?.isPool) return ask
    const own = ask.own.flatMap(({ transfer }) => (GIVEN.has(transfer.state) ? transfer : []))
    const given = own.reduce((sum, { amount }) => sum + amount, 0n)
    return { ...ask, pool: { goal: ask.amount, given, waiting: own.filter(({ state }) => state === 'open') } }
  }

  isPhraseTaken(hash: string): boolean {
    for (const { transfer } of this.#open)
      if (transfer.phraseHash === hash && this.now < transfer.expiresAt) return true
    return false
  }

  /** What the sender of a draft has sent in these books since its limit's beginning, and has not got back. */
  sentBefore({ from, groupId, limit }: Draft): bigint {
    let sum = 0n
    for (const { transfer, returned } of this.#sent.get(from.id) ?? [])
      if (
        !transfer.refundOf &&
        limit &&
        transfer.createdAt >= limit.since &&
        BOOKS.get(transfer.groupId ?? '') === BOOKS.get(groupId ?? '')
      )
        sum += transfer.amount - returned
    return sum
  }

  #isPayable(account: string): boolean {
    const whose = HOLDERS.get(account)
    return !whose || this.#holds.get(whose.owner) !== 'all'
  }

  #awaitsOf({ payoutId, askId }: Transfer): number {
    if (askId) return 1
    return (payoutId && this.#lacks.get(payoutId)) || 0
  }

  /** The rules once more, as one would tell them to a person. */
  #mayBeDone(command: Command): boolean {
    return 'draft' in command ? this.#mayBeMade(command) : this.#mayBeActedOn(command)
  }

  #mayBeMade(command: Command & { draft: Draft }): boolean {
    const { id, from, recipient, amount, asset, shares = 1, limit, askId, refundOf } = command.draft
    const { phrase, settlement } = command.draft
    const ask = askId ? this.askOf(askId) : undefined
    if (askId && (!ask || ask.endedAt || this.now >= ask.expiresAt)) return false
    const left = ask?.pool ? ask.pool.goal - ask.pool.given : undefined
    if (left !== undefined && (left === 0n || amount > left)) return false
    if (this.#byId.has(id)) return false
    if (refundOf && this.hasRefunded(refundOf, from.id)) return false
    if (phrase && this.isPhraseTaken(phrase.hash)) return false
    const isForAnyone = ['anyone', 'members', 'present'].includes(recipient.kind)
    if (command.do !== 'issue' && isForAnyone && !phrase && amount > (asset.anyoneUpTo ?? amount))
      return false
    if (command.do === 'create' && settlement && amount > (asset.confirmAbove ?? amount))
      if (from.owner.kind === 'person') return false
    const isOwn = recipient.kind === 'account' && recipient.account.id === from.id
    const within = !limit || this.sentBefore(command.draft) + amount <= limit.most
    const allowed =
      command.do === 'issue' || ((refundOf !== undefined || amount <= asset.maxTransfer) && !isOwn && within)
    if (command.do !== 'issue' && this.#holds.get(from.owner)) return false
    const isWaiting = left !== undefined && amount < left
    if ('to' in command && !isWaiting && this.#holds.get(command.to.owner) === 'all') return false
    const balance = this.balances.get(from.id)?.balance ?? 0n
    return amount >= BigInt(shares) && amount > 0n && (isIssuer(from.id) || balance >= amount) && allowed
  }

  #mayBeActedOn(command: Exclude<Command, { draft: Draft }>): boolean {
    const transfer = this.transferOf(command.which)
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
    const isListed = recipient.kind === 'listed' && this.isListed(transfer.id, account)
    const isForAnyone = recipient.kind === 'anyone' || (isForMany && by.isAmong === true) || isListed
    if (command.do === 'cancel') return inTime && isSender
    if (command.do === 'reissue')
      return transfer.askId === null && inTime && isSender && command.turn === transfer.reissues + 1
    if (command.do === 'extend')
      return transfer.askId === null && inTime && isSender && !this.wasExtended(transfer.id)
    if (command.do === 'decline') return inTime && isNamed
    if (this.hasPaid(transfer.id, account) || this.turnOf(transfer.id, account) !== undefined) return false
    // Who they are was looked at when they asked.
    const hasYes = transfer.confirms && by.isConfirmed === true
    if (transfer.confirms && !hasYes) return false
    const { phraseHash } = transfer
    const hasWords = phraseHash === null || (command.do === 'collect' && phraseHash === command.phraseHash)
    if (!hasYes && !hasWords) return false
    if (transfer.awaits > 0 || this.#holds.get(by.owner) === 'all') return false
    return inTime && !isSender && by.assets.has(transfer.asset) && (hasYes || isNamed || isForAnyone)
  }

  #checkMovements(command: Command, { entries }: Decision) {
    const expected = this.#movementsOf(command)
    const isSame =
      entries.length === expected.length &&
      expected.every(
        ([account, amount], index) =>
          entries[index]?.accountId === account && entries[index]?.amount === amount,
      )
    must(isSame, `${command.do} moves what it says`)
  }

  /** Whose money moves when it is done, and how much. */
  #movementsOf(command: Command): [account: string, amount: bigint][] {
    if ('draft' in command) {
      const { from, amount, askId } = command.draft
      const out: [string, bigint] = [from.id, -amount]
      const { pool } = (askId && this.askOf(askId)) || {}
      if (!('to' in command) || (pool && pool.given + amount < pool.goal)) return [out]
      const others = (pool?.waiting ?? []).map((one): [string, bigint] => [command.to.id, one.amount])
      return [out, [command.to.id, amount], ...others]
    }
    const transfer = this.transferOf(command.which) as Transfer
    const { asset, remaining, fromAccount, shares, claimed, lucky, settlement } = transfer
    if (command.do === 'extend' || command.do === 'reissue') return []
    if (command.do === 'return' && settlement) return this.#settled(transfer)
    if (command.do === 'collect' && settlement) return []
    if (command.do !== 'collect') return [[fromAccount, remaining]]
    const share = lucky ? this.drawnShare(transfer) : remaining / BigInt(shares - claimed)
    return [[accountIn(asset, command.by).id, share]]
  }

  /** Whom the lot has fallen on, and what is left. */
  #settled(transfer: Transfer): [account: string, amount: bigint][] {
    const { id, amount, shares, lucky, settlement, fromAccount } = transfer
    const all = this.#byId.get(id)?.entrants ?? []
    const takers = drawnOrder(this.#seedOf(id), all.length)
      .map((turn) => (all[turn - 1] as Entrant).account)
      .filter((account) => this.#isPayable(account))
      .slice(0, shares)
    const count = settlement === 'split' ? takers.length : shares
    if (takers.length === 0) return [[fromAccount, amount]]
    const [each, more] = [amount / BigInt(count), Number(amount % BigInt(count))]
    const lots = lucky
      ? luckyShares(this.#seedOf(id), amount, count)
      : Array.from({ length: count }, (_, index) => each + (index < count - more ? 0n : 1n))
    const rest = lots.slice(takers.length).reduce((sum, lot) => sum + lot, 0n)
    return [
      ...takers.map((account, index): [string, bigint] => [account, lots[index] as bigint]),
      ...(rest > 0n ? [[fromAccount, rest] as [string, bigint]] : []),
    ]
  }

  #carryOut({ transfer, entries, entrant, others = [] }: Decision) {
    const changed = [transfer, ...others].map((one) => this.#put(one))
    for (const entry of entries) this.#enter(entry)
    if (entrant) this.#byId.get(entrant.transferId)?.entrants.push(entrant)
    for (const row of changed) checkRow(row)
    if (entries.length > 0)
      must(
        changed.every(({ transfer: { id } }) => entries.some(({ transferId }) => transferId === id)) &&
          entries.every(({ transferId }) => changed.some(({ transfer: { id } }) => transferId === id)),
        'nothing changes but by an entry',
      )
    for (const { code } of ASSETS) must(this.#held.get(code) === 0n, `all that there is of ${code} is 0`)
    if (transfer.askId) this.#checkPool(transfer.askId)
  }

  #put(transfer: Transfer): Row {
    // A rule that changed it in place would throw.
    Object.freeze(transfer)
    const there = this.#byId.get(transfer.id)
    if (there) {
      const before = there.transfer
      must(before.state === 'open', 'what is closed never changes')
      this.#hold(transfer.asset, transfer.remaining - before.remaining)
      there.transfer = transfer
      if (transfer.state !== 'open') this.#open.splice(this.#open.indexOf(there), 1)
      return there
    }
    const row: Row = {
      transfer,
      moved: 0n,
      returned: 0n,
      paid: new Map(),
      entrants: [],
      extended: false,
      // Every other one of them is on it.
      listed: transfer.recipient.kind === 'listed' ? (LISTED.get(transfer.asset) ?? NOBODY) : NOBODY,
    }
    this.#hold(transfer.asset, transfer.remaining)
    this.#rows.push(row)
    this.#byId.set(transfer.id, row)
    if (transfer.state === 'open') this.#open.push(row)
    const { fromAccount, refundOf, askId } = transfer
    const own = this.#sent.get(fromAccount)
    if (own) own.push(row)
    else this.#sent.set(fromAccount, [row])
    if (refundOf) {
      must(!this.#refunded.has(`${refundOf} ${fromAccount}`), 'a share is given back once')
      this.#refunded.add(`${refundOf} ${fromAccount}`)
    }
    if (askId) this.#asks[Number(askId)]?.own.push(row)
    return row
  }

  #enter(entry: Entry) {
    const { transferId, accountId, kind, amount } = entry
    const row = this.#byId.get(transferId)
    if (!row) throw new Error(`An entry of ${transferId}, which there is not.`)
    const { settlement, asset, fromAccount } = row.transfer
    if (kind === 'collect') {
      must(!row.paid.has(accountId), 'it pays each person once')
      must(
        !settlement || row.entrants.some(({ account }) => account === accountId),
        'it pays those who have entered',
      )
      row.paid.set(accountId, amount)
      if (!isIssuer(fromAccount)) this.#shares.push({ row, accountId, amount })
    }
    if (kind === 'return') {
      must(row.returned === 0n, 'it returns once')
      row.returned = amount
    }
    row.moved += amount
    const before = this.balances.get(accountId) ?? { balance: 0n, mayGoBelowZero: false }
    const balance = before.balance + amount
    must(balance >= 0n || before.mayGoBelowZero, 'only the issuer is below zero')
    this.balances.set(accountId, Object.freeze({ ...before, balance }))
    this.#hold(asset, amount)
    this.#entries.push(entry)
  }

  #hold(asset: string, amount: bigint) {
    this.#held.set(asset, (this.#held.get(asset) ?? 0n) + amount)
  }

  #checkPool(askId: string) {
    const { isPool, amount: goal, own } = this.#asks[Number(askId)] as AskRow
    if (!isPool) return
    const counted = own.filter(({ transfer }) => GIVEN.has(transfer.state))
    const given = counted.reduce((sum, { transfer }) => sum + transfer.amount, 0n)
    must(given <= goal, 'no more is given for a pool than its goal')
    for (const { transfer } of counted)
      must(
        (transfer.state === 'collected') === (given === goal),
        'with the goal all of it is collected, and nothing before',
      )
  }

  /** Adds all up once more, from nothing but the entries. */
  checkAll() {
    const balances = new Map<string, bigint>()
    const moved = new Map<string, bigint>()
    const once = new Set<string>()
    const add = (sums: Map<string, bigint>, key: string, amount: bigint) =>
      sums.set(key, (sums.get(key) ?? 0n) + amount)
    for (const { transferId, accountId, kind, amount } of this.#entries) {
      add(balances, accountId, amount)
      add(moved, transferId, amount)
      once.add(`${transferId} ${accountId} ${kind}`)
    }
    must(once.size === this.#entries.length, 'each entry is there once')
    for (const [account, { balance }] of this.balances)
      must(balance === (balances.get(account) ?? 0n), 'a balance is the sum of its entries')
    for (const { transfer } of this.#rows)
      must(
        transfer.remaining === -(moved.get(transfer.id) ?? 0n),
        'what is left in it is minus the sum of its entries',
      )
    for (const { code } of ASSETS) {
      const holders = [issuerOf(code), ...PEOPLE.map((person) => accountIn(code, person))]
      const held = holders.reduce((sum, { id }) => sum + (balances.get(id) ?? 0n), 0n)
      const open = this.#rows.reduce(
        (sum, { transfer: t }) => sum + (t.asset === code ? t.remaining : 0n),
        0n,
      )
      must(held + open === 0n, `all balances and all open transfers of ${code}`)
    }
  }
}

function checkRow({ transfer, moved, paid }: Row) {
  const { amount, remaining, state, closedAt, shares, claimed, settlement } = transfer
  must(remaining === -moved, 'what is left in it is minus the sum of its entries')
  must(remaining >= 0n && remaining <= amount, 'it pays out what it holds at most')
  must((state === 'open') === remaining > 0n, 'it is open as long as it holds money')
  must((state === 'open') === (closedAt === null), 'what is over has a time when it ended')
  must(claimed === paid.size, 'it has paid as many as its entries say')
  if (settlement === 'split')
    must((state === 'collected') === claimed > 0 && claimed <= shares, 'the whole is split')
  else must((state === 'collected') === (claimed === shares), 'with the last share it is collected')
  if (settlement) must(state !== 'open' || claimed === 0, 'nobody is paid before its end')
}

function must(holds: boolean, what: string) {
  if (!holds) throw new Error(`Not so: ${what}.`)
}

/** The states of what is given for a pool, and has not gone back. */
const GIVEN = new Set<Transfer['state']>(['open', 'collected'])

const ISSUERS = new Set(ASSETS.map(({ code }) => issuerOf(code).id))
const toAccount = (account: AccountRef) => ({ kind: 'account', account }) as const

const isIssuer = (account: string) => ISSUERS.has(account)

/** The accounts of every other one of them, by asset. */
const LISTED = new Map(
  ASSETS.map(({ code }) => [
    code,
    new Set(PEOPLE.filter((_, index) => index % 2 === 0).map((who) => accountIn(code, who).id)),
  ]),
)
const NOBODY = new Set<string>()

/** The id of what pays an ask that is no pool. */
export const answerTo = (ask: number) => `answer to ask ${ask}`
const SEEDS = new Map<string, string>()
function seedBy(id: string): string {
  const seed = SEEDS.get(id) ?? hash('sha256', id, 'hex')
  SEEDS.set(id, seed)
  return seed
}
const payoutOf = (id: string) => `payout of ${id}`

/** Strings that are made once, as most of them come again in each walk. */
const IDS: string[] = []
const idAt = (turn: number) => (IDS[turn] ??= `transfer ${turn}`)
const CODES = new Map<string, string>()
const BY_CODE = new Map<string, string>()
function codeOf(id: string): string {
  const known = CODES.get(id)
  if (known) return known
  const code = `code of ${id}`
  CODES.set(id, code)
  BY_CODE.set(code, id)
  return code
}
const idIn = (code: string) => BY_CODE.get(code) ?? ''
