import { monitorEventLoopDelay } from 'node:perf_hooks'
import qrcode from 'qrcode'
import { drawPicture } from '../../src/pages/picture/picture.ts'
import { qrPixels, qrPng, qrSvg } from '../../src/pages/qr.ts'
import { rootOf } from '../support/root.ts'
import { type Stage, timed } from './stage.ts'

/**
 * A QR code, the picture to pass on and a claim page, one after the other in this process: how many a second, and of how many bytes; what each costs
 * in milliseconds of a processor, and for how long the event loop was held up at most.
 */
export async function measurePictures(stage: Stage): Promise<Measured[]> {
  const id = await stage.create(stage.at(0))
  const transfer = await stage.core.transfers.byId(id)
  if (!transfer) throw new Error('The transfer that was just made is not there.')
  const { transfers } = stage.core
  const { link: address } = transfers.withCode(await transfers.view(transfer))
  const site = rootOf(stage.core)
  const width = qrPixels(address)
  const page = async () => {
    const answer = await site.request(address)
    if (!answer.ok) throw new Error(`The claim page answered ${answer.status}.`)
    return answer.text()
  }

  // Each time another link: what was drawn once is kept.
  let nth = 0
  const another = () => address.slice(0, -4) + String(++nth % 10_000).padStart(4, '0')

  const shown = {
    direction: 'ltr' as const,
    brand: 'Passalong',
    amount: '20.00',
    asset: 'CREDIT',
    from: 'from Ada (@ada)',
    to: null,
    note: 'lunch 午饭',
    says: 'Scan to collect',
    until: 'Until Nov 28, 2026, 11:20 UTC',
  }
  const kinds: [string, number, () => Promise<string | Uint8Array>][] = [
    ['QR code as SVG', 3000, () => qrSvg(address, 'QR')],
    ['QR code as PNG', 2000, async () => qrPng(another())],
    [
      "QR code as PNG by the library's own writer",
      150,
      () => qrcode.toBuffer(address, { errorCorrectionLevel: 'M', margin: 4, width }),
    ],
    ['picture to pass on', 30, () => drawPicture({ ...shown, link: another() })],
    ['claim page', 1500, page],
  ]
  const told: Measured[] = []
  for (const [what, count, draw] of kinds) {
    const { length } = await draw()
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const before = process.cpuUsage()
    const seconds = await timed(count, draw, 1)
    const { user, system } = process.cpuUsage(before)
    delay.disable()
    told.push({
      what,
      perSecond: count / seconds,
      bytes: length,
      processorMs: (user + system) / count / 1000,
      heldMs: delay.max / 1e6,
    })
  }
  return told
}

interface Measured {
  what: string
  perSecond: number
  bytes: number
  processorMs: number
  heldMs: number
}
