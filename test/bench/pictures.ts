import qrcode from 'qrcode'
import { qrPixels, qrPng, qrSvg } from '../../src/pages/qr.ts'
import { rootOf } from '../support/root.ts'
import { type Stage, timed } from './stage.ts'

/** A QR code and a claim page, one after the other in this process: how many a second, and of how many bytes. */
export async function measurePictures(
  stage: Stage,
): Promise<[what: string, perSecond: number, bytes: number][]> {
  const id = await stage.create(stage.at(0))
  const transfer = await stage.core.transfers.byId(id)
  if (!transfer) throw new Error('The transfer that was just made is not there.')
  const { transfers } = stage.core
  const { link, code } = transfers.withCode(await transfers.view(transfer))
  const address = `https://pass.example.org/c/${code}`
  const site = rootOf(stage.core)
  const width = qrPixels(address)
  const page = async () => (await site.request(new URL(link || '/', 'http://localhost').pathname)).text()

  // Each time another link: what was drawn once is kept.
  let nth = 0
  const another = () => address.slice(0, -4) + String(++nth % 10_000).padStart(4, '0')

  const kinds: [string, number, () => Promise<string | Buffer>][] = [
    ['QR code as SVG', 3000, () => qrSvg(address, 'QR')],
    ['QR code as PNG', 2000, async () => qrPng(another())],
    [
      "QR code as PNG by the library's own writer",
      150,
      () => qrcode.toBuffer(address, { errorCorrectionLevel: 'M', margin: 4, width }),
    ],
    ['claim page', 1500, page],
  ]
  const told: [string, number, number][] = []
  for (const [what, count, draw] of kinds) {
    const { length } = await draw()
    told.push([what, count / (await timed(count, draw, 1)), length])
  }
  return told
}
