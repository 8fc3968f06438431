import type { Address } from './address.ts'

/** By their names in Postgres. */
type Settings = Partial<Record<string, string | number | boolean>>

/**
 * What a session says at its start, so that no setting of the server, the database or the role changes our answers.
 * @param more settings that may only make things faster, as they are left out behind a pooler
 */
export function sessionSettings(
  { applicationName, options, pooled }: Address,
  { application_name = 'passalong', ...more }: Settings = {},
): Settings {
  return {
    ...TRACKED,
    ...(pooled ? {} : { ...PINNED, ...more }),
    application_name: applicationName ?? application_name,
    ...(options && { options }),
  }
}

/** Settings that a session has to have and can't ask for, by their names in lower case. */
export const neededSettings = (pooled: boolean): Map<string, string> =>
  new Map(
    Object.entries({ ...(pooled && { ...TRACKED, ...PINNED }), ...OTHERS }).map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]),
  )

/** A time limit does no harm where nothing that we do takes as long. */
export const isFit = (name: string, value: string, needed: string): boolean =>
  value === needed || (name.endsWith('_timeout') && Number(value) >= HARMLESS_TIMEOUT_MS)

const HARMLESS_TIMEOUT_MS = 10_000

/** Poolers keep these apart for each of their clients. */
const TRACKED = { DateStyle: 'ISO, MDY', TimeZone: 'UTC', standard_conforming_strings: 'on' }

/** Poolers refuse a client that sends these. */
const PINNED = {
  search_path: 'public',
  default_transaction_isolation: 'read committed',
  IntervalStyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  // By a warning the server tells of a commit that no replica has confirmed.
  client_min_messages: 'notice',
  // Zero as a word, because the driver leaves out what is false.
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
}

/** Only a superuser may change the one, and not every server knows the other. */
const OTHERS = { session_replication_role: 'origin', transaction_timeout: '0' }
