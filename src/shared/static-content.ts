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
  svg: 'image/svg+xml',
}
type FileName = `${string}.${keyof typeof TYPES}`

/** Files by the name that they are served under. */
export function serveFiles(files: Record<FileName, URL>): Hono {
  const app = new Hono()
  for (const [name, url] of Object.entries(files)) {
    const type = TYPES[name.split('.').at(-1) as keyof typeof TYPES]
    app.get(`/${name}`, ...staticContent(type, () => readFileSync(url)))
  }
  return app
}

/** All files of a folder, without those of the folders in it, for `serveFiles`. */
export const filesIn = (folder: URL): Record<FileName, URL> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, new URL(name, folder)]))

/**
 * Answers what stays the same while the process lives. A browser asks each time whether it has the present one.
 * @param make its content, made when it is first asked for
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
      // Ours is the choice among those that are taken at all: browsers name the larger one first.
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

/** Bytes with their hash; each way to compress them is gone once, however many ask meanwhile. */
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
  // The default, 11, takes two seconds for Swagger UI, to gain a tenth.
  br: (bytes: Bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
}
