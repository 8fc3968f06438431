// A messenger's side of the wire, in a thread of its own: how long the bot takes is not to be up to how busy the test is.
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { parentPort } from 'node:worker_threads'

/** A request to the bot. */
export interface Outgoing {
  id: number
  url: string
  body: string
  headers: Record<string, string>
  /** How long to wait for the answer once it is sent, in milliseconds. */
  waitMs: number
}
/** Its answer; without a status there was none in time. */
export interface Incoming {
  id: number
  status?: number | undefined
  text?: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 100 })

parentPort?.on('message', ({ id, url, body, headers, waitMs }: Outgoing) => {
  const tell = (answer: Omit<Incoming, 'id'>) => parentPort?.postMessage({ id, ...answer } satisfies Incoming)
  const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
    text(response).then(
      (said) => tell({ status: response.statusCode, text: said }),
      () => tell({}),
    )
  })
  outgoing.on('error', () => tell({}))
  outgoing.on('finish', () => {
    const timer = setTimeout(() => outgoing.destroy(new Error('No answer came in time.')), waitMs)
    outgoing.on('close', () => clearTimeout(timer))
  })
  outgoing.end(body)
})
