import { html } from 'hono/html'
import qrcode from 'qrcode'

/** Enough for a screen of twice the density, and for a preview. */
const LEAST_PIXELS = 600
const options = { errorCorrectionLevel: 'M', margin: 4 } as const

/** The link as a QR code with its quiet zone; an SVG that says what it is. */
export async function qrSvg(link: string, title: string): Promise<string> {
  const svg = await qrcode.toString(link, { ...options, type: 'svg' })
  const words = html`<title>${title}</title><desc>${link}</desc>`
  return svg.replace('<svg ', '<svg role="img" ').replace('>', `>${words}`)
}

export const qrPng = (link: string): Promise<Buffer> =>
  qrcode.toBuffer(link, { ...options, type: 'png', width: qrPixels(link) })

/** Width and height of the PNG: whole pixels for each module, so that its edges are sharp. */
export function qrPixels(link: string): number {
  const modules = qrcode.create(link, options).modules.size + 2 * options.margin
  return Math.ceil(LEAST_PIXELS / modules) * modules
}
