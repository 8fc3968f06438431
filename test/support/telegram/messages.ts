// Methods that send, edit and delete messages.
import { isDeepStrictEqual } from 'node:util'
import type { Chat, Content, Message, Topic } from './chat.ts'
import { fileOf, type Uploads } from './files.ts'
import { badRequest, type Json } from './wire.ts'
import type { World } from './world.ts'

export type Method = (world: World, params: Json, uploads: Uploads, signal: AbortSignal) => unknown

export const messageMethods: Record<string, Method> = {
  sendMessage: (world, params) => send(world, params, () => textOf(world, params)),
  sendPhoto: (world, params, uploads) =>
    send(world, params, () => mediaOf(world, 'photo', params.photo, params, uploads)),
  sendDocument: (world, params, uploads) =>
    send(world, params, () => mediaOf(world, 'document', params.document, params, uploads)),
  editMessageText: (world, params) =>
    edit(world, params, ({ content }) => {
      if (content.photo || content.document) throw badRequest('there is no text in the message to edit')
      return textOf(world, params)
    }),
  editMessageCaption: (world, params) =>
    edit(world, params, ({ content }) => {
      const { photo, document } = content
      if (!photo && !document) throw badRequest('there is no caption in the message to edit')
      return { ...captionOf(world, params), ...(photo && { photo }), ...(document && { document }) }
    }),
  editMessageMedia: (world, params, uploads) => {
    const { type, media, ...caption } = params.media as Json
    if (type !== 'photo' && type !== 'document') throw badRequest(`this fake keeps no ${type}`)
    if (params.inline_message_id && (media as string).startsWith('attach://')) {
      throw badRequest("can't upload a new file to an inline message")
    }
    return edit(world, params, () => mediaOf(world, type, media, caption, uploads))
  },
  editMessageReplyMarkup: (world, params) => edit(world, params, ({ content }) => content),
  deleteMessage: (world, params) => {
    const chat = world.chat(params.chat_id, 'write')
    const message = find(chat, params.message_id)
    if (!message) throw badRequest('message to delete not found')
    const isOwn = message.from.id === world.bot.id
    if (!isOwn && chat.type !== 'private' && chat.bot !== 'administrator') {
      throw badRequest("message can't be deleted")
    }
    message.isDeleted = true
    return true
  },
  sendChatAction: (world, params) => {
    topicOf(world.chat(params.chat_id, 'write'), params.message_thread_id)
    return true
  },
}

async function send(world: World, params: Json, content: () => Content | Promise<Content>): Promise<Json> {
  const chat = world.chat(params.chat_id, 'write')
  const replyTo = repliedTo(chat, params.reply_parameters)
  const topic = topicOf(chat, params.message_thread_id) ?? replyTo?.topic
  const markup = inlineMarkup(params.reply_markup, chat)
  const message = world.post(chat, { from: world.bot, content: await content(), markup, replyTo, topic })
  return message.toJson()
}

async function edit(
  world: World,
  params: Json,
  change: (message: Message) => Content | Promise<Content>,
): Promise<Json | true> {
  const message = messageToEdit(world, params)
  const content = await change(message)
  const markup = inlineMarkup(params.reply_markup, message.chat)
  const isSame = (a: Content, b: Content) => isDeepStrictEqual({ ...a, source: '' }, { ...b, source: '' })
  if (isSame(content, message.content) && isDeepStrictEqual(markup, message.markup)) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  }
  message.edit(content, markup)
  return params.inline_message_id ? true : message.toJson()
}

/** To a chat that is closed to the bot it can't edit either: the server's own words for that are not documented. */
function messageToEdit(world: World, params: Json): Message {
  if (params.inline_message_id) {
    const message = world.inlineMessages.get(params.inline_message_id)
    if (!message || message.isDeleted) throw badRequest('MESSAGE_ID_INVALID')
    return message
  }
  const message = find(world.chat(params.chat_id, 'write'), params.message_id)
  if (!message) throw badRequest('message to edit not found')
  if (message.from.id !== world.bot.id) throw badRequest("message can't be edited")
  return message
}

function find(chat: Chat, id: number): Message | undefined {
  return chat.messages.find((message) => message.id === id && !message.isDeleted)
}

function repliedTo(chat: Chat, reply: Json | undefined): Message | undefined {
  if (!reply) return undefined
  const message = find(chat, reply.message_id)
  if (!message && !reply.allow_sending_without_reply) throw badRequest('message to be replied not found')
  return message
}

/** In a chat without topics a thread is ignored, as Telegram does; in private chats it has to exist. */
function topicOf(chat: Chat, thread: number | undefined): Topic | undefined {
  if (thread === undefined || (!chat.isForum && chat.type !== 'private')) return undefined
  const topic = chat.topics.find(({ id }) => id === thread)
  if (!topic) throw badRequest('message thread not found')
  return topic
}

/** Of the four kinds of markup the inline keyboard is the one that becomes part of the message. */
export function inlineMarkup(markup: Json | undefined, chat?: Chat): Json | undefined {
  const buttons: Json[] = markup?.inline_keyboard?.flat() ?? []
  if (buttons.some((button) => button.web_app) && chat?.type !== 'private')
    throw badRequest('BUTTON_TYPE_INVALID')
  return buttons.length > 0 ? markup : undefined
}

export function textOf(world: World, params: Json): Content {
  if (params.text === undefined) throw badRequest('this fake keeps no rich messages')
  const content = world.formatted(params.text, params.parse_mode, params.entities)
  if (content.text === '') throw badRequest('message text is empty')
  return content
}

function captionOf(world: World, params: Json): Content {
  return world.formatted(params.caption ?? '', params.parse_mode, params.caption_entities)
}

async function mediaOf(
  world: World,
  kind: 'photo' | 'document',
  given: File | string,
  params: Json,
  uploads: Uploads,
): Promise<Content> {
  return { ...captionOf(world, params), [kind]: await fileOf(world, given, kind, uploads) }
}
