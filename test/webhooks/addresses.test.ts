import dns, { type LookupAddress } from 'node:dns'
import { createServer } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { type AddressInfo, BlockList } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { reachableBy, wrongUrl } from '../../src/webhooks/address.ts'
import { openPoster, type Poster } from '../../src/webhooks/post.ts'

const nobody = new BlockList()
const here = new BlockList()
here.addAddress('127.0.0.1')

test.each([
  '127.0.0.1',
  '127.8.9.1',
  '10.0.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::a00:1',
  '2002:a00:1::',
  '2001::1',
  '2001:db8::1',
  'fd00::1',
  'fe80::1',
  'ff02::1',
])('nothing is sent to %s', (address) => {
  for (const protocol of ['http:', 'https:'])
    expect(reachableBy(protocol, nobody)(address), protocol).toBe(false)
})

test.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111'])(
  '%s is reached by https, which nobody on the way can read',
  (address) => {
    expect(reachableBy('https:', nobody)(address)).toBe(true)
    expect(reachableBy('http:', here)(address)).toBe(false)
  },
)

test('where the operator allows no network nothing is sent by http', () => {
  expect(wrongUrl(new URL('http://shop.example/'), nobody)).toBe('must begin with https://')
  expect(wrongUrl(new URL('http://shop.example/'), here)).toBeUndefined()
  expect(wrongUrl(new URL('https://shop.example/'), nobody)).toBeUndefined()
})

test('what the operator allows is reached by both, and nothing beside it', () => {
  const allowed = new BlockList()
  allowed.addSubnet('10.1.0.0', 16, 'ipv4')
  allowed.addSubnet('fd00::', 8, 'ipv6')
  for (const protocol of ['http:', 'https:']) {
    const isReachable = reachableBy(protocol, allowed)
    expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::9'].every(isReachable)).toBe(true)
    expect(['10.2.0.1', '127.0.0.1', 'fe80::1'].some(isReachable)).toBe(false)
  }
})

async function openServer() {
  const server = createServer((request, response) => request.resume().on('end', () => response.end()))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close().closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

function poster(allowed: BlockList): { to(url: string): ReturnType<Poster['post']> } {
  const opened = openPoster(allowed)
  onTestFinished(opened.close)
  const { signal } = new AbortController()
  return { to: (url) => opened.post({ url, headers: {}, body: '{}' }, signal) }
}

test('a name is judged by the addresses that it has, and one in place of a name in whatever form it is written', async () => {
  const port = await openServer()
  for (const host of ['localhost', '127.0.0.1', '2130706433', '0x7f.1', '127.1', '[::1]', '[::ffff:7f00:1]'])
    for (const protocol of ['http', 'https'])
      expect(await poster(nobody).to(`${protocol}://${host}:${port}/`), `${protocol} ${host}`).toEqual({
        status: null,
        error: 'address_refused',
      })
  for (const host of ['localhost', '127.0.0.1', '2130706433'])
    expect(await poster(here).to(`http://${host}:${port}/`), host).toEqual({ status: 200, error: null })
})

test('a name that means another address a moment later leads nowhere else', async () => {
  const port = await openServer()
  let addresses = ['127.0.0.1', '10.0.0.1']
  let asked = 0
  const lookUp = ((_name: string, _options: object, answer: (error: null, all: LookupAddress[]) => void) => {
    asked += 1
    answer(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    )
  }) as unknown as typeof dns.lookup
  const standIn = vi.spyOn(dns, 'lookup').mockImplementation(lookUp)
  syncBuiltinESMExports()
  onTestFinished(() => {
    standIn.mockRestore()
    syncBuiltinESMExports()
  })
  const url = `http://shop.example:${port}/`
  // The other address of the same answer is not reached either.
  expect(await poster(here).to(url)).toEqual({ status: 200, error: null })
  expect(asked).toBe(1)
  addresses = ['10.0.0.1']
  expect(await poster(here).to(url)).toEqual({ status: null, error: 'address_refused' })
})

test('what is still answering after a second is cut off, and what does not answer gives no reason that names an address', async () => {
  const server = createServer((_request, response) => {
    response.flushHeaders()
    response.write('for ever')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  expect(await poster(here).to(`http://127.0.0.1:${port}/`)).toEqual({ status: 200, error: null })
  await expect
    .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))))
    .toBe(0)
  expect(await poster(here).to('http://127.0.0.1:1/')).toEqual({ status: null, error: 'ECONNREFUSED' })
})

test('an idle connection that is closed at the moment at which it is used again is made anew', async () => {
  const used = new Set<object>()
  const server = createServer((request, response) => {
    if (used.has(request.socket)) request.socket.destroy()
    else request.resume().on('end', () => response.end())
    used.add(request.socket)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const { to } = poster(here)
  for (let sent = 0; sent < 3; sent++) expect(await to(url)).toEqual({ status: 200, error: null })
  expect(used.size).toBe(3)
})
