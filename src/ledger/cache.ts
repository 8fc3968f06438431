import { LRUCache } from 'lru-cache'
import { accountOf } from './accounts.ts'
import type { Entry } from './commands.ts'
import type { Loaded, LoadedTransfer, Wanted } from './rows.ts'
import type { Writes } from './writes.ts'

/** Rows that this process has read or written. They may be out of date, as the database checks each write. */
export interface Cache {
  /** Ids of accounts that are open. */
  accounts: Set<string>
  /** The rows of a batch, where all of them are cached; else undefined. */
  find(wanted: Wanted): Loaded | undefined
  /** Caches what was read: the database's time, balances, open transfers. */
  read(loaded: Loaded): void
  /** Caches transfers that the sweep has read. */
  remember(transfers: LoadedTransfer[]): void
  /** Updates the cache by what was written. */
  wrote(writes: Writes): void
}

const MOST_TRANSFERS = 20_000
const MOST_BALANCES = 50_000
const MOST_ACCOUNTS = 1_000_000
/** How long the database's time is derived from our own clock before it is read again. */
const CLOCK_VALID_MS = 1000

/** Opens an empty cache. */
export function openCache(): Cache {
  const accounts = new Set<string>()
  const byId = new LRUCache<string, LoadedTransfer>({
    max: MOST_TRANSFERS,
    dispose: ({ id, codeHash }, _, reason) => {
      if (reason === 'set') return
      ids.delete(codeHash)
      paid.delete(id)
    },
  })
  const ids = new Map<string, string>()
  /** The accounts that transfers of several shares have paid, by transfer. */
  const paid = new Map<string, Set<string>>()
  const balances = new LRUCache<string, bigint>({ max: MOST_BALANCES })
  let clock: { database: number; own: number } | undefined

  function now(): Date | undefined {
    if (!clock) return undefined
    const since = Date.now() - clock.own
    // Not after a leap, as of a clock that was set, or of a machine that has slept.
    return since >= 0 && since < CLOCK_VALID_MS ? new Date(clock.database + since) : undefined
  }

  function put(transfer: LoadedTransfer) {
    ids.set(transfer.codeHash, transfer.id)
    byId.set(transfer.id, transfer)
  }

  /** Closed transfers are not cached, as no command on one can succeed. */
  function learn(transfer: LoadedTransfer) {
    if (transfer.state === 'open') put(transfer)
    else byId.delete(transfer.id)
  }

  function pay({ transferId, accountId, amount, leaves }: Entry) {
    if (leaves !== 'open') return void byId.delete(transferId)
    const transfer = byId.get(transferId)
    if (!transfer) return
    // By the amount that was paid, not by the state that the batch saw: another batch may have paid from it meanwhile.
    const { claimed, remaining } = transfer
    byId.set(transferId, { ...transfer, claimed: claimed + 1, remaining: remaining - amount })
    const to = paid.get(transferId) ?? new Set()
    paid.set(transferId, to.add(accountId))
  }

  return {
    accounts,
    find({ transferIds, codeHashes, accountIds, collectors }) {
      const time = now()
      if (!time) return undefined
      const transfers: LoadedTransfer[] = []
      for (const id of transferIds) {
        const transfer = byId.get(id)
        if (!transfer) return undefined
        transfers.push(transfer)
      }
      for (const hash of codeHashes) {
        const transfer = byId.get(ids.get(hash) ?? '')
        if (!transfer) return undefined
        transfers.push(transfer)
      }
      for (const { which, owner } of paid.size > 0 ? collectors : []) {
        const transfer = byId.get('id' in which ? which.id : (ids.get(which.codeHash) ?? ''))
        if (transfer && paid.get(transfer.id)?.has(accountOf(owner, transfer.asset).id)) return undefined
      }
      const held = new Map<string, bigint>()
      for (const id of accountIds) {
        const balance = balances.get(id)
        if (balance === undefined) return undefined
        held.set(id, balance)
      }
      return { now: time, transfers, balances: held, requests: [], claims: new Map() }
    },
    read({ now: database, transfers, balances: read }) {
      clock = { database: database.getTime(), own: Date.now() }
      for (const transfer of transfers) learn(transfer)
      for (const [id, balance] of read) balances.set(id, balance)
    },
    remember(transfers) {
      for (const transfer of transfers) learn(transfer)
    },
    wrote({ created, entries }) {
      if (accounts.size > MOST_ACCOUNTS) accounts.clear()
      for (const { transfer, draft } of created) put({ ...transfer, codeHash: draft.codeHash })
      for (const entry of entries) {
        const { transferId, accountId, kind, amount } = entry
        const balance = balances.get(accountId)
        if (balance !== undefined) balances.set(accountId, balance + amount)
        if (kind === 'collect') pay(entry)
        else if (kind === 'return') byId.delete(transferId)
      }
    },
  }
}
