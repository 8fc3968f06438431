import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import pRetry from 'p-retry'
import { Undeliverable } from '../messenger.ts'
import { createPace, ORDINARY, URGENT } from './pace.ts'

export type Params = Record<string, unknown>

export interface TelegramClient {
  /**
   * Calls a method of the Bot API. What writes a message waits for its turn under Telegram's limits; of several edits of
   * one message that wait, only the last is made. What fails in passing is tried again.
   * @param params a Blob is uploaded; what is undefined is left out
   * @param signal ends the waiting
   * @throws TelegramRefusal where there is no use in asking again, TelegramError or a network error otherwise
   */
  call<T = unknown>(method: string, params?: Params, signal?: AbortSignal): Promise<T>
  /** Asks who the bot is, once. Throws where Telegram is out of reach, or doesn't know the bot. */
  ping(): Promise<void>
  /** Lets go of all that waits; what is on its way is finished. */
  stop(): void
}

/** Telegram's no to this very request: the message is gone, the person has blocked the bot, the bot was thrown out. */
export class TelegramRefusal extends Undeliverable {
  code: number
  /** Whether it is about the topic, or the message that is answered: elsewhere in the chat it may be taken. */
  ofThread: boolean
  /** Set where the group is a supergroup now: its new id. */
  movedTo: number | undefined

  constructor(method: string, { error_code, description, parameters }: Failure) {
    super(`${method}: ${description}`)
    this.code = error_code
    // By what they have in common: Telegram words such a refusal in many ways, some in the capitals of its inner servers.
    this.ofThread = error_code === 400 && /thread|topic|repl(y|ied)/i.test(description)
    this.movedTo = parameters?.migrate_to_chat_id
  }
}

/** Telegram can't at the moment, or doesn't know the bot (401, 404), or talks to another process of it (409). */
export class TelegramError extends Error {
  override name = 'TelegramError'
  code: number
  /** Seconds. */
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
const RETRIES = { retries: 5, minTimeout: 500, maxTimeout: 10_000, randomize: true }

/** @param moved told when a group has got another id, before the message goes there */
export function createClient(
  { token, apiRoot }: { token: string; apiRoot: string },
  moved: (from: string, to: string) => Promise<void>,
): TelegramClient {
  const pace = createPace()
  const waiting = new Map<string, Edit>()
  /** Until when chats rest, in milliseconds since the epoch. */
  const resting = new LRUCache<string, number>({ max: 10_000 })
  const end = new AbortController()

  async function call<T>(method: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
    try {
      return (await dispatch(method, params, signal)) as T
    } catch (error) {
      if (!(error instanceof TelegramRefusal)) throw error
      const { reply_parameters: reply, message_thread_id: thread, ...rest } = params
      if (error.movedTo !== undefined) {
        await moved(String(params.chat_id), String(error.movedTo))
        // In the new group the message's number belongs to another message, and so do those it answers to.
        if (method.startsWith('edit')) throw error
        return call(method, { ...rest, message_thread_id: thread, chat_id: error.movedTo }, signal)
      }
      // What it answers is gone, or the topic is closed or gone: it is said in the chat all the same.
      if (error.ofThread && reply !== undefined)
        return call(method, { ...rest, message_thread_id: thread }, signal)
      if (error.ofThread && thread !== undefined) return call(method, rest, signal)
      throw error
    }
  }

  function dispatch(method: string, params: Params, signal?: AbortSignal): Promise<unknown> {
    const chat = String(params.chat_id ?? params.inline_message_id)
    if (/^send(?!ChatAction)/.test(method))
      return write(chat, URGENT, () => request(method, params, signal), signal)
    if (!method.startsWith('edit')) return persistently(() => request(method, params, signal), signal)

    const name = `${chat} ${String(params.message_id)}`
    const before = waiting.get(name)
    if (before) {
      Object.assign(before, { method, params })
      return before.answer
    }
    const edit: Edit = { method, params, answer: Promise.resolve() }
    const forget = () => waiting.get(name) === edit && waiting.delete(name)
    waiting.set(name, edit)
    const make = () => {
      forget()
      return request(edit.method, edit.params, signal)
    }
    edit.answer = write(chat, ORDINARY, make, signal).finally(forget)
    return edit.answer
  }

  /** Tried again while it keeps its turn. A chat that Telegram has asked to rest does, also where this one gives up meanwhile. */
  function write(chat: string, priority: number, task: () => Promise<unknown>, signal?: AbortSignal) {
    const attempt = () =>
      pace.overall(priority, task, signal).catch((error: unknown) => {
        if (isAskedToRest(error)) resting.set(chat, Date.now() + error.retryAfter * 1000)
        throw error
      })
    const rested = () => {
      const rest = (resting.get(chat) ?? 0) - Date.now()
      return rest > 0 ? sleep(rest, undefined, { signal: endOf(signal) }).then(attempt) : attempt()
    }
    return pace.inChat(chat, priority, () => persistently(rested, signal), signal)
  }

  const endOf = (signal?: AbortSignal) => (signal ? AbortSignal.any([signal, end.signal]) : end.signal)

  function persistently(task: () => Promise<unknown>, given?: AbortSignal) {
    const signal = endOf(given)
    return pRetry(task, {
      ...RETRIES,
      signal,
      shouldRetry: ({ error }) => passes(error),
      shouldConsumeRetry: ({ error }) => !isAskedToRest(error),
      async onFailedAttempt({ error }) {
        if (isAskedToRest(error)) await sleep(error.retryAfter * 1000, undefined, { signal })
      },
    })
  }

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
    // 404 is said of no message, but of a token that never was, or of an API root that is none.
    const final = [400, 403].includes(answer.error_code)
    throw final ? new TelegramRefusal(method, answer) : new TelegramError(method, answer)
  }

  return {
    call,
    ping: async () => void (await request('getMe', {}, end.signal)),
    stop() {
      end.abort(new Error('The bot is being stopped.'))
      pace.stop()
    },
  }
}

/** An edit that waits for its turn. */
interface Edit {
  method: string
  params: Params
  answer: Promise<unknown>
}

const isAskedToRest = (error: unknown): error is TelegramError & { retryAfter: number } =>
  error instanceof TelegramError && !!error.retryAfter

function passes(error: Error): boolean {
  if (error instanceof Undeliverable) return false
  return !(error instanceof TelegramError) || error.code === 429 || error.code >= 500
}

/** JSON, or a form where a file goes along. */
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
