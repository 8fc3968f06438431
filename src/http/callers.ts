import { type BlockList, isIP } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import { expandIPv6 } from 'hono/utils/ipaddr'

/**
 * From which network a request comes: an IPv4 address, or the first 64 bits of an IPv6 address, as whoever has one address of
 * such a network usually has all of it. `X-Forwarded-For` is read from its end, as long as each proxy is a trusted one: a client
 * can put anything at its beginning.
 */
export function callerOf({ socket, headers }: HttpBindings['incoming'], trustedProxies: BlockList): string {
  let caller = plain(socket.remoteAddress ?? '')
  let forwarded = String(headers['x-forwarded-for'] ?? '')
  while (forwarded && trustedProxies.check(caller, familyOf(caller))) {
    const comma = forwarded.lastIndexOf(',')
    const before = plain(forwarded.slice(comma + 1).trim())
    if (!isIP(before)) break
    caller = before
    forwarded = forwarded.slice(0, Math.max(comma, 0))
  }
  return isIP(caller) === 6 ? expandIPv6(caller).split(':', 4).join(':') : caller
}

/** Strips the port that some proxies add, a zone (`%eth0`), and the prefix of an IPv4 address mapped to IPv6. */
const plain = (address: string) =>
  address
    .replace(/^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$/, '$1$2')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=[\d.]+$)/i, '')

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
