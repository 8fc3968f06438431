import { lookup } from 'node:dns'
import { type BlockList, isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Whether something may be sent to an IP address. */
type Judge = (address: string) => boolean

/**
 * By https the public internet is reached, by IANA's registries of special-purpose addresses, and the networks that the operator allows; by
 * http, which everybody on the way can read, those networks alone.
 */
export function reachableBy(protocol: string, allowed: BlockList): Judge {
  const isAllowed: Judge = (address) => allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return protocol === 'https:'
    ? (address) => ipaddr.parse(address).range() === 'unicast' || isAllowed(address)
    : isAllowed
}

/**
 * Says why nothing can be sent to a URL, as far as that is seen without looking its name up, which is done each time something is sent;
 * undefined where nothing speaks against it.
 */
export function wrongUrl(url: URL, allowed: BlockList): string | undefined {
  const { protocol, username, password } = url
  const isPlain = protocol === 'http:' && allowed.rules.length > 0
  if (protocol !== 'https:' && !isPlain) return 'must begin with https://'
  if (username || password) return 'must have no user name and no password'
  const address = addressIn(url)
  return address === undefined || reachableBy(protocol, allowed)(address)
    ? undefined
    : 'must lie in the public internet, or in a network that the operator allows'
}

/** The IP address that a URL has in place of a name, in whatever form it was written. */
export function addressIn({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '')
  return isIP(host) ? host : undefined
}

/**
 * Looks a name up for a connection, which is made to nothing but what it answers: so a name that means another address a moment later
 * leads nowhere else.
 */
export const lookupOf =
  (isReachable: Judge): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const reachable = error ? [] : found.filter(({ address }) => isReachable(address))
      const [first] = reachable
      if (error || !first) callback(error ?? refused(), [])
      else if (options.all) callback(null, reachable)
      else callback(null, first.address, first.family)
    })
  }

/** What is thrown where no address may be reached. */
export const refused = (): NodeJS.ErrnoException =>
  Object.assign(new Error('No such address is reached.'), { code: 'address_refused' })
