import { networkInterfaces } from 'node:os'

/** This machine's first IPv4 address in its network: what phones in the same network reach it by. */
export const networkAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

/** Where people reach a service that listens on a host and a port. */
export function addressOf(host: string, port: number): string {
  // Every interface is where it listens, and no address that anybody could open.
  const reached = host === '0.0.0.0' || host === '::' ? (networkAddress() ?? '127.0.0.1') : host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}
