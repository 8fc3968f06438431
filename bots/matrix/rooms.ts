import { LRUCache } from 'lru-cache'
import { atMost } from '../../src/shared/at-most.ts'
import { type Chat, type Person, Undeliverable } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { type MatrixClient, MatrixRefusal } from './client.ts'
import { membershipIn, type RoomEvent } from './events.ts'
import { mayRemoveOthers } from './powers.ts'

/** The rooms that the bot is in: which of them are for one person alone, and who may do what there. */
export interface Rooms {
  /** Whether a room is somebody's private chat with the bot: it was made as one, and nobody else is in it. */
  kindOf(room: string): Promise<Chat['kind']>
  isEncrypted(room: string): Promise<boolean>
  /** Whether nobody but the bot is left in a group. In somebody’s own room it stays, as that tells that they have left it. */
  isEmpty(room: string): Promise<boolean>
  /**
   * The room in which somebody talks with the bot alone: where they have written last, or else one that there is, or a new one.
   * @throws Undeliverable where they have left it, or don't want to be in one
   */
  privateRoom(person: string): Promise<string>
  /** Notes that somebody has written in a room of their own. */
  wroteIn(room: string, person: string): void
  /** Notes that a room is for one person alone, for as long as the bot's account lives. */
  addPrivate(room: string, person: string): Promise<void>
  /** @throws Undeliverable where the bot isn't in the room */
  isMember(room: string, person: Pick<Person, 'id'>): Promise<boolean>
  /** Whether somebody may remove others from a room, and is in it. @throws Undeliverable where the bot isn't */
  isAdmin(room: string, person: Pick<Person, 'id'>): Promise<boolean>
  /** Takes in what has changed in a room. */
  takeIn(room: string, event: Pick<RoomEvent, 'type'>): void
}

/** The rooms of each person, as the account keeps them: https://spec.matrix.org/latest/client-server-api/#direct-messaging */
type Direct = Record<string, string[]>

/** What is asked once of a room, until it changes. */
interface Look {
  isEncrypted(): Promise<boolean>
  /** Those who are in it or invited, besides the bot; undefined where the bot isn't in it. */
  others(): Promise<ReadonlySet<string> | undefined>
}

export async function openRooms(client: MatrixClient, own: string): Promise<Rooms> {
  const directPath = ['user', own, 'account_data', 'm.direct']
  const direct = (await unlessRefused(client.get<Direct>(directPath))) ?? {}
  const listed = new Set(Object.values(direct).flat())
  const lastRooms = new LRUCache<string, string>(atMost(10_000))
  const looks = new LRUCache<string, Look>(atMost(10_000))
  const inTurn = createQueues()

  function look(room: string): Look {
    const known = looks.get(room)
    if (known) return known
    const found: Look = {
      isEncrypted: once(async () => (await stateOf(room, 'm.room.encryption')) !== undefined),
      others: once(() => othersIn(room)),
    }
    looks.set(room, found)
    return found
  }

  /** The content of a piece of a room's state; undefined where there is none, or the bot may not know it. */
  const stateOf = (room: string, type: string, key = '') =>
    unlessRefused(client.get<Record<string, unknown>>(['rooms', room, 'state', type, key]))

  async function othersIn(room: string): Promise<ReadonlySet<string> | undefined> {
    const query = { not_membership: 'leave' }
    const answer = await unlessRefused(client.get<{ chunk: RoomEvent[] }>(['rooms', room, 'members'], query))
    const members = new Map(answer?.chunk.map((event) => [event.state_key ?? '', membershipIn(event)]))
    // To those who have left a room it tells its state of then.
    if (members.get(own) !== 'join') return undefined
    members.delete(own)
    const isThere = ([, membership]: [string, string]) => ['join', 'invite'].includes(membership)
    return new Set([...members].filter(isThere).map(([id]) => id))
  }

  async function privateRoom(person: string): Promise<string> {
    const known = [lastRooms.get(person) ?? [], direct[person]?.toReversed() ?? []].flat()
    let hasLeft = false
    for (const room of new Set(known)) {
      const others = await look(room).others()
      if (!others) continue
      if (others.size === 1 && others.has(person) && !(await look(room).isEncrypted())) return room
      hasLeft ||= !others.has(person)
    }
    if (hasLeft) throw new Undeliverable('they have left their room with the bot')
    const { room_id } = await client.post<{ room_id: string }>(['createRoom'], {
      preset: 'trusted_private_chat',
      is_direct: true,
      invite: [person],
    })
    await addPrivate(room_id, person)
    return room_id
  }

  async function addPrivate(room: string, person: string): Promise<void> {
    if (direct[person]?.includes(room)) return
    direct[person] = [...(direct[person] ?? []), room]
    listed.add(room)
    await inTurn('m.direct', () => client.put(directPath, direct))
  }

  async function membershipOf(room: string, person: string): Promise<unknown> {
    const [here, there] = await Promise.all([own, person].map((id) => stateOf(room, 'm.room.member', id)))
    if (here?.membership !== 'join') throw new Undeliverable('the bot is not in the room')
    return there?.membership
  }

  return {
    async kindOf(room) {
      if (!listed.has(room)) return 'group'
      const others = await look(room).others()
      return others?.size === 1 ? 'private' : 'group'
    },
    isEncrypted: (room) => look(room).isEncrypted(),
    isEmpty: async (room) => !listed.has(room) && (await look(room).others())?.size === 0,
    // One after the other, so that nobody is asked into two rooms.
    privateRoom: (person) => inTurn(person, () => privateRoom(person)),
    wroteIn: (room, person) => void lastRooms.set(person, room),
    addPrivate,
    isMember: async (room, { id }) => (await membershipOf(room, id)) === 'join',
    async isAdmin(room, { id }) {
      if ((await membershipOf(room, id)) !== 'join') return false
      const [levels, created] = await Promise.all([
        stateOf(room, 'm.room.power_levels'),
        client.get<Record<string, unknown>>(['rooms', room, 'state', 'm.room.create', ''], {
          format: 'event',
        }),
      ])
      return mayRemoveOthers(id, levels, created)
    },
    takeIn(room, { type }) {
      if (type === 'm.room.member' || type === 'm.room.encryption') looks.delete(room)
    },
  }
}

/** Asks the first time, and again where that has failed. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    asked ??= ask().catch((error: unknown) => {
      asked = undefined
      throw error
    })
    return asked
  }
}

/** Undefined where there is no such thing, or the bot may not know it. */
const unlessRefused = <T>(asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (error instanceof MatrixRefusal) return undefined
    throw error
  })
