import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas'
import qrcode from 'qrcode'
import { PICTURE_SIZE, type Picture } from './content.ts'
import { font, loadFontsFor } from './fonts.ts'
import { linesOf } from './lines.ts'

const { width: WIDTH, height: HEIGHT } = PICTURE_SIZE
const CARD = { x: 60, y: 60, width: WIDTH - 120, height: HEIGHT - 120, radius: 48 }
const MIDDLE = WIDTH / 2
/** The widest line of text. */
const LINE = 800
/** The side of the QR code with its quiet zone, and where it begins. */
const CODE = { side: 620, y: 644 }

/** The colours of the pages (`assets/style.css`). */
const INK = '#2a251e'
const INK_SOFT = '#64594b'
const PAPER = '#fffdf8'
const SUNK = '#f3ecdf'
const ACCENT = '#1c6a50'
const OVER = '#6d6558'

/** Draws the picture of a transfer. @returns a PNG */
export function draw(picture: Picture): Promise<Buffer> {
  loadFontsFor(Object.values(picture).join(''))
  const canvas: Canvas = createCanvas(WIDTH, HEIGHT)
  const to = canvas.getContext('2d')
  to.textAlign = 'center'
  to.textBaseline = 'alphabetic'
  drawEnvelope(to, picture)
  drawAmount(to, picture)
  let y = write(to, picture.from, { y: 380, size: 42, colour: INK })
  if (picture.to) y = write(to, picture.to, { y: y + 54, size: 36, colour: INK_SOFT })
  if (picture.note) drawNote(to, picture.note, y)
  if (picture.link === null) drawStamp(to, picture.says)
  else {
    drawCode(to, picture.link)
    write(to, picture.says, { y: 1316, size: 42, weight: 600, colour: INK })
    if (picture.until) write(to, picture.until, { y: 1370, size: 32, colour: INK_SOFT })
  }
  return canvas.encode('png')
}

function drawEnvelope(to: SKRSContext2D, { brand, link }: Picture): void {
  to.fillStyle = link === null ? OVER : ACCENT
  to.fillRect(0, 0, WIDTH, HEIGHT)
  to.fillStyle = PAPER
  to.beginPath()
  to.roundRect(CARD.x, CARD.y, CARD.width, CARD.height, CARD.radius)
  to.fill()
  write(to, brand, { y: 136, size: 34, weight: 600, colour: link === null ? OVER : ACCENT })
}

/** The number large, its asset smaller beside it; both as large as fits. */
function drawAmount(to: SKRSContext2D, { amount, asset, link, direction }: Picture): void {
  const gap = 0.22
  const share = 0.42
  const widthAt = (size: number) => {
    to.font = font(size, 700)
    const number = to.measureText(amount).width
    to.font = font(size * share, 600)
    return { number, all: number + size * gap + to.measureText(asset).width }
  }
  const size = Math.min(150, (150 * (LINE + 40)) / widthAt(150).all)
  const { number, all } = widthAt(size)
  const left = MIDDLE - all / 2
  const isMirrored = direction === 'rtl'
  to.textAlign = 'left'
  to.fillStyle = link === null ? OVER : INK
  to.font = font(size, 700)
  to.fillText(amount, isMirrored ? left + all - number : left, 300)
  to.fillStyle = INK_SOFT
  to.font = font(size * share, 600)
  to.fillText(asset, isMirrored ? left : left + number + size * gap, 300)
  to.textAlign = 'center'
}

/** In the room that is left between what stands above it and the QR code. */
function drawNote(to: SKRSContext2D, note: string, above: number): void {
  const size = 38
  const step = 52
  to.font = font(size)
  const most = Math.floor((CODE.y - above - 62) / step)
  const lines = linesOf(note, most, (line) => to.measureText(line).width <= LINE - 20)
  const top = above + 34
  to.fillStyle = SUNK
  to.beginPath()
  to.roundRect(CARD.x + 50, top, CARD.width - 100, lines.length * step + 24, 20)
  to.fill()
  for (const [nth, line] of lines.entries())
    write(to, line, { y: top + 52 + nth * step, size, colour: INK }, directionOf(note))
}

function drawCode(to: SKRSContext2D, link: string): void {
  const { modules } = qrcode.create(link, { errorCorrectionLevel: 'M' })
  const quiet = 4
  // Whole pixels, so that its edges are sharp.
  const scale = Math.floor(CODE.side / (modules.size + 2 * quiet))
  const side = scale * (modules.size + 2 * quiet)
  const left = Math.round(MIDDLE - side / 2)
  to.fillStyle = '#ffffff'
  to.fillRect(left, CODE.y, side, side)
  to.fillStyle = '#000000'
  for (let row = 0; row < modules.size; row++)
    for (let column = 0; column < modules.size; column++)
      if (modules.get(row, column))
        to.fillRect(left + (column + quiet) * scale, CODE.y + (row + quiet) * scale, scale, scale)
}

/** In place of the QR code. */
function drawStamp(to: SKRSContext2D, says: string): void {
  to.save()
  to.translate(MIDDLE, CODE.y + CODE.side / 2 + 40)
  to.rotate(-0.12)
  to.font = font(100, 700)
  const size = Math.min(100, (100 * 680) / to.measureText(says).width)
  to.font = font(size, 700)
  const width = to.measureText(says).width + 100
  to.strokeStyle = OVER
  to.lineWidth = 10
  to.beginPath()
  to.roundRect(-width / 2, -110, width, 220, 32)
  to.stroke()
  to.fillStyle = OVER
  to.fillText(says, 0, size * 0.36)
  to.restore()
}

/** One line in the middle, cut where it is too long. @returns its `y` */
function write(
  to: SKRSContext2D,
  text: string,
  { y, size, weight = 400, colour }: { y: number; size: number; weight?: 400 | 600 | 700; colour: string },
  direction = directionOf(text),
): number {
  to.font = font(size, weight)
  to.fillStyle = colour
  to.direction = direction
  const [line = ''] = linesOf(text, 1, (some) => to.measureText(some).width <= LINE)
  to.fillText(line, MIDDLE, y)
  to.direction = 'ltr'
  return y
}

/** The direction of a paragraph by its first letter (UAX #9, P2). */
const directionOf = (text: string): 'ltr' | 'rtl' =>
  /^\P{L}*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u.test(text) ? 'rtl' : 'ltr'
