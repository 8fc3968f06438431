import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { etag } from 'hono/etag'

const types = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Files by the name that they are served under, read once. A browser asks each time whether it has the present one. */
export function serveFiles(files: Record<`${string}.${keyof typeof types}`, URL>): Hono {
  const app = new Hono()
  for (const [name, url] of Object.entries(files)) {
    const bytes = readFileSync(url)
    const type = types[name.split('.').at(-1) as keyof typeof types]
    app.get(`/${name}`, etag(), (c) =>
      c.body(bytes, 200, { 'content-type': type, 'cache-control': 'no-cache' }),
    )
  }
  return app
}
