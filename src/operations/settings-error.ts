import { DatabaseUrlError } from '../../db/address.ts'
import { EmbeddedPostgresError } from '../../db/embedded.ts'
import { NewerTablesError } from '../../db/postgres.ts'
import { ConfigError } from '../config.ts'

/** Whether an error is about a setting: its message is one line for the operator, which says what is wrong and how to mend it. */
export const isSettingsError = (error: unknown): error is Error =>
  [ConfigError, DatabaseUrlError, EmbeddedPostgresError, NewerTablesError].some(
    (kind) => error instanceof kind,
  )
