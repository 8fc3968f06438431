/** Codes of the refusals that say that a transfer is over: its money was collected, or goes back to the sender. */
export const CLOSED = ['already_collected', 'cancelled', 'declined', 'expired'] as const
