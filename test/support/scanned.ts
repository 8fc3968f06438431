import { createCanvas, loadImage } from '@napi-rs/canvas'
import jsqr from 'jsqr'

/** What a scanner reads in a picture, also when it was made smaller and compressed, as messengers do. @param quality of JPEG */
export async function scanned(png: Uint8Array, scale = 1, quality?: number): Promise<string | undefined> {
  const image = await loadImage(png)
  const [width, height] = [Math.round(image.width * scale), Math.round(image.height * scale)]
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0, width, height)
  if (quality !== undefined) context.drawImage(await loadImage(canvas.toBuffer('image/jpeg', quality)), 0, 0)
  return jsqr.default(context.getImageData(0, 0, width, height).data, width, height)?.data
}
