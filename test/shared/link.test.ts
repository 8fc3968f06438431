import { describe, expect, test } from 'vitest'
import { canLeadTo, opensElsewhere } from '../../src/shared/link.ts'

describe('A link', () => {
  test.each([
    'http://127.0.0.1:3000/c/x',
    'http://127.8.9.1/c/x',
    'http://0.0.0.0:3000/c/x',
    'http://0/c/x',
    'http://2130706433/c/x',
    'http://[::1]:3000/c/x',
    'http://[::]:3000/c/x',
    'http://[::ffff:127.0.0.1]/c/x',
    'http://localhost:3000/c/x',
    'http://localhost./c/x',
    'http://pass.localhost/c/x',
    'http://nas:3000/c/x',
  ])('to %s opens on no phone', (link) => expect(opensElsewhere(link)).toBe(false))

  test.each([
    'https://pass.example.org/c/x',
    'https://pass.example.org./c/x',
    'http://192.168.1.20:3000/c/x',
    'http://10.0.0.7/c/x',
    'http://nas.local:3000/c/x',
    'http://[fd00::2]:3000/c/x',
    'http://localhost.example.org/c/x',
  ])('to %s opens elsewhere', (link) => expect(opensElsewhere(link)).toBe(true))

  test.each([
    'https://shop.example.org/thanks?order=4711',
    'http://localhost:8080/thanks',
    'http://127.0.0.1/thanks',
    'http://[::1]:8080/thanks',
  ])('to %s is one that a page may lead to', (link) => expect(canLeadTo(link)).toBe(true))

  test.each([
    'http://shop.example.org/thanks',
    'http://192.168.1.20/thanks',
    'http://127.0.0.1.example.org/thanks',
    'https://shop@evil.example.org/thanks',
    'javascript:alert(1)',
    'data:text/html,hello',
    '/thanks',
    'shop.example.org',
  ])('to %s is none', (link) => expect(canLeadTo(link)).toBe(false))
})
