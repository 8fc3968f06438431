import { randomUUID } from 'node:crypto'
import { EventEmitter, on } from 'node:events'
import { encodeAction } from '../actions.ts'
import type { DrawnCard } from '../card.ts'
import { type Button, type Message, Undeliverable } from '../messenger.ts'
import { masked } from './mask.ts'

/** The author of what the bot says. */
export const BOT = 'bot'

/** The most messages that are kept; the oldest go first. */
const MAX_MESSAGES = 500

/** A message as a phone shows it. All who open the page read all of it, so nothing in it opens a transfer. */
export interface ChatMessage {
  id: string
  chat: string
  /** A person's id, or `bot`. */
  by: string
  at: string
  replyTo: string | null
  text: string | null
  card: Pick<
    DrawnCard,
    'transfer' | 'state' | 'language' | 'amount' | 'title' | 'note' | 'status' | 'hint' | 'expiresAt'
  > | null
  /** Without `data`: it opens the link that the message keeps to itself. */
  buttons: { label: string; data: string | null }[][]
}

/** What is told to the phones: all there is, a message that is new or has changed, or what everybody has now. */
export type News =
  | { event: 'state'; data: { run: string; messages: ChatMessage[]; balances: Record<string, string> } }
  | { event: 'message'; data: ChatMessage }
  | { event: 'balances'; data: Record<string, string> }

export type Content = { card: DrawnCard } | { message: Message }

interface Held {
  message: ChatMessage
  content: Content
  /** What its buttons offer, or have offered. */
  offered: Set<string>
}

/** The chats, in memory: a restart empties them. Who follows them hears what changes. */
export function openChats() {
  // A page that follows another run than before knows that its chats are no more.
  const run = randomUUID()
  const held = new Map<string, Held>()
  const news = new EventEmitter().setMaxListeners(0)
  let balances: Record<string, string> = {}
  let closed = false

  function put(about: Omit<ChatMessage, keyof ReturnType<typeof shown>>, content: Content): ChatMessage {
    const message = { ...about, ...shown(content) }
    const offered = held.get(message.id)?.offered ?? new Set()
    for (const { data } of message.buttons.flat()) if (data !== null) offered.add(data)
    held.set(message.id, { message, content, offered })
    for (const [oldest] of held) {
      if (held.size <= MAX_MESSAGES) break
      held.delete(oldest)
    }
    news.emit('news', { event: 'message', data: message } satisfies News)
    return message
  }

  return {
    run,

    post: (chat: string, by: string, content: Content, replyTo: string | null = null): ChatMessage =>
      put({ id: randomUUID(), chat, by, at: new Date().toISOString(), replyTo }, content),

    /** @throws Undeliverable where the message is gone */
    change(id: string, content: Content): void {
      const message = held.get(id)?.message
      if (!message) throw new Undeliverable('The message is gone.')
      put(message, content)
    },

    find: (id: string): ChatMessage | undefined => held.get(id)?.message,

    /** The code of the transfer that the message shows, while there is something to collect. */
    codeIn(id: string): string | null {
      const content = held.get(id)?.content
      return content && 'card' in content ? content.card.code : null
    },

    /** Where the message's link leads. */
    linkIn(id: string): string | undefined {
      const content = held.get(id)?.content
      const link =
        content &&
        buttonsOf(content)
          .flat()
          .find((button) => 'url' in button)
      return link?.url
    },

    /** Whether a message has, or had, a button for this: one who presses late hears why it is too late. */
    offers: (id: string, data: string): boolean => held.get(id)?.offered.has(data) ?? false,

    setBalances(now: Record<string, string>): void {
      balances = now
      news.emit('news', { event: 'balances', data: now } satisfies News)
    },

    /** The whole present state, then every change, until the signal or the end of the chats. */
    async *follow(signal: AbortSignal): AsyncGenerator<News> {
      if (closed) return
      const changes = on(news, 'news', { signal, close: ['end'] })
      const messages = [...held.values()].map(({ message }) => message)
      yield { event: 'state', data: { run, messages, balances } }
      for await (const [change] of changes) yield change as News
    },

    followers: (): number => news.listenerCount('news'),

    close(): void {
      closed = true
      news.emit('end')
    },
  }
}

/** Each field by its name: a new one of the bot's cards is seen by nobody until somebody has looked at it. */
function shown(content: Content): Pick<ChatMessage, 'text' | 'card' | 'buttons'> {
  const buttons = buttonsOf(content).map((row) =>
    row.map((button) => ({
      label: masked(button.label),
      data: 'action' in button ? encodeAction(button.action) : null,
    })),
  )
  if ('message' in content) return { text: masked(content.message.text), card: null, buttons }
  const { transfer, state, language, amount, title, note, status, hint, expiresAt } = content.card
  return {
    text: null,
    card: {
      transfer,
      state,
      language,
      amount,
      title: masked(title),
      note: note && masked(note),
      status: masked(status),
      ...(hint && { hint }),
      expiresAt,
    },
    buttons,
  }
}

const buttonsOf = (content: Content): Button[][] =>
  'message' in content ? (content.message.buttons ?? []) : [content.card.buttons]
