import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { atMost } from '../../src/shared/at-most.ts'
import { Undeliverable } from '../messenger.ts'
import { createRetries } from '../retries.ts'
import { createRateLimiter, EDIT, NEW_MESSAGE } from './rate-limit.ts'

export type Params = Record<string, unknown>

export interface TelegramClient {
  /**
   * Calls a method of the Bot API. Messages and edits wait for Telegram's rate limits; of several waiting edits of one
   * message only the last is made. Temporary failures are retried.
   * @param params a Blob is uploaded as a file; undefined ones are left out
   * @param signal ends the waiting and the retries
   * @throws TelegramRefusal where a retry is of no use, TelegramError or a network error otherwise
   */
  call<T = unknown>(method: string, params?: Params, signal?: AbortSignal): Promise<T>
  /** Asks Telegram who the bot is, without retries. Throws where Telegram can't be reached, or doesn't know the bot. */
  ping(): Promise<void>
  /** Drops all calls that wait; requests that were sent are finished. */
  stop(): void
}

/** Telegram refuses this very request: the message is gone, the person has blocked the bot, the bot was removed. */
export class TelegramRefusal extends Undeliverable {
  code: number
  /** Whether the reason is the topic, or the message that is replied to: without them the request may succeed. */
  ofThread: boolean
  /** The new id of a group that has become a supergroup. */
  movedTo: number | undefined

  constructor(method: string, { error_code, description, parameters }: Failure) {
    super(`${method}: ${description}`)
    this.code = error_code
    // Telegram has many wordings for it, some in the capitals of its inner servers: these words are in all of them.
    this.ofThread = error_code === 400 && /thread|topic|repl(y|ied)/i.test(description)
    this.movedTo = parameters?.migrate_to_chat_id
  }
}

/** Telegram fails, or doesn't know the bot (401, 404), or another process polls with the same token (409). */
export class TelegramError extends Error {
  override name = 'TelegramError'
  code: number
  /** How long to wait before the next try, in seconds. */
  retryAfter: number | undefined

  constructor(method: string, { error_code, description, parameters }: Failure) {
    super(`${method}: ${description}`)
    this.code = error_code
    this.retryAfter = parameters?.retry_after
  }
}

interface Failure {
  error_code: number
  description: string
  parameters?: { migrate_to_chat_id?: number; retry_after?: number }
}

type Answer = { ok: true; result: unknown } | ({ ok: false } & Failure)

const TIMEOUT_MS = 30_000

/**
 * A client of the Bot API, within its rate limits.
 * @param moved called when a group has got a new id, before the message is sent there
 */
export function createClient(
  { token, apiRoot }: { token: string; apiRoot: string },
  moved: (from: string, to: string) => Promise<void>,
): TelegramClient {
  const limiter = createRateLimiter()
  const waitingEdits = new Map<string, Edit>()
  /** Until when Telegram takes nothing more in a chat, in milliseconds since the epoch. */
  const blockedUntil = new LRUCache<string, number>(atMost(10_000))
  const end = new AbortController()

  async function call<T>(method: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
    try {
      return (await send(method, params, signal)) as T
    } catch (error) {
      if (!(error instanceof TelegramRefusal)) throw error
      const { reply_parameters: reply, message_thread_id: thread, ...rest } = params
      if (error.movedTo !== undefined) {
        await moved(String(params.chat_id), String(error.movedTo))
        // In the new group message ids begin anew: the old ones would edit, and reply to, other messages.
        if (method.startsWith('edit')) throw error
        return call(method, { ...rest, message_thread_id: thread, chat_id: error.movedTo }, signal)
      }
      // The message that is replied to is gone, or the topic is closed or gone: the chat itself is next.
      if (error.ofThread && reply !== undefined)
        return call(method, { ...rest, message_thread_id: thread }, signal)
      if (error.ofThread && thread !== undefined) return call(method, rest, signal)
      throw error
    }
  }

  function send(method: string, params: Params, signal?: AbortSignal): Promise<unknown> {
    const chat = String(params.chat_id ?? params.inline_message_id)
    if (/^send(?!ChatAction)/.test(method))
      return withinLimits(chat, NEW_MESSAGE, () => request(method, params, signal), signal)
    if (!method.startsWith('edit')) return withRetries(() => request(method, params, signal), signal)

    const name = `${chat} ${String(params.message_id)}`
    const waiting = waitingEdits.get(name)
    if (waiting) {
      Object.assign(waiting, { method, params })
      return waiting.answer
    }
    const edit: Edit = { method, params, answer: Promise.resolve() }
    const forget = () => waitingEdits.get(name) === edit && waitingEdits.delete(name)
    waitingEdits.set(name, edit)
    const make = () => {
      forget()
      return request(edit.method, edit.params, signal)
    }
    edit.answer = withinLimits(chat, EDIT, make, signal).finally(forget)
    return edit.answer
  }

  /** Retries keep the task's place in its chat. A chat stays blocked also where the blocked call is given up meanwhile. */
  function withinLimits(chat: string, priority: number, task: () => Promise<unknown>, signal?: AbortSignal) {
    const attempt = () =>
      limiter.overall(priority, task, signal).catch((error: unknown) => {
        if (isRateLimited(error)) blockedUntil.set(chat, Date.now() + error.retryAfter * 1000)
        throw error
      })
    const attemptWhenFree = () => {
      const blockedMs = (blockedUntil.get(chat) ?? 0) - Date.now()
      return blockedMs > 0 ? sleep(blockedMs, undefined, { signal: endOf(signal) }).then(attempt) : attempt()
    }
    return limiter.inChat(chat, priority, () => withRetries(attemptWhenFree, signal), signal)
  }

  const endOf = (signal?: AbortSignal) => (signal ? AbortSignal.any([signal, end.signal]) : end.signal)

  const withRetries = (task: () => Promise<unknown>, signal?: AbortSignal): Promise<unknown> =>
    createRetries({
      signal: endOf(signal),
      isFinal: (error) => !isTemporary(error),
      waitOf: (error) => (isRateLimited(error) ? error.retryAfter * 1000 : undefined),
    })(task)

  async function request(method: string, params: Params, signal?: AbortSignal): Promise<unknown> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetch(`${apiRoot}/bot${token}/${method}`, {
      method: 'POST',
      ...encode(params),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    const answer = (await response.json().catch(() => ({
      ok: false,
      error_code: response.status,
      description: response.statusText,
    }))) as Answer
    if (answer.ok) return answer.result
    if (answer.description.includes('message is not modified')) return true
    // 404 is about the token or the API root, never about a message, so it isn't final.
    const final = [400, 403].includes(answer.error_code)
    throw final ? new TelegramRefusal(method, answer) : new TelegramError(method, answer)
  }

  return {
    call,
    ping: async () => void (await request('getMe', {}, end.signal)),
    stop() {
      end.abort(new Error('The bot is being stopped.'))
      limiter.stop()
    },
  }
}

/** An edit that waits for the rate limit. */
interface Edit {
  method: string
  params: Params
  answer: Promise<unknown>
}

const isRateLimited = (error: unknown): error is TelegramError & { retryAfter: number } =>
  error instanceof TelegramError && !!error.retryAfter

function isTemporary(error: unknown): boolean {
  if (error instanceof Undeliverable) return false
  return !(error instanceof TelegramError) || error.code === 429 || error.code >= 500
}

/** Parameters as JSON, or as a form where one is a file. */
function encode(params: Params): { body: FormData | string; headers?: Record<string, string> } {
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  if (!given.some(([, value]) => value instanceof Blob))
    return { body: JSON.stringify(params), headers: { 'content-type': 'application/json' } }
  const body = new FormData()
  for (const [name, value] of given) {
    if (value instanceof Blob) body.append(name, value, `${name}.png`)
    else body.append(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return { body }
}
