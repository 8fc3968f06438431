/**
 * Whether an error means that the database can't be reached, or can't write at the moment: what was asked is all right,
 * and can be asked again later. By Node's codes of a connection, the driver's, and SQLSTATE
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html): connection, resources such as a full disk, shutdown,
 * the system's own errors, and a server that may only read.
 */
export const isUnavailable = (error: unknown): boolean => causeOfOutage(error) !== undefined

/** The code that says why the database is unavailable; nothing where an error means something else. */
export function causeOfOutage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, syscall } = error as NodeJS.ErrnoException
  // A file of ours that can't be read is no outage: only what the network and its sockets say is.
  if (code !== undefined && (syscall === undefined || NETWORK_CALLS.has(syscall)) && OUTAGE.test(code))
    return code
  return causeOfOutage(error.cause)
}

const NETWORK_CALLS = new Set(['connect', 'read', 'write', 'getaddrinfo'])

const OUTAGE =
  /^(08...|53...|57P..|58...|25006|CONNECTION_(CLOSED|DESTROYED|ENDED)|(CONNECT|QUERY)_TIMEOUT|ECONN(REFUSED|RESET|ABORTED)|EPIPE|EAGAIN|ENOENT|ETIMEDOUT|E(HOST|NET)UNREACH|ENOTFOUND|EAI_AGAIN)$/
