import type { User } from 'discord.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connectApi } from '../../../bots/client.ts'
import { discord } from '../../../bots/discord/index.ts'
import { cut, plain, plainWithin } from '../../../bots/discord/markdown.ts'
import { createMessenger } from '../../../bots/discord/messenger.ts'
import { personOf } from '../../../bots/discord/people.ts'

test.for([
  ['*bold* _it_ ~~no~~ `code` ||s||', '\\*bold\\* \\_it\\_ \\~\\~no\\~\\~ \\`code\\` \\|\\|s\\|\\|'],
  ['[bank](https://evil.test)', '\\[bank](https\\://evil.test)'],
  ['<@1> <#2> <:e:3> </send:4> <t:5>', '\\<@1> \\<#2> \\<:e:3> \\</send:4> \\<t:5>'],
  ['@everyone @here @ben', '\\@everyone \\@here @ben'],
  ['# big\n> said\n- one\n-# small\n1. first', '\\# big\n\\> said\n\\- one\n\\-# small\n1\\. first'],
  ['back\\*slash', 'back\\\\\\*slash'],
  ['20.00 CREDIT – a-b + c > d #5', '20.00 CREDIT – a-b + c > d #5'],
  ['午饭 12:30', '午饭 12:30'],
])('“%s” is shown as it stands', ([text, shown]) => {
  expect(plain(text as string)).toBe(shown)
})

test('text that is too long gives way at its longest lines, and never in the middle of a character or an escape', () => {
  const lines = ['short', `long ${'*'.repeat(500)}`, `longer ${'😀'.repeat(1000)}`]
  const fitted = plainWithin(lines.join('\n'), 1000).split('\n')
  expect(fitted[0]).toBe('short')
  expect(fitted[1]).toMatch(/^long (\\\*)+…$/)
  expect(fitted[2]).toMatch(/^longer (😀)+…$/u)
  const text = fc.string({ unit: 'binary', maxLength: 300 })
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 300 }), (given, most) => {
      expect(cut(given, most).length).toBeLessThanOrEqual(most)
      expect(cut(given, given.length)).toBe(given)
    }),
  )
})

test('an account whose name others may have too is known by no handle', () => {
  const user = { id: '1', username: 'ada', displayName: 'Ada' }
  expect(personOf({ ...user, discriminator: '0' } as User, 'zh-CN')).toEqual({
    messenger: 'discord',
    id: '1',
    handle: 'ada',
    name: 'Ada',
    language: 'zh-CN',
  })
  expect(personOf({ ...user, discriminator: '4711' } as User).handle).toBeUndefined()
})

test('a card whose picture cannot be had is posted without it', async () => {
  const troubles: string[] = []
  const log = {
    warn: (_: object, words: string) => void troubles.push(words),
    error: () => {},
    info: () => {},
  }
  const nowhere = connectApi('http://127.0.0.1:9', 'token')
  const reach = () => {
    throw new Error('not connected')
  }
  const messenger = createMessenger(nowhere, log, reach, discord.capabilities)
  const card = {
    transfer: crypto.randomUUID(),
    state: 'open' as const,
    language: 'en',
    amount: '1.00 CREDIT',
    title: 'Ada (@ada) → Ben (@ben)',
    note: null,
    status: 'Only Ben (@ben) can collect it.',
    expiresAt: new Date(),
    link: 'https://pass.test/c/1',
    code: '1',
    alternative: 'QR code',
    buttons: [{ label: 'Open link', url: 'https://pass.test/c/1' }],
  }
  const { files, components } = { files: undefined, ...(await messenger.draw(card)) }
  expect(files).toBeUndefined()
  expect(JSON.stringify(components)).toContain('https://pass.test/c/1')
  expect(JSON.stringify(components)).not.toContain('attachment://')
  expect(troubles).toEqual(['a card has no picture'])
})
