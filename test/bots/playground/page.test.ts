import { expect, test } from 'vitest'
import { page } from '../../../bots/playground/page.ts'
import { openPlayground } from '../../support/playground.ts'

test.each([
  ['http://127.0.0.1:3000', true],
  ['http://127.1.2.3', true],
  ['http://localhost:3000', true],
  ['http://pass.localhost', true],
  ['http://0.0.0.0:3000', true],
  ['http://[::]:3000', true],
  ['http://[::1]:3000', true],
  ['http://192.168.1.5:3000', false],
  ['http://[fd00::1]:3000', false],
  ['https://pass.example.org', false],
  ['https://127.example.org', false],
  ['https://localhost.example.org', false],
])('Where links lead to %s, the page says that they open on this machine only: %s', async (url, isSaid) => {
  const saysIn = async (language: string, words: string) =>
    String(await page(language, url)).includes(`<p>${words}</p>`)
  expect(
    await saysIn('en', 'Links and QR codes open on this machine only. For phones, set PUBLIC_URL.'),
  ).toBe(isSaid)
  expect(await saysIn('zh-CN', '链接和二维码只能在这台电脑上打开。要用手机扫码，请设置 PUBLIC_URL。')).toBe(
    isSaid,
  )
})

test('The page knows where the links lead: to where it listens, unless PUBLIC_URL says otherwise.', async () => {
  const env = { HOST: '127.0.0.1' }
  for (const [set, isSaid] of [
    [env, true],
    [{ ...env, PUBLIC_URL: 'https://pass.example.org' }, false],
  ] as const) {
    const playground = await openPlayground({ env: set })
    expect(
      (await (await fetch(playground.url)).text()).includes(
        '<p>Links and QR codes open on this machine only.',
      ),
    ).toBe(isSaid)
    await playground.close()
  }
})
