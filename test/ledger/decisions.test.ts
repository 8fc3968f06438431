import { describe, expect, test } from 'vitest'
import { accountOf, groupOwner, ISSUER, personOwner } from '../../src/ledger/accounts.ts'
import type { Actor, Ask, Command, Draft, Transfer, Which } from '../../src/ledger/commands.ts'
import { seedHashOf } from '../../src/ledger/lucky.ts'
import { type Decision, decide, NOTHING_HAPPENED, type State } from '../../src/ledger/rules.ts'
import { Refusal } from '../../src/shared/refusal.ts'

// What the rules answer in full, where the random commands of rules.test.ts ask for yes or no and what moves.

const CREDIT = { code: 'CREDIT', scale: 2, symbols: [], maxTransfer: 100_00n, lifetime: 3600 }
const NOW = new Date('2026-11-28T12:00:00Z')
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000)
const [ada, ben] = [personOwner('ada'), personOwner('ben')]
const [from, to] = [accountOf(ada, 'CREDIT'), accountOf(ben, 'CREDIT')]

const state = (more: Partial<State> = {}): State => ({
  ...NOTHING_HAPPENED,
  now: NOW,
  balances: new Map([[from.id, { balance: 50_00n, mayGoBelowZero: false }]]),
  ...more,
})
const draft = (more: Partial<Draft> = {}): Draft => ({
  id: 'one',
  codeHash: '00',
  asset: CREDIT,
  amount: 20_00n,
  from,
  recipient: { kind: 'anyone' },
  ...more,
})
const by = (more: Partial<Actor> = {}): Actor => ({ owner: ben, assets: new Set(['CREDIT']), ...more })
const sender = by({ owner: ada })

function yes(books: State, command: Command): Decision {
  const decided = decide(books, command)
  if (decided instanceof Refusal) throw decided
  return decided
}
const no = (books: State, command: Command) => {
  const decided = decide(books, command)
  return decided instanceof Refusal ? [decided.code, decided.details] : decided
}
const create = (more: Partial<Draft> = {}): Command => ({ do: 'create', draft: draft(more) })
const isOne = (transfer: Transfer) => (which: Which) =>
  'id' in which && which.id === 'one' ? transfer : undefined
/** Books in which that was created, and what is true since. */
const withOpen = (more: Partial<Draft> = {}, since: Partial<Transfer> = {}, books: Partial<State> = {}) => {
  const transfer = { ...yes(state(), create(more)).transfer, ...since }
  return state({
    transferOf: isOne(transfer),
    ...books,
  })
}
const which = { id: 'one' }
const PLAIN: Transfer = {
  id: 'one',
  asset: 'CREDIT',
  amount: 20_00n,
  remaining: 20_00n,
  state: 'open',
  fromAccount: from.id,
  recipient: { kind: 'anyone' },
  shares: 1,
  reissues: 0,
  claimed: 0,
  lucky: false,
  settlement: null,
  seedHash: null,
  phraseHash: null,
  phraseHere: false,
  confirms: false,
  groupId: null,
  madeBy: null,
  payoutId: null,
  askId: null,
  awaits: 0,
  refundOf: null,
  note: null,
  createdAt: NOW,
  expiresAt: later(3600),
  closedAt: null,
}
const funding = { transferId: 'one', accountId: from.id, kind: 'fund', amount: -20_00n, leaves: 'open' }

describe('a new transfer', () => {
  test('has what nobody said by its asset, and nothing else', () => {
    const books = state({ awaits: () => 2 })
    expect(yes(books, create())).toEqual({ transfer: PLAIN, entries: [funding], claim: null })
  })

  test('has all that was said', () => {
    const said = {
      shares: 3,
      lucky: true,
      settlement: 'draw',
      groupId: 'group',
      madeBy: 'somebody',
      refundOf: 'another',
      note: 'for lunch',
    } as const
    const more = {
      ...said,
      recipient: { kind: 'account', account: to },
      seed: '00'.repeat(32),
      phrase: { hash: 'ab', here: true },
      lifetime: 60,
      payoutId: 'payout',
    } as const
    expect(yes(state({ awaits: (id) => (id === 'payout' ? 2 : 9) }), create(more)).transfer).toEqual({
      ...PLAIN,
      ...said,
      recipient: { kind: 'account', account: to.id },
      seedHash: seedHashOf(more.seed),
      phraseHash: 'ab',
      phraseHere: true,
      payoutId: 'payout',
      awaits: 2,
      expiresAt: later(60),
    })
    expect(yes(state(), create({ askId: 'ask' })).transfer).toEqual({ ...PLAIN, askId: 'ask', awaits: 1 })
  })

  test.each<[code: string, details: object, more: Partial<Draft>, books?: Partial<State>]>([
    ['own_transfer', {}, { recipient: { kind: 'account', account: from } }],
    [
      'refunded_already',
      {},
      { refundOf: 'x' },
      { hasRefunded: (id, account) => id === 'x' && account === from.id },
    ],
    ['amount_too_large', { max: '100.00', asset: 'CREDIT' }, { amount: 100_01n }],
    ['name_or_phrase', { most: '10.00', asset: 'CREDIT' }, { asset: { ...CREDIT, anyoneUpTo: 10_00n } }],
    [
      'settlement_too_large',
      { most: '19.99', asset: 'CREDIT' },
      { asset: { ...CREDIT, confirmAbove: 19_99n }, settlement: 'split' },
    ],
    ['on_hold', {}, {}, { holdOf: (owner) => (owner === ada ? 'send' : null) }],
    ['phrase_taken', {}, { phrase: { hash: 'ab', here: false } }, { isPhraseTaken: (hash) => hash === 'ab' }],
    [
      'group_day_limit',
      { most: '30.00', sent: '10.01', asset: 'CREDIT' },
      { limit: { since: NOW, most: 30_00n } },
      { sentBefore: () => 10_01n },
    ],
    ['amount_too_small', {}, { amount: 0n }],
    ['amount_too_small', {}, { shares: 0 }],
    ['too_many_shares', { amount: '0.03', asset: 'CREDIT', most: '3' }, { amount: 3n, shares: 4 }],
    ['insufficient_funds', { amount: '50.01', balance: '50.00', asset: 'CREDIT' }, { amount: 50_01n }],
    [
      'insufficient_funds',
      { amount: '20.00', balance: '0.00', asset: 'CREDIT' },
      {},
      { balances: new Map() },
    ],
  ])('is refused: %s %o', (code, details, more, books) => {
    expect(no(state(books), create(more))).toEqual([code, details])
  })

  test.each<[what: string, more: Partial<Draft>, books?: Partial<State>]>([
    ['as much as there is', { amount: 50_00n }],
    ['a share for each unit', { amount: 3n, shares: 3 }],
    ['as much as the asset allows', { asset: { ...CREDIT, maxTransfer: 20_00n } }],
    ['what is given back, whatever the limit', { asset: { ...CREDIT, maxTransfer: 1n }, refundOf: 'x' }],
    ['as much as anyone may have', { asset: { ...CREDIT, anyoneUpTo: 20_00n } }],
    ['more by words', { asset: { ...CREDIT, anyoneUpTo: 1n }, phrase: { hash: 'ab', here: true } }],
    [
      'more for an account',
      { asset: { ...CREDIT, anyoneUpTo: 1n }, recipient: { kind: 'account', account: to } },
    ],
    [
      'more for a handle',
      { asset: { ...CREDIT, anyoneUpTo: 1n }, recipient: { kind: 'handle', handle: 'a:b' } },
    ],
    ['more for a list', { asset: { ...CREDIT, anyoneUpTo: 1n }, recipient: { kind: 'listed', list: 'l' } }],
    ['a whole day’s limit', { limit: { since: NOW, most: 30_00n } }, { sentBefore: () => 10_00n }],
  ])('may be %s', (_what, more, books) => {
    expect(yes(state(books), create(more)).transfer.state).toBe('open')
  })

  test('waits for its sender’s yes above what the asset says, but not where a treasury pays', () => {
    const confirms = (confirmAbove: bigint, more: Partial<Draft> = {}) =>
      yes(
        state({
          balances: new Map(
            [from, treasury].map(({ id }) => [id, { balance: 50_00n, mayGoBelowZero: false }]),
          ),
        }),
        create({ asset: { ...CREDIT, confirmAbove }, ...more }),
      ).transfer.confirms
    const treasury = accountOf(groupOwner('group'), 'CREDIT')
    expect([confirms(19_99n), confirms(20_00n), confirms(1n, { from: treasury })]).toEqual([
      true,
      false,
      false,
    ])
  })
})

describe('who collects', () => {
  const collect = (actor = by(), phraseHash?: string): Command => ({
    do: 'collect',
    which,
    by: actor,
    ...(phraseHash && { phraseHash }),
  })

  test('has the money, and with the last share the transfer is over', () => {
    const books = withOpen({ shares: 3, amount: 10n })
    const first = yes(books, collect())
    const entry = { transferId: 'one', accountId: to.id, kind: 'collect', reissues: 0 }
    expect(first).toEqual({
      transfer: { ...PLAIN, amount: 10n, shares: 3, remaining: 7n, claimed: 1 },
      entries: [{ ...entry, amount: 3n, leaves: 'open' }],
      claim: { account: to.id, amount: 3n, at: NOW },
    })
    expect(yes(withOpen({}, { reissues: 2 }), collect())).toEqual({
      transfer: { ...PLAIN, reissues: 2, remaining: 0n, claimed: 1, state: 'collected', closedAt: NOW },
      entries: [{ ...entry, reissues: 2, amount: 20_00n, leaves: 'collected' }],
      claim: { account: to.id, amount: 20_00n, at: NOW },
    })
    const drawn = withOpen({ shares: 3, lucky: true }, {}, { drawnShare: () => 11n })
    expect(yes(drawn, collect()).claim?.amount).toBe(11n)
  })

  test('takes part in what pays at its end, in the next turn', () => {
    const books = withOpen({ settlement: 'draw' }, {}, { entered: () => 4 })
    expect(yes(books, collect())).toEqual({
      transfer: { ...PLAIN, settlement: 'draw' },
      entries: [],
      claim: null,
      entrant: { transferId: 'one', account: to.id, turn: 5 },
    })
  })

  test.each<[code: string, details: object, books: State, actor?: Actor, phrase?: string]>([
    ['transfer_not_found', {}, state()],
    ['already_yours', {}, withOpen({ shares: 2 }, { claimed: 1 }, { hasPaid: () => true })],
    ['already_collected', {}, withOpen({}, { state: 'collected' })],
    ['already_collected', { reader: 'sender' }, withOpen({}, { state: 'collected' }), sender],
    ['cancelled', {}, withOpen({}, { state: 'cancelled' })],
    ['cancelled', { reader: 'sender' }, withOpen({}, { state: 'cancelled' }), sender],
    ['declined', { reader: 'sender' }, withOpen({}, { state: 'declined' }), sender],
    ['expired', { state: 'returned' }, withOpen({}, { state: 'returned' })],
    ['expired', { state: 'returned', reader: 'sender' }, withOpen({}, { state: 'returned' }), sender],
    ['expired', {}, withOpen({}, { expiresAt: NOW })],
    ['expired', { reader: 'sender' }, withOpen({}, { expiresAt: NOW }), sender],
    ['drawing', {}, withOpen({ settlement: 'draw' }, { expiresAt: NOW })],
    ['own_transfer', {}, withOpen(), sender],
    ['own_transfer', {}, withOpen({ shares: 2 }, {}, { hasSent: () => true })],
    ['own_transfer', {}, withOpen({ settlement: 'draw' }, {}, { hasSent: () => true })],
    ['not_for_you', {}, withOpen({ recipient: { kind: 'account', account: accountOf(ISSUER, 'CREDIT') } })],
    [
      'handle_not_told',
      { handle: 'cyd' },
      withOpen({ recipient: { kind: 'handle', handle: 'telegram:cyd' } }),
    ],
    [
      'not_for_you',
      {},
      withOpen({ recipient: { kind: 'handle', handle: 'telegram:cyd' } }),
      by({ handle: 'telegram:ben' }),
    ],
    ['members_unknown', {}, withOpen({ recipient: { kind: 'members' } })],
    ['members_only', {}, withOpen({ recipient: { kind: 'members' } }), by({ isAmong: false })],
    ['members_unknown', {}, withOpen({ recipient: { kind: 'present' } })],
    ['not_here_before', {}, withOpen({ recipient: { kind: 'present' } }), by({ isAmong: false })],
    ['listed_only', {}, withOpen({ recipient: { kind: 'listed', list: 'l' } })],
    ['phrase_needed', {}, withOpen({ phrase: { hash: 'ab', here: false } })],
    ['phrase_needed', {}, withOpen({ phrase: { hash: 'ab', here: false } }), by(), 'cd'],
    ['wrong_asset', { asset: 'CREDIT' }, withOpen(), by({ assets: new Set(['POINT']) })],
    ['awaiting_goal', {}, withOpen({ askId: 'ask' })],
    ['awaiting_approval', {}, withOpen({}, { awaits: 1 })],
    ['on_hold', {}, withOpen({}, {}, { holdOf: () => 'all' })],
    ['awaiting_sender', {}, withOpen({}, { confirms: true })],
    ['entered_already', { turn: 3 }, withOpen({ settlement: 'draw' }, {}, { turnOf: () => 3 })],
  ])('is refused: %s %o', (code, details, books, actor, phrase) => {
    expect(no(books, collect(actor, phrase))).toEqual([code, details])
  })

  test.each<[what: string, books: State, actor?: Actor, phrase?: string]>([
    ['another’s of several shares', withOpen({ shares: 2 }, { claimed: 1 })],
    ['what one account was named for', withOpen({ recipient: { kind: 'account', account: to } })],
    [
      'what a handle was named for',
      withOpen({ recipient: { kind: 'handle', handle: 'a:b' } }),
      by({ handle: 'a:b' }),
    ],
    ['as a member', withOpen({ recipient: { kind: 'members' } }), by({ isAmong: true })],
    ['as one who was there', withOpen({ recipient: { kind: 'present' } }), by({ isAmong: true })],
    ['from a list', withOpen({ recipient: { kind: 'listed', list: 'l' } }, {}, { isListed: () => true })],
    ['by words', withOpen({ phrase: { hash: 'ab', here: false } }), by(), 'ab'],
    ['who may not send', withOpen({}, {}, { holdOf: () => 'send' })],
    [
      'by the sender’s yes',
      withOpen({ phrase: { hash: 'ab', here: false } }, { confirms: true }),
      by({ isConfirmed: true }),
    ],
    ['from one with several persons’ names', withOpen({}, {}, { hasSent: () => true })],
  ])('may be: %s', (_what, books, actor, phrase) => {
    expect(yes(books, collect(actor, phrase)).claim?.account).toBe(to.id)
  })

  test('a yes that nobody is asked for opens nothing', () => {
    const books = withOpen({ phrase: { hash: 'ab', here: false } })
    expect(no(books, collect(by({ isConfirmed: true })))).toEqual(['phrase_needed', {}])
  })
})

describe('an open transfer', () => {
  const given = { transferId: 'one', accountId: from.id, kind: 'return', amount: 20_00n }
  const over = { ...PLAIN, remaining: 0n, closedAt: NOW }
  const commands = {
    cancel: { do: 'cancel', which, by: sender },
    decline: { do: 'decline', which, by: by() },
    extend: { do: 'extend', which, by: sender, seconds: 30 },
    reissue: { do: 'reissue', which, by: sender, turn: 1, codeHash: '01' },
    return: { do: 'return', which },
    early: { do: 'return', which, early: true },
  } satisfies Record<string, Command>
  const forBen = { recipient: { kind: 'account', account: to } } as const

  test('goes back, and says why', () => {
    const back = (leaves: 'cancelled' | 'declined' | 'returned', more: Partial<Transfer> = {}) => ({
      transfer: { ...over, state: leaves, ...more },
      entries: [{ ...given, leaves }],
      claim: null,
    })
    expect(yes(withOpen(), commands.cancel)).toEqual(back('cancelled'))
    expect(yes(withOpen(forBen), commands.decline)).toEqual(
      back('declined', { recipient: { kind: 'account', account: to.id } }),
    )
    expect(yes(withOpen({}, { expiresAt: NOW }), commands.return)).toEqual(
      back('returned', { expiresAt: NOW }),
    )
    expect(yes(withOpen(), commands.early)).toEqual(back('cancelled'))
  })

  test('lasts longer, or gets the next code', () => {
    const changed = (more: Partial<Transfer>) => ({
      transfer: { ...PLAIN, ...more },
      entries: [],
      claim: null,
    })
    expect(yes(withOpen(), commands.extend)).toEqual(changed({ expiresAt: later(3630) }))
    expect(yes(withOpen(), commands.reissue)).toEqual(changed({ reissues: 1 }))
  })

  test.each<[keyof typeof commands, code: string, details: object, books: State]>([
    ['cancel', 'transfer_not_found', {}, state()],
    ['decline', 'transfer_not_found', {}, state()],
    ['extend', 'transfer_not_found', {}, state()],
    ['return', 'transfer_not_found', {}, state()],
    ['cancel', 'not_sender', {}, withOpen({}, { fromAccount: to.id })],
    ['cancel', 'expired', { reader: 'sender' }, withOpen({}, { expiresAt: NOW })],
    ['decline', 'not_recipient', {}, withOpen()],
    [
      'decline',
      'not_recipient',
      {},
      withOpen({ recipient: { kind: 'listed', list: 'l' } }, {}, { isListed: () => true }),
    ],
    [
      'decline',
      'not_recipient',
      {},
      withOpen({ recipient: { kind: 'account', account: accountOf(ISSUER, 'CREDIT') } }),
    ],
    [
      'decline',
      'handle_not_told',
      { handle: 'cyd' },
      withOpen({ recipient: { kind: 'handle', handle: 'a:cyd' } }),
    ],
    ['decline', 'already_collected', {}, withOpen(forBen, { state: 'collected' })],
    ['extend', 'not_sender', {}, withOpen({}, { fromAccount: to.id })],
    ['extend', 'awaiting_goal', {}, withOpen({ askId: 'ask' })],
    ['extend', 'extended_already', {}, withOpen({}, {}, { wasExtended: () => true })],
    ['reissue', 'not_sender', {}, withOpen({}, { fromAccount: to.id })],
    ['reissue', 'awaiting_goal', {}, withOpen({ askId: 'ask' })],
    ['reissue', 'reissued_meanwhile', {}, withOpen({}, { reissues: 1 })],
    ['return', 'not_due', {}, withOpen({}, { expiresAt: later(0.001) })],
    ['return', 'already_collected', {}, withOpen({}, { state: 'collected' })],
    ['return', 'expired', { state: 'returned' }, withOpen({}, { state: 'returned' })],
    ['return', 'cancelled', {}, withOpen({}, { state: 'cancelled' })],
  ])('is refused %s: %s %o', (name, code, details, books) => {
    expect(no(books, commands[name])).toEqual([code, details])
  })
})

describe('what is collected at once', () => {
  const ask = (more: Partial<Ask> = {}): Ask => ({ expiresAt: later(60), endedAt: null, pool: null, ...more })
  const contribute = (more: Partial<Draft> = {}): Command => ({ do: 'contribute', draft: draft(more), to })
  const answer = (more: Partial<Draft> = {}) => contribute({ askId: 'ask', ...more })
  const withAsk = (more: Partial<Ask> = {}, books: Partial<State> = {}) =>
    state({ askOf: () => ask(more), ...books })
  const pool = (given: bigint, waiting: Transfer[] = []) => ({ pool: { goal: 1000_00n, given, waiting } })

  test('is funded and collected in one step', () => {
    const collected = { ...PLAIN, remaining: 0n, claimed: 1, state: 'collected', closedAt: NOW }
    const entries = [
      funding,
      {
        transferId: 'one',
        accountId: to.id,
        kind: 'collect',
        amount: 20_00n,
        leaves: 'collected',
        reissues: 0,
      },
    ]
    const claim = { account: to.id, amount: 20_00n, at: NOW }
    expect(yes(state(), contribute())).toEqual({ transfer: collected, entries, claim })
    expect(yes(state(), { do: 'issue', draft: draft(), to })).toEqual({ transfer: collected, entries, claim })
    // What is given for an ask needs no goal where it is for one alone.
    expect(yes(withAsk(), answer()).entries).toEqual(entries)
  })

  test.each<[code: string, details: object, books: State, command: Command]>([
    ['on_hold', {}, state({ holdOf: (owner) => (owner === ben ? 'all' : null) }), contribute()],
    ['asker_unpayable', {}, withAsk({}, { holdOf: (owner) => (owner === ben ? 'all' : null) }), answer()],
    [
      'insufficient_funds',
      { amount: '60.00', balance: '50.00', asset: 'CREDIT' },
      state(),
      contribute({ amount: 60_00n }),
    ],
    ['ask_not_found', {}, state(), answer()],
    ['ask_paid', {}, withAsk({}, { transferOf: isOne(PLAIN) }), answer()],
    ['ask_paid', {}, withAsk(pool(1000_00n)), answer()],
    ['ask_ended', {}, withAsk({ endedAt: NOW }), answer()],
    ['ask_expired', {}, withAsk({ expiresAt: NOW }), answer()],
    ['pool_overpaid', { left: '19.99', asset: 'CREDIT' }, withAsk(pool(980_01n)), answer()],
    ['pool_underpaid', { least: '2.00', asset: 'CREDIT' }, withAsk(pool(0n)), answer({ amount: 1_99n })],
    ['amount_too_small', {}, withAsk(pool(0n)), answer({ amount: 0n })],
    [
      'insufficient_funds',
      { amount: '60.00', balance: '50.00', asset: 'CREDIT' },
      withAsk(pool(0n)),
      answer({ amount: 60_00n }),
    ],
    [
      'asker_unpayable',
      {},
      withAsk(pool(980_00n), { holdOf: (owner) => (owner === ben ? 'all' : null) }),
      answer(),
    ],
  ])('is refused: %s %o', (code, details, books, command) => {
    expect(no(books, command)).toEqual([code, details])
  })

  test('waits for the goal of a pool as long as that lasts; what reaches it collects all', () => {
    const waits = { ...PLAIN, askId: 'ask', awaits: 1, expiresAt: later(60) }
    expect(yes(withAsk(pool(0n)), answer())).toEqual({ transfer: waits, entries: [funding], claim: null })
    expect(yes(withAsk(pool(0n)), answer({ amount: 2_00n })).transfer.state).toBe('open')
    expect(yes(withAsk(pool(999_00n)), answer({ amount: 1_00n })).transfer.state).toBe('collected')

    const before = { ...waits, id: 'before', amount: 980_00n, remaining: 980_00n }
    const reached = yes(withAsk(pool(980_00n, [before])), answer())
    const collected = { remaining: 0n, claimed: 1, state: 'collected', closedAt: NOW }
    expect(reached.transfer).toEqual({ ...waits, ...collected })
    expect(reached.others).toEqual([{ ...before, ...collected }])
    expect(reached.entries.map(({ transferId, kind, amount }) => [transferId, kind, amount])).toEqual([
      ['one', 'fund', -20_00n],
      ['one', 'collect', 20_00n],
      ['before', 'collect', 980_00n],
    ])
  })
})

describe('what pays at its end', () => {
  const entrant = (account: string, kin = account, isPayable = true) => ({ account, kin, isPayable })
  const settle = (more: Partial<Draft>, entrants: ReturnType<typeof entrant>[]) =>
    yes(
      withOpen(
        { amount: 10n, ...more },
        { expiresAt: NOW },
        {
          settlementOf: () => ({ seed: '00'.repeat(32), entrants }),
        },
      ),
      { do: 'return', which },
    )
  const paid = ({ entries }: Decision) =>
    entries.map(({ accountId, kind, amount, leaves }) => [accountId, kind, amount, leaves])

  test('goes back where nobody has entered', () => {
    for (const settlement of ['draw', 'split'] as const)
      for (const lucky of [false, true]) {
        const settled = settle({ shares: 3, settlement, lucky }, [])
        expect(paid(settled)).toEqual([[from.id, 'return', 10n, 'returned']])
        expect(settled.transfer).toMatchObject({ shares: 3, claimed: 0, remaining: 0n, state: 'returned' })
        expect(settled.claim).toBeNull()
      }
  })

  test('goes back whole where it is given back before its end', () => {
    const entered = { settlementOf: () => ({ seed: '00'.repeat(32), entrants: [entrant('a')] }) }
    const { entries } = yes(withOpen({ settlement: 'draw' }, {}, entered), {
      do: 'return',
      which,
      early: true,
    })
    expect(entries).toEqual([
      { transferId: 'one', accountId: from.id, kind: 'return', amount: 20_00n, leaves: 'cancelled' },
    ])
  })

  test('pays a share to each by lot, once as one person, nobody who may not be paid, and the rest goes back', () => {
    const two = settle({ shares: 3, settlement: 'draw' }, [
      entrant('a'),
      entrant('b', 'a'),
      entrant('c', 'c', false),
    ])
    const winner = paid(two)[0]?.[0]
    expect(['a', 'b']).toContain(winner)
    expect(paid(two)).toEqual([
      [winner, 'collect', 3n, 'open'],
      [from.id, 'return', 7n, 'returned'],
    ])
    expect(two.transfer).toMatchObject({
      shares: 3,
      claimed: 1,
      remaining: 0n,
      state: 'returned',
      closedAt: NOW,
    })

    const four = settle(
      { shares: 2, settlement: 'draw' },
      ['a', 'b', 'c', 'd'].map((name) => entrant(name)),
    )
    expect(four.entries.map(({ kind, amount, leaves }) => [kind, amount, leaves])).toEqual([
      ['collect', 5n, 'open'],
      ['collect', 5n, 'collected'],
    ])
  })

  test('is split among all who have entered, to the last unit', () => {
    const three = settle(
      { shares: 9, settlement: 'split' },
      ['a', 'b', 'c'].map((name) => entrant(name)),
    )
    expect(three.entries.map(({ amount, leaves }) => [amount, leaves])).toEqual([
      [3n, 'open'],
      [3n, 'open'],
      [4n, 'collected'],
    ])
    expect(three.transfer).toMatchObject({ shares: 9, claimed: 3, state: 'collected' })
    const lucky = settle(
      { shares: 9, settlement: 'split', lucky: true },
      ['a', 'b', 'c'].map((name) => entrant(name)),
    )
    expect(lucky.entries).toHaveLength(3)
    expect(lucky.entries.reduce((sum, { amount }) => sum + amount, 0n)).toBe(10n)
    expect(lucky.entries.map(({ amount }) => amount)).not.toEqual([3n, 3n, 4n])
  })
})

test('where nothing has happened, nothing is known', () => {
  const { balances, ...asked } = NOTHING_HAPPENED
  expect(balances.size).toBe(0)
  expect(Object.entries(asked).map(([name, ask]) => [name, (ask as () => unknown)()])).toEqual([
    ['transferOf', undefined],
    ['hasPaid', false],
    ['hasSent', false],
    ['isListed', false],
    ['drawnShare', 0n],
    ['turnOf', undefined],
    ['entered', 0],
    ['settlementOf', { seed: '', entrants: [] }],
    ['holdOf', null],
    ['sentBefore', 0n],
    ['awaits', 0],
    ['wasExtended', false],
    ['hasRefunded', false],
    ['askOf', undefined],
    ['isPhraseTaken', false],
  ])
})
