import { xml } from '@xmpp/client'
import { cardAsPlainText } from '../card-text.ts'
import type { Capabilities } from '../description.ts'
import { type Chat, type Messenger, type Person, Undeliverable } from '../messenger.ts'
import { type Connection, isStanzaError } from './connection.ts'
import type { Rooms } from './rooms.ts'
import type { Sender } from './sender.ts'
import { NS } from './stanzas.ts'

interface Needs {
  connection(): Connection
  rooms: Rooms
  sender: Sender
  /** Where an answer goes to somebody who has written last through a room. */
  addressOf(person: string): string
}

const ADMINS: readonly string[] = ['owner', 'admin']
const MEMBERS: readonly string[] = [...ADMINS, 'member']

export function createMessenger(needs: Needs, capabilities: Capabilities): Messenger {
  const { connection, rooms, sender, addressOf } = needs

  async function write(chat: string, text: string, replaces?: string): Promise<string> {
    // A room that the bot is not in refuses what is sent to it as if to a person.
    return rooms.find(chat)
      ? sender.toRoom(chat, text, replaces)
      : sender.toPerson(addressOf(chat), text, replaces)
  }

  /** What somebody is in a room, as far as who is there tells it; undefined where they aren't there. */
  function affiliationOf(chat: Chat, { id }: Person): string | undefined {
    const room = rooms.find(chat.id)
    if (!room?.isOpen) throw new Undeliverable('the room does not show who is who')
    return [...room.occupants.values()].find(({ address }) => address === id)?.affiliation
  }

  /**
   * Whether somebody is on the room's list of those with such an affiliation, wherever they are.
   * @throws Undeliverable where the room doesn't tell
   */
  async function isListed(chat: Chat, { id }: Person, affiliation: string): Promise<boolean> {
    const answer = await connection()
      .ask('get', chat.id, xml('query', { xmlns: NS.mucAdmin }, xml('item', { affiliation })))
      .catch((error: unknown) => {
        throw isStanzaError(error) ? new Undeliverable(error.condition) : error
      })
    const items = answer.getChild('query', NS.mucAdmin)?.getChildren('item') ?? []
    return items.some(({ attrs }) => attrs.jid?.toLowerCase() === id)
  }

  async function isOneOf(chat: Chat, person: Person, affiliations: readonly string[]): Promise<boolean> {
    for (const affiliation of affiliations) if (await isListed(chat, person, affiliation)) return true
    return false
  }

  return {
    name: 'xmpp',
    capabilities,
    post: async (card, { chat }) => ({ chat, message: await write(chat, cardAsPlainText(card)) }),
    privateChat: async ({ id }) => id,
    redraw: async ({ chat, message }, card) => void (await write(chat, cardAsPlainText(card), message)),
    sendPrivately: async ({ id }, { text }) => void (await sender.toPerson(addressOf(id), text)),
    ping: async () => void (await connection().ask('get', undefined, xml('ping', { xmlns: NS.ping }))),
    async isAdmin(chat, person) {
      const affiliation = affiliationOf(chat, person)
      return affiliation ? ADMINS.includes(affiliation) : isOneOf(chat, person, ADMINS)
    },
    async isMember(chat, person) {
      if (affiliationOf(chat, person)) return true
      // A room tells its lists to its admins, and often to its members. To others it tells nothing of who isn't there.
      return isOneOf(chat, person, MEMBERS).catch((error: unknown) => {
        if (error instanceof Undeliverable) return undefined
        throw error
      })
    },
  }
}
