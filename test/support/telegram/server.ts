// The HTTP face of the fake: https://core.telegram.org/bots/api#making-requests

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type HttpBindings, serve } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { StoredFile } from './chat.ts'
import type { Uploads } from './files.ts'
import type { Json } from './wire.ts'

/** Thrown by a call whose connection is to break without an answer. */
export class Dropped extends Error {}

interface Backend {
  token: string
  files: Map<string, StoredFile>
  /** Answers the JSON body, whose `error_code` (or 200) is the HTTP status. */
  call(method: string, raw: Json, uploads: Uploads, signal: AbortSignal): Promise<Json>
}

/** Listens on a free port of loopback. */
export function listen(backend: Backend): Promise<{ url: string; close: () => Promise<void> }> {
  const app = new Hono<{ Bindings: HttpBindings }>()

  app.get('/file/:bot/:folder/:name', (c) => {
    if (c.req.param('bot') !== `bot${backend.token}`) return refused(401, 'Unauthorized')
    const path = `${c.req.param('folder')}/${c.req.param('name')}`
    const file = [...backend.files.values()].find((stored) => stored.path === path)
    return file ? c.body(new Uint8Array(file.bytes)) : refused(404, 'Not Found')
  })

  app.on(['GET', 'POST'], '/:bot{bot[^/]+}/:method', async (c) => {
    if (c.req.param('bot') !== `bot${backend.token}`) return refused(401, 'Unauthorized')
    const method = c.req.param('method')
    const uploads: Uploads = new Map()
    try {
      const { method: named, ...raw } = await readParams(c.req.raw, uploads)
      if (named !== undefined && named !== method) raw.method = named
      const body = await backend.call(method, raw, uploads, c.req.raw.signal)
      return Response.json(body, { status: body.error_code ?? 200 })
    } catch (error) {
      if (!(error instanceof Dropped)) throw error
      c.env.incoming.socket.destroy()
      return RESPONSE_ALREADY_SENT
    }
  })

  app.notFound(() => refused(404, 'Not Found'))

  return new Promise((resolve) => {
    const server = serve(
      { fetch: app.fetch, hostname: '127.0.0.1', port: 0, overrideGlobalObjects: false },
      ({ port }: AddressInfo) => resolve({ url: `http://127.0.0.1:${port}`, close }),
    ) as Server
    const close = () =>
      new Promise<void>((closed) => {
        server.close(() => closed())
        // What is being answered gets its answer; what keeps waiting is cut off.
        setTimeout(() => server.closeAllConnections(), 100)
      })
  })
}

/** Query string, JSON, urlencoded or multipart: Telegram takes them all. */
async function readParams(request: Request, uploads: Uploads): Promise<Json> {
  const raw: Json = Object.fromEntries(new URL(request.url).searchParams)
  const type = request.headers.get('content-type') ?? ''
  if (type.startsWith('application/json')) {
    const body = await request.text()
    return { ...raw, ...(body && (JSON.parse(body) as Json)) }
  }
  if (!type.startsWith('multipart/form-data') && !type.startsWith('application/x-www-form-urlencoded'))
    return raw
  for (const [name, value] of await request.formData()) {
    if (typeof value === 'string') raw[name] = value
    else uploads.set(name, value)
  }
  return raw
}

function refused(error_code: number, description: string): Response {
  return Response.json({ ok: false, error_code, description }, { status: error_code })
}
