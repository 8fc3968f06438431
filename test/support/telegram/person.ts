// A person with the Telegram app in hand. Tests read like what people do: `ada.says(group, '/send 20 @ben lunch')`.
import { Chat, type Message, type StoredFile, type Topic } from './chat.ts'
import type { ApiUser, Json } from './wire.ts'
import type { InlineAnswer, InlineResult, TapAnswer, Waiting, World } from './world.ts'

/** What is typed: a text, or pieces of which a Person is a mention (by @username, or by a link where there is none). */
export type Typed = string | (string | Person)[]

export interface SayOptions {
  replyTo?: Message
  topic?: Topic
  /** Besides those that Telegram finds by itself. */
  entities?: Json[]
  /** A picture; what is typed stands under it. */
  photo?: StoredFile | undefined
  /** When it was said, if not now: the bot hears of it late. */
  at?: Date
  /** Fields that ride along, as those of a message that was forwarded. */
  extra?: Json
}

/** How long a person waits for the bot's answer, in milliseconds; the bot's answer after that is "too old". */
export interface Patience {
  tapMs: number
  inlineMs: number
}

export class Person {
  readonly json: ApiUser
  /** The private chat with the bot. */
  readonly chat: Chat
  /** Pressed Start, or wrote to the bot. */
  hasStarted = false
  hasBlocked = false
  /** Was in an update that the bot got. */
  isMet = false
  readonly #world: World
  readonly #patience: Patience

  constructor(world: World, json: ApiUser, patience: Patience) {
    this.#world = world
    this.json = json
    this.#patience = patience
    this.chat = new Chat(json.id, 'private', world.messageNumbers).add(this)
    this.chat.bot = 'member'
  }

  get id(): number {
    return this.json.id
  }

  /** Writes a message. In a chat without the bot, an @mention of it calls it as a guest, if it takes guests. */
  says(
    chat: Chat,
    typed: Typed,
    { replyTo, topic, entities, at, photo, extra: more }: SayOptions = {},
  ): Message {
    if (chat === this.chat) this.hasStarted = true
    const { from, extra } = this.#world.authorOf(this, chat)
    const content = { ...this.#typed(typed, entities), ...(photo && { photo }) }
    const message = this.#world.post(chat, {
      from,
      content,
      replyTo,
      topic: topic ?? replyTo?.topic,
      extra: { ...extra, ...more },
      at,
    })
    if (chat.hasBot) this.#world.tell('message', message)
    else this.#callsGuest(message)
    return message
  }

  /** Passes a message on: its words and its picture, but not its buttons. */
  forwards({ content, from: author, date }: Message, chat: Chat): Message {
    if (chat === this.chat) this.hasStarted = true
    const { from, extra } = this.#world.authorOf(this, chat)
    const forward_origin = { type: 'user', date, sender_user: author }
    const message = this.#world.post(chat, { from, content, extra: { ...extra, forward_origin } })
    this.#world.tell('message', message)
    return message
  }

  edits(message: Message, typed: Typed): void {
    message.edit(this.#typed(typed), message.markup)
    this.#world.tell('edited_message', message)
  }

  /** Nobody tells a bot of what people delete. */
  deletes(message: Message): void {
    message.isDeleted = true
  }

  /** Presses Start, by hand or by a link with a payload. */
  starts(payload?: string): Message {
    if (this.hasBlocked) this.unblocks()
    return this.says(this.chat, payload === undefined ? '/start' : `/start ${payload}`)
  }

  /** Opens `https://t.me/<bot>?start=<payload>` and presses Start. */
  opens(url: string): Message {
    const link = new URL(url)
    if (
      link.host !== 't.me' ||
      link.pathname.slice(1).toLowerCase() !== this.#world.bot.username?.toLowerCase()
    ) {
      throw new Error(`${url} isn't a link to @${this.#world.bot.username}`)
    }
    const payload = link.searchParams.get('start')
    if (payload !== null && !/^[\w-]{1,64}$/.test(payload))
      throw new Error(`Telegram takes no payload "${payload}"`)
    return this.starts(payload ?? undefined)
  }

  blocks(): void {
    this.hasBlocked = true
    this.#world.setBotStatus(this.chat, 'kicked', this.json)
  }

  unblocks(): void {
    this.hasBlocked = false
    this.#world.setBotStatus(this.chat, 'member', this.json)
  }

  /**
   * Taps a button and waits for the bot's answer. A button with a link answers its url, and the bot hears nothing.
   * @param label what is written on it (or a part of that), or its data
   * @param stale a button that this person's app still shows: its data, whatever the message shows now
   */
  taps(message: Message, label: string, { stale = false } = {}): Promise<TapAnswer> {
    const button = stale ? { callback_data: label } : this.#button(message, label)
    if (button.url) return Promise.resolve({ text: '', isAlert: false, url: button.url })
    if (button.callback_data === undefined) throw new Error(`"${label}" is no button to tap`)
    const { chat, inlineId } = message
    const gone = { chat: chat.toJson(), message_id: message.id, date: 0 }
    const payload = {
      id: this.#world.queryId(),
      from: this.json,
      chat_instance: String(chat.id * 7 + 1),
      data: button.callback_data,
      ...(inlineId
        ? { inline_message_id: inlineId }
        : { message: message.isDeleted ? gone : message.toJson() }),
    }
    const answer = this.#waits(this.#world.taps, payload, this.#patience.tapMs, `the tap on "${label}"`)
    this.#world.update('callback_query', payload, `taps of ${this.id}`)
    return answer
  }

  /** Types `@bot query` in some chat (none: in the chat with the bot) and waits for the results. */
  types(query: string, { chat = this.chat, offset = '' } = {}): Promise<InlineAnswer> {
    if (!this.#world.botFather.inline) throw new Error('inline mode is off at BotFather')
    for (const key of [`${this.id} ${query} ${offset}`, `* ${query} ${offset}`]) {
      const cached = this.#world.inlineCache.get(key)
      if (cached && cached.until > Date.now()) return Promise.resolve(cached.answer)
    }
    const chat_type = chat === this.chat ? 'sender' : chat.type
    const payload = { id: this.#world.queryId(), from: this.json, query, offset, chat_type }
    const answer = this.#waits(this.#world.inlineQueries, payload, this.#patience.inlineMs, `"${query}"`)
    this.#world.update('inline_query', payload, `queries of ${this.id}`)
    return answer
  }

  /** Sends an inline result into a chat. The bot is told of it only if inline feedback is on at BotFather. */
  chooses(result: InlineResult, chat: Chat): Message {
    const { from, extra } = this.#world.authorOf(this, chat)
    const { content, markup, query } = result
    const inlineId = markup && `AAA${this.#world.queryId()}`
    const via = { ...extra, via_bot: this.#world.bot }
    const message = this.#world.post(chat, { from, content, markup, inlineId, extra: via })
    if (this.#world.botFather.inlineFeedback) {
      const chosen = {
        result_id: result.id,
        from: this.json,
        query,
        ...(inlineId && { inline_message_id: inlineId }),
      }
      this.#world.update('chosen_inline_result', chosen, `choices of ${this.id}`)
    }
    this.#world.tell('message', message)
    return message
  }

  /** @param how `quiet`: no message says so, as in large groups */
  joins(chat: Chat, how?: 'quiet'): void {
    const joined = { new_chat_members: [this.json] }
    this.#world.changeMember(chat, this.json, () => chat.add(this))
    if (!how) this.#world.tell('message', this.#world.post(chat, { from: this.json, extra: joined }))
  }

  leaves(chat: Chat, how?: 'quiet'): void {
    const left = { left_chat_member: this.json }
    this.#world.changeMember(chat, this.json, () => chat.members.delete(this.id))
    if (!how) this.#world.tell('message', this.#world.post(chat, { from: this.json, extra: left }))
  }

  #typed(typed: Typed, entities: Json[] = []) {
    const links: Json[] = []
    let text = ''
    for (const piece of typeof typed === 'string' ? [typed] : typed) {
      if (typeof piece === 'string') {
        text += piece
        continue
      }
      const { username, first_name } = piece.json
      const link = { type: 'text_mention', offset: text.length, length: first_name.length, user: piece.json }
      if (!username) links.push(link)
      text += username ? `@${username}` : first_name
    }
    return this.#world.formatted(text, undefined, [...links, ...entities])
  }

  #callsGuest(message: Message): void {
    const name = `@${this.#world.bot.username}`.toLowerCase()
    const isCalled = message.entities.some(
      ({ type, offset, length }) =>
        type === 'mention' && message.text.slice(offset, offset + length).toLowerCase() === name,
    )
    if (!isCalled || !this.#world.botFather.guests) return
    const id = this.#world.queryId()
    const payload = { ...message.toJson(), guest_query_id: id }
    this.#world.guestQueries.set(id, { from: this, payload: { message }, resolve: () => {} })
    this.#world.update('guest_message', payload, `guest ${message.chat.id}`)
  }

  #button(message: Message, label: string): Json {
    const buttons = message.isDeleted ? [] : message.keyboard.flat()
    const found =
      buttons.find(({ text, callback_data }) => text === label || callback_data === label) ??
      buttons.find(({ text }) => text.includes(label))
    if (found) return found
    throw new Error(
      `there is no button "${label}", only ${buttons.map(({ text }) => text).join(', ') || 'none'}`,
    )
  }

  #waits<Answer>(
    asked: Map<string, Waiting<Answer>>,
    payload: Json,
    patienceMs: number,
    what: string,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        asked.delete(payload.id)
        if (this.#world.isStopped) return
        reject(new Error(`the bot did not answer ${what} of ${this.json.first_name} within ${patienceMs} ms`))
      }, patienceMs).unref()
      const answered = (answer: Answer) => {
        clearTimeout(timer)
        resolve(answer)
      }
      asked.set(payload.id, { from: this, payload, resolve: answered })
    })
  }
}
