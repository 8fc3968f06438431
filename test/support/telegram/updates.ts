// How updates reach the bot: https://core.telegram.org/bots/api#getting-updates
import { ApiError, badRequest, type Json } from './wire.ts'

/** What is sent only to a bot that asks for it by name. */
const ASKED_FOR = ['chat_member', 'message_reaction', 'message_reaction_count']

interface Pending {
  update: Json
  /** What shares a lane (a chat's messages, a person's taps) is sent one after the other, the rest side by side. */
  lane: string
  /** Sent before, and confirmed. */
  isRepeat: boolean
}

interface Webhook {
  url: string
  secret: string | undefined
  maxConnections: number
  lastError?: { date: number; message: string }
}

export interface DeliveryOptions {
  /** Milliseconds before an update that the webhook didn't take is sent again. */
  webhookRetryMs: number
  /** Milliseconds that the webhook has to answer. */
  webhookTimeoutMs: number
  /** Where a webhook's address leads, as a name server would tell. */
  resolve: (url: string) => string
}

export class Updates {
  readonly #options: DeliveryOptions
  /** A method in the webhook's answer is performed as if it had been called. */
  readonly #onWebhookReply: (method: string, params: Json) => void
  #queue: Pending[] = []
  readonly #sent = new Map<number, Pending>()
  #nextId = 700_000_001
  #allowed: string[] | undefined
  #webhook: Webhook | undefined
  #poller: { wake: () => void; conflict: (reason: string) => void } | undefined
  readonly #busyLanes = new Set<string>()
  #stopped = false

  constructor(options: DeliveryOptions, onWebhookReply: (method: string, params: Json) => void) {
    this.#options = options
    this.#onWebhookReply = onWebhookReply
  }

  /** Returns the update's id, or nothing if the bot doesn't want updates of this type. */
  push(type: string, payload: Json, lane: string): number | undefined {
    const wanted = this.#allowed?.length ? this.#allowed.includes(type) : !ASKED_FOR.includes(type)
    if (!wanted) return undefined
    const update = { update_id: this.#nextId++, [type]: payload }
    const pending = { update, lane, isRepeat: false }
    this.#sent.set(update.update_id, pending)
    this.#enqueue(pending)
    return update.update_id
  }

  /** Sends an update once more, as Telegram does when the bot's answer got lost. @param id none: the latest one */
  repeat(id = this.#nextId - 1): void {
    const pending = this.#sent.get(id)
    if (!pending) throw new Error(`there was no update ${id}`)
    this.#enqueue({ ...pending, isRepeat: true })
  }

  async poll(params: Json, signal: AbortSignal): Promise<Json[]> {
    if (this.#webhook) {
      throw new ApiError(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      )
    }
    this.#poller?.conflict(
      'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    )
    if (params.allowed_updates) this.#allowed = params.allowed_updates
    this.#confirm(params.offset ?? 0)
    if (this.#queue.length === 0 && params.timeout > 0) await this.#nextPush(params.timeout * 1000, signal)
    if (signal.aborted) return []
    const batch = this.#queue.slice(0, params.limit ?? 100)
    this.#queue = this.#queue.filter((pending) => !(pending.isRepeat && batch.includes(pending)))
    return batch.map((pending) => pending.update)
  }

  setWebhook(params: Json): true {
    if (params.drop_pending_updates) this.#queue = []
    if (params.allowed_updates) this.#allowed = params.allowed_updates
    this.#webhook = undefined
    if (!params.url) return true
    if (!URL.canParse(params.url)) throw badRequest('bad webhook: invalid webhook URL specified')
    this.#poller?.conflict('Conflict: terminated by setWebhook request')
    this.#webhook = {
      url: params.url,
      secret: params.secret_token,
      maxConnections: params.max_connections ?? 40,
    }
    this.#sendToWebhook()
    return true
  }

  webhookInfo(): Json {
    const { url = '', maxConnections, lastError } = this.#webhook ?? {}
    return {
      url,
      has_custom_certificate: false,
      pending_update_count: this.#queue.length,
      ...(url && { ip_address: '127.0.0.1', max_connections: maxConnections }),
      ...(this.#allowed?.length && { allowed_updates: this.#allowed }),
      ...(lastError && { last_error_date: lastError.date, last_error_message: lastError.message }),
    }
  }

  /** How many updates the bot has not confirmed yet. */
  get pending(): number {
    return this.#queue.length
  }

  stop(): void {
    this.#stopped = true
    this.#webhook = undefined
    this.#poller?.wake()
  }

  #enqueue(pending: Pending): void {
    this.#queue.push(pending)
    this.#poller?.wake()
    this.#sendToWebhook()
  }

  #confirm(offset: number): void {
    if (offset < 0) this.#queue = this.#queue.slice(offset)
    else this.#queue = this.#queue.filter(({ update, isRepeat }) => isRepeat || update.update_id >= offset)
  }

  #nextPush(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        if (this.#poller === poller) this.#poller = undefined
      }
      const wake = () => {
        end()
        resolve()
      }
      const conflict = (reason: string) => {
        end()
        reject(new ApiError(409, reason))
      }
      const poller = { wake, conflict }
      const timer = setTimeout(wake, timeoutMs)
      signal.addEventListener('abort', wake)
      this.#poller = poller
    })
  }

  #sendToWebhook(): void {
    const webhook = this.#webhook
    if (!webhook || this.#stopped) return
    for (const pending of this.#queue) {
      if (this.#busyLanes.size >= webhook.maxConnections) return
      if (this.#busyLanes.has(pending.lane)) continue
      this.#busyLanes.add(pending.lane)
      void this.#deliver(pending, webhook).then((isTaken) => {
        if (isTaken) this.#queue = this.#queue.filter((other) => other !== pending)
        const again = () => {
          this.#busyLanes.delete(pending.lane)
          this.#sendToWebhook()
        }
        if (isTaken) again()
        else setTimeout(again, this.#options.webhookRetryMs).unref()
      })
    }
  }

  /** Whether the webhook took the update, that is, answered 2xx in time. */
  async #deliver({ update }: Pending, webhook: Webhook): Promise<boolean> {
    try {
      const response = await fetch(this.#options.resolve(webhook.url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(webhook.secret && { 'x-telegram-bot-api-secret-token': webhook.secret }),
        },
        body: JSON.stringify(update),
        signal: AbortSignal.timeout(this.#options.webhookTimeoutMs),
      })
      const body = await response.text()
      if (!response.ok) throw new Error(`Wrong response from the webhook: ${response.status}`)
      if (body.startsWith('{')) {
        const { method, ...params } = JSON.parse(body) as Json
        if (method) this.#onWebhookReply(method, params)
      }
      return true
    } catch (error) {
      webhook.lastError = { date: Math.floor(Date.now() / 1000), message: (error as Error).message }
      return false
    }
  }
}
