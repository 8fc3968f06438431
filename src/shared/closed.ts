/** The codes of refusals that say that a transfer is over: its money is out, or is on its way back to the sender. */
export const CLOSED = ['already_collected', 'cancelled', 'declined', 'expired'] as const
