import { randomUUID } from 'node:crypto'
import { EventEmitter, on } from 'node:events'
import type { Card } from '../card.ts'
import { type Button, encodeAction, type Message, Undeliverable } from '../messenger.ts'

/** The author of what the bot says. */
export const BOT = 'bot'

/** The most messages that are kept; the oldest go first. */
const MOST_MESSAGES = 500

/** A message as a phone shows it. */
export interface ChatMessage {
  id: string
  chat: string
  /** A person's id, or `bot`. */
  by: string
  at: string
  replyTo: string | null
  text: string | null
  card: Omit<Card, 'buttons'> | null
  buttons: ({ label: string } & ({ data: string } | { url: string }))[][]
}

/** What is told to the phones: all there is, a message that is new or has changed, or what everybody has now. */
export type News =
  | { event: 'state'; data: { messages: ChatMessage[]; balances: Record<string, string> } }
  | { event: 'message'; data: ChatMessage }
  | { event: 'balances'; data: Record<string, string> }

export type Content = { card: Card } | { message: Message }

/** The chats, in memory: a restart empties them. Who follows them hears what changes. */
export function openChats() {
  const messages = new Map<string, ChatMessage>()
  const offered = new Map<string, Set<string>>()
  const news = new EventEmitter().setMaxListeners(0)
  let balances: Record<string, string> = {}
  let closed = false

  function put(message: ChatMessage): ChatMessage {
    messages.set(message.id, message)
    const actions = offered.get(message.id) ?? new Set()
    for (const button of message.buttons.flat()) if ('data' in button) actions.add(button.data)
    offered.set(message.id, actions)
    for (const [oldest] of messages) {
      if (messages.size <= MOST_MESSAGES) break
      messages.delete(oldest)
      offered.delete(oldest)
    }
    news.emit('news', { event: 'message', data: message } satisfies News)
    return message
  }

  return {
    post: (chat: string, by: string, content: Content, replyTo: string | null = null): ChatMessage =>
      put({ id: randomUUID(), chat, by, at: new Date().toISOString(), replyTo, ...shown(content) }),

    /** @throws Undeliverable where the message is gone */
    change(id: string, content: Content): void {
      const message = messages.get(id)
      if (!message) throw new Undeliverable('The message is gone.')
      put({ ...message, ...shown(content) })
    },

    find: (id: string): ChatMessage | undefined => messages.get(id),

    /** Whether a message has, or had, a button for this: one who presses late hears why it is too late. */
    offers: (id: string, data: string): boolean => offered.get(id)?.has(data) ?? false,

    setBalances(now: Record<string, string>): void {
      balances = now
      news.emit('news', { event: 'balances', data: now } satisfies News)
    },

    /** The whole present state, then every change, until the signal or the end of the chats. */
    async *follow(signal: AbortSignal): AsyncGenerator<News> {
      if (closed) return
      const changes = on(news, 'news', { signal, close: ['end'] })
      yield { event: 'state', data: { messages: [...messages.values()], balances } }
      for await (const [change] of changes) yield change as News
    },

    followers: (): number => news.listenerCount('news'),

    close(): void {
      closed = true
      news.emit('end')
    },
  }
}

function shown(content: Content): Pick<ChatMessage, 'text' | 'card' | 'buttons'> {
  if ('message' in content) {
    const { text, buttons = [] } = content.message
    return { text, card: null, buttons: buttons.map((row) => row.map(shownButton)) }
  }
  const { buttons, ...card } = content.card
  return { text: null, card, buttons: [buttons.map(shownButton)] }
}

const shownButton = (button: Button) =>
  'url' in button ? button : { label: button.label, data: encodeAction(button.action) }
