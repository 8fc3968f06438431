import { BlockList, isIP } from 'node:net'

const ownMachine = new BlockList()
ownMachine.addSubnet('127.0.0.0', 8)
ownMachine.addSubnet('0.0.0.0', 8)
ownMachine.addAddress('::1', 'ipv6')
ownMachine.addAddress('::', 'ipv6')

/**
 * Whether another machine, such as a phone, can open a link: it can't where the host is `localhost`, a loopback address or
 * a bare name.
 */
export function opensElsewhere(link: string): boolean {
  const host = new URL(link).hostname.replace(/^\[|\]$|\.$/g, '')
  const version = isIP(host)
  if (version) return !ownMachine.check(host, version === 6 ? 'ipv6' : 'ipv4')
  return host.includes('.') && !host.endsWith('.localhost')
}
