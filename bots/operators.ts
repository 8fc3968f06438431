/**
 * The ids of the service's operators in one messenger, of those whom `OPERATORS` lists. Where a messenger tells no admins of its groups they
 * are those of every group that they are in, until they name others.
 */
export const operatorsIn = (listed: string, messenger: string): ReadonlySet<string> =>
  new Set(
    listed
      .split(/[\s,]+/)
      .filter((one) => one.startsWith(`${messenger}:`))
      .map((one) => one.slice(messenger.length + 1)),
  )
