import { type BlockList, isIP } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import { expandIPv6 } from 'hono/utils/ipaddr'

/**
 * From which network a request comes: an IPv4 address, or the first 64 bits of an IPv6 one, as somebody who has one of those
 * has all that begin so. What a proxy tells is believed where it is trusted, from the last to the first: anybody can write
 * something in front of that.
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

/** Without the port that some proxies add, the name of a network card, and what makes an IPv4 address one of IPv6. */
const plain = (address: string) =>
  address
    .replace(/^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$/, '$1$2')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=[\d.]+$)/i, '')

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
