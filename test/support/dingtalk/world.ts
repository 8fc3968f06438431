// A company in DingTalk: its people, groups and cards, and what is said there.
import { randomBytes, randomUUID } from 'node:crypto'
import { ButtonGroup, type ShownButton } from './shapes.ts'

/** Somebody; without a user id they are of another company. */
export interface User {
  name: string
  userId: string | undefined
  /** Their id for this bot, which is no user id. */
  senderId: string
  isAdmin: boolean
}

export interface Chat {
  /** As DingTalk calls it: a group's holds `/ + =`. */
  id: string
  kind: 'private' | 'group'
  title?: string
  members: User[]
  hasBot: boolean
  said: (Said | Card)[]
}

/** A text that the bot has said. */
export class Said {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A card, as the variables of its template say it. */
export class Card {
  readonly id: string
  readonly chat: Chat
  readonly mentioned: string[]
  #data: Record<string, string>
  /** What single readers see in place of that, by their user ids. */
  readonly #own = new Map<string, Record<string, string>>()
  changes = 0

  constructor(id: string, chat: Chat, data: Record<string, string>, mentioned: string[]) {
    this.id = id
    this.chat = chat
    this.mentioned = mentioned
    this.#data = { ...data }
  }

  change(data: Record<string, string>): void {
    this.changes++
    Object.assign(this.#data, data)
  }
  changeFor(userId: string, data: Record<string, string>): void {
    this.#own.set(userId, { ...this.#own.get(userId), ...data })
  }
  get text(): string {
    return [this.#data.title, this.#data.body].filter(Boolean).join('\n')
  }
  get picture(): string {
    return this.#data.picture ?? ''
  }
  get buttons(): ShownButton[] {
    return ButtonGroup.parse(this.#data.buttons)
  }
  get labels(): string[] {
    return this.buttons.map(({ text }) => text)
  }
  /** What somebody reads below the buttons, which nobody else does. */
  notice({ userId = '' }: User): string | undefined {
    return this.#own.get(userId)?.notice
  }
}

/** The variables of the template that docs/messengers/dingtalk.md describes. */
export const VARIABLES = ['title', 'body', 'picture', 'buttons']
export const OWN_VARIABLES = ['notice']

const opaque = (prefix: string, bytes = 18) => `${prefix}${randomBytes(bytes).toString('base64')}`

let people = 0

export function createWorld() {
  const company = `ding${randomBytes(16).toString('hex')}`
  const users: User[] = []
  const groups: Chat[] = []
  const cards = new Map<string, Card>()
  const privateChats = new Map<User, Chat>()

  const add = (name: string, userId: string | undefined, isAdmin = false): User => {
    const user = { name, userId, senderId: opaque('$:LWCP_v1:$'), isAdmin }
    users.push(user)
    return user
  }

  return {
    company,
    users,
    cards,
    groups,
    bot: { id: opaque('$:LWCP_v1:$'), company },
    user: (name: string, { isAdmin = false } = {}) => add(name, `staff${++people}`, isAdmin),
    outsider: (name: string) => add(name, undefined),
    group(title: string, members: User[]): Chat {
      // With what base64 has in it, whatever the bytes are.
      const group: Chat = {
        id: `cid+/${randomUUID().slice(0, 8)}==`,
        kind: 'group',
        title,
        members,
        hasBot: true,
        said: [],
      }
      groups.push(group)
      return group
    },
    privateChat(user: User): Chat {
      const known = privateChats.get(user)
      if (known) return known
      const chat: Chat = {
        id: opaque('cid'),
        kind: 'private',
        members: [user],
        hasBot: true,
        said: [],
      }
      privateChats.set(user, chat)
      return chat
    },
    userOf: (userId: string) => users.find((user) => user.userId === userId),
  }
}

export type World = ReturnType<typeof createWorld>
