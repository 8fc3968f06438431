// The Telegram that the bot lives in, in memory: who and what there is, and what of it the bot gets to see.
import {
  type Chat,
  type Content,
  GROUP_ANONYMOUS_BOT,
  Message,
  type MessageNumbers,
  type NewMessage,
  type StoredFile,
} from './chat.ts'
import { parseHtml, trimmed, withFoundEntities } from './html.ts'
import type { Person } from './person.ts'
import type { Updates } from './updates.ts'
import { ApiError, type ApiUser, badRequest, type Json } from './wire.ts'

/** What the operator sets at BotFather. */
export interface BotFather {
  /** /setprivacy: in groups the bot sees commands, mentions and replies to it alone. Telegram's default: true. */
  privacy: boolean
  /** /setinline. */
  inline: boolean
  /** /setinlinefeedback at 100 %: the bot is told which inline result was chosen. Telegram's default: false. */
  inlineFeedback: boolean
  /** Guest mode: the bot can be called by its @name into chats that it isn't in. */
  guests: boolean
}

/** A person who waits for the bot's answer: to a tap, an inline query or a guest message. */
export interface Waiting<Answer> {
  from: Person
  payload: Json
  resolve: (answer: Answer) => void
}

export interface TapAnswer {
  /** Empty: nothing was shown. */
  text: string
  isAlert: boolean
  url?: string
}

export interface InlineResult {
  id: string
  title: string
  description: string
  query: string
  content: Content
  markup: Json | undefined
}

export interface InlineAnswer {
  results: InlineResult[]
  /** The button above the results. */
  button?: Json
  nextOffset: string
}

export class World {
  readonly bot: ApiUser
  readonly botFather: BotFather
  readonly updates: Updates
  readonly people = new Map<number, Person>()
  readonly chats = new Map<number, Chat>()
  readonly files = new Map<string, StoredFile>()
  readonly inlineMessages = new Map<string, Message>()
  readonly taps = new Map<string, Waiting<TapAnswer>>()
  readonly inlineQueries = new Map<string, Waiting<InlineAnswer>>()
  readonly guestQueries = new Map<string, Waiting<Message>>()
  readonly inlineCache = new Map<string, { answer: InlineAnswer; until: number }>()
  /** Commands, name and descriptions, by method, scope and language. */
  readonly profile = new Map<string, Json>()
  isStopped = false
  readonly messageNumbers: MessageNumbers = { next: 1000 }
  #nextQueryId = 4_000_000_000_000_000n

  constructor(bot: ApiUser, botFather: BotFather, updates: Updates) {
    this.bot = bot
    this.botFather = botFather
    this.updates = updates
  }

  queryId(): string {
    return String(this.#nextQueryId++)
  }

  /** @throws 400 and 403 as Telegram does when the bot has no business there */
  chat(reference: number | string, access: 'read' | 'write'): Chat {
    const person = this.people.get(Number(reference))
    if (person) return this.#privateChat(person, access)
    const chat = this.chats.get(Number(reference))
    if (!chat || chat.bot === 'absent') throw badRequest('chat not found')
    if (chat.migratedTo && access === 'write') {
      throw new ApiError(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
        migrate_to_chat_id: chat.migratedTo.id,
      })
    }
    const isOpen = chat.type === 'group' && access === 'read'
    if (chat.bot === 'kicked' && !isOpen) {
      throw new ApiError(403, `Forbidden: bot was kicked from the ${chat.type} chat`)
    }
    if (chat.bot === 'left' && !isOpen) {
      throw new ApiError(403, `Forbidden: bot is not a member of the ${chat.type} chat`)
    }
    return chat
  }

  #privateChat(person: Person, access: 'read' | 'write'): Chat {
    if (!person.isMet) throw badRequest('chat not found')
    if (access === 'write' && person.hasBlocked) {
      throw new ApiError(403, 'Forbidden: bot was blocked by the user')
    }
    if (access === 'write' && !person.hasStarted) {
      throw new ApiError(403, "Forbidden: bot can't initiate conversation with a user")
    }
    return person.chat
  }

  post(chat: Chat, message: NewMessage): Message {
    const posted = new Message(chat, message)
    chat.messages.push(posted)
    if (posted.inlineId) this.inlineMessages.set(posted.inlineId, posted)
    return posted
  }

  /** Text or caption as Telegram keeps it. @param entities given instead of HTML */
  formatted(source: string, parseMode: string | undefined, entities: Json[] = []): Content {
    // Forms carry line ends as \r\n; td's clean_input_string drops the \r.
    const plain = source.replaceAll('\r', '')
    const given = parseMode === 'HTML' ? parseHtml(plain) : trimmed({ text: plain, entities })
    for (const entity of given.entities) {
      if (entity.type === 'text_mention') entity.user = this.people.get(entity.user.id)?.json ?? entity.user
    }
    return { source, ...withFoundEntities(given) }
  }

  /** Tells the bot of a message, if it is one that the bot gets to see. */
  tell(type: 'message' | 'edited_message', message: Message): void {
    if (this.#isForBot(message)) this.update(type, message.toJson(), `chat ${message.chat.id}`)
  }

  update(type: string, payload: Json, lane: string): void {
    if (this.updates.push(type, payload, lane) !== undefined) this.#meetEverybodyIn(payload)
  }

  /** https://core.telegram.org/bots/features#privacy-mode */
  #isForBot({ chat, content, extra, replyTo }: Message): boolean {
    if (!chat.hasBot) return false
    const isService = content.text === '' && !content.photo && !content.document
    if (chat.type === 'private' || chat.bot === 'administrator' || !this.botFather.privacy || isService)
      return true
    const isMine = replyTo?.from.id === this.bot.id || extra.via_bot?.id === this.bot.id
    return isMine || content.entities.some((entity) => this.#addressesBot(entity, content.text))
  }

  #addressesBot({ type, offset, length }: Json, text: string): boolean {
    const part = text.slice(offset, offset + length).toLowerCase()
    const name = `@${this.bot.username}`.toLowerCase()
    if (type === 'mention') return part === name
    return type === 'bot_command' && (part.includes('@') ? part.endsWith(name) : offset === 0)
  }

  /** Whoever appears in an update is known to the bot from then on, and has a numeric id that it can use. */
  #meetEverybodyIn(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    const person = 'first_name' in value ? this.people.get((value as ApiUser).id) : undefined
    if (person) person.isMet = true
    for (const inner of Object.values(value)) this.#meetEverybodyIn(inner)
  }

  /** The bot's own membership changed. */
  setBotStatus(chat: Chat, status: Chat['bot'], by: ApiUser): void {
    const before = memberJson(this.bot, chat.bot)
    chat.bot = status
    const date = Math.floor(Date.now() / 1000)
    const change = { old_chat_member: before, new_chat_member: memberJson(this.bot, status) }
    this.update('my_chat_member', { chat: chat.toJson(), from: by, date, ...change }, `chat ${chat.id}`)
  }

  /** Somebody comes or goes: a bot that is an admin is told. */
  changeMember(chat: Chat, user: ApiUser, change: () => void): void {
    const before = this.member(chat, user)
    change()
    if (chat.bot !== 'administrator') return
    const date = Math.floor(Date.now() / 1000)
    const changed = { old_chat_member: before, new_chat_member: this.member(chat, user) }
    this.update('chat_member', { chat: chat.toJson(), from: user, date, ...changed }, `chat ${chat.id}`)
  }

  /** A person's place in a chat, as a ChatMember. */
  member(chat: Chat, user: ApiUser): Json {
    if (user.id === this.bot.id) return memberJson(user, chat.bot)
    const member = chat.members.get(user.id)
    return memberJson(user, member?.status ?? 'absent', member?.isAnonymous)
  }

  /** In whose name a person writes in this chat. */
  authorOf(person: Person, chat: Chat): { from: ApiUser; extra: Json } {
    if (!chat.members.get(person.id)?.isAnonymous) return { from: person.json, extra: {} }
    return { from: GROUP_ANONYMOUS_BOT, extra: { sender_chat: chat.toJson() } }
  }
}

function memberJson(user: ApiUser, status: string, isAnonymous = false): Json {
  switch (status) {
    case 'creator':
      return { user, status, is_anonymous: isAnonymous }
    case 'administrator':
      return { user, status, can_be_edited: false, is_anonymous: isAnonymous, ...ADMIN_RIGHTS }
    case 'member':
      return { user, status }
    case 'kicked':
      return { user, status, until_date: 0 }
    default:
      return { user, status: 'left' }
  }
}

const ADMIN_RIGHTS = Object.fromEntries(
  [
    'can_manage_chat',
    'can_delete_messages',
    'can_manage_video_chats',
    'can_restrict_members',
    'can_promote_members',
    'can_change_info',
    'can_invite_users',
    'can_post_stories',
    'can_edit_stories',
    'can_delete_stories',
    'can_pin_messages',
    'can_manage_topics',
    'can_send_welcome_messages',
  ].map((right) => [right, true]),
)
