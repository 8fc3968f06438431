import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Metrics } from '../operations/metrics.ts'
import { repeat } from '../shared/repeat.ts'
import { throttle } from '../shared/throttle.ts'
import { type ContentNeeds, contentOf } from './content.ts'
import { openPoster } from './post.ts'
import {
  type Attempt,
  type Due,
  deleteOld,
  giveBack,
  hasArrived,
  noteAttempts,
  type TurnedOff,
  takeDue,
} from './queue.ts'
import { signedHeaders, webhookSecret } from './signature.ts'

interface Needs extends ContentNeeds {
  config: Pick<Config, 'webhookNetworks'>
  secretKey: string
  metrics: Metrics
  log: Logger
}

/** The poll interval, where nothing is under way. */
const PAUSE_MS = 250
/** The shortest pause between two looks for what is due: what has arrived in the meantime is noted together. */
const THROTTLE_MS = 25
/** Deliveries of all webhooks that are under way in this process. */
const MOST = 500
/** Between two looks for what is old. */
const DELETE_PAUSE_MS = 10 * 60_000
/** For so long the end waits for answers: what has none by then is sent again. */
const END_MS = 5000

/**
 * Sends webhooks what is queued for them, until it is stopped. A receiver that is slow or dead holds up no other: each has its own share of
 * what is under way.
 * @param turnedOff told which webhook was turned off, as it was not there for three days
 */
export function startWebhooks(
  needs: Needs,
  turnedOff: (webhook: TurnedOff) => Promise<void>,
): { stop(): Promise<void> } {
  const { db, secretKey, config, metrics, log } = needs
  const poster = openPoster(config.webhookNetworks)
  const ended = new AbortController()
  const underWay = new Map<Due, Promise<void>>()
  /** What is to be noted; and what the end has cut off. */
  let made: Attempt[] = []
  const cutOff: string[] = []

  /** Notes what has become of attempts, then begins others. One after the other, so that many are noted by one statement. */
  async function work(stopping: () => boolean): Promise<boolean> {
    await note()
    const free = MOST - underWay.size
    if (stopping() || free <= 0) return false
    const due = await takeDue(db, free, countByWebhook(underWay.keys()))
    const contents = await contentOf(needs, due)
    for (const [index, delivery] of due.entries()) {
      const sent = send(delivery, JSON.stringify(contents[index])).finally(() => {
        underWay.delete(delivery)
        wake()
      })
      underWay.set(delivery, sent)
    }
    return false
  }

  async function send(delivery: Due, body: string): Promise<void> {
    const { id, webhookId, url, secretNumber, isSecretNew } = delivery
    const numbers = isSecretNew ? [secretNumber, secretNumber - 1] : [secretNumber]
    const secrets = numbers.map((number) => webhookSecret(secretKey, webhookId, number))
    const at = new Date()
    const headers = signedHeaders(secrets, { id, seconds: Math.floor(at.getTime() / 1000), body })
    const outcome = await poster.post({ url, headers, body }, ended.signal)
    if (ended.signal.aborted && outcome.status === null) cutOff.push(id)
    else made.push({ delivery, at, milliseconds: Date.now() - at.getTime(), ...outcome })
  }

  async function note(): Promise<void> {
    const noted = made
    made = []
    const off = await noteAttempts(db, noted).catch((error: unknown) => {
      made = [...noted, ...made]
      throw error
    })
    for (const { status } of noted)
      metrics.webhookAttempts.inc({ outcome: hasArrived(status) ? 'delivered' : 'failed' })
    for (const webhook of off) {
      log.error({ webhook: webhook.id, token: webhook.token }, 'a webhook was turned off')
      await turnedOff(webhook)
    }
  }

  const working = repeat(work, PAUSE_MS, (error) =>
    log.error({ err: error }, 'webhooks could not be sent; it is tried again'),
  )
  const wake = throttle(working.wake, THROTTLE_MS)
  const deleting = repeat(
    () => deleteOld(db),
    DELETE_PAUSE_MS,
    (error) =>
      log.error({ err: error }, 'old deliveries to webhooks could not be deleted; it is tried again'),
  )
  return {
    async stop() {
      await Promise.all([working.stop(), deleting.stop()])
      const late = setTimeout(() => ended.abort(), END_MS)
      await Promise.all(underWay.values())
      clearTimeout(late)
      await note()
      await giveBack(db, cutOff)
      poster.close()
    },
  }
}

function countByWebhook(due: Iterable<Due>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { webhookId } of due) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1)
  return counts
}
