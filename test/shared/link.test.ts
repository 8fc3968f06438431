import { describe, expect, test } from 'vitest'
import { opensElsewhere } from '../../src/shared/link.ts'

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
})
