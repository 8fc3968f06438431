import { BackupError } from '../operations/backup/file.ts'
import { isSettingsError } from '../operations/settings-error.ts'
import { Refusal } from '../shared/refusal.ts'
import { UsageError } from './command.ts'

/** Why a command failed: one line for people, and a code for programs. */
export function describeFailure(error: unknown): { code: string; message: string } {
  if (error instanceof Refusal) return { code: error.code, message: error.message }
  if (error instanceof UsageError) return { code: 'usage', message: error.message }
  if (error instanceof BackupError) return { code: 'backup', message: error.message }
  if (isSettingsError(error)) return { code: 'settings', message: error.message }
  return { code: 'failed', message: `passalong failed: ${reasonOf(error as Error)}` }
}

/** An error's reason, in one line. It is the innermost cause's, as the message of a failed query repeats its parameters. */
export const reasonOf = ({ message, cause, name }: Error): string =>
  cause instanceof Error ? reasonOf(cause) : message.split('\n')[0] || name
