// A fake of a Matrix homeserver: people, rooms, and the client-server API.
import { listen } from '../listen.ts'
import { until } from '../until.ts'
import { createApi } from './api.ts'
import { createWorld, type Event, type Message, type Room, type User } from './world.ts'

export type { Message, Room, User } from './world.ts'

/** What somebody says: words, and people whom they pick from the list. */
type Said = string | (string | User)[]

export type FakeMatrix = Awaited<ReturnType<typeof startFakeMatrix>>

export async function startFakeMatrix() {
  const world = createWorld()
  const bot = world.user('Passalong', 'passalong')
  const api = createApi(world)
  const server = await listen(api.http)
  const direct = new Map<User, Room>()

  /** What clients send: https://spec.matrix.org/latest/client-server-api/#user-and-room-mentions */
  function contentOf(said: Said): object {
    if (typeof said === 'string') return { msgtype: 'm.text', body: said }
    const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    const parts = said.map((part) =>
      typeof part === 'string'
        ? { body: part, html: escaped(part) }
        : {
            body: part.name,
            html: `<a href="https://matrix.to/#/${encodeURIComponent(part.id)}">${escaped(part.name)}</a>`,
          },
    )
    return {
      msgtype: 'm.text',
      body: parts.map(({ body }) => body).join(''),
      format: 'org.matrix.custom.html',
      formatted_body: parts.map(({ html }) => html).join(''),
      'm.mentions': { user_ids: said.flatMap((part) => (typeof part === 'string' ? [] : part.id)) },
    }
  }

  const fake = {
    url: server.url,
    bot,
    settings: { MATRIX_HOMESERVER: server.url, MATRIX_ACCESS_TOKEN: bot.token },
    arrivals: () => api.polls.filter((by) => by === bot.id).length,
    calls: api.calls,
    callsOf: (kind: string) => api.calls.filter((call) => call.kind === kind && call.by === bot.id),
    breaches: api.breaches,
    typing: api.typing,
    faults: api.faults,
    media: api.media,
    world,
    user: world.user,

    /** Somebody says something. */
    says: (user: User, room: Room, said: Said, more: object = {}, event: Partial<Event> = {}): Event =>
      world.happens(room, user, 'm.room.message', { ...contentOf(said), ...more }, event),
    invites(by: User, room: Room, who: User = bot, more: object = {}): void {
      world.becomes(room, by, who, 'invite', more)
    },
    joins: (user: User, room: Room) => world.becomes(room, user, user, 'join'),
    leaves: (user: User, room: Room) => world.becomes(room, user, user, 'leave'),
    isIn: (room: Room) => room.membership(bot.id) === 'join',
    /** A room that the first has made, with the others and the bot in it. */
    async group(
      name: string | undefined,
      [owner, ...others]: [User, ...User[]],
      version?: string,
    ): Promise<Room> {
      const room = world.room(owner, { name, ...(version && { version }) })
      for (const one of others) {
        fake.invites(owner, room, one)
        fake.joins(one, room)
      }
      fake.invites(owner, room)
      await until(() => room.saidBy(bot).length > 0)
      return room
    },
    /** Where somebody talks with the bot alone, as their client has made it: without encryption, as the bot has no keys. */
    async privateChat(user: User): Promise<Room> {
      const known = direct.get(user)
      if (known) return known
      const room = world.room(user)
      direct.set(user, room)
      fake.invites(user, room, bot, { is_direct: true })
      await until(() => fake.isIn(room))
      return room
    },
    /** The rooms to which the bot has invited somebody. */
    invitedTo: (user: User): Room[] =>
      world.rooms.filter(
        (room) =>
          room.state('m.room.create') &&
          room.events[0]?.sender === bot.id &&
          room.membership(user.id) !== undefined,
      ),

    messages: (room: Room): Message[] => room.saidBy(bot),
    cards: (room: Room): Message[] => room.saidBy(bot).filter(({ isCard }) => isCard),
    others: (room: Room): Message[] => room.saidBy(bot).filter(({ isCard }) => !isCard),
    texts: (room: Room): string[] => fake.others(room).map(({ text }) => text),

    until,
    stop: () => server.close(),
  }
  return fake
}
