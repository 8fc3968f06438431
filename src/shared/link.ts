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
  const host = hostOf(link)
  return isIP(host) ? !isOwn(host) : host.includes('.') && !host.endsWith('.localhost')
}

/** Whether somebody can be led there from a page: by `https`, or on their own machine by `http`; and with no name and password in it. */
export function canLeadTo(link: string): boolean {
  if (!URL.canParse(link)) return false
  const { protocol, username, password } = new URL(link)
  const host = hostOf(link)
  const isSafe =
    protocol === 'https:' ||
    (protocol === 'http:' && (host === 'localhost' || (isIP(host) > 0 && isOwn(host))))
  return isSafe && username === '' && password === ''
}

const hostOf = (link: string) => new URL(link).hostname.replace(/^\[|\]$|\.$/g, '')

const isOwn = (address: string) => ownMachine.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
