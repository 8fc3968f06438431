import { Refusal } from './refusal.ts'

/** Codes of the refusals that say that a transfer is over: its money was collected, or goes back to the sender. */
export const CLOSED = ['already_collected', 'cancelled', 'declined', 'expired', 'drawing'] as const

/** Whether something was refused because a transfer was over: to whoever only wants it closed, that is no error. */
export const isOver = (error: unknown): boolean =>
  error instanceof Refusal && CLOSED.some((code) => code === error.code)
