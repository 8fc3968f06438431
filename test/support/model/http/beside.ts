import { randomUUID } from 'node:crypto'
import type { Owner } from '../../../../src/ledger/accounts.ts'
import type { Actor, Command, Draft } from '../../../../src/ledger/commands.ts'
import type { Decision } from '../../../../src/ledger/rules.ts'
import { whyClosed } from '../../../../src/ledger/rules.ts'
import { type Asset, formatAmount } from '../../../../src/money/amount.ts'
import { Refusal } from '../../../../src/shared/refusal.ts'
import type { Client, Person } from '../../service.ts'
import { ASSETS, accountIn, PEOPLE, type Step, TREASURER } from '../steps.ts'
import { type Act, answerTo, type Row, World } from '../world.ts'
import {
  approvalsFor,
  hasSeat,
  isAdmin,
  lifetimeOf,
  limitOf,
  openParties,
  type Parties,
  termsOf,
} from './parties.ts'
import type { Stage } from './stage.ts'

/** A request, and what the model makes of it. */
interface Asked {
  path: string
  body: object
  /** Decides it in the model, and carries it out there. @returns the code of the refusal, or the new transfer, where it makes one */
  decide(): Decided
  /** Where the answer has the transfer. */
  shown?: (body: Answered) => View | null
  /** What else is in the answer. */
  check?: (body: Answered, decided: Done) => unknown
}
/** Between codes of which either may be told. */
const OR = ' or '
type Done = { decision?: Decision | undefined; id?: string | undefined }
type Decided = string | Done

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the service says
type Answered = any
type View = Record<string, unknown> & { id: string; code?: string }

/** Somebody who wants to collect what its sender confirms. */
interface Asker {
  who: Actor
  answer: 'yes' | 'no' | null
}

type Do<Name extends Step['do']> = Extract<Step, { do: Name }>
/** A collect, where it is one. */
type Tap = Extract<Step, { yes: boolean }>

/** A request that was carried out, to be sent again. */
interface Kept {
  path: string
  body: object
  status: number
  id: string
  amount: unknown
}

/** A world of the model, and the same people in a real service: each step is taken in both, and what they say is compared. */
export class Beside {
  readonly world: World
  readonly #number: number
  readonly #stage: Stage
  readonly #parties: Parties
  /** The ids of the transfers and asks of the model, in the service. */
  readonly #ids = new Map<string, string>()
  /** All codes that a transfer has had. */
  readonly #codes = new Map<string, string[]>()
  readonly #asks: string[] = []
  readonly #askers = new Map<string, Asker[]>()
  readonly #approvals = new Map<string, number>()
  /** How often somebody has tried words that they could not have: a guess, of which five are free. */
  readonly #guesses = new Map<Owner, number>()
  readonly #kept: Kept[] = []
  #requests = 0

  static async open(stage: Stage): Promise<Beside> {
    const number = stage.nextNumber()
    return new Beside(stage, await openParties(stage, number), number)
  }

  private constructor(stage: Stage, parties: Parties, number: number) {
    this.#number = number
    this.#stage = stage
    this.#parties = parties
    this.world = new World(stage.clock.now())
  }

  /** Takes a step in both. @returns what it was, or the code of the refusal; undefined where the service has nothing of the kind */
  async take(step: Step): Promise<string | undefined> {
    if (step.do === 'hold') return this.#hold(step)
    const asked = await this.#askedBy(this.#requests % 4 === 0 ? step : sensible(step))
    if (!asked) return undefined
    const { path, body } = asked
    const decided = asked.decide()
    const key = this.#requests++ % 3 === 0 ? { key: `w${this.#number}-${this.#requests}` } : {}
    const isKeyed = 'key' in key && !UNKEYED.test(path)
    const sent = isKeyed ? { ...body, ...key } : body
    const post = () => this.#stage.client.call<Answered>('POST', path, sent)
    // As if somebody had lost patience: the two are under way together.
    const isTwice = isKeyed && this.#requests % 2 === 0
    const [answer, other] = await Promise.all([post(), isTwice ? post() : undefined])
    const expected = typeof decided === 'string' ? decided : 'done'
    for (const one of other ? [answer, other] : [answer])
      must(
        expected.split(OR).includes(saidIn(one)),
        `${path} is ${expected} in the model, and in the service ${one.text}`,
      )
    if (typeof decided === 'string') return saidIn(answer)
    const view = asked.shown ? asked.shown(answer.body) : answer.body
    await this.#learn(view, decided)
    if (view) this.#compare(view, decided.id as string)
    await asked.check?.(answer.body, decided)
    if (other) must(idIn(other.body) === idIn(answer.body), `${path} is done once by one key`)
    if (isKeyed) {
      const { amount } = answer.body
      this.#kept.push({ path, body: sent, status: answer.status, id: idIn(answer.body), amount })
    }
    return step.do
  }

  /** Sends a request again that was carried out: it has the first answer. With other content it is refused. */
  async retry(turn: number): Promise<'retry' | 'key_reused' | undefined> {
    const kept = this.#kept.at(-1 - (turn % 20))
    if (!kept) return undefined
    const { path, body, status, id, amount } = kept
    const { call } = this.#stage.client
    if (turn % 3 === 0) {
      if (!OTHERWISE.test(path)) return undefined
      const other = path === '/v1/claims' ? { by: this.#parties.approvers[0] as Person } : { amount: '7' }
      const answer = await call<Answered>('POST', path, { ...body, ...other })
      must(saidIn(answer) === 'key_reused', `${path} with another's key is refused, and not: ${answer.text}`)
      return 'key_reused'
    }
    const answer = await call<Answered>('POST', path, body)
    must(
      answer.status === status && idIn(answer.body) === id && answer.body.amount === amount,
      `${path} is answered again as it was, and not: ${answer.text}`,
    )
    return 'retry'
  }

  /** Time has passed, as the clock of the stage says. */
  tick() {
    this.world.now = this.#stage.clock.now()
  }

  /** In how many milliseconds the first of the open transfers ends; undefined where none is open. */
  untilEnd(): number | undefined {
    const now = this.world.now.getTime()
    const ends = this.world.rows.flatMap(({ transfer: { state, expiresAt } }) =>
      state === 'open' && expiresAt.getTime() > now ? expiresAt.getTime() - now : [],
    )
    return ends.length > 0 ? Math.min(...ends) : undefined
  }

  /** What is due goes back, or is settled: the service's sweep has come by. */
  sweep() {
    for (const id of this.world.due())
      must(!(this.world.decide({ do: 'return', which: { id } }) instanceof Refusal), 'what is due goes back')
  }

  /** The accounts of all who are in this world. */
  get accounts(): string[] {
    return HOLDERS.map(([who, asset]) => this.#parties.accountOf(who, asset))
  }

  /** @param balances of all accounts of this world, or of more */
  checkBalances(balances: Map<string, bigint>) {
    for (const [index, account] of this.accounts.entries()) {
      const [who, asset] = HOLDERS[index] as (typeof HOLDERS)[number]
      const [inModel, inService] = [this.#balanceOf(who, asset), balances.get(account) ?? 0n]
      must(
        inModel === inService,
        `${PEOPLE.indexOf(who)} has ${inModel} ${asset.code} in the model, and in the service ${inService}`,
      )
    }
  }

  /** All transfers, histories, balances and asks, as the API tells them. */
  async checkAll(): Promise<void> {
    this.world.checkAll()
    const { client } = this.#stage
    /** Transfers of the model that the service hasn't told of yet, by their ids there. */
    const left = new Map(
      [...this.#ids].flatMap(([id, there]) => (this.world.rowOf(id) ? [[there, id] as const] : [])),
    )
    const known = new Set(left.keys())
    const compare = (view: View) => {
      const id = left.get(view.id)
      if (id !== undefined) this.#compare(view, id)
      left.delete(view.id)
    }
    for (const [who, asset] of HOLDERS) {
      if (who === TREASURER) continue
      const person = this.#parties.person(who, asset)
      const told = await client.balance(person, asset.code)
      const inModel = formatAmount(this.#balanceOf(who, asset), asset)
      must(told === inModel, `${PEOPLE.indexOf(who)} has ${inModel} in the model, and is told ${told}`)
      // What everybody has to begin with is none of the model's requests.
      const items = (await historyOf(client, person)).filter(({ transfer }) => known.has(transfer.id))
      for (const { transfer } of items) compare(transfer)
      this.#compareHistory(items, who, asset)
    }
    // Payouts of the treasury that nobody has collected.
    for (const there of left.keys()) compare(await client.get<View>(`/v1/transfers/${there}`))
    for (const [index, there] of this.#asks.entries()) {
      const ask = this.world.askOf(String(index))
      const { state } = await client.get<{ state: string }>(`/v1/asks/${there}`)
      const inModel = this.#whyAskOver(index)?.slice(4) ?? 'open'
      must(
        ask !== undefined && state === inModel,
        `ask ${there} is ${inModel} in the model, and not ${state}`,
      )
    }
  }

  /** What somebody has sent and received. */
  #compareHistory(items: HistoryItem[], who: Actor, asset: Asset) {
    const account = accountIn(asset.code, who).id
    const inModel = this.world.rows.flatMap(({ transfer: { id, fromAccount, amount }, paid }) => {
      const there = this.#ids.get(id)
      if (there === undefined) return []
      const received = paid.get(account)
      return [
        ...(fromAccount === account ? [`sent ${formatAmount(amount, asset)} by ${there}`] : []),
        ...(received === undefined ? [] : [`received ${formatAmount(received, asset)} by ${there}`]),
      ]
    })
    const told = items.map(({ direction, amount, transfer }) => `${direction} ${amount} by ${transfer.id}`)
    const odd = [...new Set(inModel).symmetricDifference(new Set(told))]
    must(
      odd.length === 0 && told.length === inModel.length,
      `the history of ${PEOPLE.indexOf(who)} differs by: ${odd.join(', ')}`,
    )
  }

  async #askedBy(step: Step): Promise<Asked | undefined> {
    switch (step.do) {
      case 'create':
        return step.from === TREASURER ? this.#payout(step) : this.#create(step)
      case 'issue':
        return this.#issue(step)
      case 'contribute':
        return this.#contribute(step)
      case 'refund':
        return this.#refund(step)
      case 'ask':
        return this.#ask(step)
      case 'end':
        return this.#end(step)
      case 'approve':
        return this.#approve(step)
      case 'collect':
        return (step.yes ? this.#answerAsker(step) : undefined) ?? this.#collect(step)
      case 'cancel':
      case 'decline':
      case 'extend':
      case 'reissue':
        return this.#act(step, step.do)
      default:
        return undefined
    }
  }

  async #create(step: Do<'create'>): Promise<Asked> {
    const { asset, amount, from } = step
    const { code } = asset
    const to = step.to === TREASURER ? null : step.to
    const isForMany = !to && step.forWhom !== 'anyone'
    const shares = to ? 1 : isForMany && step.shares === 1 ? 2 : step.shares
    const settlement = to ? undefined : step.settlement
    const groupId = isForMany ? (step.groupId ?? 'group 1') : step.groupId
    // Each costs 40 milliseconds, and who has chosen some that are taken too often has to wait.
    const mayChoose = !to && this.#requests % 8 === 2 && (this.#guesses.get(from.owner) ?? 0) < 4
    const phrase = mayChoose ? step.phrase : undefined
    const fixed = { to, shares, settlement, groupId, phrase, limit: undefined, approvals: undefined }
    const draft = this.world.draftOf({ ...step, ...fixed, lifetime: undefined })
    Object.assign(draft, termsOf(groupId, asset, this.world.now))
    const seconds = step.lifetime === 2 ? 10 : 20
    const isLate = settlement !== undefined && seconds > lifetimeOf(groupId, asset)
    if (settlement) draft.lifetime = seconds
    const isByHandle = draft.recipient.kind === 'handle'
    if (isForMany && step.forWhom === 'listed') await this.#parties.tell(from, groupId as string, asset)

    const whyNot = () =>
      whyNoAmount(from, asset, amount) ??
      (isLate ? 'settles_too_late' : undefined) ??
      (to && !to.assets.has(code) ? 'wrong_asset' : undefined) ??
      (isByHandle && to === from ? 'own_transfer' : undefined) ??
      whyOverMost(groupId, asset, amount) ??
      (draft.recipient.kind === 'listed' && !isAdmin(from, groupId as string, asset)
        ? 'not_admin'
        : undefined)
    const { person, chatOf, wordsOf } = this.#parties
    const recipient = to && person(to, asset)
    return {
      path: '/v1/transfers',
      body: {
        ...this.#money(draft),
        from: person(from, asset),
        ...(recipient && {
          to: isByHandle ? { messenger: recipient.messenger, handle: recipient.handle } : recipient,
        }),
        ...((shares > 1 || settlement) && { shares }),
        ...(step.lucky && shares > 1 && { draw: 'lucky' }),
        ...(settlement && { settlement: { by: settlement, seconds } }),
        ...(isForMany && { takers: TAKERS[step.forWhom] }),
        ...(groupId && { group: chatOf(groupId) }),
        ...(phrase && { phrase: { words: wordsOf(phrase) } }),
      },
      decide: () => {
        const decided = whyNot() ?? this.#made({ do: 'create', draft })
        if (decided === 'phrase_taken')
          this.#guesses.set(from.owner, (this.#guesses.get(from.owner) ?? 0) + 1)
        return decided
      },
    }
  }

  /** An admin has the treasury pay somebody. */
  #payout(step: Do<'create'>): Asked {
    const { asset, amount } = step
    const to = step.to && step.to !== TREASURER ? step.to : (PEOPLE[0] as Actor)
    const approvals = asset.code === 'CREDIT' ? approvalsFor(amount) : 0
    const fixed = { to, byHandle: false, shares: 1, groupId: 'group 1', limit: undefined, approvals }
    const draft = this.world.draftOf({ ...step, ...fixed, lifetime: undefined })
    draft.lifetime = lifetimeOf('group 1', asset) * (approvals > 0 ? 2 : 1)
    const { person, chatOf } = this.#parties
    const { messenger, id } = chatOf('group 1')
    const balance = this.#balanceOf(TREASURER, asset)
    const whyNot = () => {
      // Admins of a chat in this messenger deal in what is dealt in there.
      if (asset.code !== 'CREDIT') return 'unknown_asset'
      const noAmount =
        whyNoAmount(TREASURER, asset, amount) ??
        (amount > asset.maxTransfer ? 'amount_too_large' : undefined) ??
        whyOverMost('group 1', asset, amount)
      const faults = [
        noAmount,
        to.assets.has(asset.code) ? undefined : 'wrong_asset',
        !noAmount && balance < amount ? 'treasury_short' : undefined,
      ]
      const [first, another] = faults.filter((fault) => fault !== undefined)
      return another ? 'payout_faulty' : first
    }
    return {
      path: `/v1/groups/${messenger}/${id}/payouts`,
      body: {
        by: person(TREASURER, asset),
        asset: asset.code,
        items: [{ to: person(to, asset), amount: formatAmount(amount, asset) }],
      },
      decide: () => whyNot() ?? this.#made({ do: 'create', draft }),
      shown: (body) => body.transfer,
      check: ({ payout }, { id }) => {
        this.#ids.set(payoutOf(id as string), payout.id)
        this.#approvals.set(id as string, 0)
      },
    }
  }

  #issue(step: Do<'issue'>): Asked {
    const whose = step.whose === TREASURER ? (PEOPLE[4] as Actor) : step.whose
    const command = this.world.issue({ ...step, whose })
    const { asset, amount } = step
    const person = this.#parties.person(whose, asset)
    return {
      path: '/v1/issues',
      body: { ...this.#money(command.draft), ...(step.out ? { from: person } : { to: person }) },
      decide: () => whyNoAmount(whose, asset, amount) ?? this.#made(command),
    }
  }

  /** Into the treasury, or what somebody has asked for. */
  #contribute(step: Do<'contribute'>): Asked | undefined {
    const from = step.from === TREASURER ? (PEOPLE[4] as Actor) : step.from
    const command = this.world.contribution({ ...step, from, groupId: undefined, limit: undefined })
    const { draft } = command
    const { asset, amount, askId } = draft
    const { person, chatOf } = this.#parties
    if (askId === undefined) {
      const group = step.groupId === 'group 2' ? 'group 2' : 'group 1'
      Object.assign(draft, termsOf(group, asset, this.world.now))
      const { messenger, id } = chatOf(group)
      return {
        path: `/v1/groups/${messenger}/${id}/contributions`,
        body: { ...this.#money(draft), from: person(from, asset) },
        decide: () =>
          whyNoAmount(from, asset, amount) ?? whyOverMost(group, asset, amount) ?? this.#made(command),
      }
    }
    const ask = this.world.askOf(askId)
    if (!ask && amount % 4n !== 0n) return undefined
    const holds = from.assets.has(asset.code)
    const whyNot = () => {
      if (!ask) return undefined
      if (ask.by === from) return 'ask_own'
      return ask.isPool ? whyNoAmount(from, asset, amount) : holds ? undefined : 'wrong_asset'
    }
    return {
      path: `/v1/asks/${this.#asks[Number(askId)] ?? randomUUID()}/payments`,
      body: { by: person(from, asset), ...(ask?.isPool && { amount: formatAmount(amount, asset) }) },
      decide: () => whyNot() ?? this.#made(command),
      shown: ({ transfer }) => transfer,
    }
  }

  #refund(step: Do<'refund'>): Asked | undefined {
    const command = this.world.refund(step)
    if (command?.do !== 'contribute') return undefined
    const { draft } = command
    const giver = PEOPLE.find((one) => accountIn(draft.asset.code, one).id === draft.from.id) as Actor
    const there = this.#ids.get(draft.refundOf as string)
    if (giver === TREASURER || !there) return undefined
    const isRefund = this.world.rowOf(draft.refundOf as string)?.transfer.refundOf !== null
    return {
      path: `/v1/transfers/${there}/refund`,
      body: { by: this.#parties.person(giver, draft.asset) },
      decide: () => (isRefund ? 'not_refundable' : this.#made(command)),
    }
  }

  #ask(step: Do<'ask'>): Asked {
    const { asset, amount, isPool } = step
    const by = step.by === TREASURER ? (PEOPLE[4] as Actor) : step.by
    const hours = step.ms > 3000 ? 2 : 1
    const whyNot = () =>
      (this.world.holdOf(by.owner) === 'all' ? 'on_hold' : undefined) ??
      whyNoAmount(by, asset, amount) ??
      (!isPool && amount > asset.maxTransfer ? 'amount_too_large' : undefined)
    return {
      path: '/v1/asks',
      body: {
        by: this.#parties.person(by, asset),
        kind: isPool ? 'pool' : 'request',
        amount: formatAmount(amount, asset),
        asset: asset.code,
        hours,
      },
      decide: () => {
        const refused = whyNot()
        if (refused) return refused
        this.world.take({ ...step, by, ms: hours * 3_600_000 })
        return {}
      },
      shown: () => null,
      check: ({ id, expiresAt }) => {
        this.#asks.push(id)
        const inModel = this.world.askOf(String(this.#asks.length - 1))?.expiresAt.toISOString()
        must(
          expiresAt === inModel,
          `ask ${id} ends at ${inModel} in the model, and in the service ${expiresAt}`,
        )
      },
    }
  }

  #end(step: Do<'end'>): Asked | undefined {
    const index = this.#asks.length - 1 - step.back
    const ask = this.world.askOf(String(index))
    if (!ask) return undefined
    const by = step.back === 2 ? (PEOPLE[0] as Actor) : ask.by
    return {
      path: `/v1/asks/${this.#asks[index]}/end`,
      body: { by: this.#parties.person(by, ask.asset) },
      decide: () => {
        const refused = by === ask.by ? this.#whyAskOver(index) : 'not_asker'
        if (refused) return refused
        this.world.take(step)
        // What was given for a pool goes back.
        for (const { id } of ask.pool?.waiting ?? []) {
          const declined = this.world.decide({ do: 'decline', which: { id }, by })
          must(!(declined instanceof Refusal) || this.world.now >= ask.expiresAt, 'what waits goes back')
        }
        return {}
      },
      shown: () => null,
    }
  }

  #whyAskOver(index: number): string | undefined {
    const ask = this.world.askOf(String(index))
    if (!ask) return undefined
    const isPaid = ask.pool ? ask.pool.given >= ask.pool.goal : this.world.rowOf(answerTo(index))
    if (isPaid) return 'ask_paid'
    if (ask.endedAt) return 'ask_ended'
    return this.world.now >= ask.expiresAt ? 'ask_expired' : undefined
  }

  #approve(step: Do<'approve'>): Asked | undefined {
    const id = [...this.#approvals.keys()].at(-step.back.turns)
    const row = id && this.world.rowOf(id)
    if (!row) return undefined
    const before = this.#approvals.get(id) ?? 0
    const { transfer } = row
    const isOver = transfer.state !== 'open' || this.world.now >= transfer.expiresAt
    return {
      path: `/v1/payouts/${this.#ids.get(payoutOf(id))}/approvals`,
      body: { by: this.#parties.approvers[before % 2] },
      decide: () => {
        if (before >= approvalsFor(transfer.amount))
          return before > 0 ? 'payout_approved_twice' : 'payout_approved'
        if (isOver) return 'expired'
        this.world.approve(id)
        this.#approvals.set(id, before + 1)
        return {}
      },
      shown: () => null,
    }
  }

  async #collect(step: Tap): Promise<Asked | undefined> {
    const words = this.#requests % 64 === 2 && step.phrase && this.#opened(step.phrase)
    const aim = this.world.aimOf(step)
    const id = words || aim.id
    const row = this.world.rowOf(id)
    const who = aim.by === TREASURER ? (PEOPLE[4] as Actor) : aim.by
    const { asset, groupId, recipient, reissues } = row?.transfer ?? NOBODYS
    const there = this.#ids.get(id)
    if (row ? !there : step.back.turns > 0) return undefined
    const isForMany = recipient.kind === 'members' || recipient.kind === 'present'
    if (isForMany && groupId) await this.#parties.tell(who, groupId, { code: asset })
    const by = groupId && !hasSeat(who, groupId, { code: asset }) ? { ...who, isAmong: false } : who
    const codes = this.#codes.get(id) ?? []
    // One that was given out before opens nothing any more.
    const isDead = !words && step.byCode && reissues > 0 && !step.may
    const what = words
      ? { phrase: this.#parties.wordsOf(step.phrase as string) }
      : step.byCode && codes.length > 0
        ? { code: isDead ? codes[0] : codes.at(-1) }
        : { transfer: there ?? randomUUID() }
    const collect = (isConfirmed: boolean) =>
      this.#made({
        do: 'collect',
        which: { id },
        by: { ...by, isConfirmed },
        ...(words && { phraseHash: step.phrase as string }),
      })
    return {
      path: '/v1/claims',
      body: { ...what, by: this.#parties.person(who, { code: asset }) },
      decide: () => {
        if (isDead) return 'transfer_not_found'
        const decided = collect(false)
        if (decided !== 'awaiting_sender') return decided
        const askers = this.#askers.get(id) ?? []
        const own = askers.find((one) => one.who === who)
        if (!own) this.#askers.set(id, [...askers, { who, answer: null }])
        if (own?.answer === 'no') return 'sender_said_no'
        return own?.answer === 'yes' ? collect(true) : decided
      },
      shown: ({ transfer }) => transfer,
      check: ({ amount, turn }, { decision }) => {
        const paid = decision?.claim && formatAmount(decision.claim.amount, assetOf(asset))
        must(amount === paid, `the share is ${paid} in the model, and in the service ${amount}`)
        must(turn === (decision?.entrant?.turn ?? null), 'who takes part has the next number')
      },
    }
  }

  /** The transfer that words of the model open: of several an open one, of these the newest. */
  #opened(phrase: string): string | undefined {
    const all = this.world.rows.filter(({ transfer }) => transfer.phraseHash === phrase)
    return (all.findLast(({ transfer }) => transfer.state === 'open') ?? all.at(-1))?.transfer.id
  }

  /** The sender's yes, or no, to whoever has asked last. */
  #answerAsker(step: Tap): Asked | undefined {
    const [id, askers] = [...this.#askers].at(-1 - step.back.turns) ?? [...this.#askers].at(-1) ?? []
    const row = id && this.world.rowOf(id)
    const asker = askers?.at(-1)
    if (!row || !asker) return undefined
    const { transfer } = row
    const { asset } = transfer
    const sender = PEOPLE.find((one) => accountIn(asset, one).id === transfer.fromAccount) as Actor
    const by = step.may || step.by === TREASURER ? sender : step.by
    const said = step.byCode ? 'yes' : 'no'
    const whyNot = () => {
      if (by !== sender) return 'not_sender'
      const closed = whyClosed(this.world.now, transfer, transfer.fromAccount)
      const isUnderWay = asker.answer === 'yes' && said === 'yes' && !closed
      if (asker.answer !== null && !isUnderWay) return 'asker_answered'
      return closed?.code
    }
    return {
      path: `/v1/transfers/${this.#ids.get(id)}/askers/${askers?.length}/${said}`,
      body: { by: this.#parties.person(by, { code: asset }) },
      decide: () => {
        const refused = whyNot()
        if (refused) return refused
        asker.answer = said
        if (said === 'no') return {}
        const decided = this.#made({ do: 'collect', which: { id }, by: { ...asker.who, isConfirmed: true } })
        return decided === 'on_hold'
          ? 'asker_unpayable'
          : decided === 'already_yours'
            ? 'asker_answered'
            : decided
      },
      shown: (body) => (said === 'yes' ? body.transfer : null),
    }
  }

  async #act(step: Act, what: Exclude<Act['do'], 'collect'>): Promise<Asked | undefined> {
    const aim = this.world.aimOf(step)
    const { id } = aim
    // An admin declines nothing for the treasury.
    const who = aim.by === TREASURER && what === 'decline' ? (PEOPLE[4] as Actor) : aim.by
    const row = this.world.rowOf(id)
    const there = this.#ids.get(id)
    if (row ? !there : step.back.turns > 0) return undefined
    const { asset, groupId, payoutId } = row?.transfer ?? NOBODYS
    const group = groupId ?? undefined
    // What a treasury has paid is its admins'.
    const isTreasurys = payoutId !== null && what !== 'decline'
    const isStranger = isTreasurys && !isAdmin(who, 'group 1', { code: asset })
    if (isStranger) await this.#parties.tell(who, 'group 1', { code: asset })
    const by = isTreasurys ? TREASURER : who
    const which = { id }
    const commands = {
      cancel: { do: 'cancel', which, by },
      decline: { do: 'decline', which, by },
      extend: { do: 'extend', which, by, seconds: lifetimeOf(group, assetOf(asset)) },
      reissue: { do: 'reissue', which, by, turn: (row?.transfer.reissues ?? 0) + 1, codeHash: '' },
    } as const
    return {
      path: `/v1/transfers/${there ?? randomUUID()}/${what}`,
      body: { by: this.#parties.person(who, { code: asset }) },
      decide: () => (isStranger ? 'not_admin' : this.#made(commands[what])),
    }
  }

  async #hold({ whom, hold }: Do<'hold'>): Promise<string | undefined> {
    if (whom === TREASURER) return undefined
    this.world.take({ do: 'hold', whom, hold })
    await this.#parties.hold(whom, hold)
    return 'hold'
  }

  #made(command: Command): Decided {
    const decision = this.world.decide(command)
    if (!(decision instanceof Refusal)) return { decision, id: decision.transfer.id }
    const { code } = decision
    if (code !== 'on_hold' && code !== 'asker_unpayable') return code
    // Holds are read where they decide: what is refused anyway may be so for the other reason.
    const other = this.world.refusalUnheld(command)?.code ?? code
    return other === code || other === 'awaiting_sender' ? code : `${code}${OR}${other}`
  }

  /** Who a new transfer is in the service, and what its draw follows from, which the service tells nobody as long as it is open. */
  async #learn(view: View | null, { id, decision }: Done): Promise<void> {
    if (!view || !id) return
    const before = this.#ids.get(id)
    must(!before || before === view.id, 'the answer is about the transfer that was asked about')
    this.#ids.set(id, view.id)
    const codes = this.#codes.get(id) ?? []
    if (view.code && codes.at(-1) !== view.code) this.#codes.set(id, [...codes, view.code])
    if (before || !decision?.transfer.seedHash) return
    const [row] = await this.#stage.core.sql<{ seed: string }[]>`
      select encode(seed, 'hex') as seed from draws where transfer_id = ${view.id}`
    this.world.seeds.set(id, row?.seed ?? '')
  }

  #compare(view: View, id: string) {
    const { transfer, paid, returned, entrants } = this.world.rowOf(id) as Row
    const { asset, settlement } = transfer
    const money = (minor: bigint) => formatAmount(minor, assetOf(asset))
    const collected = [...paid.values()].reduce((sum, amount) => sum + amount, 0n)
    const inModel: Record<string, unknown> = {
      id: this.#ids.get(id),
      state: transfer.state,
      asset,
      amount: money(transfer.amount),
      collected: money(collected),
      returned: money(returned),
      shares: transfer.shares,
      claimed: transfer.claimed,
      reissues: transfer.reissues,
      confirms: transfer.confirms,
      draw: transfer.lucky ? 'lucky' : 'equal',
      phrase: transfer.phraseHash && 'anywhere',
      createdAt: transfer.createdAt.toISOString(),
      expiresAt: transfer.expiresAt.toISOString(),
      closedAt: transfer.closedAt?.toISOString() ?? null,
      refundOf: (transfer.refundOf && this.#ids.get(transfer.refundOf)) ?? null,
      settlement: settlement && { by: settlement, entered: entrants.length },
    }
    for (const [name, value] of Object.entries(inModel)) {
      const [a, b] = [JSON.stringify(value), JSON.stringify(view[name])]
      must(a === b, `of ${id}, which is ${view.id}, ${name} is ${a} in the model, and in the service ${b}`)
    }
  }

  #money = ({ asset, amount }: Pick<Draft, 'asset' | 'amount'>) => ({
    amount: formatAmount(amount, asset),
    asset: asset.code,
  })

  #balanceOf = (who: Actor, { code }: Asset): bigint =>
    this.world.balances.get(accountIn(code, who).id)?.balance ?? 0n
}

/** Who may have what: all accounts of a world but the issuers'. */
const HOLDERS = PEOPLE.flatMap((who) =>
  ASSETS.filter(({ code }) => who.assets.has(code)).map((asset) => [who, asset] as const),
)

interface HistoryItem {
  direction: string
  amount: string
  transfer: View
}

/** All pages of somebody's history. */
async function historyOf({ get }: Client, { messenger, id }: Person): Promise<HistoryItem[]> {
  const all: HistoryItem[] = []
  for (let next: string | null = ''; next !== null; ) {
    const cursor = next && `&cursor=${next}`
    const page: { items: HistoryItem[]; next: string | null } = await get(
      `/v1/people/${messenger}/${id}/history?limit=100${cursor}`,
    )
    all.push(...page.items)
    next = page.next
  }
  return all
}

/** In an asset that they deal in, with a transfer that is open: of all else there is little to be said. */
function sensible(step: Step): Step {
  if ('yes' in step) return { ...step, back: { ...step.back, open: true } }
  if (!('asset' in step)) return step
  const { assets } = step.do === 'issue' ? step.whose : 'by' in step ? step.by : step.from
  const dealtIn = ASSETS.find(({ code }) => assets.has(code)) as Asset
  return assets.has(step.asset.code) ? step : { ...step, asset: dealtIn }
}

/** Why an amount can't be read: what they deal in comes first. */
function whyNoAmount({ assets }: Actor, { code }: Asset, amount: bigint): string | undefined {
  if (!assets.has(code)) return 'unknown_asset'
  if (amount < 0n) return 'invalid_amount'
  return amount === 0n ? 'amount_too_small' : undefined
}

function whyOverMost(group: string | undefined, asset: Asset, amount: bigint): string | undefined {
  const most = limitOf(group, asset, 'transfer')
  return most !== undefined && amount > most ? 'group_transfer_limit' : undefined
}

const saidIn = ({ status, body }: { status: number; body: Answered }): string =>
  status < 300 ? 'done' : String(body?.code)

/** What a request has made or moved. */
const idIn = (body: Answered): string => (body.payout ?? body.transfer ?? body).id

const TAKERS = {
  members: { of: 'members' },
  present: { of: 'before' },
  listed: { of: 'list', list: 'crew' },
} as Record<string, object>
/** Requests that have no key. */
const UNKEYED = /\/(end|approvals|yes|no)$/
/** Requests that can be sent with other content, which is refused for no other reason. */
const OTHERWISE = /^\/v1\/(transfers|issues|claims)$|\/contributions$/
/** Of a transfer that there isn't. */
const NOBODYS = {
  asset: 'CREDIT',
  groupId: null,
  payoutId: null,
  recipient: { kind: 'anyone' },
  reissues: 0,
} as const

const assetOf = (code: string) => ASSETS.find((asset) => asset.code === code) as Asset
const payoutOf = (id: string) => `payout of ${id}`

function must(holds: boolean, what: string) {
  if (!holds) throw new Error(`Not so: ${what}.`)
}
