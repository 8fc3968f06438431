import type { Address } from './address.ts'

/** Settings by their names in Postgres. */
type Settings = Partial<Record<string, string | number | boolean>>

/**
 * The settings that a session starts with, so that none of the server, the database or the role changes our results.
 * @param more settings that may only make things faster, as they are left out behind a pooler
 * @param querySeconds after which the server ends a statement, and a transaction in which nothing is asked; 0: never
 */
export function sessionSettings(
  { applicationName, options, pooled }: Address,
  { application_name = 'passalong', ...more }: Settings = {},
  querySeconds = 0,
): Settings {
  const limit = String(querySeconds * 1000)
  const limits = { statement_timeout: limit, idle_in_transaction_session_timeout: limit }
  return {
    ...TRACKED,
    ...(pooled ? {} : { ...PINNED, ...limits, ...more }),
    application_name: applicationName ?? application_name,
    ...(options && { options }),
  }
}

/** Settings that a session needs and can't set itself, by their names in lower case. */
export const neededSettings = (pooled: boolean): Map<string, string> =>
  new Map(
    Object.entries({ ...(pooled && { ...TRACKED, ...PINNED }), ...OTHERS }).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]),
  )

/** Whether a setting has the needed value. A timeout is also fit where it is longer than anything that we do. */
export const isFit = (name: string, value: string, needed: string): boolean =>
  value === needed || (name.endsWith('_timeout') && Number(value) >= HARMLESS_TIMEOUT_MS)

const HARMLESS_TIMEOUT_MS = 10_000

/** Poolers track these for each client. */
const TRACKED = { DateStyle: 'ISO, MDY', TimeZone: 'UTC', standard_conforming_strings: 'on' }

/** Poolers refuse clients that send these. */
const PINNED = {
  search_path: 'public',
  default_transaction_isolation: 'read committed',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  // The server reports by a warning that no replica has confirmed a commit.
  client_min_messages: 'notice',
  // As strings, because the driver leaves out values that are falsy.
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
}

/** Not settable at the start of a session: only a superuser may change the first, and not every server knows the second. */
const OTHERS = { session_replication_role: 'origin', transaction_timeout: '0' }
