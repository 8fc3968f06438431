import { Hono } from 'hono'
import { Webhook } from 'standardwebhooks'
import { onTestFinished } from 'vitest'
import { verifyWebhook } from '../../src/client/webhooks.ts'
import type { WebhookEvent } from '../../src/webhooks/events.ts'
import { listen } from './listen.ts'

/** What a program got by its webhook. */
export interface Received {
  /** The `webhook-id` of its message. */
  id: string
  event: WebhookEvent
}

type Answer = Response | Promise<Response>

/** A program that takes what it is sent only where Standard Webhooks' own library finds it genuine, and our client does. */
export async function openReceiver() {
  const received: Received[] = []
  const refused: string[] = []
  let secret = ''
  let answer: (received: Received) => Answer = () => new Response()
  const app = new Hono()
  app.post('*', async (c) => {
    const [body, headers] = [await c.req.text(), c.req.header()]
    let event: WebhookEvent
    try {
      event = new Webhook(secret).verify(body, headers) as WebhookEvent
      await verifyWebhook({ secret, headers, body })
    } catch (error) {
      refused.push((error as Error).message)
      return c.body(null, 401)
    }
    const one = { id: headers['webhook-id'] ?? '', event }
    received.push(one)
    return answer(one)
  })
  const server = await listen(app)
  onTestFinished(server.close)
  return {
    url: `${server.url}/hook`,
    /** All that was genuine, each attempt. */
    received,
    /** Why the others were not. */
    refused,
    types: () => received.map(({ event }) => event.type),
    expect: (another: string) => {
      secret = another
    },
    answerBy: (another: typeof answer) => {
      answer = another
    },
  }
}
