import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Log } from '../log.ts'
import { openOnce } from '../once.ts'
import { limitBody } from '../webhook.ts'
import type { Envelopes } from './envelope.ts'
import { elementsOf, idOf, WechatMessage } from './messages.ts'

/** Takes messages and events. */
const WEBHOOK_PATH = '/wechat/events'

interface Sources {
  envelopes: Envelopes
  /** Takes a message. What it answers at first is said in the answer to WeChat, where that still waits for it. */
  take(message: WechatMessage, answer: FirstAnswer): void
  log: Log
}

/** What WeChat is answered with, which costs nothing. */
export interface FirstAnswer {
  /** @returns whether it is taken: there is one, and it may be too late */
  give(text: string): boolean
  /** There is nothing to say. */
  none(): void
}

interface Answer {
  said: Promise<string | undefined>
  /** How often WeChat has asked for it. */
  tries: number
  /** Ends the waiting of the try before: WeChat has given that up. */
  giveUp(): void
  close(): void
}

const MAX_BYTES = 64 * 1024
/** From which age on, in milliseconds, what is signed counts as stale: WeChat tries three times within 15 seconds. */
const STALE_MS = 5 * 60_000
/** WeChat waits for an answer for five seconds, and tries three times; the last try is answered before that in any case. */
const WAIT_MS = 6000
const LAST_WAIT_MS = 4500
const TRIES = 3
/** For how long the same message is known, in milliseconds. */
const KNOWN_MS = 10 * 60_000
/** So WeChat is told that there is no answer. */
const NOTHING = 'success'

const Told = z.object({ Encrypt: z.string().min(1) })

/** The route that WeChat posts to. What isn't signed and encrypted is refused, without a word why: also plain messages, which are signed without what they say. */
export function createWebhook({ envelopes, take, log }: Sources): Hono {
  const once = openOnce<Answer>(KNOWN_MS)

  function begin(message: WechatMessage): Answer {
    const { promise: said, resolve } = Promise.withResolvers<string | undefined>()
    let isOpen = true
    const close = (text?: string) => {
      const isTaken = isOpen
      isOpen = false
      resolve(text)
      return isTaken
    }
    take(message, { give: close, none: () => void close() })
    return { said, tries: 0, giveUp() {}, close: () => void close() }
  }

  /** What the message is answered with, in the time that WeChat gives. Each try of the same waits for the same, and the last one has it. */
  async function answerOf(message: WechatMessage): Promise<string | undefined> {
    const answer = await once(idOf(message), async () => begin(message))
    const isLast = ++answer.tries >= TRIES
    answer.giveUp()
    const { promise: givenUp, resolve } = Promise.withResolvers<undefined>()
    answer.giveUp = () => resolve(undefined)
    const late = sleep(isLast ? LAST_WAIT_MS : WAIT_MS, undefined, { ref: false }).then(() => {
      if (isLast) answer.close()
    })
    return (await Promise.race([answer.said, givenUp, late])) ?? undefined
  }

  return new Hono()
    .get(WEBHOOK_PATH, (c) => {
      const { signature, timestamp, nonce, echostr = '' } = c.req.query()
      return envelopes.isSigned(signature, timestamp, nonce) ? c.text(echostr) : c.body(null, 401)
    })
    .post(WEBHOOK_PATH, limitBody(MAX_BYTES), async (c) => {
      const { msg_signature: signature, timestamp, nonce } = c.req.query()
      const { data: told } = Told.safeParse(elementsOf(await c.req.text()))
      if (!told || !envelopes.isSigned(signature, timestamp, nonce, told.Encrypt)) return c.body(null, 401)
      if (Math.abs(Date.now() - Number(timestamp) * 1000) > STALE_MS) return c.body(null, 401)
      const xml = envelopes.open(told.Encrypt)
      if (xml === undefined) return c.body(null, 401)
      const { data: message, error } = WechatMessage.safeParse(elementsOf(xml))
      if (!message) {
        log.error({ messenger: 'wechat', reason: error.message }, 'a message could not be read')
        return c.text(NOTHING)
      }
      const said = await answerOf(message)
      if (said === undefined) return c.text(NOTHING)
      return c.body(sealed(said, message), 200, { 'content-type': 'text/xml; charset=utf-8' })
    })

  /** https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Passive_user_reply_message.html */
  function sealed(text: string, { FromUserName, ToUserName }: WechatMessage): string {
    const { encrypted, signature, timestamp, nonce } = envelopes.seal(
      xmlOf({
        ToUserName: FromUserName,
        FromUserName: ToUserName,
        CreateTime: Math.floor(Date.now() / 1000),
        MsgType: 'text',
        Content: text,
      }),
    )
    return xmlOf({ Encrypt: encrypted, MsgSignature: signature, TimeStamp: Number(timestamp), Nonce: nonce })
  }
}

const xmlOf = (elements: Record<string, string | number>): string =>
  `<xml>${Object.entries(elements)
    .map(([name, value]) => `<${name}>${typeof value === 'number' ? value : cdata(value)}</${name}>`)
    .join('')}</xml>`

const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
