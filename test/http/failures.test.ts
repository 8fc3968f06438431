import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerEach } from '../../src/http/batch.ts'
import { answerProblem } from '../../src/http/problem.ts'
import { OutcomeUnknown } from '../../src/ledger/ledger.ts'
import { answerFailure } from '../../src/pages/failure.ts'
import { Refusal } from '../../src/shared/refusal.ts'
import type { OpenApi } from '../support/openapi.ts'
import { openTestCore } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
})
afterAll(() => service.close())

const quiet = pino({ enabled: false })
const REFUSED = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' })
const LATER = new Refusal('too_many_requests', {}, 42)

describe('A no that is for now only says in how many seconds to ask again', () => {
  test.each([
    ['too much at once', new Refusal('overloaded'), 503, '2'],
    ['too much by one program', new Refusal('too_many_requests'), 429, '1'],
    ['too much in this minute', LATER, 429, '42'],
    ['the books lost in the middle', new OutcomeUnknown('cut'), 503, '2'],
    ['the books out of reach', new Error('Failed query', { cause: REFUSED }), 503, '2'],
  ])(
    'to a program, in a header and in the problem, and to a browser: %s',
    async (_what, error, status, seconds) => {
      const app = new Hono().onError(answerFailure(quiet)).get('/', () => {
        throw error
      })
      const program = await app.request('/')
      expect([program.status, program.headers.get('retry-after')]).toEqual([status, seconds])
      expect(await program.json()).toMatchObject({ status, retryAfter: Number(seconds) })
      for (const [language, title, text] of [
        ['en', 'We can’t answer just now', 'Try again in a moment.'],
        ['zh-CN', '我们暂时无法回应', '请稍后再试。'],
      ] as const) {
        const headers = { accept: 'text/html', 'accept-language': language }
        const browser = await app.request('/', { headers })
        expect([browser.status, browser.headers.get('retry-after')]).toEqual([status, seconds])
        expect(browser.headers.get('cache-control')).toBe('no-store')
        expect(browser.headers.get('vary')).toBe('Accept-Language, Cookie, Accept')
        const page = await browser.text()
        for (const said of [title, text]) expect(page).toContain(said)
      }
    },
  )

  test('for one of many in its problem, as it has no header of its own', async () => {
    const answers = [Promise.reject(new Refusal('too_many_requests')), Promise.reject(new Refusal('expired'))]
    const [busy, over] = await answerEach(quiet, 'request-1', answers as Promise<{ problem?: object }>[])
    expect(busy?.problem).toMatchObject({ code: 'too_many_requests', retryAfter: 1 })
    expect(over?.problem).not.toHaveProperty('retryAfter')
  })

  test('where a later try is of no use, nothing of the kind is said', async () => {
    const app = new Hono().onError(answerProblem(quiet)).get('/', () => {
      throw new Refusal('expired')
    })
    expect((await app.request('/')).headers.has('retry-after')).toBe(false)
  })

  test('and the document says so of all calls', async () => {
    const { info } = await service.client.get<OpenApi>('/openapi.json')
    expect(info.description).toMatch(/Any call may be answered with 429 .* `Retry-After`/)
  })
})

test('a browser that opens an address of the API gets what programs get', async () => {
  const answer = await service.client.call('GET', '/v1/nothing', undefined, {
    accept: 'text/html',
    authorization: 'none',
  })
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  expect(answer.body).toMatchObject({ code: 'unauthorized' })
})
