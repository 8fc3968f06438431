import { ApplicationCommandType, ChannelType, PermissionFlagsBits } from 'discord.js'
import { ApiError, refuseBreaches } from './errors.ts'
import { edit, post, remove } from './messages.ts'
import type { Call, Handler } from './rest.ts'
import { breachesOfCommand, type CommandBody, type CommandOption } from './rules.ts'
import {
  applicationJson,
  channelJson,
  commandJson,
  guildJson,
  memberJson,
  messageJson,
  userJson,
} from './shapes.ts'
import {
  type Channel,
  type Command,
  type Guild,
  type Message,
  permissionsIn,
  type User,
  type World,
} from './world.ts'

/** The routes of the bot's own account, its commands, and of guilds, channels and messages; by operation id. */
export function handlers(world: World): Record<string, Handler> {
  return {
    get_my_application: () => [200, applicationJson(world, world.bot)],
    get_my_oauth2_application: () => [200, applicationJson(world, world.bot)],
    get_my_user: () => [200, { ...userJson(world.bot), mfa_enabled: false, locale: 'en-US', verified: true }],
    get_user: (call) => [200, userJson(userOf(world, call.params.user_id))],
    create_dm(call) {
      const user = userOf(world, call.body.recipient_id)
      if (user === world.bot) throw new ApiError(50007)
      return [200, channelJson(world.privateChannel(user, world.bot), world)]
    },

    get_guild: (call) => [200, guildJson(guildOf(world, call))],
    list_guild_channels: (call) => [
      200,
      guildOf(world, call).channels.map((channel) => channelJson(channel, world)),
    ],
    get_guild_member(call) {
      const member = guildOf(world, call).members.get(call.params.user_id ?? '')
      if (!member) throw new ApiError(10007)
      return [200, { ...memberJson(member), user: userJson(member.user) }]
    },

    get_channel: (call) => [200, channelJson(channelOf(world, call), world)],
    list_messages(call) {
      const channel = channelOf(world, call)
      const messages = world.messagesIn(channel).filter(({ onlyFor }) => !onlyFor)
      return [
        200,
        messages
          .reverse()
          .slice(0, Number(call.query.limit ?? 50))
          .map((each) => messageJson(each, world)),
      ]
    },
    get_message: (call) => [200, messageJson(messageOf(world, call), world)],
    create_message(call) {
      const channel = channelOf(world, call)
      needPermission(world, channel, PermissionFlagsBits.SendMessages)
      if (call.files.length > 0) needPermission(world, channel, PermissionFlagsBits.AttachFiles)
      needOpenDoor(world, channel)
      const reference = world.messages.get(call.body.message_reference?.message_id)
      const reply = reference ? { type: 19, reference } : {}
      return [
        200,
        messageJson(post(world, { channel, author: world.bot, ...reply }, call.body, call.files), world),
      ]
    },
    update_message(call) {
      const message = messageOf(world, call)
      if (message.author !== world.bot) throw new ApiError(50005)
      edit(world, message, call.body, call.files)
      return [200, messageJson(message, world)]
    },
    delete_message(call) {
      const message = messageOf(world, call)
      if (message.author !== world.bot) {
        if (!message.channel.guild) throw new ApiError(50003)
        needPermission(world, message.channel, PermissionFlagsBits.ManageMessages)
      }
      remove(world, message)
      return [204]
    },

    list_application_commands: (call) => [
      200,
      world.commands.map((command) =>
        commandJson(
          call.query.with_localizations === 'true' ? command : withoutLocalizations(command),
          world,
        ),
      ),
    ],
    get_application_command: (call) => [200, commandJson(commandOf(world, call), world)],
    bulk_set_application_commands(call) {
      const bodies: CommandBody[] = call.body ?? []
      refuseBreaches(
        bodies.flatMap((body, i) => [...breachesOfCommand(body, [i]), ...twins(bodies, body, i)]),
      )
      world.commands = bodies.map((body) => commandFrom(world, body))
      return [200, world.commands.map((command) => commandJson(command, world))]
    },
    create_application_command(call) {
      refuseBreaches(breachesOfCommand(call.body))
      const command = commandFrom(world, call.body)
      const known = world.commands.some(({ id }) => id === command.id)
      world.commands = [...world.commands.filter(({ id }) => id !== command.id), command]
      return [known ? 200 : 201, commandJson(command, world)]
    },
    update_application_command(call) {
      const command = commandOf(world, call)
      const body = { ...command, ...call.body }
      refuseBreaches(breachesOfCommand(body))
      Object.assign(command, body, { version: world.nextId() })
      return [200, commandJson(command, world)]
    },
    delete_application_command(call) {
      const gone = commandOf(world, call)
      world.commands = world.commands.filter((command) => command !== gone)
      return [204]
    },
  }
}

function userOf(world: World, id: string | undefined): User {
  const user = world.users.get(id ?? '')
  if (!user) throw new ApiError(10013)
  return user
}

function guildOf(world: World, call: Call): Guild {
  const guild = world.guilds.get(call.params.guild_id ?? '')
  if (!guild?.botInstalled) throw new ApiError(10004)
  return guild
}

function channelOf(world: World, call: Call): Channel {
  const channel = world.channels.get(call.params.channel_id ?? '')
  if (!channel) throw new ApiError(10003)
  if (!world.botSees(channel)) throw new ApiError(50001)
  if (channel.guild && !botMay(world, channel.guild, PermissionFlagsBits.ViewChannel))
    throw new ApiError(50001)
  return channel
}

function messageOf(world: World, call: Call): Message {
  const channel = channelOf(world, call)
  const message = world.messages.get(call.params.message_id ?? '')
  if (!message || message.channel !== channel || message.onlyFor) throw new ApiError(10008)
  return message
}

function needPermission(world: World, channel: Channel, permission: bigint): void {
  if (channel.guild && !botMay(world, channel.guild, permission)) throw new ApiError(50013)
}

function botMay(world: World, guild: Guild, permission: bigint): boolean {
  return (permissionsIn(guild, world.bot) & permission) === permission
}

function needOpenDoor(world: World, channel: Channel): void {
  const person = channel.people.find((user) => user !== world.bot)
  if (channel.type !== ChannelType.DM || !person) return
  if (person.closed) throw new ApiError(50007)
  if (!world.sharesGuildWithBot(person) && !person.installed) throw new ApiError(50278)
}

function commandOf(world: World, call: Call): Command {
  const command = world.commands.find(({ id }) => id === call.params.command_id)
  if (!command) throw new ApiError(10063)
  return command
}

const typeOf = (body: CommandBody) => body.type ?? ApplicationCommandType.ChatInput

function twins(bodies: CommandBody[], body: CommandBody, index: number) {
  const twin = bodies.findIndex((each) => each.name === body.name && typeOf(each) === typeOf(body))
  return twin < index ? [{ path: [index, 'name'], message: 'command names must be unique' }] : []
}

function withoutLocalizations<T extends CommandBody | CommandOption>(command: T): T {
  const { name_localizations: _names, description_localizations: _descriptions, options, ...rest } = command
  return { ...rest, ...(options && { options: options.map(withoutLocalizations) }) } as T
}

/** A command of the same name and type keeps its id; its version changes only with its content. */
function commandFrom(world: World, body: CommandBody): Command {
  const before = world.commands.find((each) => each.name === body.name && each.type === typeOf(body))
  const permissions = body.default_member_permissions
  const command = {
    ...body,
    type: typeOf(body),
    description: body.description ?? '',
    integration_types: body.integration_types ?? [0],
    contexts: body.contexts ?? null,
    default_member_permissions:
      permissions === null || permissions === undefined ? null : String(permissions),
  }
  const { id, version, ...content } = before ?? { id: world.nextId(), version: '' }
  const same = before && JSON.stringify({ ...content }) === JSON.stringify(command)
  return { ...command, id, version: same ? version : world.nextId() }
}
