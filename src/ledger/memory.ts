import { LRUCache } from 'lru-cache'
import type { Command } from './rules.ts'
import type { Loaded, LoadedTransfer, Writes } from './store.ts'

/** What a process knows of the books without asking. None of it is believed: the database checks each write. */
export interface Memory {
  /** Accounts that are open. */
  accounts: Set<string>
  /** All that these commands need, where they send from, collect and return what this process has dealt with of late; else nothing. */
  recall(commands: Command[]): Loaded | undefined
  /** Learns from what was read: the time, what people have, and which transfers are over. */
  read(loaded: Loaded): void
  /** Takes in open transfers that somebody else has read. */
  remember(transfers: LoadedTransfer[]): void
  /** Learns from what was written. */
  wrote(writes: Writes): void
}

const MOST_TRANSFERS = 20_000
const MOST_BALANCES = 50_000
const MOST_ACCOUNTS = 1_000_000
/** How long the database's clock is told from our own before it is looked at again, in milliseconds. */
const CLOCK_BELIEVED_MS = 1000

export function openMemory(): Memory {
  const accounts = new Set<string>()
  const byId = new LRUCache<string, LoadedTransfer>({
    max: MOST_TRANSFERS,
    dispose: ({ codeHash }) => void ids.delete(codeHash),
  })
  const ids = new Map<string, string>()
  const balances = new LRUCache<string, bigint>({ max: MOST_BALANCES })
  let clock: { database: number; own: number } | undefined

  function now(): Date | undefined {
    if (!clock) return undefined
    const since = Date.now() - clock.own
    // A clock that was set, or a machine that slept, shows in a leap.
    return since >= 0 && since < CLOCK_BELIEVED_MS ? new Date(clock.database + since) : undefined
  }

  function remember(transfers: LoadedTransfer[]) {
    for (const transfer of transfers) {
      ids.set(transfer.codeHash, transfer.id)
      byId.set(transfer.id, transfer)
    }
  }

  return {
    accounts,
    recall(commands) {
      const time = now()
      if (!time) return undefined
      const recalled = { transfers: new Set<LoadedTransfer>(), balances: new Map<string, bigint>() }
      for (const command of commands) {
        if (command.do === 'create') {
          const { id } = command.draft.from
          const balance = balances.get(id)
          if (balance === undefined) return undefined
          recalled.balances.set(id, balance)
          continue
        }
        if (command.do !== 'collect' && command.do !== 'return') return undefined
        const { which } = command
        const transfer = byId.get('id' in which ? which.id : (ids.get(which.codeHash) ?? ''))
        if (!transfer) return undefined
        recalled.transfers.add(transfer)
      }
      return { now: time, transfers: [...recalled.transfers], balances: recalled.balances, requests: [] }
    },
    read({ now: database, transfers, balances: read }) {
      clock = { database: database.getTime(), own: Date.now() }
      for (const { id, state } of transfers) if (state !== 'open') byId.delete(id)
      for (const [id, balance] of read) balances.set(id, balance)
    },
    remember,
    wrote({ created, closed, entries }) {
      if (accounts.size > MOST_ACCOUNTS) accounts.clear()
      remember(created.map(({ transfer, draft }) => ({ ...transfer, codeHash: draft.codeHash })))
      for (const id of closed) byId.delete(id)
      for (const { accountId, amount } of entries) {
        const balance = balances.get(accountId)
        if (balance !== undefined) balances.set(accountId, balance + amount)
      }
    },
  }
}
