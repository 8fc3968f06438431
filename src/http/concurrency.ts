import type { Logger } from 'pino'
import type { Metrics } from '../operations/metrics.ts'
import { Refusal } from '../shared/refusal.ts'

/**
 * Requests from outside that may be under way in a process. More are refused at once, so that these are answered within about a
 * second: two cores answer 750 to 1,100 claim pages a second, which are the slowest, and ten times as many API requests. It takes
 * 400 to keep the ledger busy.
 */
export const MAX_CONCURRENT = 1000
/** Those of one token: a program that asks without end leaves room for all others, and keeps the ledger busy all the same. */
export const MAX_CONCURRENT_PER_TOKEN = 500

/** Counts the requests from outside that are under way. The bots of this process call it from inside, and are not counted. */
export interface Concurrency {
  /** @throws Refusal `overloaded` */
  begin(): UnderWay
}

/** A request that is under way. */
export interface UnderWay {
  /** To be called once it is known whose token it has. @throws Refusal `too_many_requests` */
  identify(client: string): void
  end(): void
}

/** After this long without a refusal the next one is told again. */
const TOLD_AGAIN_MS = 60_000

/** Begins at no requests. */
export function openConcurrency(metrics: Metrics, log: Pick<Logger, 'warn'>): Concurrency {
  const ofClients = new Map<string, number>()
  let underWay = 0
  let toldAt = Number.NEGATIVE_INFINITY

  function refuse(): never {
    metrics.refusedRequests.inc({ limit: 'process' })
    if (performance.now() - toldAt > TOLD_AGAIN_MS)
      log.warn({ underWay }, 'more is asked than can be answered soon: what comes above is refused')
    toldAt = performance.now()
    throw new Refusal('overloaded')
  }

  function begin(): UnderWay {
    if (underWay >= MAX_CONCURRENT) refuse()
    metrics.requestsUnderWay.set(++underWay)
    let client: string | undefined
    return {
      identify(name) {
        const others = ofClients.get(name) ?? 0
        if (others >= MAX_CONCURRENT_PER_TOKEN) {
          metrics.refusedRequests.inc({ limit: 'token' })
          throw new Refusal('too_many_requests')
        }
        client = name
        ofClients.set(name, others + 1)
      },
      end() {
        metrics.requestsUnderWay.set(--underWay)
        if (client === undefined) return
        const others = (ofClients.get(client) ?? 0) - 1
        if (others > 0) ofClients.set(client, others)
        else ofClients.delete(client)
      },
    }
  }

  return { begin }
}
