import { networkInterfaces } from 'node:os'

/** This machine's first IPv4 address in its network, by which phones in the same network reach it. */
export const networkAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

/** The URL of a service that listens on a host and a port. */
export function addressOf(host: string, port: number): string {
  // These mean all interfaces, and can't be opened themselves.
  const reached = host === '0.0.0.0' || host === '::' ? (networkAddress() ?? '127.0.0.1') : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}
