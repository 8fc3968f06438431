import { xml } from '@xmpp/client'
import { LRUCache } from 'lru-cache'
import pRetry from 'p-retry'
import type { Log } from '../log.ts'
import type { Chat } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { addBookmark, type Bookmark, readBookmarks, removeBookmark } from './bookmarks.ts'
import type { Connection, Stanza } from './connection.ts'
import { bare, codesIn, NS, resourceOf } from './stanzas.ts'

/** Somebody in a room, by their name there. */
interface Occupant {
  /** Their own address; undefined where the room hides it. */
  address: string | undefined
  affiliation: string
}

/** A room that the bot is in. https://xmpp.org/extensions/xep-0045.html */
export interface Room {
  chat: Chat
  /** The bot's own name there. */
  nick: string
  /** Whether everybody there sees everybody's address, as nobody can be paid by a name that anybody may take. */
  isOpen: boolean
  occupants: Map<string, Occupant>
  /** Whether it gives each message an id of its own, and takes away what others have put in its place. */
  givesIds: boolean
  /** Who has written the latest messages, by those ids. */
  authors: LRUCache<string, string>
}

/** The rooms of one connection. */
export interface Rooms {
  /** Enters all rooms that the bot is to be in. Those that don't let it in are logged. */
  enterAll(): Promise<void>
  /** Enters a room to which somebody has invited the bot, and does so again at each start. */
  accept(invitation: Bookmark): Promise<void>
  /** A room by its address, where the bot is in it. */
  find(room: string): Room | undefined
  /** Takes in who comes, goes, and is called what: the presence in a room. */
  takeIn(presence: Stanza): void
  /** Takes in what a room says of itself, such as that it hides addresses from now on. */
  takeInChange(message: Stanza): void
}

interface Needs {
  connection(): Connection
  /** The rooms that the settings name. */
  always: string[]
  /** The name that the bot takes. */
  nick: string
  log: Log
  /** Calls it for each who is seen in a room. */
  seen(room: Room, address: string, what: 'there' | 'left'): void
  /** Makes the stop wait for work that has begun. */
  finish(work: Promise<void>): void
}

/** How long a room may take to let the bot in, in milliseconds. */
const ENTER_MS = 20_000
const MAX_AUTHORS = 500
/** The most tries for a name that is free. */
const MAX_NICKS = 5

/** Refusals of a room that no retry changes. https://xmpp.org/extensions/xep-0045.html#enter-errorcodes */
const FINAL: readonly string[] = ['not-authorized', 'forbidden', 'registration-required', 'gone', 'conflict']
const RETRIES = { retries: Number.POSITIVE_INFINITY, minTimeout: 1000, maxTimeout: 60_000 }

export function openRooms({ connection, always, nick, log, seen, finish }: Needs): Rooms {
  const rooms = new Map<string, Room>()
  /** Those that the bot is to be in, for as long as it runs: a stream may end before its server has kept a bookmark. */
  const wanted = new Map(always.map((room): [string, Bookmark] => [room, { room }]))
  const inTurn = createQueues()
  /** Rooms that are being entered. */
  const entering = new Map<string, { room: Room; done(error?: Error): void }>()

  async function enterAll(): Promise<void> {
    rooms.clear()
    const kept = await readBookmarks(connection()).catch((error: unknown) => {
      log.warn({ err: error }, 'the XMPP server keeps no bookmarks: put the rooms into XMPP_ROOMS')
      return []
    })
    for (const bookmark of kept) wanted.set(bookmark.room, bookmark)
    const isKept = ({ room }: Bookmark) => kept.some((one) => one.room === room) || always.includes(room)
    const ended = new AbortController()
    void connection().closed.then(() => ended.abort())
    await Promise.all(
      [...wanted.values()].map(async (bookmark) => {
        const refused = await tryToEnter(bookmark)
        if (refused === undefined && !isKept(bookmark)) await remember(bookmark)
        if (refused && !FINAL.includes(refused)) void keepTrying(bookmark, ended.signal)
      }),
    )
  }

  /** @returns why the room doesn't let the bot in; undefined where it does */
  const tryToEnter = (bookmark: Bookmark): Promise<string | undefined> =>
    enter(bookmark).then(
      () => undefined,
      (error: Error) => {
        log.warn({ room: bookmark.room, reason: error.message }, 'a room could not be entered')
        return error.message
      },
    )

  /** A server that has just started may not know its rooms yet. */
  async function keepTrying(bookmark: Bookmark, signal: AbortSignal): Promise<void> {
    const shouldRetry = ({ error }: { error: Error }) => !FINAL.includes(error.message)
    await pRetry(() => enter(bookmark), { ...RETRIES, signal, shouldRetry }).then(
      () => log.info({ room: bookmark.room }, 'the room was entered'),
      () => {},
    )
  }

  async function accept(invitation: Bookmark): Promise<void> {
    if (rooms.has(invitation.room) || entering.has(invitation.room)) return
    wanted.set(invitation.room, invitation)
    const refused = await tryToEnter(invitation)
    if (refused === undefined) await remember(invitation)
    else if (FINAL.includes(refused)) leaveOut(invitation.room)
  }

  function leaveOut(room: string): void {
    if (!always.includes(room)) wanted.delete(room)
  }

  /** Keeps a room where the bot is in it, and forgets it otherwise. One after the other, as it may be sent away meanwhile. */
  const remember = (bookmark: Bookmark): Promise<void> =>
    inTurn(bookmark.room, async () => {
      const { room } = bookmark
      const isIn = rooms.has(room)
      await (isIn ? addBookmark(connection(), bookmark) : removeBookmark(connection(), room)).catch(
        (error: unknown) =>
          log.warn({ err: error, room, isIn }, 'the bookmark of a room could not be changed'),
      )
    })

  async function enter({ room: address, password }: Bookmark, name = nick, tries = 1): Promise<void> {
    const room: Room = {
      chat: { id: address, kind: 'group' },
      nick: name,
      isOpen: false,
      givesIds: false,
      occupants: new Map(),
      authors: new LRUCache({ max: MAX_AUTHORS }),
    }
    const entered = Promise.withResolvers<void>()
    // It may be refused before anybody waits for it.
    entered.promise.catch(() => {})
    const attempt = {
      room,
      done(error?: Error) {
        clearTimeout(late)
        // By now it may be another one's, of the stream that came after.
        if (entering.get(address) === attempt) entering.delete(address)
        if (error) entered.reject(error)
        else entered.resolve()
      },
    }
    const late = setTimeout(() => attempt.done(new Error('the room does not answer')), ENTER_MS)
    entering.set(address, attempt)
    const join = xml(
      'x',
      { xmlns: NS.muc },
      // What was said before is not for the bot.
      xml('history', { maxstanzas: '0' }),
      ...(password ? [xml('password', {}, password)] : []),
    )
    try {
      await connection().send(xml('presence', { to: `${address}/${name}` }, join))
      await entered.promise
    } catch (error) {
      attempt.done(error as Error)
      if ((error as Error).message !== 'conflict' || tries === MAX_NICKS) throw error
      return enter({ room: address, password }, `${nick}-${tries + 1}`, tries + 1)
    }
    await lookAt(room)
  }

  /** Takes in what a room says of itself. One that says nothing is not trusted with ids. */
  async function lookAt(room: Room): Promise<void> {
    const answer = await connection()
      .ask('get', room.chat.id, xml('query', { xmlns: NS.disco }))
      .catch((error: unknown) =>
        log.warn({ err: error, room: room.chat.id }, 'a room says nothing of itself'),
      )
    const about = answer?.getChild('query', NS.disco)
    const title = about?.getChild('identity')?.attrs.name
    if (title) room.chat.title = title
    room.givesIds = about?.getChildren('feature').some(({ attrs }) => attrs.var === NS.ids) ?? false
  }

  function takeIn(presence: Stanza): void {
    const { from = '', type } = presence.attrs
    const address = bare(from)
    const waiting = entering.get(address)
    const room = waiting?.room ?? rooms.get(address)
    if (!room) return
    if (type === 'error') return waiting?.done(new Error(conditionOf(presence)))
    if (type === 'unavailable') return takeOut(room, presence)
    if (type !== undefined) return
    const name = resourceOf(from)
    const item = presence.getChild('x', NS.mucUser)?.getChild('item')
    const occupant: Occupant = {
      address: item?.attrs.jid && bare(item.attrs.jid).toLowerCase(),
      affiliation: item?.attrs.affiliation ?? 'none',
    }
    const isNew = !room.occupants.has(name)
    room.occupants.set(name, occupant)
    const codes = codesIn(presence)
    // The bot's own presence is the last that it gets of those who are there already.
    if (waiting && codes.includes('110')) {
      room.nick = name
      room.isOpen = codes.includes('100')
      rooms.set(address, room)
      waiting.done()
      for (const one of room.occupants.values()) see(room, one)
    } else if (!waiting && isNew) see(room, occupant)
  }

  const see = (room: Room, { address }: Occupant) => {
    if (address && room.isOpen) seen(room, address, 'there')
  }

  function takeOut(room: Room, presence: Stanza): void {
    const { from = '' } = presence.attrs
    const name = resourceOf(from)
    const left = room.occupants.get(name)
    const codes = codesIn(presence)
    const user = presence.getChild('x', NS.mucUser)
    const newName = user?.getChild('item')?.attrs.nick
    room.occupants.delete(name)
    if (codes.includes('303') && newName && left) {
      room.occupants.set(newName, left)
      if (room.nick === name) room.nick = newName
      return
    }
    // Who only goes offline is in it still. These are banned, or are none of its members any more.
    if (left?.address && codes.some((code) => ['301', '321', '322'].includes(code)))
      seen(room, left.address, 'left')
    if (name !== room.nick) return
    rooms.delete(room.chat.id)
    const isUnwanted =
      codes.some((code) => ['301', '307', '321', '322'].includes(code)) || user?.getChild('destroy')
    if (!isUnwanted) return
    leaveOut(room.chat.id)
    finish(remember({ room: room.chat.id }))
  }

  function takeInChange(message: Stanza): void {
    const room = rooms.get(message.attrs.from ?? '')
    if (!room) return
    const codes = codesIn(message)
    if (codes.includes('172')) room.isOpen = true
    if (codes.includes('173') || codes.includes('174')) room.isOpen = false
  }

  return {
    enterAll,
    accept,
    find: (room) => rooms.get(room),
    takeIn,
    takeInChange,
  }
}

/** Why a stanza was refused: `conflict`, `not-authorized`. */
export const conditionOf = (stanza: Stanza): string =>
  stanza
    .getChild('error')
    ?.getChildElements()
    .find(({ name }) => name !== 'text')?.name ?? 'undefined-condition'
