import { Worker } from 'node:worker_threads'
import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'
import { Refusal } from '../../shared/refusal.ts'
import type { Picture } from './content.ts'
import type { Answered, Asked } from './worker.ts'

/** Pictures that are drawn at once: each takes a core for a moment. */
const MAX_AT_ONCE = 2
/** Those that wait for their turn; together they take about two seconds. */
const MAX_WAITING = 30
/** After how long without a picture the thread ends, in milliseconds: it and its fonts hold up to 80 MB. */
const IDLE_MS = 60_000

const queue = new PQueue({ concurrency: MAX_AT_ONCE })
/** Cached: many people open the same link at once, and a messenger fetches what its user just saw. */
const drawn = new LRUCache<string, Promise<Uint8Array<ArrayBuffer>>>({ max: 50, ttl: IDLE_MS })

/**
 * Draws a picture in a thread of its own, so that nothing else waits for it.
 * @returns a PNG
 * @throws Refusal `overloaded` where too many are waiting
 */
export function drawPicture(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const key = JSON.stringify(picture)
  const known = drawn.get(key)
  if (known) return known
  if (queue.size >= MAX_WAITING) throw new Refusal('overloaded')
  const made = queue.add(() => ask(picture))
  drawn.set(key, made)
  made.catch(() => drawn.delete(key))
  return made
}

type Waiting = PromiseWithResolvers<Uint8Array<ArrayBuffer>>
let thread: { worker: Worker; waiting: Map<number, Waiting> } | undefined
let idle: NodeJS.Timeout | undefined
let asked = 0

function ask(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  clearTimeout(idle)
  const { worker, waiting } = (thread ??= startThread())
  const id = ++asked
  const answer: Waiting = Promise.withResolvers()
  waiting.set(id, answer)
  worker.postMessage({ id, picture } satisfies Asked)
  return answer.promise.finally(() => {
    waiting.delete(id)
    if (waiting.size === 0) idle = setTimeout(() => void worker.terminate(), IDLE_MS).unref()
  })
}

function startThread() {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  worker.unref()
  const waiting = new Map<number, Waiting>()
  worker.on('message', (answered: Answered) => {
    if ('png' in answered) waiting.get(answered.id)?.resolve(answered.png)
    else waiting.get(answered.id)?.reject(new Error(answered.error))
  })
  const failAll = (error: Error) => {
    if (thread?.worker === worker) thread = undefined
    for (const { reject } of waiting.values()) reject(error)
  }
  worker.on('error', failAll)
  worker.on('exit', () => failAll(new Error('The thread that draws pictures has ended.')))
  return { worker, waiting }
}
