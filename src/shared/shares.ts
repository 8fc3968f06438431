/** The most people who may share one transfer. */
export const MOST_SHARES = 1000
