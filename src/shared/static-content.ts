import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { Hono, type MiddlewareHandler } from 'hono'
import { accepts } from 'hono/accepts'
import { etag } from 'hono/etag'

const TYPES = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}
type FileName = `${string}.${keyof typeof TYPES}`

/** Serves files, each under its name. */
export function serveFiles(files: Record<FileName, URL>): Hono {
  const app = new Hono()
  for (const [name, url] of Object.entries(files)) {
    const type = TYPES[name.split('.').at(-1) as keyof typeof TYPES]
    app.get(`/${name}`, ...staticContent(type, () => readFileSync(url)))
  }
  return app
}

/** All files of a folder, for `serveFiles`; those of its subfolders are left out. */
export const filesIn = (folder: URL): Record<FileName, URL> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, new URL(name, folder)]))

/**
 * Answers content that stays the same while the process lives. Browsers keep it, and revalidate it by its ETag each time.
 * @param type of the content, for `Content-Type`
 * @param make makes the content at the first request
 */
export function staticContent(
  type: string,
  make: () => string | Buffer,
): [MiddlewareHandler, MiddlewareHandler] {
  let content: ReturnType<typeof contentOf> | undefined
  const answer: MiddlewareHandler = async (c) => {
    content ??= contentOf(Buffer.from(make()))
    const coding = accepts(c, {
      header: 'Accept-Encoding',
      supports: ['br', 'gzip'],
      default: 'identity',
      // Our own order of preference: browsers name gzip first, which is larger.
      match: (taken, { supports, default: otherwise }) =>
        supports.find((one) => taken.some(({ type, q }) => type.toLowerCase() === one && q > 0)) ?? otherwise,
    }) as Coding
    const bytes = await content.in(coding)
    return c.body(bytes, 200, {
      'content-type': type,
      'content-length': String(bytes.length),
      'cache-control': 'no-cache',
      vary: 'Accept-Encoding',
      etag: `"${content.hash}-${coding}"`,
      ...(coding !== 'identity' && { 'content-encoding': coding }),
    })
  }
  return [etag(), answer]
}

type Coding = keyof typeof codings
type Bytes = Uint8Array<ArrayBuffer>

/** Bytes with their hash. Each encoding is made once, also where several requests ask for it at the same time. */
export function contentOf(bytes: Bytes) {
  const made = new Map<Coding, Promise<Bytes>>()
  return {
    hash: hash('sha256', bytes, 'base64url'),
    in(coding: Coding): Promise<Bytes> {
      const coded = made.get(coding) ?? codings[coding](bytes)
      made.set(coding, coded)
      return coded
    },
  }
}

const codings = {
  identity: async (bytes: Bytes) => bytes,
  gzip: (bytes: Bytes) => promisify(gzip)(bytes),
  // The default of 11 takes two seconds for Swagger UI, and saves a tenth of the bytes.
  br: (bytes: Bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
}
