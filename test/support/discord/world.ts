import { ChannelType, InteractionContextType, PermissionFlagsBits, PermissionsBitField } from 'discord.js'
import type { Component } from './components.ts'
import type { AllowedMentions, CommandBody } from './rules.ts'

export type User = {
  id: string
  username: string
  globalName: string | null
  locale: string
  bot: boolean
  /** Has the app installed to the account: its user-installed commands follow this person everywhere. */
  installed: boolean
  /** Takes no private messages from the bot. */
  closed: boolean
}
export type Role = { id: string; name: string; permissions: bigint; managed: boolean }
export type Member = { user: User; roles: Role[]; joinedAt: number }
export type Guild = {
  id: string
  name: string
  ownerId: string
  locale: string
  botInstalled: boolean
  roles: Role[]
  members: Map<string, Member>
  channels: Channel[]
}
/** A text channel of a guild, a private conversation of two, or a group of more. */
export type Channel = {
  id: string
  type: ChannelType.GuildText | ChannelType.DM | ChannelType.GroupDM
  name: string | null
  guild: Guild | undefined
  people: User[]
}
export type Attachment = {
  id: string
  filename: string
  description: string | undefined
  contentType: string
  bytes: Uint8Array<ArrayBuffer>
}
export type Message = {
  id: string
  type: number
  channel: Channel
  author: User
  content: string
  flags: number
  embeds: object[]
  components: Component[]
  attachments: Attachment[]
  createdAt: number
  editedAt: number | undefined
  allowedMentions: AllowedMentions | undefined
  pings: { everyone: boolean; users: User[] }
  /** The only person who sees it, where it is ephemeral. */
  onlyFor: User | undefined
  interaction: Interaction | undefined
  reference: Message | undefined
}
export type Command = Omit<CommandBody, 'default_member_permissions'> & {
  id: string
  version: string
  type: number
  description: string
  integration_types: number[]
  contexts: number[] | null
  default_member_permissions: string | null
}
/** Which installations let it happen: `0` the guild's (its id, or "0" in the bot's own private channel), `1` a person's. */
export type Owners = { 0?: string; 1?: string }
export type Interaction = {
  id: string
  token: string
  type: number
  user: User
  channel: Channel
  owners: Owners
  createdAt: number
  /** What INTERACTION_CREATE carried. */
  payload: Record<string, unknown>
  /** The message whose button it was (also for a modal that this button opened). */
  source: Message | undefined
  /** The interaction that opened the modal which was submitted. */
  trigger: Interaction | undefined
  /** The callback's type, once it is acknowledged. */
  acknowledged: number | undefined
  original: Message | undefined
  followUps: Message[]
  modal: { custom_id: string; title: string; components: Component[] } | undefined
  choices: { name: string; value: string | number }[] | undefined
}

type Dispatch = (event: string, data: object, to: { guildId?: string; intent?: number }) => void

const discordEpoch = 1420070400000n
const everyonesPermissions =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.UseApplicationCommands |
  PermissionFlagsBits.UseExternalApps

/** Everything that this Discord knows, in memory. */
export class World {
  readonly users = new Map<string, User>()
  readonly guilds = new Map<string, Guild>()
  readonly channels = new Map<string, Channel>()
  readonly messages = new Map<string, Message>()
  readonly interactions = new Map<string, Interaction>()
  commands: Command[] = []
  readonly bot: User
  /** Where attachments are served, known once the server listens. */
  origin = ''
  /** Sends a gateway event to the shards that may have it. */
  dispatch: Dispatch = () => {}
  #lastId = 0n
  #passed = 0

  constructor() {
    this.bot = this.addUser({ username: 'passalong', bot: true })
  }

  get applicationId(): string {
    return this.bot.id
  }

  /** Milliseconds since 1970, by a clock that tests can turn forward. */
  now(): number {
    return Date.now() + this.#passed
  }

  pass(milliseconds: number): void {
    this.#passed += milliseconds
  }

  /** An id with a moment in it, as of something that happened then. */
  idAt(moment: Date): string {
    return String((BigInt(moment.getTime()) - discordEpoch) << 22n)
  }

  nextId(): string {
    const fromClock = (BigInt(this.now()) - discordEpoch) << 22n
    // A millisecond apart, since guilds are spread over the shards by the time in their ids.
    const next = this.#lastId + (1n << 22n)
    this.#lastId = fromClock > next ? fromClock : next
    return String(this.#lastId)
  }

  addUser(fields: Partial<User> & { username: string }): User {
    const unset = { globalName: null, locale: 'en-US', bot: false, installed: false, closed: false }
    const user: User = { id: this.nextId(), ...unset, ...fields }
    this.users.set(user.id, user)
    return user
  }

  addGuild(name: string, owner: User, locale: string, botPermissions: bigint | undefined): Guild {
    const id = this.nextId()
    const everyone: Role = { id, name: '@everyone', permissions: everyonesPermissions, managed: false }
    const botInstalled = botPermissions !== undefined
    const guild: Guild = {
      id,
      name,
      ownerId: owner.id,
      locale,
      botInstalled,
      roles: [everyone],
      members: new Map(),
      channels: [],
    }
    this.guilds.set(id, guild)
    this.join(guild, owner)
    if (botInstalled) {
      const role = { id: this.nextId(), name: this.bot.username, permissions: botPermissions, managed: true }
      guild.roles.push(role)
      this.join(guild, this.bot).roles.push(role)
    }
    return guild
  }

  join(guild: Guild, user: User): Member {
    const member = { user, roles: [], joinedAt: this.now() }
    guild.members.set(user.id, member)
    return member
  }

  addChannel(fields: Partial<Channel> & Pick<Channel, 'type'>): Channel {
    const channel: Channel = { id: this.nextId(), name: null, guild: undefined, people: [], ...fields }
    this.channels.set(channel.id, channel)
    channel.guild?.channels.push(channel)
    return channel
  }

  /** The private conversation of two, made when it is first asked for. */
  privateChannel(one: User, other: User): Channel {
    for (const channel of this.channels.values())
      if (channel.type === ChannelType.DM && channel.people.includes(one) && channel.people.includes(other))
        return channel
    return this.addChannel({ type: ChannelType.DM, people: [one, other] })
  }

  messagesIn(channel: Channel): Message[] {
    return [...this.messages.values()].filter((message) => message.channel === channel)
  }

  botSees(channel: Channel): boolean {
    return channel.guild ? channel.guild.botInstalled : channel.people.includes(this.bot)
  }

  sharesGuildWithBot(user: User): boolean {
    return [...this.guilds.values()].some((guild) => guild.botInstalled && guild.members.has(user.id))
  }
}

export function permissionsIn(guild: Guild, user: User): bigint {
  const member = guild.members.get(user.id)
  if (!member) return 0n
  const own = member.roles.reduce((sum, role) => sum | role.permissions, user.bot ? 0n : everyonesPermissions)
  const all = guild.ownerId === user.id || (own & PermissionFlagsBits.Administrator) !== 0n
  return all ? PermissionsBitField.All : own
}

export function contextOf(world: World, channel: Channel): InteractionContextType {
  if (channel.guild) return InteractionContextType.Guild
  const own = channel.type === ChannelType.DM && channel.people.includes(world.bot)
  return own ? InteractionContextType.BotDM : InteractionContextType.PrivateChannel
}
