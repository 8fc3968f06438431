// Chats, their members and their messages.
import type { Person } from './person.ts'
import type { ApiUser, Json } from './wire.ts'

export interface StoredFile {
  id: string
  kind: 'photo' | 'document'
  bytes: Buffer
  name: string
  mime: string
  /** Of a photo, in pixels. */
  width: number
  height: number
  /** As `getFile` tells it. */
  path: string
}

export interface Content {
  /** As people read it: parsed, and trimmed. Text or caption. */
  text: string
  entities: Json[]
  /** As it was sent, markup and all. */
  source: string
  photo?: StoredFile
  document?: StoredFile
}

export interface Member {
  person: Person
  status: 'creator' | 'administrator' | 'member'
  /** An admin who writes in the name of the group. */
  isAnonymous: boolean
}

export interface Topic {
  id: number
  name: string
  created: Message
}

/** In whose name anonymous admins write. */
export const GROUP_ANONYMOUS_BOT: ApiUser = {
  id: 1_087_968_824,
  is_bot: true,
  first_name: 'Group',
  username: 'GroupAnonymousBot',
}

/** How messages are counted. */
export interface MessageNumbers {
  next: number
}

export class Chat {
  readonly id: number
  readonly type: 'private' | 'group' | 'supergroup'
  title = ''
  isForum = false
  readonly members = new Map<number, Member>()
  readonly topics: Topic[] = []
  /** Deleted ones included. */
  readonly messages: Message[] = []
  bot: 'absent' | 'member' | 'administrator' | 'kicked' | 'left' = 'absent'
  migratedTo?: Chat
  #numbers: MessageNumbers

  /** @param numbers of the bot */
  constructor(id: number, type: Chat['type'], numbers: MessageNumbers) {
    this.id = id
    this.type = type
    this.#numbers = type === 'supergroup' ? { next: 1 } : numbers
  }

  get hasBot(): boolean {
    return this.bot === 'member' || this.bot === 'administrator'
  }

  /** Also promotes and demotes who is already there. */
  add(person: Person, status: Member['status'] = 'member', isAnonymous = false): this {
    this.members.set(person.id, { person, status, isAnonymous })
    return this
  }

  /** A bot's message ids count over all its private chats and groups together, and in each supergroup from 1. */
  nextMessageId(): number {
    return this.#numbers.next++
  }

  toJson(): Json {
    const other = this.type === 'private' ? [...this.members.values()][0]?.person : undefined
    if (other) {
      const { first_name, last_name, username } = other.json
      return {
        id: this.id,
        type: 'private',
        first_name,
        ...(last_name && { last_name }),
        ...(username && { username }),
      }
    }
    return { id: this.id, type: this.type, title: this.title, ...(this.isForum && { is_forum: true }) }
  }
}

export interface NewMessage {
  from: ApiUser
  content?: Content
  /** An inline keyboard. */
  markup?: Json | undefined
  replyTo?: Message | undefined
  topic?: Topic | undefined
  /** The fields of a service message, or others that ride along. */
  extra?: Json
  inlineId?: string | undefined
  /** When it was written, if not now. */
  at?: Date | undefined
}

/** A message in a chat. It stays the same object when it is edited, so a test can hold it and see it change. */
export class Message {
  readonly chat: Chat
  readonly id: number
  readonly from: ApiUser
  readonly date: number
  readonly replyTo: Message | undefined
  readonly topic: Topic | undefined
  readonly extra: Json
  /** Of a message sent by inline mode or as a guest: the only name that the bot has for it. */
  readonly inlineId: string | undefined
  content: Content
  markup: Json | undefined
  /** How often it was edited. */
  edits = 0
  #editDate = 0
  isDeleted = false

  constructor(chat: Chat, { from, content, markup, replyTo, topic, extra, inlineId, at }: NewMessage) {
    this.chat = chat
    this.id = chat.nextMessageId()
    this.from = from
    this.date = Math.floor((at?.getTime() ?? Date.now()) / 1000)
    this.content = content ?? { text: '', entities: [], source: '' }
    this.markup = markup
    this.replyTo = replyTo
    this.topic = topic
    this.extra = extra ?? {}
    this.inlineId = inlineId
  }

  /** Text or caption, as people read it. */
  get text(): string {
    return this.content.text
  }

  /** Text or caption, as the bot wrote it. */
  get source(): string {
    return this.content.source
  }

  get entities(): Json[] {
    return this.content.entities
  }

  /** The picture's bytes. */
  get photo(): Buffer | undefined {
    return this.content.photo?.bytes
  }

  get document(): Buffer | undefined {
    return this.content.document?.bytes
  }

  /** The labels on the inline keyboard, row by row. */
  get buttons(): string[][] {
    return this.keyboard.map((row) => row.map((button) => button.text as string))
  }

  /** The inline keyboard as the bot sent it. */
  get keyboard(): Json[][] {
    return this.markup?.inline_keyboard ?? []
  }

  edit(content: Content, markup: Json | undefined): void {
    this.content = content
    this.markup = markup
    this.edits++
    this.#editDate = Math.floor(Date.now() / 1000)
  }

  toJson(isReply = false): Json {
    const { text, entities, photo, document } = this.content
    // In a topic of a forum, Telegram shows what replies to nothing as a reply to the topic's first message.
    const replyTo = this.replyTo && !this.replyTo.isDeleted ? this.replyTo : this.topic?.created
    const body = photo || document ? 'caption' : 'text'
    return {
      message_id: this.id,
      from: this.from,
      chat: this.chat.toJson(),
      date: this.date,
      ...(this.edits > 0 && { edit_date: this.#editDate }),
      ...(this.#threadId() !== undefined && { message_thread_id: this.#threadId() }),
      ...(this.topic && { is_topic_message: true }),
      ...(replyTo && !isReply && { reply_to_message: replyTo.toJson(true) }),
      ...(photo && { photo: [photoSize(photo)] }),
      ...(document && {
        document: { ...fileJson(document), file_name: document.name, mime_type: document.mime },
      }),
      ...(text && { [body]: text }),
      ...(entities.length > 0 && { [body === 'text' ? 'entities' : 'caption_entities']: entities }),
      ...(this.markup && { reply_markup: this.markup }),
      ...this.extra,
    }
  }

  /** Not only topics: in any supergroup a reply belongs to the thread of the first message replied to. */
  #threadId(): number | undefined {
    if (this.topic) return this.topic.id
    if (this.chat.type !== 'supergroup' || !this.replyTo) return undefined
    return this.replyTo.#threadId() ?? this.replyTo.id
  }
}

export function fileJson(file: StoredFile): Json {
  return { file_id: file.id, file_unique_id: `u${file.id}`, file_size: file.bytes.length }
}

function photoSize(file: StoredFile): Json {
  return { ...fileJson(file), width: file.width, height: file.height }
}
