/** Discord's JSON for what the world holds. */
import { ApplicationCommandType, ChannelType, MessageFlags, PermissionsBitField } from 'discord.js'
import { asAnswered } from './components.ts'
import {
  type Attachment,
  type Channel,
  type Command,
  contextOf,
  type Guild,
  type Interaction,
  type Member,
  type Message,
  permissionsIn,
  type Role,
  type User,
  type World,
} from './world.ts'

export function userJson(user: User) {
  return {
    id: user.id,
    username: user.username,
    global_name: user.globalName,
    discriminator: user.bot ? '0001' : '0',
    avatar: null,
    public_flags: 0,
    flags: 0,
    primary_guild: null,
    ...(user.bot ? { bot: true } : {}),
  }
}

export function memberJson(member: Member) {
  const unset = {
    avatar: null,
    banner: null,
    communication_disabled_until: null,
    nick: null,
    premium_since: null,
  }
  return {
    ...unset,
    roles: member.roles.map(({ id }) => id),
    joined_at: new Date(member.joinedAt).toISOString(),
    flags: 0,
    pending: false,
    mute: false,
    deaf: false,
  }
}

function roleJson(role: Role, position: number) {
  return {
    id: role.id,
    name: role.name,
    permissions: String(role.permissions),
    position,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    managed: role.managed,
    mentionable: false,
    icon: null,
    unicode_emoji: null,
    flags: 0,
  }
}

export function channelJson(channel: Channel, world: World) {
  const { id, type, guild } = channel
  const last = world.messagesIn(channel).at(-1)?.id ?? null
  if (guild)
    return {
      id,
      type,
      guild_id: guild.id,
      name: channel.name,
      position: guild.channels.indexOf(channel),
      flags: 0,
      topic: null,
      nsfw: false,
      parent_id: null,
      permission_overwrites: [],
      rate_limit_per_user: 0,
      last_message_id: last,
    }
  const recipients = channel.people.filter((user) => user !== world.bot).map(userJson)
  const base = { id, type, flags: 0, last_message_id: last, recipients }
  return type === ChannelType.GroupDM
    ? { ...base, name: channel.name, icon: null, owner_id: channel.people[0]?.id }
    : base
}

export function guildJson(guild: Guild) {
  const none = null
  return {
    id: guild.id,
    name: guild.name,
    owner_id: guild.ownerId,
    preferred_locale: guild.locale,
    icon: none,
    description: none,
    home_header: none,
    splash: none,
    discovery_splash: none,
    banner: none,
    application_id: none,
    afk_channel_id: none,
    system_channel_id: none,
    widget_channel_id: none,
    rules_channel_id: none,
    safety_alerts_channel_id: none,
    public_updates_channel_id: none,
    vanity_url_code: none,
    incidents_data: none,
    max_presences: none,
    region: 'deprecated',
    afk_timeout: 300,
    system_channel_flags: 0,
    widget_enabled: false,
    verification_level: 0,
    default_message_notifications: 0,
    mfa_level: 0,
    explicit_content_filter: 0,
    max_members: 500_000,
    max_stage_video_channel_users: 50,
    max_video_channel_users: 25,
    premium_tier: 0,
    premium_subscription_count: 0,
    premium_progress_bar_enabled: false,
    nsfw: false,
    nsfw_level: 0,
    emojis: [],
    stickers: [],
    features: [],
    roles: guild.roles.map(roleJson),
  }
}

/** What GUILD_CREATE carries; without the privileged intent, the bot's own member is the only one in it. */
export function guildCreateJson(guild: Guild, world: World) {
  const me = guild.members.get(world.bot.id)
  return {
    ...guildJson(guild),
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    joined_at: new Date(me?.joinedAt ?? 0).toISOString(),
    members: me ? [{ ...memberJson(me), user: userJson(me.user) }] : [],
    channels: guild.channels.map((channel) => channelJson(channel, world)),
    threads: [],
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  }
}

export function attachmentJson(attachment: Attachment, message: Message, world: World) {
  const url = `${world.origin}/attachments/${message.channel.id}/${attachment.id}/${attachment.filename}`
  return {
    id: attachment.id,
    filename: attachment.filename,
    size: attachment.bytes.length,
    url,
    proxy_url: url,
    content_type: attachment.contentType,
    ...(attachment.description ? { description: attachment.description } : {}),
    ...(message.onlyFor ? { ephemeral: true } : {}),
  }
}

/**
 * A message as the bot gets it: what others say in a guild comes without its content, since no intent allows it,
 * unless somebody hands it over whole by a message menu.
 */
export function messageJson(message: Message, world: World, { whole = false } = {}) {
  const hidden = !whole && hiddenFromBot(message, world)
  const reference = message.reference
  return {
    id: message.id,
    type: message.type,
    channel_id: message.channel.id,
    author: userJson(message.author),
    content: hidden ? '' : message.content,
    flags: message.flags,
    embeds: hidden ? [] : message.embeds.map((embed) => ({ type: 'rich', ...embed })),
    components: hidden ? [] : asAnswered(message.components, (url) => mediaJson(url, message, world)),
    attachments: hidden ? [] : message.attachments.map((each) => attachmentJson(each, message, world)),
    mentions: message.pings.users.map(userJson),
    mention_everyone: message.pings.everyone,
    mention_roles: [],
    timestamp: new Date(message.createdAt).toISOString(),
    edited_timestamp: message.editedAt ? new Date(message.editedAt).toISOString() : null,
    pinned: false,
    tts: false,
    ...(reference
      ? {
          message_reference: { type: 0, message_id: reference.id, channel_id: reference.channel.id },
        }
      : {}),
    ...(message.interaction
      ? {
          application_id: world.applicationId,
          webhook_id: world.applicationId,
          interaction_metadata: metadataJson(message.interaction, message),
        }
      : {}),
  }
}

function hiddenFromBot(message: Message, world: World): boolean {
  return (
    Boolean(message.channel.guild) && message.author !== world.bot && !message.pings.users.includes(world.bot)
  )
}

/** What MESSAGE_CREATE and MESSAGE_UPDATE add. */
export function messageEventJson(message: Message, world: World) {
  const guild = message.channel.guild
  const member = guild?.members.get(message.author.id)
  return {
    ...messageJson(message, world),
    channel_type: message.channel.type,
    ...(guild ? { guild_id: guild.id } : {}),
    ...(member ? { member: memberJson(member) } : {}),
  }
}

function mediaJson(url: string, message: Message, world: World) {
  const name = url.startsWith('attachment://') ? url.slice('attachment://'.length) : undefined
  const attachment = message.attachments.find(({ filename }) => filename === name)
  if (!attachment) return { id: '0', url, proxy_url: url }
  const { id, url: address, content_type } = attachmentJson(attachment, message, world)
  return { id, url: address, proxy_url: address, content_type, attachment_id: id, loading_state: 2 }
}

function metadataJson(interaction: Interaction, message?: Message): object {
  const { id, type, user, owners, original, source, trigger } = interaction
  return {
    id,
    type,
    user: userJson(user),
    authorizing_integration_owners: owners,
    ...(message && original && original !== message ? { original_response_message_id: original.id } : {}),
    ...(trigger
      ? { triggering_interaction_metadata: metadataJson(trigger) }
      : source
        ? { interacted_message_id: source.id }
        : {}),
  }
}

export function commandJson(command: Command, world: World) {
  const { name_localizations, description_localizations, options, ...rest } = command
  return {
    ...rest,
    application_id: world.applicationId,
    name_localizations: name_localizations ?? null,
    description_localizations: description_localizations ?? null,
    dm_permission: command.contexts?.some((context) => context > 0) ?? true,
    nsfw: false,
    ...(options && command.type === ApplicationCommandType.ChatInput ? { options } : {}),
  }
}

export function applicationJson(world: World, owner: User) {
  return {
    id: world.applicationId,
    name: world.bot.username,
    icon: null,
    description: '',
    type: null,
    verify_key: '0'.repeat(64),
    flags: 0,
    flags_new: '0',
    bot: userJson(world.bot),
    owner: userJson(owner),
    bot_public: true,
    bot_require_code_grant: false,
    redirect_uris: [],
    team: null,
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    integration_types_config: { 0: {}, 1: {} },
    approximate_guild_count: [...world.guilds.values()].filter(({ botInstalled }) => botInstalled).length,
    approximate_user_install_count: [...world.users.values()].filter(({ installed }) => installed).length,
    approximate_user_authorization_count: 0,
    explicit_content_filter: 0,
    eligible_oauth2_scopes: [],
  }
}

/** What INTERACTION_CREATE carries, whoever caused it, before its `data` and `message`. */
export function interactionJson(interaction: Interaction, world: World) {
  const { id, token, type, user, channel, owners } = interaction
  const guild = channel.guild
  const member = guild?.members.get(user.id)
  const shown = userJson(user)
  return {
    id,
    application_id: world.applicationId,
    type,
    token,
    version: 1,
    channel_id: channel.id,
    channel: channelJson(channel, world),
    ...(guild && member
      ? {
          guild_id: guild.id,
          guild: { id: guild.id, locale: guild.locale, features: [] },
          guild_locale: guild.locale,
          member: { ...memberJson(member), user: shown, permissions: String(permissionsIn(guild, user)) },
        }
      : { user: shown }),
    app_permissions: String(guild?.botInstalled ? permissionsIn(guild, world.bot) : visitorsPermissions),
    locale: user.locale,
    entitlements: [],
    authorizing_integration_owners: owners,
    context: contextOf(world, channel),
    attachment_size_limit: 10_485_760,
  }
}

const visitorsPermissions = PermissionsBitField.resolve([
  'AttachFiles',
  'EmbedLinks',
  'MentionEveryone',
  'UseExternalEmojis',
])

/** `resolved` in the data of a command: the people it names, with their membership where it was called. */
export function resolvedUsersJson(users: User[], channel: Channel) {
  const members = users.flatMap((user): [string, object][] => {
    const member = channel.guild?.members.get(user.id)
    if (!channel.guild || !member) return []
    return [[user.id, { ...memberJson(member), permissions: String(permissionsIn(channel.guild, user)) }]]
  })
  return {
    users: Object.fromEntries(users.map((user) => [user.id, userJson(user)])),
    ...(channel.guild ? { members: Object.fromEntries(members) } : {}),
  }
}

export const isLoading = (message: Message) => Boolean(message.flags & MessageFlags.Loading)
