// People and rooms on a Matrix homeserver, and what happens there.
import { randomBytes } from 'node:crypto'

const SERVER = 'example.org'

export interface User {
  id: string
  name: string
  token: string
  accountData: Map<string, object>
}

export interface Event {
  type: string
  event_id: string
  room_id: string
  sender: string
  origin_server_ts: number
  state_key?: string
  content: Record<string, unknown>
  unsigned: { prev_content?: Record<string, unknown>; transaction_id?: string }
}

const random = () => randomBytes(12).toString('base64url')

/** What a message shows now: https://spec.matrix.org/latest/client-server-api/#event-replacements */
export class Message {
  readonly event: Event
  readonly room: Room
  constructor(event: Event, room: Room) {
    this.event = event
    this.room = room
  }

  get content(): Record<string, unknown> {
    const last = this.room.events.findLast(({ content }) => {
      const relation = content['m.relates_to'] as { rel_type?: string; event_id?: string } | undefined
      return relation?.rel_type === 'm.replace' && relation.event_id === this.event.event_id
    })
    return (last?.content['m.new_content'] as Record<string, unknown> | undefined) ?? this.event.content
  }
  get text(): string {
    return String(this.content.body)
  }
  /** Whether it is the card of a transfer. */
  get isCard(): boolean {
    return /^\S+ [A-Z]+\n.* → /.test(String(this.event.content.body))
  }
  /** The number that stands for a button. */
  numberOf(label: string): string {
    const [, number] = new RegExp(`^/(\\d+) – ${label}`, 'm').exec(this.text) ?? []
    if (!number) throw new Error(`There is no ${label} in: ${this.text}`)
    return number
  }
}

export class Room {
  readonly id = `!${random()}:${SERVER}`
  readonly events: Event[] = []

  stateEvent = (type: string, key = ''): Event | undefined =>
    this.events.findLast((event) => event.type === type && event.state_key === key)
  state = (type: string, key = '') => this.stateEvent(type, key)?.content
  membership = (id: string) => this.state('m.room.member', id)?.membership as string | undefined
  members = () => {
    const ids = new Set(
      this.events.flatMap((event) => (event.type === 'm.room.member' ? event.state_key : [])),
    )
    return [...ids].flatMap((id) => this.stateEvent('m.room.member', id) ?? [])
  }
  /** What somebody has said, without corrections of it. */
  saidBy = ({ id }: User): Message[] =>
    this.events
      .filter(({ type, sender, content }) => {
        const relation = content['m.relates_to'] as { rel_type?: string } | undefined
        return type === 'm.room.message' && sender === id && relation?.rel_type !== 'm.replace'
      })
      .map((event) => new Message(event, this))
}

export type World = ReturnType<typeof createWorld>

export function createWorld() {
  const users: User[] = []
  const rooms: Room[] = []
  /** All events in the order in which they came: a place in it is a token of the sync. */
  const order = new Map<Event, number>()
  let waiting = Promise.withResolvers<void>()

  const world = {
    users,
    rooms,
    last: () => order.size,
    orderOf: (event: Event) => order.get(event) ?? 0,
    /** Ends when something happens. */
    next: () => waiting.promise,
    user(name: string, local = `${name.toLowerCase().replaceAll(/\W/g, '')}-${users.length}`): User {
      const user = { id: `@${local}:${SERVER}`, name, token: `syt_${random()}`, accountData: new Map() }
      users.push(user)
      return user
    },
    userOf: (id: string) => users.find((user) => user.id === id),
    roomOf: (id: string) => rooms.find((room) => room.id === id),
    happens(room: Room, sender: User, type: string, content: object, more: Partial<Event> = {}): Event {
      const before = more.state_key === undefined ? undefined : room.state(type, more.state_key)
      const event: Event = {
        type,
        event_id: `$${random()}`,
        room_id: room.id,
        sender: sender.id,
        origin_server_ts: Date.now(),
        content: content as Record<string, unknown>,
        ...more,
        unsigned: { ...more.unsigned, ...(before && { prev_content: before }) },
      }
      room.events.push(event)
      order.set(event, order.size + 1)
      waiting.resolve()
      waiting = Promise.withResolvers()
      return event
    },
    becomes: (room: Room, sender: User, user: User, membership: string, more: object = {}): Event =>
      world.happens(
        room,
        sender,
        'm.room.member',
        { membership, displayname: user.name, ...more },
        { state_key: user.id },
      ),
    /** A room that somebody has made. */
    room(owner: User, { name, version = '10', isTrusted = [] as User[] }: RoomSetting = {}): Room {
      const room = new Room()
      rooms.push(room)
      const set = (type: string, content: object) =>
        world.happens(room, owner, type, content, { state_key: '' })
      const isCreatorListed = Number(version) < 12
      set('m.room.create', { room_version: version, ...(Number(version) < 11 && { creator: owner.id }) })
      world.becomes(room, owner, owner, 'join')
      const users = [...(isCreatorListed ? [owner] : []), ...isTrusted].map(({ id }) => [id, 100])
      set('m.room.power_levels', { users: Object.fromEntries(users), ban: 50, kick: 50 })
      if (name) set('m.room.name', { name })
      return room
    },
  }
  return world
}

interface RoomSetting {
  name?: string | undefined
  version?: string
  isTrusted?: User[]
}
