import { GatewayIntentBits, MessageFlags } from 'discord.js'
import { everyComponent } from './components.ts'
import { ApiError, refuseBreaches } from './errors.ts'
import { type AllowedMentions, breachesOfMessage, type MessageBody } from './rules.ts'
import { isLoading, messageEventJson } from './shapes.ts'
import type { Attachment, Channel, Message, User, World } from './world.ts'

/** A file of a multipart call, in the order of its `files[n]`. */
export type Upload = { filename: string; contentType: string; bytes: Uint8Array<ArrayBuffer> }

/** Whose message it is and where it goes; what it says is in the body. */
export type Draft = { channel: Channel; author: User } & Partial<
  Pick<Message, 'id' | 'createdAt' | 'type' | 'onlyFor' | 'interaction' | 'reference'>
>

/** Flags that a sender may set; the others are Discord's own. */
const settable =
  MessageFlags.SuppressEmbeds | MessageFlags.SuppressNotifications | MessageFlags.IsComponentsV2

/** @throws ApiError 50035, with paths below `within`, or 50006 where it would be empty */
export function post(
  world: World,
  draft: Draft,
  body: MessageBody,
  files: Upload[],
  within: string[] = [],
): Message {
  const names = files.map(({ filename }) => filename)
  refuseBreaches(breachesOfMessage(body, names), within)
  const message = blank(world, draft)
  write(world, message, body, files)
  if (isEmpty(message)) throw new ApiError(50006)
  world.messages.set(message.id, message)
  announce(world, 'MESSAGE_CREATE', message)
  return message
}

/** The message that shows "… is thinking" until it is edited. */
export function postLoading(world: World, draft: Draft): Message {
  const message = blank(world, draft)
  message.flags |= MessageFlags.Loading
  world.messages.set(message.id, message)
  announce(world, 'MESSAGE_CREATE', message)
  return message
}

/** @throws ApiError 10008, 50035 or 50006 */
export function edit(
  world: World,
  message: Message,
  body: MessageBody,
  files: Upload[],
  within: string[] = [],
): void {
  if (!world.messages.has(message.id)) throw new ApiError(10008)
  const names = files.map(({ filename }) => filename)
  refuseBreaches(breachesOfMessage(body, names, message), within)
  const revised = { ...message }
  write(world, revised, body, files)
  if (isEmpty(revised)) throw new ApiError(50006)
  // Filling in a loading message is no edit: it is not marked as edited.
  if (!isLoading(message)) revised.editedAt = world.now()
  revised.flags &= ~MessageFlags.Loading
  Object.assign(message, revised)
  announce(world, 'MESSAGE_UPDATE', message)
}

/** @throws ApiError 10008 */
export function remove(world: World, message: Message): void {
  if (!world.messages.delete(message.id)) throw new ApiError(10008)
  announce(world, 'MESSAGE_DELETE', message)
}

function blank(world: World, draft: Draft): Message {
  return {
    id: world.nextId(),
    type: 0,
    createdAt: world.now(),
    editedAt: undefined,
    content: '',
    embeds: [],
    components: [],
    attachments: [],
    allowedMentions: undefined,
    pings: {
      everyone: false,
      users: [],
    },
    onlyFor: undefined,
    interaction: undefined,
    reference: undefined,
    ...draft,
    flags: draft.onlyFor ? MessageFlags.Ephemeral : 0,
  }
}

function write(world: World, message: Message, body: MessageBody, files: Upload[]): void {
  const isNew = !world.messages.has(message.id) || isLoading(message)
  if (body.content !== undefined) message.content = body.content ?? ''
  if (body.embeds !== undefined) message.embeds = body.embeds ?? []
  if (body.components !== undefined) message.components = body.components ?? []
  message.flags |= (body.flags ?? 0) & settable
  const listed = body.attachments
  const kept = message.attachments.filter(({ id }) => listed?.some((each) => each.id === id) ?? true)
  message.attachments = [...kept, ...files.map((file, i) => attached(world, file, i, body))]
  if (body.allowed_mentions) message.allowedMentions = body.allowed_mentions
  // Edits ping nobody; what a loading message is filled with may.
  if (isNew) message.pings = pingsOf(world, message)
}

function attached(world: World, file: Upload, index: number, body: MessageBody): Attachment {
  const listed = body.attachments?.find(({ id }) => id === String(index))
  return {
    id: world.nextId(),
    filename: listed?.filename ?? file.filename,
    description: listed?.description ?? undefined,
    contentType: file.contentType,
    bytes: file.bytes,
  }
}

function isEmpty({ content, embeds, components, attachments }: Message): boolean {
  return !content && embeds.length + components.length + attachments.length === 0
}

/** Whom it notifies, as if the sender had the permission to mention everyone. */
function pingsOf(world: World, message: Message): Message['pings'] {
  if (message.onlyFor) return { everyone: false, users: [] }
  const texts = everyComponent(message.components).flatMap(({ component }) => component.content ?? [])
  const text = [message.content, ...texts].join('\n')
  const allowed = message.allowedMentions
  const ids = new Set([...text.matchAll(/<@!?(\d+)>/g)].map((match) => match[1] ?? ''))
  return {
    everyone: /@(everyone|here)\b/.test(text) && allows(allowed, 'everyone'),
    users: [...ids].flatMap((id) => (allows(allowed, 'users', id) ? (world.users.get(id) ?? []) : [])),
  }
}

function allows(allowed: AllowedMentions | undefined, kind: 'users' | 'everyone', id = ''): boolean {
  return !allowed || Boolean(allowed.parse?.includes(kind)) || Boolean(allowed.users?.includes(id))
}

/** Tells the bot, where it is in the channel; ephemeral messages and those in foreign channels it never hears of. */
export function announce(world: World, event: string, message: Message): void {
  const { channel } = message
  if (message.onlyFor || !world.botSees(channel)) return
  const guild = channel.guild ? { guild_id: channel.guild.id } : {}
  const gone = { id: message.id, channel_id: channel.id, ...guild }
  world.dispatch(event, event === 'MESSAGE_DELETE' ? gone : messageEventJson(message, world), {
    ...(channel.guild ? { guildId: channel.guild.id } : {}),
    intent: channel.guild ? GatewayIntentBits.GuildMessages : GatewayIntentBits.DirectMessages,
  })
}
