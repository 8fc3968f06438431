import { and, eq, gt, isNotNull } from 'drizzle-orm'
import { accounts, groups } from '../../db/schema.ts'
import { codeHashOf, codeOf } from '../access/codes.ts'
import type { Draft } from '../ledger/commands.ts'
import { newId } from '../shared/ids.ts'
import { Refusal } from '../shared/refusal.ts'
import { repeat } from '../shared/repeat.ts'
import type { Needs as AllNeeds } from './needs.ts'
import { isTreasury, treasuryAccount } from './treasury.ts'

type Needs = Pick<AllNeeds, 'db' | 'ledger' | 'assets' | 'secretKey'>

const PAUSE_MS = 60_000

/**
 * Gathers again and again, until it is stopped: what comes back to the treasury of a joined group later, and what a process has left
 * that ended just after the join.
 */
export const startGathering = (needs: Needs & Pick<AllNeeds, 'log'>): { stop(): Promise<void> } =>
  repeat(
    async () => {
      await gather(needs)
      return false
    },
    PAUSE_MS,
    (error) =>
      needs.log.error({ err: error }, 'treasuries of joined groups could not be gathered; it is tried again'),
  )

/**
 * Moves what the treasuries of joined groups have to the treasury of their root. Several processes may do so at the same time, and any
 * number of times: there is nothing left to move then.
 * @param root only what was joined to this group
 */
export async function gather(needs: Needs, root?: string): Promise<void> {
  const { db } = needs
  const rows = await db
    .select({ from: groups.id, root: groups.mergedInto, asset: accounts.asset, balance: accounts.balance })
    .from(groups)
    .innerJoin(accounts, eq(accounts.groupId, groups.id))
    .where(
      and(
        root === undefined ? isNotNull(groups.mergedInto) : eq(groups.mergedInto, root),
        isTreasury(db),
        gt(accounts.balance, 0n),
      ),
    )
  for (const { root, ...held } of rows) if (root) await move(needs, { ...held, root })
}

/** Moves all that a treasury has of an asset, in as many transfers as the most for one makes necessary. */
async function move(
  { ledger, assets, secretKey }: Needs,
  { from, root, asset: code, balance }: { from: string; root: string; asset: string; balance: bigint },
): Promise<void> {
  const asset = assets.named(code)
  const to = treasuryAccount(root, code)
  for (let left = balance; left > 0n; left -= asset.maxTransfer) {
    const id = newId()
    const draft: Draft = {
      id,
      codeHash: codeHashOf(codeOf(secretKey, id)),
      asset,
      amount: left < asset.maxTransfer ? left : asset.maxTransfer,
      from: treasuryAccount(from, code),
      recipient: { kind: 'account', account: to },
      groupId: from,
    }
    try {
      await ledger.submit({ do: 'contribute', draft, to })
    } catch (error) {
      // Another process has moved it.
      if (error instanceof Refusal && error.code === 'insufficient_funds') return
      throw error
    }
  }
}
