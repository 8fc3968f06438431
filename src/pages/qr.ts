import { crc32, deflateSync } from 'node:zlib'
import { html } from 'hono/html'
import { LRUCache } from 'lru-cache'
import qrcode, { type QRCode } from 'qrcode'

/** Enough for high-density screens and for link previews. */
const MIN_PIXELS = 600
const options = { errorCorrectionLevel: 'M', margin: 4 } as const

/** A link as a QR code with its quiet zone: an SVG with a title and a description. */
export async function qrSvg(link: string, title: string): Promise<string> {
  const svg = await qrcode.toString(link, { ...options, type: 'svg' })
  const words = html`<title>${title}</title><desc>${link}</desc>`
  return svg.replace('<svg ', '<svg role="img" ').replace('>', `>${words}`)
}

/** The same as a PNG. */
export const qrPng = (link: string): Buffer => pngOf(modulesOf(link))

/** Width and height of the PNG. Each module has whole pixels, so that its edges are sharp. */
export function qrPixels(link: string): number {
  return pixelsOf(modulesOf(link)).width
}

/** Cached: a page needs the size, and then the picture is requested; many people open the same link at once. */
const drawn = new LRUCache<string, QRCode['modules']>({
  max: 1000,
  memoMethod: (link) => qrcode.create(link, options).modules,
})
const modulesOf = (link: string) => drawn.memo(link)

function pixelsOf(modules: QRCode['modules']) {
  const across = modules.size + 2 * options.margin
  const scale = Math.ceil(MIN_PIXELS / across)
  return { scale, width: scale * across }
}

/**
 * A PNG with one bit a pixel (W3C PNG, 3rd edition). The library's own PNGs have 32 bits a pixel: five times the bytes, and more
 * than ten times the time.
 */
function pngOf(modules: QRCode['modules']): Buffer {
  const { scale, width } = pixelsOf(modules)
  // Each line begins with the number of its filter, 0 for none. A bit of 1 is white.
  const bytes = 1 + Math.ceil(width / 8)
  const lines = Buffer.alloc(bytes * width, 0xff)
  for (let y = 0; y < width; y++) lines[y * bytes] = 0
  for (let row = 0; row < modules.size; row++) {
    const top = (row + options.margin) * scale
    const line = lines.subarray(top * bytes, (top + 1) * bytes)
    for (let column = 0; column < modules.size; column++) {
      if (!modules.get(row, column)) continue
      const left = (column + options.margin) * scale
      for (let x = left; x < left + scale; x++)
        line[1 + (x >> 3)] = (line[1 + (x >> 3)] ?? 0) & ~(0x80 >> (x & 7))
    }
    for (let y = top + 1; y < top + scale; y++) line.copy(lines, y * bytes)
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(width, 4)
  header.set([BIT_DEPTH, GREYSCALE, 0, 0, 0], 8)
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const BIT_DEPTH = 1
const GREYSCALE = 0

function chunk(type: string, data: Buffer): Buffer {
  const framed = Buffer.alloc(data.length + 12)
  framed.writeUInt32BE(data.length, 0)
  framed.write(type, 4, 'latin1')
  data.copy(framed, 8)
  framed.writeUInt32BE(crc32(framed.subarray(4, data.length + 8)), data.length + 8)
  return framed
}
