import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/config.ts'
import type { Asset } from '../../src/money/amount.ts'
import { checkAssets, openAssets } from '../../src/money/assets.ts'
import { newcomer, openTestCore } from '../support/service.ts'

const asset = (code: string, scale: number, messenger?: string): Asset => ({
  code,
  scale,
  symbols: [],
  maxTransfer: 2000n,
  lifetime: 60,
  ...(messenger && { messenger }),
})
const [CREDIT, POINT, TOKEN] = [asset('CREDIT', 2), asset('POINT', 0), asset('TOKEN', 4)]

test('a messenger with assets of its own deals in these alone, every other one in those of none', () => {
  const play = asset('PLAY', 2, 'playground')
  const assets = openAssets([play, CREDIT, POINT])
  expect(assets.of('telegram')).toEqual([CREDIT, POINT])
  expect(assets.of('playground')).toEqual([play])
  expect([...assets.codesOf('telegram')]).toEqual(['CREDIT', 'POINT'])
  expect([...assets.codesOf('playground')]).toEqual(['PLAY'])
  expect(assets.formatted(150n, 'PLAY')).toBe('1.50')
  expect(() => assets.named('EURO')).toThrow('The asset EURO is in the books, but not in ASSETS.')
  const [of, codes] = [openAssets([play]).of('telegram'), openAssets([play]).codesOf('telegram')]
  expect([of, [...codes]]).toEqual([[], []])
})

describe('the books', () => {
  let service: Awaited<ReturnType<typeof openTestCore>>
  beforeAll(async () => {
    service = await openTestCore({ roles: 'api', assets: [CREDIT, POINT, TOKEN] })
    await service.client.issue(newcomer(), '1')
    await service.client.issue(newcomer(), '1', { asset: 'POINT' })
  })
  afterAll(() => service.close())

  const refusal = (assets: Asset[]) =>
    checkAssets(service.core.db, assets).then(
      () => undefined,
      (error: unknown) => (error instanceof ConfigError ? error.message : error),
    )

  test('an asset that the books do not know is refused by whoever only reads them', async () => {
    expect(await refusal([CREDIT, POINT, TOKEN, asset('EURO', 2)])).toBe(
      'ASSETS: EURO is not in the books yet: start the service with it once, so that it deals in it.',
    )
  })

  test('another scale is refused with the line that mends it', async () => {
    expect(await refusal([asset('CREDIT', 3), POINT])).toBe(
      'ASSETS: CREDIT has 2 decimals in the books, and its scale can\'t change to 3: write {"code": "CREDIT", "scale": 2}.',
    )
  })

  test('assets that the books hold are asked for, those that nobody used may go', async () => {
    const message = String(await refusal([]))
    expect(message).toMatch(
      /^ASSETS: the books hold (CREDIT, POINT|POINT, CREDIT), and ASSETS doesn't say what that is: let it name a file whose list has \{.*\}, too\.$/,
    )
    const list = message.match(/\{.*\}/)?.[0]
    expect((JSON.parse(`[${list}]`) as Asset[]).toSorted((a, b) => b.scale - a.scale)).toEqual([
      { code: 'CREDIT', scale: 2 },
      { code: 'POINT', scale: 0 },
    ])
    expect(list).toContain('}, {')
    expect(await refusal([CREDIT, POINT])).toBeUndefined()
  })
})
