import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { atMost } from '../src/shared/at-most.ts'
import { type DrawnCard, leadsSomewhere, pictureFile } from './card.ts'
import type { ApiClient } from './client.ts'

/** The most pictures that are remembered. */
const MOST = 2000

/**
 * The pictures of cards in a messenger that shows those alone that were uploaded to it: that of a card stays while its code does.
 * @param upload answers the id by which the messenger shows it
 * @returns the id of a card's picture; undefined where it has none
 */
export function openPictures(
  api: ApiClient,
  upload: (png: Uint8Array<ArrayBuffer>) => Promise<string>,
): (card: DrawnCard) => Promise<string> | undefined {
  const uploads = new LRUCache<string, Promise<string>>(atMost(MOST))
  return (card) => {
    if (card.code === null || !leadsSomewhere(card)) return undefined
    const file = pictureFile(card)
    const name = createHash('sha256').update(`${card.code} ${file} ${card.language}`).digest('base64url')
    const known = uploads.get(name)
    if (known) return known
    const uploaded = api.picture(card.code, file, card.language).then(upload)
    uploads.set(name, uploaded)
    uploaded.catch(() => uploads.delete(name))
    return uploaded
  }
}
