/** The most people who may share one transfer. */
export const MOST_SHARES = 1000

/** Whether several take part in a transfer: it has shares for them, or pays at its end whom the lot falls on. */
export const isForSeveral = ({ shares, settlement }: { shares: number; settlement: unknown }): boolean =>
  shares > 1 || settlement !== null
