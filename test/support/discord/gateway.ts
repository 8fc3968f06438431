import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { GatewayCloseCodes, GatewayIntentBits, GatewayOpcodes } from 'discord.js'
import { type WebSocket, WebSocketServer } from 'ws'
import { guildCreateJson, userJson } from './shapes.ts'
import type { World } from './world.ts'

type Event = { op: 0; t: string; s: number; d: object }
type Session = {
  id: string
  shard: [id: number, count: number]
  intents: number
  sent: Event[]
  socket: WebSocket | undefined
}
type Options = {
  token: string
  /** What GET /gateway/bot recommends. */
  shards: number
  /** Milliseconds. */
  heartbeatInterval: number
  breaches: string[]
}

const privileged =
  GatewayIntentBits.GuildMembers | GatewayIntentBits.GuildPresences | GatewayIntentBits.MessageContent
const allIntents = Object.values(GatewayIntentBits).reduce<number>(
  (sum, bit) => (typeof bit === 'number' ? sum | bit : sum),
  0,
)

/** Discord's gateway, version 10, JSON, uncompressed. */
export class Gateway {
  /** How often each of these was asked for. */
  readonly seen = { identify: 0, resume: 0, heartbeat: 0 }
  readonly #sessions = new Map<string, Session>()
  readonly #world: World
  readonly #options: Options
  readonly #server: WebSocketServer

  constructor(server: Server, world: World, options: Options) {
    this.#world = world
    this.#options = options
    this.#server = new WebSocketServer({ server, path: '/gateway' })
    this.#server.on('connection', (socket, request) => this.#welcome(socket, request))
    world.dispatch = (event, data, to) => {
      for (const session of this.#sessions.values()) {
        const wanted = to.intent === undefined || (session.intents & to.intent) !== 0
        if (wanted && belongs(session, to.guildId)) this.#send(session, event, data)
      }
    }
  }

  /** The body of GET /gateway/bot. */
  information(origin: string) {
    const limits = {
      total: 1000,
      remaining: 1000 - this.seen.identify,
      reset_after: 14_400_000,
      max_concurrency: 16,
    }
    return { url: this.#url(origin), shards: this.#options.shards, session_start_limit: limits }
  }

  /** Recommends another number of shards from now on. */
  recommend(shards: number): void {
    this.#options.shards = shards
  }

  /** Shards with an open socket. */
  get connected(): number {
    return [...this.#sessions.values()].filter(({ socket }) => socket).length
  }

  /** Sessions that are alive or can still be resumed. */
  get sessions(): number {
    return this.#sessions.size
  }

  /** Asks every shard to reconnect (op 7). */
  askToReconnect(): void {
    this.#toAll({ op: GatewayOpcodes.Reconnect, d: null })
  }

  /** Tells every shard that its session is no more (op 9); a resumable one stays. */
  invalidateSessions(resumable = false): void {
    this.#toAll({ op: GatewayOpcodes.InvalidSession, d: resumable })
    if (resumable) for (const session of this.#sessions.values()) session.socket = undefined
    else this.#sessions.clear()
  }

  /** Cuts every socket without a goodbye. */
  dropConnections(): void {
    for (const socket of this.#server.clients) socket.terminate()
  }

  /** Closes every socket with a code, as GatewayCloseCodes. */
  close(code: number): void {
    for (const socket of this.#server.clients) socket.close(code)
  }

  stop(): void {
    this.dropConnections()
    this.#server.close()
  }

  #url(origin: string): string {
    return `${origin.replace('http', 'ws')}/gateway`
  }

  #toAll(payload: object): void {
    for (const { socket } of this.#sessions.values()) socket?.send(JSON.stringify(payload))
  }

  #welcome(socket: WebSocket, request: IncomingMessage): void {
    const query = new URL(request.url ?? '/', 'ws://gateway').searchParams
    if (query.get('v') !== '10') return socket.close(GatewayCloseCodes.InvalidAPIVersion)
    if (query.get('encoding') !== 'json' || query.has('compress')) {
      this.#options.breaches.push('gateway: only encoding=json without compression is served')
      return socket.close(GatewayCloseCodes.DecodeError)
    }
    const own = () => [...this.#sessions.values()].find((session) => session.socket === socket)
    socket.on('message', (data) => {
      const { op, d } = JSON.parse((data as Buffer).toString())
      const session = own()
      if (op === GatewayOpcodes.Heartbeat) {
        this.seen.heartbeat += 1
        socket.send(JSON.stringify({ op: GatewayOpcodes.HeartbeatAck }))
      } else if (op === GatewayOpcodes.Identify) {
        if (session) return socket.close(GatewayCloseCodes.AlreadyAuthenticated)
        this.#identify(socket, d)
      } else if (op === GatewayOpcodes.Resume) {
        if (session) return socket.close(GatewayCloseCodes.AlreadyAuthenticated)
        this.#resume(socket, d)
      } else if (!session) socket.close(GatewayCloseCodes.NotAuthenticated)
      else if (op !== GatewayOpcodes.PresenceUpdate) {
        this.#options.breaches.push(`gateway: op ${op} is not served by this fake`)
        socket.close(GatewayCloseCodes.UnknownOpcode)
      }
    })
    socket.on('close', (code) => {
      const session = own()
      if (!session) return
      session.socket = undefined
      // 1000 and 1001 end a session; after any other end it can be resumed.
      if (code === 1000 || code === 1001) this.#sessions.delete(session.id)
    })
    const hello = { heartbeat_interval: this.#options.heartbeatInterval }
    socket.send(JSON.stringify({ op: GatewayOpcodes.Hello, d: hello }))
  }

  #identify(
    socket: WebSocket,
    d: { token?: string; intents?: number; shard?: [number, number]; properties?: object },
  ): void {
    this.seen.identify += 1
    const [id, count] = d.shard ?? [0, 1]
    const intents = d.intents
    const refused =
      d.token !== this.#options.token
        ? GatewayCloseCodes.AuthenticationFailed
        : !d.properties || typeof intents !== 'number' || (intents & ~allIntents) !== 0
          ? GatewayCloseCodes.InvalidIntents
          : (intents & privileged) !== 0
            ? GatewayCloseCodes.DisallowedIntents
            : id >= count
              ? GatewayCloseCodes.InvalidShard
              : undefined
    if (refused !== undefined || intents === undefined) return socket.close(refused)
    const session: Session = { id: randomUUID(), shard: [id, count], intents, sent: [], socket }
    this.#sessions.set(session.id, session)
    const guilds = [...this.#world.guilds.values()].filter(
      (guild) => guild.botInstalled && belongs(session, guild.id),
    )
    this.#send(session, 'READY', {
      v: 10,
      user: { ...userJson(this.#world.bot), mfa_enabled: false, verified: true, email: null },
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: this.#url(this.#world.origin),
      shard: session.shard,
      application: { id: this.#world.applicationId, flags: 0 },
    })
    if (intents & GatewayIntentBits.Guilds)
      for (const guild of guilds) this.#send(session, 'GUILD_CREATE', guildCreateJson(guild, this.#world))
  }

  #resume(socket: WebSocket, d: { token?: string; session_id?: string; seq?: number }): void {
    this.seen.resume += 1
    if (d.token !== this.#options.token) return socket.close(GatewayCloseCodes.AuthenticationFailed)
    const session = this.#sessions.get(d.session_id ?? '')
    if (!session) return socket.send(JSON.stringify({ op: GatewayOpcodes.InvalidSession, d: false }))
    const seq = d.seq ?? 0
    if (seq > session.sent.length) return socket.close(GatewayCloseCodes.InvalidSeq)
    session.socket?.terminate()
    session.socket = socket
    for (const missed of session.sent.slice(seq)) socket.send(JSON.stringify(missed))
    this.#send(session, 'RESUMED', {})
  }

  #send(session: Session, t: string, d: object): void {
    const event: Event = { op: GatewayOpcodes.Dispatch, t, s: session.sent.length + 1, d }
    session.sent.push(event)
    session.socket?.send(JSON.stringify(event))
  }
}

/** A guild's events go to its shard, all others to the first. */
function belongs({ shard: [id, count] }: Session, guildId: string | undefined): boolean {
  return id === (guildId ? Number((BigInt(guildId) >> 22n) % BigInt(count)) : 0)
}
