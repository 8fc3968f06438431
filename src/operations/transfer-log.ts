import type { Logger } from 'pino'
import type { Change } from '../ledger/batch.ts'
import type { Assets } from '../money/assets.ts'

/**
 * Logs what was done to transfers, a line for each, by ids alone: never a code, nor what people wrote or are called. The books are the
 * record: a process that is killed after a commit leaves no line of it.
 */
export const logChanges = (log: Logger, assets: Pick<Assets, 'formatted'>, changes: Change[]): void => {
  for (const { event, transfer, asset, state, account, amount, origin } of changes)
    log.info(
      {
        transfer,
        state,
        ...(amount !== undefined && { amount: assets.formatted(amount, asset), asset }),
        account,
        requestId: origin,
      },
      `transfer ${event}`,
    )
}
