import { isSettingsError } from '../operations/settings-error.ts'
import { Refusal } from '../shared/refusal.ts'
import { UsageError } from './command.ts'

/** Why something could not be done, in one line, and a code for programs. */
export function describeFailure(error: unknown): { code: string; message: string } {
  if (error instanceof Refusal) return { code: error.code, message: error.message }
  if (error instanceof UsageError) return { code: 'usage', message: error.message }
  if (isSettingsError(error)) return { code: 'settings', message: error.message }
  return { code: 'failed', message: `passalong failed: ${reasonOf(error as Error)}` }
}

/** In one line. A failed query's own message repeats what was given to it; its cause does not. */
export const reasonOf = ({ message, cause, name }: Error): string =>
  cause instanceof Error ? reasonOf(cause) : message.split('\n')[0] || name
