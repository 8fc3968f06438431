import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { ChannelType, GatewayIntentBits, PermissionFlagsBits } from 'discord.js'
import { type Fault, Faults } from './faults.ts'
import { Gateway } from './gateway.ts'
import { handlers } from './handlers.ts'
import { interactionHandlers } from './interactions.ts'
import { announce } from './messages.ts'
import { Person, type Stage } from './people.ts'
import { type LoggedCall, restApi } from './rest.ts'
import { type SeenMessage, seen } from './seen.ts'
import { channelJson, guildCreateJson } from './shapes.ts'
import { type Channel, type Command, type Guild, type Interaction, type User, World } from './world.ts'

export type { Deed, Person } from './people.ts'
export type { SeenMessage } from './seen.ts'
export type { Channel } from './world.ts'

/** What an invited bot may do unless a test says otherwise. */
const usualBotPermissions =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.ReadMessageHistory

type GuildOptions = {
  name: string
  owner: Person
  members?: Person[]
  /** Whether the bot is in it (true). */
  botInstalled?: boolean
  /** All that the bot may do in it (see, send, attach, read). */
  botPermissions?: bigint
  /** The guild's preferred locale (`en-US`). */
  locale?: string
}

/** Starts Discord on a free port of 127.0.0.1, with nobody in it. */
export async function startFakeDiscord(
  options: { shards?: number; heartbeatInterval?: number } = {},
): Promise<FakeDiscord> {
  const fake = new FakeDiscord(options)
  await fake.listen()
  return fake
}

export class FakeDiscord {
  readonly token = `${randomUUID()}.fake.${randomUUID()}`
  /** Calls that Discord would have refused as malformed, and routes that it doesn't have. A good bot makes none. */
  readonly breaches: string[] = []
  /** Every REST call, in the order in which they came. */
  readonly calls: LoggedCall[] = []
  readonly gateway: Gateway
  readonly #world = new World()
  readonly #faults = new Faults()
  readonly #server: Server
  readonly #stage: Stage
  #last: Interaction | undefined

  constructor(options: { shards?: number; heartbeatInterval?: number }) {
    const world = this.#world
    const { token, breaches, calls } = this
    const all = {
      ...handlers(world),
      ...interactionHandlers(world),
      get_bot_gateway: () => [200, this.gateway.information(world.origin)] satisfies [200, object],
    }
    const app = restApi(world, all, { token, breaches, calls, faults: this.#faults })
    this.#server = createAdaptorServer({ fetch: app.fetch }) as Server
    this.gateway = new Gateway(this.#server, world, {
      token,
      breaches,
      shards: options.shards ?? 1,
      heartbeatInterval: options.heartbeatInterval ?? 41250,
    })
    this.#stage = {
      world,
      deliver: (interaction) => this.#deliver(interaction),
      until: this.until.bind(this),
    }
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('not listening')
    this.#world.origin = `http://127.0.0.1:${address.port}`
  }

  async stop(): Promise<void> {
    this.gateway.stop()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** What DISCORD_API_ROOT is set to; discord.js adds `/v10`. */
  get url(): string {
    return `${this.#world.origin}/api`
  }
  get applicationId(): string {
    return this.#world.applicationId
  }
  /** The bot's own account, which people can name like anybody's. */
  get bot(): { user: User } {
    return { user: this.#world.bot }
  }
  /** The global commands that are registered now. */
  get commands(): readonly Command[] {
    return this.#world.commands
  }

  user(fields: { username: string; global_name?: string; locale?: string; installed?: boolean }): Person {
    const { global_name, ...rest } = fields
    return new Person(this.#world.addUser({ ...rest, globalName: global_name ?? null }), this.#stage)
  }

  guild(options: GuildOptions): GuildPlace {
    const { name, owner, members = [], botInstalled = true, locale = 'en-US' } = options
    const permissions = botInstalled ? (options.botPermissions ?? usualBotPermissions) : undefined
    const guild = this.#world.addGuild(name, owner.user, locale, permissions)
    for (const member of members) this.#world.join(guild, member.user)
    const place = new GuildPlace(guild, this.#world)
    place.channel('general')
    if (botInstalled)
      this.#world.dispatch('GUILD_CREATE', guildCreateJson(guild, this.#world), guildEvent(guild))
    return place
  }

  /** A group conversation, where no bot can be. */
  group(name: string, members: Person[]): Channel {
    return this.#world.addChannel({
      type: ChannelType.GroupDM,
      name,
      people: members.map(({ user }) => user),
    })
  }

  /** The private conversation of two people. */
  privateChannel(one: Person, other: Person): Channel {
    return this.#world.privateChannel(one.user, other.user)
  }

  /** The messages that are in the channel now, oldest first, ephemeral ones among them. */
  messages(channel: Channel): SeenMessage[] {
    return this.#world.messagesIn(channel).map((message) => seen(message, this.#world))
  }

  /** Makes the next calls to a route fail, late or lost: `failNext('POST /channels/{id}/messages', { status: 429 })`. */
  failNext(methodAndRoute: string, fault: Fault): void {
    this.#faults.add(methodAndRoute, fault)
  }

  /** From now on every REST call goes wrong like this; nothing: no longer. */
  setAway(fault?: Fault): void {
    this.#faults.always = fault
  }

  /** Turns Discord's clock forward: interactions are answered within 3 seconds, their tokens live 15 minutes. */
  passTime(milliseconds: number): void {
    this.#world.pass(milliseconds)
  }

  /** Delivers the last interaction once more, the same id and token, as gateways now and then do. */
  repeatLastInteraction(): void {
    if (!this.#last) throw new Error('there was no interaction yet')
    this.#send(this.#last)
  }

  /** Delivers what somebody wrote once more. */
  repeatMessage({ id }: SeenMessage): void {
    const message = this.#world.messages.get(id)
    if (!message) throw new Error('that message is not there any more')
    announce(this.#world, 'MESSAGE_CREATE', message)
  }

  /** Waits until the condition is truthy and gives its value. @throws Error after 20 seconds, with what happened instead */
  async until<T>(
    condition: () => T | Promise<T>,
    options: { within?: number; what?: string } = {},
  ): Promise<T> {
    const { within = 20_000, what = condition.toString() } = options
    const end = Date.now() + within
    let trouble: unknown
    for (;;) {
      try {
        const value = await condition()
        if (value) return value
        trouble = undefined
      } catch (error) {
        trouble = error
      }
      if (Date.now() > end)
        throw new Error(this.#story(`waited ${within} ms for ${what}`), { cause: trouble })
      await sleep(10)
    }
  }

  #deliver(interaction: Interaction): void {
    if (this.gateway.sessions === 0) throw new Error('no bot is connected to the gateway')
    this.#world.interactions.set(interaction.token, interaction)
    this.#last = interaction
    this.#send(interaction)
  }

  #send({ payload, channel }: Interaction): void {
    this.#world.dispatch('INTERACTION_CREATE', payload, channel.guild ? { guildId: channel.guild.id } : {})
  }

  #story(headline: string): string {
    const calls = this.calls
      .slice(-10)
      .map(({ method, route, status }) => `  ${method} ${route} ${status || '…'}`)
    return [
      headline,
      `breaches: ${this.breaches.length === 0 ? 'none' : this.breaches.join('; ')}`,
      `gateway: ${this.gateway.connected} of ${this.gateway.sessions} sessions connected`,
      `last calls:${calls.length === 0 ? ' none' : ''}`,
      ...calls,
    ].join('\n')
  }
}

const guildEvent = (guild: Guild) => ({ guildId: guild.id, intent: GatewayIntentBits.Guilds })

export class GuildPlace {
  readonly guild: Guild
  readonly #world: World

  constructor(guild: Guild, world: World) {
    this.guild = guild
    this.#world = world
  }

  get id(): string {
    return this.guild.id
  }

  /** The text channel of this name, made where it isn't there. */
  channel(name = 'general'): Channel {
    const known = this.guild.channels.find((channel) => channel.name === name)
    if (known) return known
    const made = this.#world.addChannel({ type: ChannelType.GuildText, name, guild: this.guild })
    if (this.guild.botInstalled)
      this.#world.dispatch('CHANNEL_CREATE', channelJson(made, this.#world), guildEvent(this.guild))
    return made
  }

  /** The server throws the bot out, or takes it in again. */
  setBot(isThere: boolean): void {
    const { guild } = this
    if (!isThere) this.#world.dispatch('GUILD_DELETE', { id: guild.id }, guildEvent(guild))
    guild.botInstalled = isThere
    if (isThere) this.#world.dispatch('GUILD_CREATE', guildCreateJson(guild, this.#world), guildEvent(guild))
  }

  join(person: Person): void {
    this.#world.join(this.guild, person.user)
  }

  leave(person: Person): void {
    this.guild.members.delete(person.id)
  }

  /** Gives a member a role with these permissions, as `PermissionFlagsBits.ManageGuild`. */
  grant(person: Person, permissions: bigint): void {
    const role = { id: this.#world.nextId(), name: 'granted', permissions, managed: false }
    this.guild.roles.push(role)
    this.guild.members.get(person.id)?.roles.push(role)
  }

  /** Takes all roles from a member. */
  revoke(person: Person): void {
    this.guild.members.get(person.id)?.roles.splice(0)
  }
}
