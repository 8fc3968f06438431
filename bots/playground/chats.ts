import { randomUUID } from 'node:crypto'
import { EventEmitter, on } from 'node:events'
import { encodeAction } from '../actions.ts'
import type { DrawnCard } from '../card.ts'
import { type Button, type Message, Undeliverable } from '../messenger.ts'
import { masked } from './mask.ts'

/** The author of the bot's messages. */
export const BOT = 'bot'

/** The most messages that are kept; the oldest are deleted first. */
const MAX_MESSAGES = 500

/** A message as a phone shows it. Everybody who opens the page reads it, so it has no code and no link of a transfer. */
export interface ChatMessage {
  id: string
  chat: string
  /** A person's id, or `bot`. */
  by: string
  at: string
  replyTo: string | null
  text: string | null
  card:
    | (Pick<
        DrawnCard,
        | 'of'
        | 'transfer'
        | 'state'
        | 'language'
        | 'amount'
        | 'title'
        | 'note'
        | 'status'
        | 'hint'
        | 'expiresAt'
        | 'isSettled'
      > & {
        /** Whether there is a QR code for it, and whether it is in the picture to pass on. */
        hasCode: boolean
        hasPicture: boolean
      })
    | null
  /** A button without `data` opens the link of the message, which stays on the server. */
  buttons: { label: string; data: string | null }[][]
}

/** An event for the phones: the whole state, a message that is new or has changed, or all balances. */
export type ChatEvent =
  | { event: 'state'; data: { run: string; messages: ChatMessage[]; balances: Record<string, string> } }
  | { event: 'message'; data: ChatMessage }
  | { event: 'balances'; data: Record<string, string> }

export type Content = { card: DrawnCard } | { message: Message }

interface StoredMessage {
  message: ChatMessage
  content: Content
  /** The data of all buttons that it has, or has had. */
  buttonData: Set<string>
}

/** The chats and their messages, in memory alone: a restart empties them. Followers are sent every change. */
export function openChats() {
  // Tells a page that the service was restarted, so that its chats are gone.
  const run = randomUUID()
  const stored = new Map<string, StoredMessage>()
  const events = new EventEmitter().setMaxListeners(0)
  let balances: Record<string, string> = {}
  let closed = false

  function put(about: Omit<ChatMessage, keyof ReturnType<typeof shown>>, content: Content): ChatMessage {
    const message = { ...about, ...shown(content) }
    const buttonData = stored.get(message.id)?.buttonData ?? new Set()
    for (const { data } of message.buttons.flat()) if (data !== null) buttonData.add(data)
    stored.set(message.id, { message, content, buttonData })
    for (const [oldest] of stored) {
      if (stored.size <= MAX_MESSAGES) break
      stored.delete(oldest)
    }
    events.emit('event', { event: 'message', data: message } satisfies ChatEvent)
    return message
  }

  return {
    run,

    post: (chat: string, by: string, content: Content, replyTo: string | null = null): ChatMessage =>
      put({ id: randomUUID(), chat, by, at: new Date().toISOString(), replyTo }, content),

    /** @throws Undeliverable where the message is gone */
    change(id: string, content: Content): void {
      const message = stored.get(id)?.message
      if (!message) throw new Undeliverable('The message is gone.')
      put(message, content)
    },

    find: (id: string): ChatMessage | undefined => stored.get(id)?.message,

    /** The card that the message is, if it is one. */
    cardIn(id: string): DrawnCard | undefined {
      const content = stored.get(id)?.content
      return content && 'card' in content ? content.card : undefined
    },

    /** The link of one of the message's buttons, which are counted among those that have one. */
    linkIn(id: string, which: number): string | undefined {
      const content = stored.get(id)?.content
      const links = content ? buttonsOf(content).flat() : []
      return links.filter((button) => 'url' in button)[which]?.url
    },

    /** Whether a message has, or has had, a button with this data: a late press is told why it is too late. */
    hasButton: (id: string, data: string): boolean => stored.get(id)?.buttonData.has(data) ?? false,

    setBalances(now: Record<string, string>): void {
      balances = now
      events.emit('event', { event: 'balances', data: now } satisfies ChatEvent)
    },

    /** Yields the present state, then every change, until the signal is aborted or the chats are closed. */
    async *follow(signal: AbortSignal): AsyncGenerator<ChatEvent> {
      if (closed) return
      const changes = on(events, 'event', { signal, close: ['end'] })
      const messages = [...stored.values()].map(({ message }) => message)
      yield { event: 'state', data: { run, messages, balances } }
      for await (const [change] of changes) yield change as ChatEvent
    },

    followers: (): number => events.listenerCount('event'),

    close(): void {
      closed = true
      events.emit('end')
    },
  }
}

/** Picks fields by name, so that a new field of cards isn't shown to everybody before somebody has checked it. */
function shown(content: Content): Pick<ChatMessage, 'text' | 'card' | 'buttons'> {
  const buttons = buttonsOf(content).map((row) =>
    row.map((button) => ({
      label: masked(button.label),
      data: 'action' in button ? encodeAction(button.action) : null,
    })),
  )
  if ('message' in content) return { text: masked(content.message.text), card: null, buttons }
  const {
    of,
    transfer,
    state,
    language,
    amount,
    title,
    note,
    status,
    hint,
    expiresAt,
    isSettled,
    code,
    picture = false,
  } = content.card
  return {
    text: null,
    card: {
      ...(of && { of }),
      transfer,
      state,
      language,
      amount,
      title: masked(title),
      note: note && masked(note),
      status: masked(status),
      ...(hint && { hint }),
      expiresAt,
      ...(isSettled && { isSettled }),
      hasCode: code !== null,
      hasPicture: picture,
    },
    buttons,
  }
}

const buttonsOf = (content: Content): Button[][] =>
  'message' in content ? (content.message.buttons ?? []) : [content.card.buttons]
