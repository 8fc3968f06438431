// People and groups in Feishu, and what is said there.
import { randomBytes } from 'node:crypto'
import type { CardButton, CardJson, PostJson } from './shapes.ts'

export interface User {
  name: string
  openId: string
  /** Whether the bot may write to them. */
  isAvailable: boolean
}

export interface Chat {
  id: string
  kind: 'p2p' | 'group'
  title: string
  members: User[]
  owner: User
  managers: User[]
  hasBot: boolean
  /** What the bot has said. */
  messages: Message[]
}

/** What the bot has said: a card, or a text. */
export class Message {
  readonly id = newId('om_')
  readonly chat: Chat
  /** The message in whose thread it stands. */
  readonly thread: string | undefined
  /** In milliseconds since the epoch. */
  sentAt = Date.now()
  #shown: { card: CardJson } | { post: PostJson }

  constructor(chat: Chat, shown: { card: CardJson } | { post: PostJson }, thread?: string) {
    this.chat = chat
    this.#shown = shown
    this.thread = thread
  }

  get card(): CardJson | undefined {
    return 'card' in this.#shown ? this.#shown.card : undefined
  }
  change(card: CardJson): void {
    this.#shown = { card }
  }
  get text(): string {
    if ('post' in this.#shown)
      return this.#shown.post.zh_cn.content.map((line) => line.map(({ text }) => text).join('')).join('\n')
    const { header, elements } = this.#shown.card
    const lines = elements.map((element) =>
      element.tag !== 'div'
        ? undefined
        : element.text.tag === 'plain_text'
          ? element.text.content
          : unescaped(element.text.content),
    )
    return [header?.title.content, ...lines].filter((line) => line !== undefined).join('\n')
  }
  /** The ids of those whom the card notifies. */
  get mentioned(): string[] {
    return (this.card?.elements ?? []).flatMap((element) =>
      element.tag === 'div' && element.text.tag === 'lark_md'
        ? [...element.text.content.matchAll(/<at id=([^>]*)><\/at>/g)].map(([, id = '']) => id)
        : [],
    )
  }
  get picture(): string | undefined {
    return this.card?.elements.flatMap((element) => (element.tag === 'img' ? element.img_key : []))[0]
  }
  get buttons(): CardButton[] {
    return (this.card?.elements ?? []).flatMap((element) => (element.tag === 'action' ? element.actions : []))
  }
  get labels(): string[] {
    return this.buttons.map(({ text }) => text.content)
  }
}

/** Marked text as it is read: a mark by its number is only itself. */
const unescaped = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, number: string) => String.fromCharCode(Number(number)))

export const newId = (prefix: 'om_' | 'ou_' | 'oc_') => `${prefix}${randomBytes(16).toString('hex')}`

export function createWorld() {
  const users: User[] = []
  const groups: Chat[] = []
  const privateChats = new Map<User, Chat>()

  const chat = (kind: Chat['kind'], id: string, title: string, members: User[], owner: User): Chat => {
    return { id, kind, title, members, owner, managers: [], hasBot: true, messages: [] }
  }

  return {
    bot: { openId: newId('ou_'), name: 'Passalong' },
    /** What people have said, by the ids of their messages. */
    said: new Map<string, { author: User; chat: Chat }>(),
    /** What the bot has said, by its ids. */
    messages: new Map<string, Message>(),
    user(name: string): User {
      const user = { name, openId: newId('ou_'), isAvailable: true }
      users.push(user)
      return user
    },
    /** The first member owns it. */
    group(title: string, members: [User, ...User[]]): Chat {
      const group = chat('group', newId('oc_'), title, members, members[0])
      groups.push(group)
      return group
    },
    privateChat(user: User): Chat {
      const known = privateChats.get(user) ?? chat('p2p', newId('oc_'), '', [user], user)
      privateChats.set(user, known)
      return known
    },
    userOf: (openId: string) => users.find((user) => user.openId === openId),
    groupOf: (id: string) => groups.find((group) => group.id === id),
  }
}

export type World = ReturnType<typeof createWorld>
