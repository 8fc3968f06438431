import postgres, { type Sql } from 'postgres'
import { AWAIT_REPLICA } from '../../db/replica.ts'
import { isUnavailable } from '../../db/unavailable.ts'
import { isOver } from '../shared/closed.ts'
import { Refusal } from '../shared/refusal.ts'
import { accountOf, type Owner } from './accounts.ts'
import { type Answer, type Change, type Decided, decideAll, type Item, wantedBy } from './batch.ts'
import { openCache } from './cache.ts'
import type { Command, Transfer } from './commands.ts'
import { asTheyAreNow } from './linked.ts'
import { claimKey, loadRows, lockTransfers, transferIndex, WANTED_NOTHING } from './rows.ts'
import type { LoadedTransfer } from './transfer-rows.ts'
import { changesSomething, openAccounts, write } from './writes.ts'

/** The outcome of a batch: its answers, with what it has changed, where it was written; or why there are none. */
export type Outcome = { kind: 'answered'; answers: Answer[]; wrote: Change[] | undefined } | Failure

/** Why a batch failed. */
export interface Failure {
  /**
   * `conflict`: another process has changed the rows meanwhile, or a command can't be stored: nothing happened.
   * `unavailable`: the database can't be reached: nothing happened.
   * `exhausted`: it has no disk space, memory, connection or time left: nothing happened, and a retry is of no use.
   * `unknown`: the connection broke at the commit, which may have happened.
   */
  kind: 'conflict' | 'unavailable' | 'exhausted' | 'unknown'
  error: unknown
}

/** Carries out batches, on rows from the cache where it has all of them, else from the database. */
export interface Store {
  /**
   * Decides a batch on the rows as they are, and writes the results in one statement. It takes no lock: where another process has
   * changed the rows meanwhile, the database refuses the whole statement. Only transfers whose shares
   * are drawn are locked before they are read, as the next share is for one claim alone: who is too late would be refused each time.
   * @param retry whether the batch was tried before: then the cache is not used
   */
  process(connection: Connection, items: Item[], retry: boolean): Promise<Outcome>
  /** Puts transfers into the cache that were read to be returned. */
  remember(transfers: LoadedTransfer[]): void
}

/** A connection for one batch at a time, so that the server's warnings at a commit are about this batch. */
export interface Connection {
  sql: Sql
  /** Whether the server has warned (01000) since the batch began. */
  warned: boolean
}

/** The ids of the persons whose accounts a batch opens, or who are on the lists of its transfers, and of the groups where it makes some. */
export interface Named {
  persons: string[]
  groups: string[]
}

/** Opens a store with an empty cache. @param introduce as `LedgerOptions` says */
export function openStore(introduce?: (named: Named) => Promise<unknown> | undefined): Store {
  const cache = openCache()

  async function process(connection: Connection, items: Item[], retry: boolean): Promise<Outcome> {
    const { sql } = connection
    connection.warned = false
    const commands = items.map(({ command }) => command)
    // What a token has sent on this day is read.
    const isBound = items.some(({ bounds }) => bounds)
    let isLocked = false
    const lock = async (transfers: string[]) => {
      isLocked = true
      await Promise.all([sql`begin`, lockTransfers(sql, transfers)])
    }
    // Where the connection is lost, the server has rolled back by itself.
    const rollBack = () => isLocked && void sql`rollback`.catch(() => undefined)
    let decided: Decided | undefined
    try {
      const drawn = cache.drawnIn(commands)
      if (drawn.length > 0) await lock(drawn)
      else decided = retry || isBound ? undefined : decideFromCache(commands, items)
      decided ??= await decideFromRows(sql, items, retry)
      const found = isLocked ? [] : cache.drawnIn(commands)
      if (found.length > 0) {
        await lock(found)
        decided = await decideFromRows(sql, items, retry)
      }
      // Before the write: a read that fails after it would leave the other commands without answers, though they are committed.
      await answerReplays(sql, decided)
      await open(sql, decided)
    } catch (error) {
      rollBack()
      return { kind: kindOfFailedRead(error), error }
    }
    const { writes, replays } = decided
    const answered = { kind: 'answered', answers: decided.answers as Answer[] } as const
    const writesSomething = changesSomething(writes) || writes.requests.length > 0
    if (!writesSomething) rollBack()
    if (!writesSomething && replays.length === 0) return { ...answered, wrote: undefined }
    try {
      if (writesSomething) await Promise.all([write(sql, writes), ...(isLocked ? [sql`commit`] : [])])
      else await sql.unsafe(AWAIT_REPLICA)
    } catch (error) {
      return { kind: kindOfFailedWrite(error), error }
    }
    cache.wrote(writes)
    // Not before: where something is locked, they were opened in the same transaction.
    for (const { id } of decided.accounts) cache.accounts.add(id)
    // 01000 at the commit: the wait for a synchronous replica was cancelled, so it is unknown whether the replica has the money.
    if (connection.warned)
      return { kind: 'unknown', error: new Error('The commit was not confirmed by a replica.') }
    return { ...answered, wrote: writesSomething ? decided.changes : undefined }
  }

  /** Only a yes counts, as the write checks it. A refusal is decided again, on rows that are read. */
  function decideFromCache(commands: Command[], items: Item[]): Decided | undefined {
    const found = cache.find(commands)
    const decided = found && decideAll(items, found)
    return decided?.answers.some((answer) => answer instanceof Refusal) ? undefined : decided
  }

  /**
   * What is refused is decided once more where it was for somebody who has become one with somebody else. That a transfer is over holds for
   * everybody: a crowd that comes too late costs no more than a look.
   */
  async function decideFromRows(sql: Sql, items: Item[], retry: boolean): Promise<Decided> {
    const first = retry ? await asTheyAreNow(sql, items) : items
    const decided = await decideRead(sql, first, retry)
    const isRefused = (answer: Answer | undefined) => answer instanceof Refusal && !isOver(answer)
    if (retry || !decided.answers.some(isRefused)) return decided
    const now = await asTheyAreNow(sql, items)
    return now === items ? decided : decideRead(sql, now, retry)
  }

  async function decideRead(sql: Sql, items: Item[], retry: boolean): Promise<Decided> {
    const wanted = wantedBy(items)
    const loaded = await loadRows(sql, {
      ...wanted,
      // Hardly anybody is on hold: of the others the first write tells. Where one is, a refusal may write nothing, so all are read.
      people: retry || wanted.people.some(cache.wasHeld) ? wanted.people : [],
      draws: cache.draws,
    })
    cache.read(loaded)
    return decideAll(items, loaded)
  }

  async function open(sql: Sql, { accounts, writes: { created } }: Decided): Promise<void> {
    const unknown = new Map(
      accounts.flatMap((account) => (cache.accounts.has(account.id) ? [] : [[account.id, account]])),
    )
    const owners = [...unknown.values()].flatMap(({ owner }) => (owner.kind === 'person' ? owner.id : []))
    const listed = created.flatMap(({ draft }) => draft.listed?.people ?? [])
    const groups = created.flatMap(({ draft }) => draft.groupId ?? [])
    const introducing = introduce?.({ persons: [...owners, ...listed], groups })
    if (introducing) await introducing
    if (unknown.size > 0) await openAccounts(sql, [...unknown.values()])
  }

  return { process, remember: cache.remember }
}

/** What commands would be answered now. Nothing is written. */
export async function rehearse(sql: Sql, items: Item[]): Promise<Answer[]> {
  const decided = decideAll(items, await loadRows(sql, wantedBy(items)))
  await answerReplays(sql, decided)
  return decided.answers as Answer[]
}

/** Fills in the answers of replays: the transfer as it was right after the first request with the key. */
async function answerReplays(sql: Sql, { replays, answers }: Decided): Promise<void> {
  if (replays.length === 0) return
  const { transfers, claims, turns } = await loadRows(sql, {
    ...WANTED_NOTHING,
    transferIds: replays.map(({ transfer }) => transfer),
    collectors: replays.flatMap(({ transfer: id, command }) => {
      const owner = collectorOf(command)
      return owner ? { which: { id }, owner } : []
    }),
  })
  const { find } = transferIndex(transfers)
  for (const { index, transfer: id, command } of replays) {
    const transfer = find({ id })
    if (!transfer) throw new Error(`A stored request names a transfer that isn't there: ${id}`)
    const owner = collectorOf(command)
    const account = owner && accountOf(owner, transfer.asset).id
    const key = claimKey(id, account ?? '')
    const turn = turns.get(key)
    const first = command.do === 'create' ? justCreated(transfer) : transfer
    answers[index] =
      account !== undefined && turn !== undefined
        ? { transfer: first, claim: null, entrant: { transferId: id, account, turn } }
        : { transfer: first, claim: claims.get(key) ?? null }
  }
}

/** The owner whom a command pays, if it does. */
function collectorOf(command: Command): Owner | undefined {
  if (command.do === 'collect') return command.by.owner
  return 'to' in command ? command.to.owner : undefined
}

const justCreated = (transfer: Transfer): Transfer => ({
  ...transfer,
  remaining: transfer.amount,
  claimed: 0,
  state: 'open',
  closedAt: null,
})

function kindOfFailedRead(error: unknown): Failure['kind'] {
  if (lacksResources(error)) return 'exhausted'
  return isUnavailable(error) ? 'unavailable' : 'conflict'
}

function kindOfFailedWrite(error: unknown): Failure['kind'] {
  if (wasRolledBack(error)) return 'conflict'
  if (lacksResources(error)) return 'exhausted'
  return wasNotAsked(error) ? 'unavailable' : 'unknown'
}

const sqlState = (error: unknown) => (error instanceof postgres.PostgresError ? error.code : '')

/** Errors of constraints, data, deadlocks and serialisation, by which the server says that nothing happened. */
const wasRolledBack = (error: unknown) => /^(22|23|25|40|42)/.test(sqlState(error))

/**
 * A full disk, no memory or no connection left, or no more time, as where somebody holds a lock: by these the server says that nothing
 * happened.
 */
const lacksResources = (error: unknown) => /^(53...|55P03|57014)$/.test(sqlState(error))

/** There was no connection: nobody listened, the server was still starting, or no host took writes. */
function wasNotAsked(error: unknown): boolean {
  const { code = '', syscall = '' } = error as NodeJS.ErrnoException
  return (
    ['connect', 'getaddrinfo'].includes(syscall) || ['CONNECT_TIMEOUT', '57P03', 'NO_PRIMARY'].includes(code)
  )
}
