/**
 * Whether an error means that the database can't be reached, or can't write at the moment, so that a retry may succeed later. It
 * is known by Node's codes of connections, by the driver's codes, by `NO_PRIMARY` of ours, and by SQLSTATE
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html): connection, resources such as a full disk, shutdown, system
 * errors, a read-only server, and a time limit that ended a statement, a wait for a lock, or a transaction.
 */
export const isUnavailable = (error: unknown): boolean => causeOfOutage(error) !== undefined

/** The code that says why the database is unavailable; undefined where an error means something else. */
export function causeOfOutage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, syscall } = error as NodeJS.ErrnoException
  // With a `syscall`, only errors of sockets count: a file that can't be read is no outage.
  if (code !== undefined && (syscall === undefined || NETWORK_CALLS.has(syscall)) && OUTAGE.test(code))
    return code
  return causeOfOutage(error.cause)
}

const NETWORK_CALLS = new Set(['connect', 'read', 'write', 'getaddrinfo'])

const OUTAGE =
  /^(08...|53...|57P..|58...|25006|25P03|55P03|57014|NO_PRIMARY|CONNECTION_(CLOSED|DESTROYED|ENDED)|(CONNECT|QUERY)_TIMEOUT|ECONN(REFUSED|RESET|ABORTED)|EPIPE|EAGAIN|ENOENT|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN)$/
