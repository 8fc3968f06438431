import type { Hono } from 'hono'
import { cleanText } from '../src/shared/text.ts'
import type { Action } from './actions.ts'
import type { DrawnCard } from './card.ts'
import type { Capabilities } from './description.ts'

/** Somebody, as a messenger introduces them. */
export interface Person {
  messenger: string
  id: string
  /** `null`: they have none; `undefined`: the messenger doesn't say. */
  handle?: string | null | undefined
  name?: string | undefined
  language?: string | undefined
}

/** Somebody of whom only the handle is known. */
export interface HandleOnly {
  messenger: string
  handle: string
}

export interface Chat {
  id: string
  kind: 'private' | 'group'
  title?: string | undefined
}

export type Button = { label: string } & ({ action: Action } | { url: string })

/** Plain text with buttons under it. A messenger escapes what its own markup would take for markup. */
export interface Message {
  text: string
  buttons?: Button[][]
}

/** What the bot answers: a card for all in the chat, or words for the one who asked. */
export type Reply =
  | { card: DrawnCard }
  /** `personal`: for nobody else's eyes, in a messenger where all could read it. */
  | { message: Message; personal?: true }

/** Somebody has said a command. */
export interface Invocation {
  person: Person
  chat: Chat
  /** Where the card of a new transfer is to be posted, where the bot can do so by itself, also later. */
  target?: Target | undefined
  /** The language to answer in, one that there are texts for. */
  language: string
  /** The same for the same utterance, however often the messenger delivers it. */
  key: string
  /** When they said it, where a messenger may bring it late. */
  saidAt?: Date
  /** What follows the command, where people type it. */
  words: string
  /** Options by name, where the messenger has fields for them; `who` is `bot` where that isn't a person. */
  fields?: Record<string, string | Person | undefined>
  /** Whom a message answers to; `nobody`: something that isn't a person, such as a bot. */
  replyTo?: Person | 'nobody' | undefined
  /** People named in the words whom the messenger knows by id: `@ben` or a name as it stands there. */
  mentions?: Map<string, Person | 'bot'> | undefined
  /** What a handle looks like here. */
  handles?: Handles
}

/** What handles look like in a messenger, so that what can't be one is asked back. */
export interface Handles {
  pattern: RegExp
  isBot(handle: string): boolean
}

/** Somebody has pressed a button. */
export interface Press {
  person: Person
  chat: Chat
  language: string
  key: string
  action: Action
  /** Where the button hangs. */
  place?: Place | undefined
  /** The data of all buttons that the message itself shows, unless the messenger doesn't tell: a client can send any other. */
  buttons: readonly string[] | undefined
  /** Where a card that the press brings is to be posted. */
  target?: Target | undefined
}

/** What a press shows: a short word for the one who pressed, and perhaps the message anew. */
export interface PressAnswer {
  toast: string
  message?: Message
  /** The pressed card as it is now, where the messenger can't draw every card anew at any time. */
  card?: DrawnCard | undefined
}

/** Where a card is to be posted. */
export interface Target {
  chat: string
  /** What else the messenger needs to post there, in its own form. */
  details?: string | undefined
}

/** Where a card hangs. */
export interface Place {
  chat: string
  message: string
}

/** What a messenger must be able to do. What it hears it hands to the bot: commands to `dispatch`, presses to `press`. */
export interface Messenger {
  /** As in every name of a person: `telegram`. */
  readonly name: string
  readonly capabilities: Capabilities
  /** Posts a card. Throws Undeliverable where the bot may not. */
  post(card: DrawnCard, target: Target): Promise<Place>
  /** The chat that somebody has with the bot alone. Throws Undeliverable where there can be none. */
  privateChat(person: Person): Promise<string>
  /** Draws a card anew. Throws Undeliverable where the message is gone. */
  redraw(place: Place, card: DrawnCard): Promise<void>
  /** Tells somebody something in private. Throws Undeliverable where they can't be reached. */
  whisper(person: Person, message: Message): Promise<void>
  /** Asks the messenger for next to nothing. Throws where it is out of reach as a whole. */
  ping(): Promise<void>
  /** Whether the messenger itself, asked now, calls them an admin of the chat. */
  isAdmin(chat: Chat, person: Person): Promise<boolean>
}

/** A messenger as the service runs it. */
export interface RunningMessenger {
  /** Routes of its own, such as a webhook, for the service to mount at its root. */
  app: Hono
  /** Ends when the messenger is reached and its deliveries are under way; tries again by itself until then. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** It waits for its turn, and goes on doing so: nothing is wrong with it. */
export class StillUnderWay extends Error {
  override name = 'StillUnderWay'
}

/** There is no use in trying again: the message is gone, or the person has shut the door. */
export class Undeliverable extends Error {
  override name = 'Undeliverable'
}

/** A name or a title as it is shown and kept, or nothing where there is nothing to see. */
export const cleanLabel = (label: string | undefined): string | undefined => cleanText(label ?? '', 128)
