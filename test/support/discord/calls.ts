/** What Discord's own apps do before a command is sent: who is offered it, and which values they let through. */
import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
} from 'discord.js'
import type { CommandOption } from './rules.ts'
import {
  type Channel,
  type Command,
  contextOf,
  type Message,
  type Owners,
  permissionsIn,
  type User,
  type World,
} from './world.ts'

/** A person for an option of type user; text and numbers as they are typed. */
export type OptionValue = string | number | boolean | { user: User }

export function commandFor(world: World, type: number, name: string): Command {
  const command = world.commands.find((each) => each.type === type && each.name === name)
  if (command) return command
  const present = world.commands.map(
    (each) => (each.type === ApplicationCommandType.ChatInput ? '/' : '') + each.name,
  )
  throw new Error(`no command "${name}" of type ${type}; there are: ${present.join(', ') || 'none'}`)
}

/**
 * Through which installations the command is offered to this person here.
 * Without `contexts`, commands are in guilds and the bot's private channel (discord/discord-api-docs#7108).
 * @throws Error where it is not offered
 */
export function ownersOfCommand(world: World, command: Command, user: User, channel: Channel): Owners {
  const context = contextOf(world, channel)
  const contexts = command.contexts ?? [InteractionContextType.Guild, InteractionContextType.BotDM]
  const refused = (why: string) => new Error(`${user.username} is not offered "${command.name}" here: ${why}`)
  if (!contexts.includes(context))
    throw refused(`its contexts are ${contexts.join(', ')}, this one is ${context}`)
  const owners: Owners = {}
  if (command.integration_types.includes(ApplicationIntegrationType.GuildInstall)) {
    if (channel.guild?.botInstalled) owners[0] = channel.guild.id
    if (context === InteractionContextType.BotDM && world.sharesGuildWithBot(user)) owners[0] = '0'
  }
  if (command.integration_types.includes(ApplicationIntegrationType.UserInstall) && user.installed)
    owners[1] = user.id
  if (Object.keys(owners).length === 0)
    throw refused(
      'neither the server nor the person has the app installed in a way that the command supports',
    )
  const needed = command.default_member_permissions
  if (channel.guild && needed !== null) {
    const has = permissionsIn(channel.guild, user)
    const administers = (has & 8n) !== 0n
    if (!administers && (needed === '0' || (has & BigInt(needed)) !== BigInt(needed)))
      throw refused(`it needs the permissions ${needed}`)
  }
  return owners
}

/** For the buttons of a message that the bot sent of its own accord. */
export function ownersOfMessage({ channel }: Message): Owners {
  return { 0: channel.guild?.id ?? '0' }
}

/** @throws Error where a value doesn't fit its option, one is missing, or there is no such option */
export function optionsJson(
  command: Command,
  path: string[],
  values: Record<string, OptionValue>,
  focused?: string,
): { json: object[]; users: User[] } {
  const [sub, ...rest] = path
  if (sub !== undefined) {
    const option = command.options?.find(({ name }) => name === sub)
    if (!option) throw new Error(`/${command.name} has no subcommand "${sub}"`)
    const { json, users } = optionsJson(
      { ...command, name: `${command.name} ${sub}`, options: option.options ?? [] },
      rest,
      values,
      focused,
    )
    return { json: [{ name: option.name, type: option.type, options: json }], users }
  }
  const options = command.options ?? []
  for (const name of Object.keys(values))
    if (!options.some((option) => option.name === name))
      throw new Error(`/${command.name} has no option "${name}"`)
  for (const { name, required } of options)
    if (required && values[name] === undefined && focused === undefined)
      throw new Error(`/${command.name} needs the option "${name}"`)
  const users: User[] = []
  const json = Object.entries(values).map(([name, given]) => {
    const option = options.find((each) => each.name === name) as CommandOption
    if (typeof given === 'object') users.push(given.user)
    const value = typeof given === 'object' ? given.user.id : given
    // What is still being typed is not held to any limit.
    if (name === focused) return { name, type: option.type, value: String(value), focused: true }
    const wrong = wrongWith(option, given)
    if (wrong) throw new Error(`/${command.name} ${name}: ${wrong}`)
    return { name, type: option.type, value }
  })
  if (focused !== undefined && !options.some(({ name, autocomplete }) => name === focused && autocomplete))
    throw new Error(`/${command.name} ${focused} has no autocomplete`)
  return { json, users }
}

const types: Record<number, (value: OptionValue) => boolean> = {
  [ApplicationCommandOptionType.String]: (value) => typeof value === 'string' && value.length > 0,
  [ApplicationCommandOptionType.Integer]: (value) => Number.isInteger(value),
  [ApplicationCommandOptionType.Number]: (value) => typeof value === 'number',
  [ApplicationCommandOptionType.Boolean]: (value) => typeof value === 'boolean',
  [ApplicationCommandOptionType.User]: (value) => typeof value === 'object',
}

function wrongWith(option: CommandOption, value: OptionValue): string | undefined {
  const fits = types[option.type]
  if (!fits) return `options of type ${option.type} are not played by this fake`
  if (!fits(value)) return `does not take this kind of value (its type is ${option.type})`
  if (option.choices?.length && !option.choices.some((choice) => choice.value === value))
    return 'is none of its choices'
  const [size, least, most] =
    typeof value === 'string'
      ? [value.length, option.min_length, option.max_length]
      : [Number(value), option.min_value, option.max_value]
  if (least !== undefined && least !== null && size < least) return `is below ${least}`
  if (most !== undefined && most !== null && size > most) return `is above ${most}`
  return undefined
}
