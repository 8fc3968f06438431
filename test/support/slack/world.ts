// Workspaces of Slack, their people and conversations, and what is said there.
import { randomBytes } from 'node:crypto'
import type { Blocks, Button, Element, Modal } from './shapes.ts'

export interface Workspace {
  id: string
  name: string
  /** Its own domain's name. */
  domain: string
  /** The organization that it belongs to. */
  enterprise?: string | undefined
  /** The bot in it, while it is installed. */
  bot: { token: string; user: string; scopes: string[] } | undefined
}

export interface User {
  id: string
  home: Workspace
  /** What others read, and the name by which they sign in. */
  name: string
  username: string
  locale: string
  isAdmin: boolean
  isBot: boolean
}

export interface Channel {
  id: string
  kind: 'public' | 'private' | 'im'
  name: string
  home: Workspace
  creator: User
  members: User[]
  /** Whether the bot is in it. */
  hasBot: boolean
  messages: Message[]
}

/** What the bot has said. */
export class Message {
  readonly ts: string
  readonly channel: Channel
  readonly thread: string | undefined
  /** The one who alone sees it. */
  readonly reader: User | undefined
  /** What a notification of it says. */
  text: string
  blocks: Blocks

  constructor(
    channel: Channel,
    shown: { text: string; blocks: Blocks },
    how: { ts: string; thread?: string | undefined; reader?: User | undefined },
  ) {
    this.channel = channel
    this.text = shown.text
    this.blocks = shown.blocks
    this.ts = how.ts
    this.thread = how.thread
    this.reader = how.reader
  }

  /** What people read, mentions as `<@U…>`. */
  get read(): string {
    return this.blocks
      .flatMap((block) => {
        if (block.type === 'header') return block.text.text
        if (block.type !== 'rich_text') return []
        return block.elements.map(({ elements }) => elements.map(asRead).join(''))
      })
      .join('\n')
  }
  get mentioned(): string[] {
    return [...this.read.matchAll(/<@(\w+)>/g)].map(([, id = '']) => id)
  }
  get picture(): string | undefined {
    return this.blocks.flatMap((block) => (block.type === 'image' ? block.image_url : []))[0]
  }
  get buttons(): Button[] {
    return this.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []))
  }
  get labels(): string[] {
    return this.buttons.map(({ text }) => text.text)
  }
  get isCard(): boolean {
    return this.blocks[0]?.type === 'header'
  }
}

const asRead = (element: Element): string => {
  switch (element.type) {
    case 'text':
      return element.text
    case 'user':
      return `<@${element.user_id}>`
    case 'link':
      return element.url
    case 'date':
      return new Date(element.timestamp * 1000).toISOString()
  }
}

/** A form that somebody has before them. */
export interface Form {
  id: string
  user: User
  view: Modal
}

export const newId = (prefix: string): string => `${prefix}${randomBytes(5).toString('hex').toUpperCase()}`

export function createWorld() {
  const workspaces: Workspace[] = []
  const users: User[] = []
  const channels: Channel[] = []
  let told = 0

  function channel(
    kind: Channel['kind'],
    name: string,
    home: Workspace,
    members: [User, ...User[]],
  ): Channel {
    const made: Channel = {
      id: newId(kind === 'im' ? 'D' : 'C'),
      kind,
      name,
      home,
      creator: members[0],
      members,
      hasBot: kind === 'im',
      messages: [],
    }
    channels.push(made)
    return made
  }

  return {
    users,
    /** Forms that are open, by their ids. */
    forms: new Map<string, Form>(),
    /** A moment, as Slack numbers messages: no two are the same. */
    newTs: () => `${Math.floor(Date.now() / 1000)}.${String(++told).padStart(6, '0')}`,
    workspace(name: string, enterprise?: string): Workspace {
      const made = { id: newId('T'), name, domain: name.toLowerCase(), enterprise, bot: undefined }
      workspaces.push(made)
      return made
    },
    user(name: string, home: Workspace, more: Partial<User> = {}): User {
      const username = name.toLowerCase().replaceAll(' ', '.')
      const made = {
        id: newId('U'),
        home,
        name,
        username,
        locale: 'en-US',
        isAdmin: false,
        isBot: false,
        ...more,
      }
      users.push(made)
      return made
    },
    /** The first member has made it. */
    group: (name: string, members: [User, ...User[]], kind: 'public' | 'private' = 'public') => {
      const group = channel(kind, name, members[0].home, members)
      group.hasBot = true
      return group
    },
    /** Two people's own, or somebody's with the bot of their workspace. */
    direct(user: User, other: User | 'bot'): Channel {
      const known = channels.find(
        ({ kind, members, hasBot }) =>
          kind === 'im' &&
          members.includes(user) &&
          (other === 'bot' ? hasBot : !hasBot && members.includes(other)),
      )
      if (known) return known
      const made = channel('im', '', user.home, other === 'bot' ? [user] : [user, other])
      made.hasBot = other === 'bot'
      return made
    },
    shareChannel: (user: User, workspace: Workspace) =>
      channels.some(
        ({ home, members }) =>
          members.includes(user) &&
          (home === workspace || members.some((member) => member.home === workspace)),
      ),
    workspaceOf: (token: string) => workspaces.find(({ bot }) => bot?.token === token),
    channelOf: (id: string) => channels.find((one) => one.id === id),
    userOf: (id: string) => users.find((one) => one.id === id),
  }
}

export type World = ReturnType<typeof createWorld>
