import { LRUCache } from 'lru-cache'
import { atMost } from '../../src/shared/at-most.ts'
import { short } from '../../src/shared/text.ts'
import { type DrawnCard, leadsSomewhere, pictureFile } from '../card.ts'
import { cardAsPlainText } from '../card-text.ts'
import type { Capabilities } from '../description.ts'
import type { Log } from '../log.ts'
import { type Message, type Messenger, Undeliverable } from '../messenger.ts'
import type { QqClient, Source } from './client.ts'

export interface QqMessenger extends Messenger {
  /** What somebody says, or does, can be answered from now on. */
  opens(person: string, source: Source): void
  say(person: string, message: Message): Promise<void>
}

/** What is left of the right to answer. */
interface Window {
  source: Source
  until: number
  used: number
}

/** What somebody says may be answered for an hour, five times; some pages of QQ's say four. */
const WINDOW_MS = 59 * 60_000
const MOST_ANSWERS = 4
const MAX_CHARACTERS = 1500

export function createMessenger(
  { client, log }: { client: QqClient; log: Log },
  capabilities: Capabilities,
): QqMessenger {
  /** By person: what they have said last. */
  const windows = new LRUCache<string, Window>(atMost(50_000))

  function open(person: string, source: Source): Window {
    const window = { source, until: Date.now() + WINDOW_MS, used: 0 }
    windows.set(person, window)
    return window
  }

  /** @param details the source that a card answers, as JSON, where another process may have heard it */
  function windowOf(person: string, details?: string): Window {
    const known = windows.get(person)
    if (details !== undefined && JSON.stringify(known?.source) !== details)
      return open(person, JSON.parse(details))
    if (!known) throw new Undeliverable('QQ lets a bot answer alone, and they have said nothing of late')
    return known
  }

  async function send(
    person: string,
    window: Window,
    content: Parameters<QqClient['answer']>[3],
  ): Promise<void> {
    if (window.used >= MOST_ANSWERS || window.until < Date.now())
      throw new Undeliverable('QQ lets a bot answer alone, and they have been answered')
    window.used += 1
    await client.answer({ user: person }, window.source, window.used, content)
  }

  const text = (said: string) => ({ msg_type: 0, content: short(said, MAX_CHARACTERS) }) as const

  /** A card works without its picture, as it has the link. */
  async function showPicture(person: string, window: Window, card: DrawnCard): Promise<void> {
    if (!leadsSomewhere(card) || window.used >= MOST_ANSWERS) return
    try {
      const file_info = await client.fetchPicture(person, `${card.link}/${pictureFile(card)}`)
      // Without a blank QQ doesn't take it.
      await send(person, window, { msg_type: 7, content: ' ', media: { file_info } })
    } catch (error) {
      log.warn({ err: error, messenger: 'qq' }, 'a card has no picture')
    }
  }

  const say: QqMessenger['say'] = (person, message) => send(person, windowOf(person), text(message.text))

  return {
    name: 'qq',
    capabilities,
    opens: open,
    say,
    async post(card, { chat, details }) {
      const window = windowOf(chat, details)
      await send(chat, window, text(cardAsPlainText(card)))
      await showPicture(chat, window, card)
      return { chat, message: card.transfer }
    },
    privateChat: async ({ id }) => id,
    async redraw() {
      throw new Undeliverable('QQ changes no message')
    },
    sendPrivately: ({ id }, message) => say(id, message),
    ping: client.ping,
    async isAdmin() {
      throw new Undeliverable('the bot is in no group')
    },
    isMember: async () => undefined,
  }
}
