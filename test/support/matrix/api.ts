// The client-server API of the fake, which refuses what a real homeserver refuses.
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { CreateRoom, Direct, Filter, MessageContent, TimelineFilter, Typing } from './shapes.ts'
import type { Event, Room, User, World } from './world.ts'

/** What the tests set. */
export interface Faults {
  /** So many answers of a kind of call are lost: it is carried out, and answered with 502. */
  lost: Map<string, number>
  /** So many calls of a kind are too many: they are refused, with a time to wait. */
  tooMany: Map<string, number>
  /** The most events of a room that one answer tells, whatever is asked. */
  mostTold: number
}

/** Longer than a client waits that isn't told how long, in milliseconds. */
const WAIT_MS = 1500
const MOST_BYTES = 65_536

class Refused extends Error {
  readonly status: 400 | 401 | 403 | 404 | 413
  readonly code: string
  constructor(status: Refused['status'], code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

interface Call {
  user: User
  /** The parts of the path that stand for something, in their order. */
  parts: string[]
  query: Record<string, string>
  body(): Promise<unknown>
  c: Context
}

export function createApi(world: World) {
  const calls: { kind: string; by: string; status: number }[] = []
  const breaches: string[] = []
  const typing: { room: string; by: string; typing: boolean }[] = []
  const faults: Faults = { lost: new Map(), tooMany: new Map(), mostTold: 1000 }
  /** What was sent, by its sender and transaction. */
  const transactions = new Map<string, Event>()
  const filters: string[] = []
  /** Who has asked what has happened, from the moment they begin to wait for it. */
  const polls: string[] = []
  /** When a call may come again that was too much, by its path. */
  const notBefore = new Map<string, number>()
  const media = new Map<string, ArrayBuffer>()
  const routes: {
    kind: string
    method: string
    path: string[]
    carryOut(call: Call): object | Promise<object>
  }[] = []

  const route = (what: string, kind: string, carryOut: (call: Call) => object | Promise<object>) => {
    const [method = '', path = ''] = what.split(' ')
    routes.push({ kind, method, path: path.split('/'), carryOut })
  }

  function read<T>(shape: z.ZodType<T>, body: unknown): T {
    const { error, data } = shape.safeParse(body)
    if (!error) return data as T
    breaches.push(error.message)
    throw new Refused(400, 'M_BAD_JSON')
  }

  /** A room in which somebody is. */
  function roomFor({ id }: User, room = ''): Room {
    const found = world.roomOf(room)
    if (found?.membership(id) !== 'join') throw new Refused(403, 'M_FORBIDDEN')
    return found
  }

  /** A room of which somebody may know what it was when they were in it last. */
  function knownRoom({ id }: User, room = ''): Room {
    const found = world.roomOf(room)
    if (!found || !['join', 'leave', 'ban'].includes(found.membership(id) ?? ''))
      throw new Refused(403, 'M_FORBIDDEN')
    return found
  }

  const placeOf = (token: string | undefined): number => {
    if (token === undefined) return 0
    const place = Number(/^s(\d+)$/.exec(token)?.[1] ?? Number.NaN)
    if (!(place <= world.last())) throw new Refused(400, 'M_INVALID_PARAM')
    return place
  }

  const isAsked = ({ type }: Event, { types, not_types: not = [] }: TimelineFilter = {}) =>
    (types?.includes(type) ?? true) && !not.includes('*')

  function joinedIn(room: Room, user: User, since: number, filter: Filter) {
    const own = room.stateEvent('m.room.member', user.id)
    const isNew =
      own !== undefined && world.orderOf(own) > since && own.unsigned.prev_content?.membership !== 'join'
    const all = room.events.filter((event) => isNew || world.orderOf(event) > since)
    const events = all.filter((event) => isAsked(event, filter.room?.timeline))
    if (events.length === 0) return undefined
    const told = events.slice(-Math.min(filter.room?.timeline?.limit ?? 10, faults.mostTold))
    const senders = new Set(told.map(({ sender }) => sender))
    const before = world.orderOf(told[0] as Event) - 1
    const state = [...stateAt(room, before).values()].filter(
      (event) =>
        isAsked(event, filter.room?.state) &&
        (event.type === 'm.room.member' ? senders.has(event.state_key ?? '') : isNew || since === 0),
    )
    return {
      state: { events: state },
      timeline: { events: told, limited: told.length < events.length, prev_batch: `s${before}` },
      account_data: { events: [] },
      ephemeral: { events: [] },
      summary: {},
      unread_notifications: {},
    }
  }

  function stateAt(room: Room, place: number): Map<string, Event> {
    const states = room.events.filter(
      (event) => event.state_key !== undefined && world.orderOf(event) <= place,
    )
    return new Map(states.map((event) => [`${event.type} ${event.state_key}`, event]))
  }

  function told(user: User, since: number, filter: Filter) {
    const rooms = { join: {}, invite: {}, leave: {} } as Record<string, Record<string, unknown>>
    for (const room of world.rooms) {
      const own = room.stateEvent('m.room.member', user.id)
      if (!own) continue
      const isNews = world.orderOf(own) > since
      const membership = String(own.content.membership)
      if (membership === 'join') {
        const joined = joinedIn(room, user, since, filter)
        if (joined) (rooms.join as Record<string, unknown>)[room.id] = joined
      } else if (isNews && membership === 'invite') {
        const seen = ['m.room.create', 'm.room.name', 'm.room.encryption'].flatMap(
          (type) => room.stateEvent(type) ?? [],
        )
        const inviter = room.stateEvent('m.room.member', own.sender)
        const events = [...seen, ...(inviter ? [inviter] : []), own].map(
          ({ type, sender, state_key, content }) => ({
            type,
            sender,
            state_key,
            content,
          }),
        )
        ;(rooms.invite as Record<string, unknown>)[room.id] = { invite_state: { events } }
      } else if (isNews && since > 0)
        (rooms.leave as Record<string, unknown>)[room.id] = { timeline: { events: [own], limited: false } }
    }
    return rooms
  }

  route('GET account/whoami', 'whoami', ({ user }) => ({ user_id: user.id, device_id: 'FAKE' }))
  route('GET capabilities', 'capabilities', () => ({ capabilities: {} }))
  route('GET pushrules/', 'pushrules', () => ({ global: {} }))
  route('POST user/:/filter', 'filter', async ({ body }) => {
    filters.push(JSON.stringify(await body()))
    return { filter_id: String(filters.length - 1) }
  })
  route('GET sync', 'sync', async ({ user, query, c }) => {
    const { since, timeout = '0', filter: asked = '{}' } = query
    const json = asked.startsWith('{') ? asked : filters[Number(asked)]
    const filter = asked.startsWith('{') ? read(Filter, JSON.parse(asked)) : JSON.parse(json ?? '{}')
    const from = placeOf(since)
    polls.push(user.id)
    const until = performance.now() + Number(timeout)
    for (;;) {
      const rooms = told(user, from, filter)
      const left = until - performance.now()
      const isNothing = Object.values(rooms).every((some) => Object.keys(some).length === 0)
      if (!isNothing || left <= 0 || c.req.raw.signal.aborted)
        return { next_batch: `s${world.last()}`, rooms }
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, left)
        c.req.raw.signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await Promise.race([world.next(), late])
      clearTimeout(timer)
    }
  })
  route('GET rooms/:/messages', 'messages', ({ user, parts: [id], query }) => {
    const room = roomFor(user, id)
    const filter = read(TimelineFilter, JSON.parse(query.filter ?? '{}'))
    const isForward = query.dir === 'f'
    const from = query.from === undefined && !isForward ? world.last() : placeOf(query.from)
    const to = query.to === undefined ? (isForward ? world.last() : 0) : placeOf(query.to)
    const [low, high] = isForward ? [from, to] : [to, from]
    const found = room.events.filter((event) => world.orderOf(event) > low && world.orderOf(event) <= high)
    const asked = (isForward ? found : found.toReversed()).filter((event) => isAsked(event, filter))
    const chunk = asked.slice(0, Math.min(Number(query.limit ?? 10), faults.mostTold))
    const last = chunk.at(-1)
    const isMore = chunk.length < asked.length && last !== undefined
    const place = last && world.orderOf(last) - (isForward ? 0 : 1)
    return { start: `s${from}`, chunk, ...(isMore && { end: `s${place}` }) }
  })
  route('POST rooms/:/join', 'join', ({ user, parts: [id] }) => join(user, id))
  route('POST join/:', 'join', ({ user, parts: [id] }) => join(user, id))

  function join(user: User, id = ''): object {
    const room = world.roomOf(id)
    const membership = room?.membership(user.id)
    if (!room || !['join', 'invite'].includes(membership ?? '')) throw new Refused(403, 'M_FORBIDDEN')
    if (membership === 'invite') world.becomes(room, user, user, 'join')
    return { room_id: room.id }
  }
  route('POST rooms/:/leave', 'leave', ({ user, parts: [id] }) => {
    world.becomes(roomFor(user, id), user, user, 'leave')
    return {}
  })
  route('POST createRoom', 'createRoom', async ({ user, body }) => {
    const { preset, invite = [], is_direct, name, room_version: version } = read(CreateRoom, await body())
    const invited = invite.map((id) => {
      const found = world.userOf(id)
      if (!found) throw new Refused(403, 'M_FORBIDDEN')
      return found
    })
    const isTrusted = preset === 'trusted_private_chat' ? invited : []
    const room = world.room(user, { name, isTrusted, ...(version && { version }) })
    for (const one of invited) world.becomes(room, user, one, 'invite', { ...(is_direct && { is_direct }) })
    return { room_id: room.id }
  })
  route('GET rooms/:/state/:/:', 'state', ({ user, parts: [id, type = '', key], query }) => {
    const event = knownRoom(user, id).stateEvent(type, key)
    if (!event) throw new Refused(404, 'M_NOT_FOUND')
    return query.format === 'event' ? event : event.content
  })
  route('GET rooms/:/members', 'members', ({ user, parts: [id], query }) => ({
    chunk: knownRoom(user, id)
      .members()
      .filter(({ content }) => content.membership !== query.not_membership),
  }))
  route('GET rooms/:/event/:', 'event', ({ user, parts: [id, event] }) => {
    const found = roomFor(user, id).events.find(({ event_id }) => event_id === event)
    if (!found) throw new Refused(404, 'M_NOT_FOUND')
    return found
  })
  route('PUT rooms/:/typing/:', 'typing', async ({ user, parts: [id, who], body }) => {
    const room = roomFor(user, id)
    if (who !== user.id) throw new Refused(403, 'M_FORBIDDEN')
    typing.push({ room: room.id, by: user.id, ...read(Typing, await body()) })
    return {}
  })
  route('PUT rooms/:/send/:/:', 'send', async ({ user, parts: [id, type = '', transaction], body }) => {
    const room = roomFor(user, id)
    const key = JSON.stringify([user.id, room.id, type, transaction])
    const before = transactions.get(key)
    if (before) return { event_id: before.event_id }
    const sent = (await body()) as Record<string, unknown>
    if (Buffer.byteLength(JSON.stringify(sent)) > MOST_BYTES) throw new Refused(413, 'M_TOO_LARGE')
    const content = type === 'm.room.message' ? read(MessageContent, sent) : sent
    const wrong = wrongIn(content as Record<string, unknown>, room, user)
    if (wrong) breaches.push(wrong)
    const unsigned = transaction ? { transaction_id: transaction } : {}
    const event = world.happens(room, user, type, content, { unsigned })
    transactions.set(key, event)
    return { event_id: event.event_id }
  })

  /** What no homeserver refuses, but clients ignore: https://spec.matrix.org/latest/client-server-api/#validity-of-replacement-events */
  function wrongIn(content: Record<string, unknown>, room: Room, { id }: User): string | undefined {
    const relation = content['m.relates_to'] as { rel_type?: string; event_id?: string } | undefined
    for (const { url } of [content, (content['m.new_content'] ?? {}) as { url?: string }])
      if (url !== undefined && !media.has(String(url))) return 'a picture that was never uploaded'
    if (relation?.rel_type !== 'm.replace')
      return content['m.new_content'] ? 'a correction of nothing' : undefined
    const original = room.events.find(({ event_id }) => event_id === relation.event_id)
    if (original?.sender !== id || original.content['m.new_content']) return 'a correction of something else'
    return content['m.new_content'] ? undefined : 'a correction without its content'
  }

  route('GET profile/:/displayname', 'profile', ({ parts: [id = ''] }) => {
    const user = world.userOf(id)
    if (!user) throw new Refused(404, 'M_NOT_FOUND')
    return { displayname: user.name }
  })
  route('GET user/:/account_data/:', 'account', ({ user, parts: [id, type = ''] }) => {
    const data = id === user.id && user.accountData.get(type)
    if (!data) throw new Refused(404, 'M_NOT_FOUND')
    return data
  })
  route('PUT user/:/account_data/:', 'account', async ({ user, parts: [id, type = ''], body }) => {
    if (id !== user.id) throw new Refused(403, 'M_FORBIDDEN')
    const data = (await body()) as object
    user.accountData.set(type, type === 'm.direct' ? read(Direct, data) : data)
    return {}
  })
  route('POST upload', 'upload', async ({ c }) => {
    const uri = `mxc://example.org/${media.size}x`
    media.set(uri, await c.req.arrayBuffer())
    return { content_uri: uri }
  })

  const http = new Hono()
  http.get('/_matrix/client/versions', (c) => c.json({ versions: ['v1.11'] }))
  http.all('*', async (c) => {
    const url = new URL(c.req.url)
    const segments = url.pathname
      .replace(/^\/_matrix\/(client\/v3|media\/v3)\//, '')
      .split('/')
      .map(decodeURIComponent)
    const { method } = c.req
    const found = routes.find(
      (one) =>
        one.method === method &&
        one.path.length === segments.length &&
        one.path.every((part, index) => part === ':' || part === segments[index]),
    )
    const token = c.req.header('authorization')?.replace('Bearer ', '')
    const user = world.users.find((one) => one.token === token)
    const { kind = 'unknown' } = found ?? {}
    const answer = (status: 200 | 429 | 502 | Refused['status'], body: object, headers = {}) => {
      calls.push({ kind, by: user?.id ?? '', status })
      return c.json(body, status, headers)
    }
    const refuse = (status: Refused['status'], errcode: string) => answer(status, { errcode, error: errcode })
    if (!user) return refuse(401, 'M_UNKNOWN_TOKEN')
    if (!found) return refuse(404, 'M_UNRECOGNIZED')
    const count = (some: Map<string, number>) => {
      const left = some.get(kind) ?? 0
      some.set(kind, left - 1)
      return left > 0
    }
    if ((notBefore.get(url.pathname) ?? 0) > performance.now()) breaches.push(`too early again: ${kind}`)
    if (count(faults.tooMany)) {
      notBefore.set(url.pathname, performance.now() + WAIT_MS)
      return answer(429, { errcode: 'M_LIMIT_EXCEEDED', error: '', retry_after_ms: WAIT_MS })
    }
    const parts = segments.filter((_, index) => found.path[index] === ':')
    const query = Object.fromEntries(url.searchParams)
    try {
      const done = await found.carryOut({ user, parts, query, body: () => c.req.json(), c })
      return count(faults.lost) ? answer(502, {}) : answer(200, done)
    } catch (error) {
      if (error instanceof Refused) return refuse(error.status, error.code)
      throw error
    }
  })

  return { http, calls, polls, breaches, typing, faults, media }
}
