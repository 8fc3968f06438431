import { createHash, randomUUID } from 'node:crypto'
import type { Language } from '../../src/shared/language.ts'
import type { Chat, Invocation, Person } from '../messenger.ts'
import { supported } from '../texts/index.ts'
import { commandIn, type TypedCommand } from '../typed-command.ts'
import type { Stanza } from './connection.ts'
import { addressedIn, namedIn, personOf } from './people.ts'
import type { Room, Rooms } from './rooms.ts'
import { bare, NS, resourceOf } from './stanzas.ts'

/** A message that somebody has written to the bot, or in a room. */
export interface Heard {
  person: Person
  chat: Chat
  room: Room | undefined
  /** Where an answer that is for nobody else goes: their own address, or their name in the room through which they write. */
  replyTo: string
  language: Language
  /** What they want; undefined where it is nothing for the bot. */
  command?: TypedCommand & { invocation: Omit<Invocation, 'target'> }
  /** Why the bot can't read it, or can't tell who has written it. */
  problem?: 'encrypted' | 'hidden'
}

/** What a message says; undefined where it says nothing, or where nobody says it. */
export function read(message: Stanza, rooms: Rooms, own: string): Heard | undefined {
  const { from = '', type = 'normal' } = message.attrs
  const isRoom = type === 'groupchat'
  if (!isRoom && type !== 'chat' && type !== 'normal') return undefined
  // A correction of what was said commands nothing: the first wording has done so. Neither do copies of other conversations.
  if (
    message.getChild('replace', NS.replace) ||
    message.getChildren('sent').length ||
    message.getChildren('received').length
  )
    return undefined
  const text = textIn(message)
  const room = rooms.find(bare(from))
  const nick = resourceOf(from)
  // What a room says itself, what it repeats from before, and what the bot has said.
  if (isRoom && (!room || !nick || nick === room.nick || isFrom(message, NS.delay, bare(from))))
    return undefined
  const address = room ? room.occupants.get(nick)?.address : bare(from).toLowerCase()
  // Servers have addresses, too, and write to newcomers.
  if (!text || (!room && !address?.includes('@')) || address === own) return undefined

  const person = personOf(address ?? '', room ? nick : (message.getChildText('nick', NS.nick) ?? undefined))
  const language = message.attrs['xml:lang']
  const chat: Chat = isRoom && room ? room.chat : { id: person.id, kind: 'private' }
  const heard: Heard = {
    person: { ...person, ...(language && { language }) },
    chat,
    room,
    replyTo: room ? from : bare(from),
    language: supported(language),
  }
  if (isEncrypted(message)) return isRoom ? undefined : { ...heard, problem: 'encrypted' }
  const said = isRoom && room ? saidToBot(room.nick, text) : text
  const words = said ?? text
  const typed = commandIn(words, {
    isPrivate: !isRoom,
    isAddressed: said !== undefined,
    isForwarded: message.getChild('forwarded', NS.forward) !== undefined,
    hasChoices: true,
  })
  if (room && isRoom) remember(room, message, person.id)
  if (!typed) return heard
  // By a name alone anybody could be meant, as names in rooms are free to take.
  if (room && (!address || !room.isOpen)) return { ...heard, problem: 'hidden' }
  return {
    ...heard,
    command: {
      ...typed,
      invocation: {
        person: heard.person,
        chat,
        language: heard.language,
        key: keyOf(message, person.id, room),
        ...sentAt(message),
        words: typed.words,
        mentions: mentionsIn(typed.words, room, own),
        ...(isRoom && room && repliedTo(message, room)),
      },
    },
  }
}

/** What a message says, without the words that it repeats from the one that it answers. https://xmpp.org/extensions/xep-0461.html */
function textIn(message: Stanza): string {
  const body = message.getChildText('body') ?? ''
  const quoted = message
    .getChildren('fallback', NS.fallback)
    .find((fallback) => fallback.attrs.for === NS.reply)
    ?.getChild('body')
  const start = Number(quoted?.attrs.start ?? 0)
  const end = Number(quoted?.attrs.end ?? 0)
  // Counted in code points. https://xmpp.org/extensions/xep-0426.html
  return quoted
    ? [...body]
        .toSpliced(start, Math.max(0, end - start))
        .join('')
        .trim()
    : body.trim()
}

/** The words that somebody in a room turns to the bot with: `passalong: send 20`; undefined where they turn to nobody, or to others. */
const saidToBot = (nick: string, text: string): string | undefined =>
  new RegExp(`^(?:@${RegExp.escape(nick)}[:,]?|${RegExp.escape(nick)}[:,])\\s+(.*)`, 'isu').exec(text)?.[1]

const isEncrypted = (message: Stanza): boolean =>
  message
    .getChildElements()
    .some(({ name, attrs }) => name === 'encrypted' || (name === 'x' && attrs.xmlns === 'jabber:x:encrypted'))

const isFrom = (message: Stanza, namespace: string, from: string): boolean =>
  message.getChildElements().some(({ attrs }) => attrs.xmlns === namespace && attrs.from === from)

/** When it was sent, where it has waited at a server. https://xmpp.org/extensions/xep-0203.html */
function sentAt(message: Stanza): { sentAt?: Date } {
  const at = new Date(message.getChild('delay', NS.delay)?.attrs.stamp ?? '')
  return Number.isNaN(at.getTime()) ? {} : { sentAt: at }
}

/** Clients that count their ids from one begin anew each time. An id of this length is never used twice. */
const LASTING = 16

/**
 * A client that sends a message again gives it the same id, a room then gives it another one: so the client's counts where it is lasting,
 * or else the room's. Others are new each time: without either nothing is delivered twice.
 */
function keyOf(message: Stanza, sender: string, room: Room | undefined): string {
  const own = message.getChild('origin-id', NS.ids)?.attrs.id ?? message.attrs.id ?? ''
  const id = own.length >= LASTING ? own : (room?.givesIds && idFrom(room, message)) || randomUUID()
  const parts = JSON.stringify([message.attrs.type, room?.chat.id ?? '', sender, id])
  return `xmpp:${createHash('sha256').update(parts).digest('base64url')}`
}

/** An id that says to be the room's own. It is that only where the room gives ids: elsewhere anybody may write one. https://xmpp.org/extensions/xep-0359.html#security */
const idFrom = ({ chat }: Room, message: Stanza): string | undefined =>
  message.getChildren('stanza-id', NS.ids).find(({ attrs }) => attrs.by === chat.id)?.attrs.id

function remember(room: Room, message: Stanza, author: string): void {
  const id = idFrom(room, message)
  if (id && author) room.authors.set(id, author)
}

/** The author of the message that is answered. The name by which a client calls them may be another's by now. */
function repliedTo(message: Stanza, room: Room): { replyTo?: Person | 'nobody' } {
  const id = message.getChild('reply', NS.reply)?.attrs.id
  if (id === undefined) return {}
  const author = room.givesIds ? room.authors.get(id) : undefined
  const name = [...room.occupants].find(([, { address }]) => address === author)?.[0]
  return { replyTo: author === undefined ? 'nobody' : personOf(author, name) }
}

function mentionsIn(words: string, room: Room | undefined, own: string): Map<string, Person | 'bot'> {
  if (!/[@＠﹫]/.test(words)) return new Map()
  const names = [...(room?.occupants ?? [])].flatMap(([name, { address }]): [string, Person | 'bot'][] =>
    address ? [[name, address === own ? 'bot' : personOf(address, name)]] : [],
  )
  return new Map([...addressedIn(words, own), ...namedIn(names)])
}
