import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** A new id: a UUID of version 7 (RFC 9562), ascending within this process. */
export function newId(): string {
  const random = nextRandom()
  const now = Date.now()
  if (now > msecs) {
    msecs = now
    // Begins in the lower half, so that the ids that follow within the millisecond don't overflow it.
    seq = random.readUInt32BE() >>> 1
  } else seq += 1
  return v7({ msecs, seq, random })
}

/** When an id was made, to the millisecond. */
export const timeOf = (id: string): Date => new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))

let msecs = 0
let seq = 0

/** Random bytes are fetched for 256 ids at once, as one fetch costs more than the rest of an id. */
const pool = Buffer.alloc(16 * 256)
let used = pool.length

function nextRandom(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += 16
  return pool.subarray(used - 16, used)
}
