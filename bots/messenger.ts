import type { Hono } from 'hono'
import { cleanText } from '../src/shared/text.ts'
import type { Action } from './actions.ts'
import type { DrawnCard } from './card.ts'
import type { Capabilities } from './description.ts'

/** A person, with the labels that the messenger gives them. */
export interface Person {
  messenger: string
  id: string
  /** Without `@`. `null`: they have none; `undefined`: the messenger doesn't tell. */
  handle?: string | null | undefined
  name?: string | undefined
  language?: string | undefined
}

/** A person of whom only the handle is known. */
export interface HandleOnly {
  messenger: string
  handle: string
}

export interface Chat {
  id: string
  kind: 'private' | 'group'
  /** Not the bot alone reads what somebody writes there in private, but also whom they write to. */
  withOthers?: true
  title?: string | undefined
}

/** Whether nobody but the bot reads what somebody writes in a chat. */
export const isBetweenUs = ({ kind, withOthers }: Chat): boolean => kind === 'private' && !withOthers

export type Button = { label: string } & ({ action: Action } | { url: string })

/** Plain text, and rows of buttons under it. Each messenger escapes the text for its own markup. */
export interface Message {
  text: string
  buttons?: Button[][]
}

/** The answer to a command: a card for everybody in the chat, or a message to the person. */
export type Reply =
  /** `isNew`: of a transfer that the command has just made. */
  | { card: DrawnCard; isNew?: true; whisper?: Message | undefined }
  /** `personal`: nobody else in the chat may read it. `whisper`: one more message, which nobody else may read. */
  | { message: Message; personal?: true; whisper?: Message }

/** A command that somebody has given, in the same form for all messengers. */
export interface Invocation {
  person: Person
  chat: Chat
  /** Set where an admin writes in the name of the group: nobody can tell which of them it is. */
  asGroup?: true
  /** Where a card is to be posted. Unset where the bot can't post there later, without the message that it answers. */
  target?: Target | undefined
  /** The language to answer in; there are texts for it. */
  language: string
  /** The idempotency key: the same for the same message, however often the messenger delivers it. */
  key: string
  /** When it was sent, where the messenger may deliver it late. */
  sentAt?: Date
  /** The text after the command, where people type it. */
  words: string
  /** Options by name, where the messenger has fields for them. `who` is `bot` where a bot was chosen. */
  fields?: Record<string, string | Person | undefined>
  /** The author of the message that is replied to; `nobody` where that is no person, such as a bot. */
  replyTo?: Person | 'nobody' | undefined
  /** The people whom `words` mention, by the text that stands for them there: `@ben`, or a placeholder. */
  mentions?: Map<string, Person | 'bot'> | undefined
  /** Unset: `@` and any letters may be a handle. */
  handles?: Handles
}

/** The form of handles in a messenger. Where a person is named in any other form, the bot asks who is meant. */
export interface Handles {
  pattern: RegExp
  isBot(handle: string): boolean
  /** How people are named where they have none: picked as a mention, by an address, an account or a menu on their message, or not at all. */
  instead?: 'mention' | 'address' | 'account' | 'menu' | 'nobody' | undefined
}

/** A button that somebody has pressed, in the same form for all messengers. */
export interface ButtonPress {
  person: Person
  chat: Chat
  language: string
  key: string
  action: Action
  /** The message with the button; undefined where they have typed what stands for it. */
  place?: Place | undefined
  /**
   * The data of all buttons of the message, by which a press is checked, as clients can send any data. Undefined where the
   * messenger doesn't tell them.
   */
  buttons: readonly string[] | undefined
  /** Where a card is to be posted that the press leads to. */
  target?: Target | undefined
}

/** The answer to a button press. */
export interface PressAnswer {
  /** A short text for the one who pressed. */
  toast: string
  /** Set where nothing was done. */
  isRefused?: true
  /** Set where that is because it is over, as the card itself says once it is redrawn. */
  isOver?: true
  /** Takes the place of the message with the button. */
  message?: Message
  /** The pressed card as it is now, for messengers that can't redraw every card at any time. */
  card?: DrawnCard | undefined
}

/** A chat to post a card in. */
export interface Target {
  chat: string
  /** What else the messenger needs to post there, in a form of its own. The core stores it with queued deliveries. */
  details?: string | undefined
}

/** A message, by the messenger's own ids. */
export interface Place {
  chat: string
  message: string
}

/** What the bot needs of a messenger. In turn the messenger hands commands to `bot.dispatch`, and presses to `bot.press`. */
export interface Messenger {
  /** As in its people's `messenger`: `telegram`. */
  readonly name: string
  readonly capabilities: Capabilities
  /** @throws Undeliverable where the bot may not post there */
  post(card: DrawnCard, target: Target): Promise<Place>
  /**
   * The id of somebody's private chat with the bot.
   * @throws Undeliverable where there can be none
   */
  privateChat(person: Person): Promise<string>
  /**
   * Replaces the card in a message.
   * @throws Undeliverable where the message is gone
   */
  redraw(place: Place, card: DrawnCard): Promise<void>
  /** @throws Undeliverable where the person can't be reached */
  sendPrivately(person: Person, message: Message): Promise<void>
  /** Makes a cheap call to the messenger. Throws where it can't be reached at all. */
  ping(): Promise<void>
  /**
   * Whether a person is an admin of a chat, asked of the messenger at this moment.
   * @throws Undeliverable where the messenger doesn't give the bot its admins
   */
  isAdmin(chat: Chat, person: Person): Promise<boolean>
  /**
   * Whether a person is in a chat, asked of the messenger at this moment: since when, where it tells that. undefined: it tells nothing
   * @throws Undeliverable where the bot can't ask there
   */
  isMember(chat: Chat, person: Person): Promise<boolean | Date | undefined>
  /** Since when whoever acts is in the chat where they do, where the messenger tells that along. */
  joinedAt?(person: Person): Date | undefined
}

/** A messenger as the service runs it. */
export interface RunningMessenger {
  /** Routes of its own, such as a webhook, for the service to mount at its root. */
  app: Hono
  /** Connects, with retries for as long as it takes, and starts to make deliveries. It never fails: what ends it is logged. */
  start(): Promise<void>
  /** Finishes what is under way, as far as its time limit allows. */
  stop(): Promise<void>
}

/** A delivery waits for a rate limit and goes on to do so: it hasn't failed. */
export class StillQueued extends Error {
  override name = 'StillQueued'
}

/** A retry is of no use: the message is gone, or the person has blocked the bot. */
export class Undeliverable extends Error {
  override name = 'Undeliverable'
}

/** A name or a title in the form in which it is shown and stored; undefined where nothing visible is left. */
export const cleanLabel = (label: string | undefined): string | undefined => cleanText(label ?? '', 128)

/** The group where a command was given, as the API takes it; undefined in private. */
export const groupOf = ({ person, chat }: Invocation) =>
  chat.kind === 'group'
    ? { messenger: person.messenger, id: chat.id, ...(chat.title && { title: chat.title }) }
    : undefined

/** What follows a command, as its author wrote it: placeholders of mentions are the messenger's own markup. */
export const wordsAsTyped = ({ words, mentions }: Invocation): string =>
  [...(mentions ?? [])].reduce(
    (line, [placeholder, who]) =>
      line.replaceAll(placeholder, who !== 'bot' && who.handle ? `@${who.handle}` : '…'),
    words.trim(),
  )
