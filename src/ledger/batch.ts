import type { Sql } from 'postgres'
import { Refusal } from '../refusal.ts'
import { type AccountRef, accountOf, personOwner } from './accounts.ts'
import type { Memory } from './memory.ts'
import { type Command, type Decision, decide, type State, type Transfer, type Which } from './rules.ts'
import {
  type Loaded,
  type LoadedTransfer,
  load,
  openAccounts,
  type Request,
  type Wanted,
  type Writes,
  write,
} from './store.ts'

/** One command and, where the caller may retry it, its key. */
export interface Item {
  command: Command
  request?: Request
}

export type Answer = Transfer | Refusal

/**
 * Decides each command of a batch in turn, on the rows as they stand, and writes the results in one statement.
 * It takes no lock: where somebody else has changed the rows meanwhile, the database refuses the write as a whole, and
 * the batch is to be decided again, afresh.
 * @param afresh whether to read the rows even where they are remembered
 * @param writing called just before the write: from then on, what is not answered may have happened
 * @throws PostgresError of class 23 where the rows have changed, or where a command is one that the books cannot hold
 */
export async function processBatch(
  sql: Sql,
  items: Item[],
  memory: Memory,
  afresh: boolean,
  writing: () => void,
): Promise<Answer[]> {
  const { answers, replays, writes, accounts } =
    (afresh ? undefined : decideFromMemory(items, memory)) ?? (await decideOnRows(sql, items, memory))
  await open(sql, accounts, memory.accounts)
  if (writes.entries.length + writes.requests.length > 0) {
    writing()
    await write(sql, writes)
    memory.wrote(writes)
  }
  for (const [index, transfer] of await replayed(sql, replays)) answers[index] = transfer
  return answers as Answer[]
}

/** What would be answered to commands as the rows stand now; nothing is written. */
export async function rehearseBatch(sql: Sql, items: Item[]): Promise<Answer[]> {
  const { answers, replays } = decideAll(items, await load(sql, wanted(items)))
  for (const [index, transfer] of await replayed(sql, replays)) answers[index] = transfer
  return answers as Answer[]
}

/** A yes alone: the write finds out where it was a mistake. A no is said only of rows that were read. */
function decideFromMemory(items: Item[], memory: Memory): Decided | undefined {
  const recalled = memory.recall(items.map(({ command }) => command))
  const decided = recalled && decideAll(items, recalled)
  return decided?.answers.some((answer) => answer instanceof Refusal) ? undefined : decided
}

async function decideOnRows(sql: Sql, items: Item[], memory: Memory): Promise<Decided> {
  const loaded = await load(sql, wanted(items))
  memory.read(loaded)
  return decideAll(items, loaded)
}

async function open(sql: Sql, accounts: AccountRef[], known: Set<string>): Promise<void> {
  const unknown = new Map(
    accounts.flatMap((account) => (known.has(account.id) ? [] : [[account.id, account]])),
  )
  if (unknown.size === 0) return
  await openAccounts(sql, [...unknown.values()])
  for (const id of unknown.keys()) known.add(id)
}

interface Replay {
  index: number
  transfer: string
  command: Command
}

interface Decided {
  /** Nothing yet in the place of a replay. */
  answers: (Answer | undefined)[]
  replays: Replay[]
  writes: Writes
  /** They must be there before the writes. */
  accounts: AccountRef[]
}

function decideAll(items: Item[], loaded: Loaded): Decided {
  const { now } = loaded
  const transfers = indexTransfers(loaded.transfers)
  const requests = new Map(loaded.requests.map((request) => [requestKey(request), request]))
  const balances: State['balances'] = new Map(
    debitedAccounts(items).map(({ id, owner }) => [
      id,
      { balance: loaded.balances.get(id) ?? 0n, mayGoBelowZero: owner.kind === 'issuer' },
    ]),
  )
  const state: State = { now, balances, transferOf: transfers.find }
  const writes: Writes = { now, created: [], entries: [], closed: [], requests: [] }
  const replays: Replay[] = []
  const accounts: AccountRef[] = []

  const answers = items.map(({ command, request }, index): Answer | undefined => {
    const first = request && requests.get(requestKey(request))
    if (first && request) {
      if (first.fingerprint !== request.fingerprint && first.fingerprint !== request.former?.())
        return new Refusal('key_reused')
      if ('refusal' in first.answer) return new Refusal(first.answer.refusal as never, first.answer.details)
      replays.push({ index, transfer: first.answer.transfer, command })
      return undefined
    }
    const decided = decide(state, command)
    if (request) {
      const answer =
        decided instanceof Refusal
          ? { refusal: decided.code, details: decided.details }
          : { transfer: decided.transfer.id }
      const answered = { ...request, answer }
      requests.set(requestKey(request), answered)
      writes.requests.push(answered)
    }
    if (decided instanceof Refusal) return decided
    const { transfer, entries } = decided
    if ('draft' in command) writes.created.push({ transfer, draft: command.draft })
    if (transfer.state !== 'open') writes.closed.push(transfer.id)
    writes.entries.push(...entries)
    accounts.push(...accountsOf(command, transfer))
    apply(balances, transfers, decided)
    return transfer
  })
  return { answers, replays, writes, accounts }
}

const requestKey = (request: Request) => `${request.client}\n${request.key}`

function wanted(items: Item[]): Wanted {
  const transferIds = new Set<string>()
  const codeHashes = new Set<string>()
  for (const { command } of items) {
    if ('draft' in command) continue
    if ('id' in command.which) transferIds.add(command.which.id)
    else codeHashes.add(command.which.codeHash)
  }
  return {
    transferIds: [...transferIds],
    codeHashes: [...codeHashes],
    accountIds: [...new Set(debitedAccounts(items).map(({ id }) => id))],
    requests: items.flatMap(({ request }) => request ?? []),
  }
}

/** Where the batch takes money out: only these balances have a say. */
const debitedAccounts = (items: Item[]): AccountRef[] =>
  items.flatMap(({ command }) => ('draft' in command ? command.draft.from : []))

interface TransferIndex {
  find(which: Which): Transfer | undefined
  put(transfer: Transfer): void
}

function indexTransfers(loaded: LoadedTransfer[]): TransferIndex {
  const byId = new Map<string, Transfer>(loaded.map((transfer) => [transfer.id, transfer]))
  const idByHash = new Map(loaded.map((transfer) => [transfer.codeHash, transfer.id]))
  return {
    find: (which) => byId.get('id' in which ? which.id : (idByHash.get(which.codeHash) ?? '')),
    put: (transfer) => byId.set(transfer.id, transfer),
  }
}

/** Accounts that must be there for a decision to be written: it pays into them, or names them. */
function accountsOf(command: Command, { asset }: Transfer): AccountRef[] {
  if ('draft' in command) {
    const { from, to } = command.draft
    return [from, ...(to ? [to] : []), ...(command.do === 'issue' ? [command.to] : [])]
  }
  return command.do === 'collect' ? [accountOf(personOwner(command.by.person), asset)] : []
}

/** Carries a decision into the rows in memory, so that the next command of the batch sees it. */
function apply(balances: State['balances'], transfers: TransferIndex, { transfer, entries }: Decision) {
  transfers.put(transfer)
  for (const entry of entries) {
    const account = balances.get(entry.accountId)
    if (account) balances.set(entry.accountId, { ...account, balance: account.balance + entry.amount })
  }
}

/** The first answers again: a transfer as it stood right after the request that is repeated. */
async function replayed(sql: Sql, replays: Replay[]): Promise<[number, Transfer][]> {
  if (replays.length === 0) return []
  const transferIds = replays.map((replay) => replay.transfer)
  const { transfers } = await load(sql, { transferIds, codeHashes: [], accountIds: [], requests: [] })
  const byId = new Map(transfers.map((row) => [row.id, row]))
  return replays.map(({ index, transfer, command }) => {
    const row = byId.get(transfer)
    if (!row) throw new Error(`A stored request names a transfer that isn't there: ${transfer}`)
    return [index, command.do === 'create' ? justCreated(row) : row]
  })
}

const justCreated = (transfer: Transfer): Transfer => ({
  ...transfer,
  remaining: transfer.amount,
  state: 'open',
  closedAt: null,
  collectedBy: null,
})
