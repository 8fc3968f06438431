import { Worker } from 'node:worker_threads'
import type { Incoming, Outgoing } from './posting-thread.ts'

/** What a messenger posts to a bot. */
export interface Delivery {
  body: string
  headers: Record<string, string>
}

/** Posts to webhooks as messengers do. @param waitMs how long they wait for an answer, in milliseconds */
export function openPosting(waitMs: number) {
  const thread = new Worker(new URL('./posting-thread.ts', import.meta.url))
  const asked = new Map<number, (answer: Incoming) => void>()
  thread.on('message', (answer: Incoming) => {
    asked.get(answer.id)?.(answer)
    asked.delete(answer.id)
  })
  let last = 0

  return {
    /** Without a status no answer came in time. */
    async post(delivery: Delivery, url: string): Promise<{ status?: number; json?: unknown }> {
      const id = ++last
      const { promise, resolve } = Promise.withResolvers<Incoming>()
      asked.set(id, resolve)
      thread.postMessage({ id, url, waitMs, ...delivery } satisfies Outgoing)
      const { status, text = '' } = await promise
      return {
        ...(status !== undefined && { status }),
        ...(text.startsWith('{') && { json: JSON.parse(text) }),
      }
    },
    close: () => thread.terminate(),
  }
}
