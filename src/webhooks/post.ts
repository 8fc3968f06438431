import * as http from 'node:http'
import * as https from 'node:https'
import type { BlockList } from 'node:net'
import { addressIn, lookupOf, reachableBy, refused } from './address.ts'

/** A message to a program, with its headers. */
export interface Message {
  url: string
  headers: Record<string, string>
  body: string
}

/** What became of an attempt: the status that was answered; or null, and a short reason why nothing was. */
export interface Outcome {
  status: number | null
  error: string | null
}

/** Posts messages to programs. */
export interface Poster {
  /** Never rejects. Redirects are not followed, and nothing of an answer is read but its status. */
  post(message: Message, ended: AbortSignal): Promise<Outcome>
  close(): void
}

/** For so long an answer is waited for. */
const TIMEOUT_MS = 15_000
/** And then for its end, so that the connection can be used again. */
const END_MS = 1000

/** @param allowed networks of the operator's own that may be reached, besides the public internet */
export function openPoster(allowed: BlockList): Poster {
  const ways = {
    'http:': wayOf(http, reachableBy('http:', allowed)),
    'https:': wayOf(https, reachableBy('https:', allowed)),
  }
  return {
    async post({ url, headers, body }, ended) {
      const timeout = AbortSignal.timeout(TIMEOUT_MS)
      try {
        const to = new URL(url)
        const way = ways[to.protocol as keyof typeof ways]
        const address = addressIn(to)
        // Connections to it look up nothing.
        if (address !== undefined && !way.isReachable(address)) throw refused()
        const signal = AbortSignal.any([timeout, ended])
        return { status: await send(way, to, { method: 'POST', headers, signal }, body), error: null }
      } catch (error) {
        return { status: null, error: timeout.aborted ? 'timeout' : reasonOf(error) }
      }
    },
    close() {
      for (const { agent } of Object.values(ways)) agent.destroy()
    },
  }
}

interface Way {
  request: typeof https.request
  agent: http.Agent
  isReachable(address: string): boolean
}

const wayOf = ({ request, Agent }: typeof http | typeof https, isReachable: Way['isReachable']): Way => ({
  request,
  agent: new Agent({ keepAlive: true, lookup: lookupOf(isReachable) }),
  isReachable,
})

const send = (way: Way, to: URL, options: https.RequestOptions, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = way.request(to, { ...options, agent: way.agent }, (answer) => {
      resolve(answer.statusCode ?? 0)
      const late = setTimeout(() => answer.destroy(), END_MS).unref()
      answer.on('close', () => clearTimeout(late))
      answer.on('error', () => {}).resume()
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      // Its server has closed the idle connection at this moment.
      if (request.reusedSocket && error.code === 'ECONNRESET')
        send(way, to, options, body).then(resolve, reject)
      else reject(error)
    })
    request.end(body)
  })

/** A code like `ECONNREFUSED`. Messages name addresses, which whoever reads the log of attempts isn't to learn. */
function reasonOf(error: unknown): string {
  const { code, errors } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }
  return code ?? errors?.[0]?.code ?? 'failed'
}
