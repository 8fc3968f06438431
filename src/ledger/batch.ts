import type { TransactionSql } from 'postgres'
import { Refusal } from '../refusal.ts'
import { type AccountRef, accountOf, personOwner } from './accounts.ts'
import { type Command, type Decision, decide, type State, type Transfer, type Which } from './rules.ts'
import {
  findRequests,
  type LoadedTransfer,
  loadTransfers,
  lockAccounts,
  openAccounts,
  type Request,
  readClock,
  type StoredRequest,
  write,
} from './store.ts'

/** One command and, where the caller may retry it, its key. */
export interface Item {
  command: Command
  request?: Request
}

export type Answer = Transfer | Refusal

/** What a transaction has done to one batch: an answer for each item, in order, and the transfers that came to their end. */
export interface Processed {
  answers: Answer[]
  closed: string[]
  opened: string[]
}

/** Loads what the batch needs, decides each command in turn, and writes the results: within the given transaction. */
export async function processBatch(
  tx: TransactionSql,
  items: Item[],
  isOpen: (accountId: string) => boolean,
): Promise<Processed> {
  const [stored, loaded] = await Promise.all([
    findRequests(
      tx,
      items.flatMap((item) => item.request ?? []),
    ),
    loadTransfers(tx, ...wanted(items)),
  ])
  const requests = new Map(stored.map((request) => [requestKey(request), request]))
  const transfers = indexTransfers(loaded)

  const accounts = touchedAccounts(items, transfers)
  const unopened = [...accounts.needed.values()].filter((account) => !isOpen(account.id))
  const [, locked, now] = await Promise.all([
    openAccounts(tx, unopened),
    lockAccounts(tx, [...accounts.needed.keys(), ...accounts.senders]),
    readClock(tx),
  ])
  const state = {
    now,
    balances: new Map(locked.map((a) => [a.id, { balance: a.balance, mayGoBelowZero: a.kind === 'issuer' }])),
    transferOf: transfers.find,
  } satisfies State

  const decisions: { decision: Decision; command: Command }[] = []
  const toStore: StoredRequest[] = []
  const replays: { index: number; transfer: string; command: Command }[] = []
  const answers = items.map((item, index): Answer | undefined => {
    const first = item.request && requests.get(requestKey(item.request))
    if (first && item.request) {
      if (!first.fingerprint.equals(item.request.fingerprint)) return new Refusal('key_reused')
      if ('refusal' in first.answer) return new Refusal(first.answer.refusal as never, first.answer.details)
      replays.push({ index, transfer: first.answer.transfer, command: item.command })
      return undefined
    }
    const decided = decide(state, item.command)
    if (item.request) {
      const answer =
        decided instanceof Refusal
          ? { refusal: decided.code, details: decided.details }
          : { transfer: decided.transfer.id }
      const request = { ...item.request, answer }
      requests.set(requestKey(request), request)
      toStore.push(request)
    }
    if (decided instanceof Refusal) return decided
    decisions.push({ decision: decided, command: item.command })
    apply(state.balances, transfers, decided)
    return decided.transfer
  })

  await write(tx, {
    now,
    created: decisions.flatMap(({ decision, command }) =>
      'draft' in command ? { transfer: decision.transfer, draft: command.draft } : [],
    ),
    entries: decisions.flatMap(({ decision }) => decision.entries),
    requests: toStore,
  })
  for (const [index, transfer] of await replayed(tx, replays)) answers[index] = transfer
  return {
    answers: answers as Answer[],
    closed: decisions.flatMap(({ decision: { transfer } }) => (transfer.state === 'open' ? [] : transfer.id)),
    opened: unopened.map((account) => account.id),
  }
}

const requestKey = (request: Request) => `${request.client}\n${request.key}`

function wanted(items: Item[]): [ids: string[], codeHashes: Buffer[]] {
  const ids = new Set<string>()
  const codeHashes = new Map<string, Buffer>()
  for (const { command } of items) {
    if ('draft' in command) continue
    if ('id' in command.which) ids.add(command.which.id)
    else codeHashes.set(hashKey(command.which.codeHash), command.which.codeHash)
  }
  return [[...ids], [...codeHashes.values()]]
}

const hashKey = (hash: Buffer) => hash.toString('latin1')

interface TransferIndex {
  find(which: Which): Transfer | undefined
  put(transfer: Transfer): void
}

function indexTransfers(loaded: LoadedTransfer[]): TransferIndex {
  const byId = new Map<string, Transfer>(loaded.map((transfer) => [transfer.id, transfer]))
  const idByHash = new Map(loaded.map((transfer) => [hashKey(transfer.codeHash), transfer.id]))
  return {
    find: (which) => byId.get('id' in which ? which.id : (idByHash.get(hashKey(which.codeHash)) ?? '')),
    put: (transfer) => byId.set(transfer.id, transfer),
  }
}

/** Accounts that the batch may pay into or out of: `needed` may have to be opened first, `senders` are open already. */
function touchedAccounts(items: Item[], transfers: TransferIndex) {
  const needed = new Map<string, AccountRef>()
  const senders = new Set<string>()
  const need = (account: AccountRef | undefined) => account && needed.set(account.id, account)
  for (const { command } of items) {
    if ('draft' in command) {
      need(command.draft.from)
      need(command.draft.to)
      if (command.do === 'issue') need(command.to)
      continue
    }
    const transfer = transfers.find(command.which)
    if (transfer?.state !== 'open') continue
    if (command.do === 'collect') need(accountOf(personOwner(command.by.person), transfer.asset))
    else senders.add(transfer.fromAccount)
  }
  return { needed, senders }
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
async function replayed(
  tx: TransactionSql,
  replays: { index: number; transfer: string; command: Command }[],
): Promise<[number, Transfer][]> {
  const rows = await loadTransfers(
    tx,
    replays.map((replay) => replay.transfer),
    [],
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
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
