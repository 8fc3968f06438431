// People and groups in LINE, and what is said there.
import { randomBytes } from 'node:crypto'

export interface User {
  name: string
  id: string
  language?: string
  /** Whether they have added the bot as a friend. */
  isFriend: boolean
  /** Whether LINE tells the bot who they are where somebody mentions them. */
  isTold: boolean
  /** Whether LINE doesn't even tell who they are where they act in a group. */
  isHidden: boolean
}

export interface Chat {
  id: string
  kind: 'user' | 'group' | 'room'
  title: string
  members: User[]
  hasBot: boolean
  /** What the bot has said. */
  messages: Message[]
}

interface Button {
  label: string
  /** What a tap tells the bot. */
  data?: string
  uri?: string
}

/** What the bot has said. */
export class Message {
  readonly id = String(randomBytes(6).readUIntBE(0, 6))
  readonly chat: Chat
  readonly json: Record<string, unknown>
  /** The token of the event that it answers. */
  readonly answers: string | undefined
  constructor(chat: Chat, json: Record<string, unknown>, answers?: string) {
    this.chat = chat
    this.json = json
    this.answers = answers
  }

  get #parts(): Record<string, unknown>[] {
    const found: Record<string, unknown>[] = []
    const visit = (part: unknown) => {
      if (typeof part !== 'object' || part === null) return
      if (!Array.isArray(part)) found.push(part as Record<string, unknown>)
      Object.values(part).forEach(visit)
    }
    visit(this.json)
    return found
  }
  /** Whether it is a card of a transfer: those have an amount in large letters. */
  get isCard(): boolean {
    return this.#parts.some(({ size, type }) => type === 'text' && size === 'xl')
  }
  get text(): string {
    return this.#parts.flatMap(({ type, text }) => (type === 'text' ? [String(text)] : [])).join('\n')
  }
  get picture(): string | undefined {
    return this.#parts.flatMap(({ type, url }) => (type === 'image' ? [String(url)] : []))[0]
  }
  get buttons(): Button[] {
    return this.#parts.flatMap(({ type, action }) => (type === 'button' ? [action as Button] : []))
  }
  get labels(): string[] {
    return this.buttons.map(({ label }) => label)
  }
}

const newId = (prefix: 'U' | 'C' | 'R') => `${prefix}${randomBytes(16).toString('hex')}`

export function createWorld() {
  const users: User[] = []
  const groups: Chat[] = []
  const privateChats = new Map<User, Chat>()

  const chat = (kind: Chat['kind'], id: string, title: string, members: User[]): Chat => {
    return { id, kind, title, members, hasBot: true, messages: [] }
  }

  return {
    bot: { id: newId('U'), basicId: '@123abcde', name: 'Passalong' },
    /** Somebody who has added the bot as a friend. */
    user(name: string, more: Partial<User> = {}): User {
      const user = { name, id: newId('U'), isFriend: true, isTold: true, isHidden: false, ...more }
      users.push(user)
      return user
    },
    group(title: string, members: User[], kind: 'group' | 'room' = 'group'): Chat {
      const group = chat(kind, newId(kind === 'group' ? 'C' : 'R'), title, members)
      groups.push(group)
      return group
    },
    privateChat(user: User): Chat {
      const known = privateChats.get(user) ?? chat('user', user.id, '', [user])
      privateChats.set(user, known)
      return known
    },
    userOf: (id: string) => users.find((user) => user.id === id),
    groupOf: (id: string) => groups.find((group) => group.id === id),
  }
}

export type World = ReturnType<typeof createWorld>
