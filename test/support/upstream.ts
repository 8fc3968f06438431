import { connect, type Socket } from 'node:net'

/** A bare connection to the server that a URL names, for a proxy before it. */
export function connectTo({ hostname, port }: URL): Socket {
  const host = decodeURIComponent(hostname)
  return host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(Number(port), host)
}
