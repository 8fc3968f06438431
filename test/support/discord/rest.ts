import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { ApiError } from './errors.ts'
import { type Fault, type Faults, failed } from './faults.ts'
import type { Upload } from './messages.ts'
import {
  type Breach,
  breachesOfAnswer,
  breachesOfBody,
  breachesOfQuery,
  findOperation,
  type Operation,
} from './schema.ts'
import type { World } from './world.ts'

export type Call = {
  params: Record<string, string>
  query: Record<string, string>
  /** The JSON body, judged already: it fits Discord's schema for this route. */
  body: any
  files: Upload[]
}
export type Reply = [status: 200 | 201 | 204, body?: object]
export type Handler = (call: Call) => Reply

/** One call that the bot made, for tests that count them; `route` is the template, so that no token is in it. */
export type LoggedCall = { method: string; route: string; status: number; body: unknown }

type Env = { Bindings: HttpBindings }

/** Discord's REST API: every call is judged by its OpenAPI document before a handler sees it. */
export function restApi(
  world: World,
  handlers: Record<string, Handler>,
  at: { token: string; faults: Faults; breaches: string[]; calls: LoggedCall[] },
): Hono<Env> {
  const app = new Hono<Env>()

  app.get('/attachments/:channel/:attachment/:name', (c) => {
    const all = [...world.messages.values()].flatMap(({ attachments }) => attachments)
    const found = all.find(({ id }) => id === c.req.param('attachment'))
    return found ? c.body(found.bytes, 200, { 'content-type': found.contentType }) : c.notFound()
  })

  app.all('/api/*', async (c) => {
    const [, , version, ...segments] = c.req.path.split('/').map(decodeURIComponent)
    const { method } = c.req
    const operation = version === 'v10' ? findOperation(method, segments) : undefined
    if (!operation || operation === 'method') {
      at.breaches.push(`${method} /${segments.join('/')}: no such ${operation ?? 'route'}`)
      const status = operation ? 405 : 404
      return c.json(
        { message: `${status}: ${operation ? 'Method Not Allowed' : 'Not Found'}`, code: 0 },
        status,
      )
    }
    const name = `${method} ${operation.route}`
    const logged: LoggedCall = { method, route: operation.route, status: 0, body: undefined }
    at.calls.push(logged)
    const fault = at.faults.next(name)
    if (fault?.delay) await sleep(fault.delay)
    const done =
      fault && fails(fault) && !fault.applied ? undefined : await perform(c, operation, segments, logged)
    const response = fault && fails(fault) ? failed(c, fault) : (done ?? c.body(null, 500))
    logged.status = response.status
    return response
  })

  async function perform(c: Context<Env>, operation: Operation, segments: string[], logged: LoggedCall) {
    const name = `${operation.method} ${operation.route}`
    const report = (breaches: Breach[]) =>
      at.breaches.push(
        ...breaches.map(({ path, message }) => `${name}: ${path.map(String).join('.')}: ${message}`),
      )
    if (!operation.spec.isOpen && c.req.header('authorization') !== `Bot ${at.token}`)
      return c.json({ message: '401: Unauthorized', code: 0 }, 401)
    try {
      const { contentType, body, files } = await contentOf(c)
      logged.body = body
      const query = c.req.query()
      const breaches = [...breachesOfQuery(operation, query), ...breachesOfBody(operation, contentType, body)]
      if (breaches.length > 0) throw new ApiError(50035, breaches)
      const handler = handlers[operation.spec.operationId]
      if (!handler) {
        at.breaches.push(`${name}: this fake does not serve it`)
        // No 5xx: discord.js would try again.
        return c.json({ message: 'not served by the fake', code: 0 }, 404)
      }
      const [status, answer] = handler({ params: paramsOf(operation, segments), query, body, files })
      const json = answer && JSON.parse(JSON.stringify(answer))
      report(
        breachesOfAnswer(operation, status, json).map((breach) => ({
          ...breach,
          message: `the fake's own answer: ${breach.message}`,
        })),
      )
      return status === 204 ? c.body(null, 204) : c.json(json, status)
    } catch (error) {
      if (!(error instanceof ApiError)) {
        report([{ path: [], message: `the fake itself failed: ${error}` }])
        return c.json({ message: 'the fake itself failed', code: 0 }, 400)
      }
      if (error.code === 50035) report(error.breaches)
      if (error.code === 50006) report([{ path: [], message: error.message }])
      return c.json(error.body(), error.status)
    }
  }

  return app
}

const fails = (fault: Fault) => Boolean(fault.status || fault.cut)

function paramsOf(operation: Operation, segments: string[]): Record<string, string> {
  const parts = operation.route.slice(1).split('/')
  return Object.fromEntries(parts.map((part, i) => [part.replace(/[{}]/g, ''), segments[i] ?? '']))
}

async function contentOf(c: Context): Promise<{ contentType: string; body: unknown; files: Upload[] }> {
  const contentType = (c.req.header('content-type') ?? '').split(';')[0] ?? ''
  if (contentType !== 'multipart/form-data') {
    const text = await c.req.text()
    return { contentType, body: text === '' ? undefined : withoutIdle(parsed(text)), files: [] }
  }
  const form = await c.req.formData()
  const files: Upload[] = []
  let body: unknown = {}
  for (const [field, value] of form) {
    const index = /^files\[(\d+)\]$/.exec(field)?.[1]
    if (field === 'payload_json' && typeof value === 'string') body = withoutIdle(parsed(value))
    else if (index && typeof value !== 'string')
      files[Number(index)] = {
        filename: value.name,
        contentType: value.type || 'application/octet-stream',
        bytes: new Uint8Array(await value.arrayBuffer()),
      }
    else throw new ApiError(50035, [{ path: [field], message: 'only payload_json and files[n] are read' }])
  }
  if (files.length > 10 || files.includes(undefined as never) || Object.keys(files).length !== files.length)
    throw new ApiError(50035, [{ path: ['files'], message: 'are numbered from 0, at most 10' }])
  return { contentType, body, files }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError(50035, [{ path: [], message: 'is not JSON' }])
  }
}

/** discord.js puts `tts: false` and `enforce_nonce: false` into every body, also where Discord's document has no such field. */
function withoutIdle(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const idle = ['tts', 'enforce_nonce']
  return Object.fromEntries(
    Object.entries(body)
      .filter(([field, value]) => !(idle.includes(field) && value === false))
      .map(([field, value]) => [field, field === 'data' ? withoutIdle(value) : value]),
  )
}
