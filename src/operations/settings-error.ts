import { DatabaseUrlError } from '../../db/address.ts'
import { EmbeddedPostgresError } from '../../db/embedded.ts'
import { ConfigError } from '../config.ts'

/** Whether an error is the operator's to mend: its message is one line that names the setting and the mend. */
export const isSettingsError = (error: unknown): error is Error =>
  [ConfigError, DatabaseUrlError, EmbeddedPostgresError].some((kind) => error instanceof kind)
