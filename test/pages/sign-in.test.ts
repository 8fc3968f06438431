import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { ada, ben, cleo, visitorOf, wordsOf } from '../support/visitor.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

const { get, post, signIn } = visitorOf(() => pages)

describe('Signing in', () => {
  test('a ticket works once, and then says so', async () => {
    const ticket = await pages.ticket(ben)
    const answer = await post('/session', { ticket, next: '/c/somewhere?x=1' })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/c/somewhere?x=1')
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/)
    expect(cookie).not.toMatch(/Secure/)
    expect(cookie).not.toContain(ticket)
    for (const used of [ticket, 'never-was-one', '']) {
      const again = await post('/session', { ticket: used })
      expect(again.status).toBe(410)
      expect(again.headers.get('set-cookie')).toBeNull()
      expect(await wordsOf(again)).toContain('This sign-in has been used, or is too old')
    }
  })

  test('it never leads to another site, and such a ticket is not used up', async () => {
    const ticket = await pages.ticket(ben)
    for (const next of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      '/.//evil.example',
      '/\t/evil.example',
      'javascript:alert(1)',
      'evil.example',
    ])
      expect([next, (await post('/session', { ticket, next })).status]).toEqual([next, 400])
    expect((await post('/session', { ticket })).headers.get('location')).toBe('/')
  })

  test('a second sign-in ends the first, and signing out ends it for good', async () => {
    const first = await signIn(ben)
    const answer = await post('/session', { ticket: await pages.ticket(cleo) }, first)
    const second = { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' }
    const transfer = await pages.send({ from: ada })
    expect(await wordsOf(await get(transfer.link, first))).not.toContain('You are Ben')
    expect(await wordsOf(await get(transfer.link, second))).toContain('You are Cleo')
    const out = await post('/session/end', { next: `/c/${transfer.code}` }, second)
    expect(out.headers.get('location')).toBe(`/c/${transfer.code}`)
    expect(out.headers.get('set-cookie')).toMatch(/Max-Age=0/)
    expect(await wordsOf(await get(transfer.link, second))).not.toContain('You are')
  })

  test('the cookie is this host’s alone where the public address is https, and its forms are accepted', async () => {
    const abroad = await openPages('https://pass.example.org')
    try {
      const transfer = await abroad.send({ from: ada })
      const path = `${abroad.url}/c/${transfer.code}`
      const headers = { origin: 'https://pass.example.org' }
      const answer = await fetch(`${abroad.url}/session`, {
        method: 'POST',
        body: new URLSearchParams({ ticket: await abroad.ticket(ben) }),
        headers,
        redirect: 'manual',
      })
      expect(answer.status).toBe(303)
      const set = answer.headers.get('set-cookie') ?? ''
      expect(set).toMatch(/^__Host-session=[\w-]{43}; /)
      for (const part of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax'])
        expect(set.split('; ')).toContain(part)
      expect(set).not.toMatch(/Domain/i)

      const cookie = set.split(';')[0] ?? ''
      const seenWith = async (cookie: string) => wordsOf(await fetch(path, { headers: { cookie } }))
      expect(await seenWith(cookie)).toContain('You are Ben')
      // What a plain connection, or an earlier version, has set.
      expect(await seenWith(cookie.replace('__Host-', ''))).not.toContain('You are')
      const out = await fetch(`${abroad.url}/session/end`, {
        method: 'POST',
        headers: { ...headers, cookie },
        redirect: 'manual',
      })
      expect(out.headers.get('set-cookie')).toMatch(/^__Host-session=; Max-Age=0; Path=\/;/)
      expect(await seenWith(cookie)).not.toContain('You are')
    } finally {
      await abroad.close()
    }
  })
})
