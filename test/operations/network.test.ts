import { networkInterfaces } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import { addressOf, networkAddress } from '../../src/operations/network.ts'
import { opensElsewhere } from '../../src/shared/link.ts'
import { newcomer, startTestService } from '../support/service.ts'

describe('The service', () => {
  const start = async (environment: Record<string, string>) => {
    const service = await startTestService({ roles: 'api', environment })
    onTestFinished(() => service.close())
    const from = newcomer()
    await service.client.issue(from, '20')
    const { link } = await service.client.send(from, '20')
    return { ...service, link, advice: service.log.filter((line) => line.includes('not on phones')) }
  }
  const ownAddresses = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])

  test('listens on this machine alone by default, warns that phones cannot open its links, and says what to set', async () => {
    const { url, link, advice } = await start({})
    expect(link.startsWith(`${url}/c/`)).toBe(true)
    expect(new URL(url).hostname).toBe('127.0.0.1')
    expect(advice).toHaveLength(1)
    expect(JSON.parse(advice[0] ?? '')).toMatchObject({ level: 'warn' })
    const [, offered] = /HOST=0\.0\.0\.0 PUBLIC_URL=(\S+) /.exec(advice[0] ?? '') ?? []
    if (!networkAddress()) return expect(advice[0]).toContain('set PUBLIC_URL to an address')
    expect(offered).toBe(`http://${networkAddress()}:${new URL(url).port}`)
    expect(opensElsewhere(offered ?? '')).toBe(true)
  })

  test.each(['http://localhost:3000', 'http://127.0.0.1:3000'])(
    'warns of PUBLIC_URL=%s, too',
    async (PUBLIC_URL) => {
      expect((await start({ PUBLIC_URL })).advice).toHaveLength(1)
    },
  )

  test('warns of nothing where PUBLIC_URL leads elsewhere', async () => {
    expect((await start({ PUBLIC_URL: 'https://pass.example.org' })).advice).toEqual([])
  })

  test.each(['0.0.0.0', '::'])(
    'on every interface (%s) gives links to its first address in the network',
    async (HOST) => {
      const { url, link, advice } = await start({ HOST })
      const { hostname } = new URL(link)
      const outside = ownAddresses.filter(({ family, internal }) => family === 'IPv4' && !internal)
      expect(hostname).toBe(outside[0]?.address ?? '127.0.0.1')
      expect(advice).toHaveLength(outside.length > 0 ? 0 : 1)
      expect(link.startsWith(url)).toBe(true)
      expect((await fetch(link)).status).toBe(200)
    },
  )

  test('on one address gives links to that one', () => {
    expect(addressOf('192.168.1.20', 3000)).toBe('http://192.168.1.20:3000')
    expect(addressOf('fd00::2', 3000)).toBe('http://[fd00::2]:3000')
  })
})
