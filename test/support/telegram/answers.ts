// Methods that answer people: taps, inline queries, guest messages.
import type { Content } from './chat.ts'
import { fileOf } from './files.ts'
import { inlineMarkup, type Method, textOf } from './messages.ts'
import { badRequest, type Json } from './wire.ts'
import type { InlineResult, Waiting, World } from './world.ts'

export const answerMethods: Record<string, Method> = {
  answerCallbackQuery: (world, params) => {
    const { resolve } = waiting(world.taps, params.callback_query_id)
    resolve({
      text: params.text ?? '',
      isAlert: params.show_alert ?? false,
      ...(params.url !== undefined && { url: params.url }),
    })
    return true
  },

  answerInlineQuery: async (world, params) => {
    const { from, payload, resolve } = waiting(world.inlineQueries, params.inline_query_id)
    const ids = (params.results as Json[]).map((result) => result.id)
    if (new Set(ids).size < ids.length) throw badRequest('RESULT_ID_DUPLICATE')
    const answer = {
      results: await Promise.all(
        (params.results as Json[]).map((r) => inlineResult(world, r, payload.query)),
      ),
      nextOffset: params.next_offset ?? '',
      ...(params.button && { button: params.button }),
    }
    const key = `${params.is_personal ? from.id : '*'} ${payload.query} ${payload.offset}`
    world.inlineCache.set(key, { answer, until: Date.now() + (params.cache_time ?? 300) * 1000 })
    resolve(answer)
    return true
  },

  answerGuestQuery: async (world, params) => {
    const { from, payload, resolve } = waiting(world.guestQueries, params.guest_query_id)
    const { content, markup } = await inlineResult(world, params.result, '')
    const { chat, topic } = payload.message
    const inlineId = `AAG${world.queryId()}`
    const extra = { guest_bot_caller_user: from.json }
    const replyTo = payload.message
    resolve(world.post(chat, { from: world.bot, content, markup, replyTo, topic, inlineId, extra }))
    return { inline_message_id: inlineId }
  },
}

/** Each can be answered once, and while somebody waits. */
function waiting<Answer>(asked: Map<string, Waiting<Answer>>, id: string): Waiting<Answer> {
  const waits = asked.get(id)
  if (!waits) throw badRequest('query is too old and response timeout expired or query ID is invalid')
  asked.delete(id)
  return waits
}

async function inlineResult(world: World, result: Json, query: string): Promise<InlineResult> {
  return {
    id: result.id,
    title: result.title ?? '',
    description: result.description ?? '',
    query,
    content: await inlineContent(world, result),
    markup: inlineMarkup(result.reply_markup),
  }
}

async function inlineContent(world: World, result: Json): Promise<Content> {
  const message = result.input_message_content as Json | undefined
  if (message?.message_text !== undefined) return textOf(world, { ...message, text: message.message_text })
  const photo = result.photo_file_id ?? result.photo_url
  if (message || !photo) throw badRequest(`this fake keeps no ${result.type} from inline results`)
  const caption = world.formatted(result.caption ?? '', result.parse_mode, result.caption_entities)
  return { ...caption, photo: await fileOf(world, photo, 'photo', new Map()) }
}
