import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** A new id: a UUID of version 7 (RFC 9562), ascending within this process. */
export function newId(): string {
  const random = nextRandom()
  const now = Date.now()
  if (now > msecs) {
    msecs = now
    // The upper half is left for those that follow within the millisecond.
    seq = random.readUInt32BE() >>> 1
  } else seq += 1
  return v7({ msecs, seq, random })
}

let msecs = 0
let seq = 0

/** Random bytes are fetched for many ids at once: to fetch them costs more than to make the id. */
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
