import { z } from 'zod'
import type { Person } from '../messenger.ts'
import { commandIn, type TypedCommand, withoutCall } from '../typed-command.ts'

const Id = z.object({ open_id: z.string().nullish() }).nullish()

/** https://open.feishu.cn/document/server-docs/im-v1/message/events/receive */
export const MessageEvent = z.object({
  sender: z.object({ sender_id: Id, sender_type: z.string() }),
  message: z.object({
    message_id: z.string().min(1),
    root_id: z.string().optional(),
    /** The message that is answered. */
    parent_id: z.string().optional(),
    thread_id: z.string().optional(),
    /** In milliseconds since the epoch. */
    create_time: z.coerce.number(),
    chat_id: z.string().min(1),
    /** `p2p`: in private. */
    chat_type: z.string(),
    message_type: z.string(),
    /** JSON. */
    content: z.string(),
    /** Those who are mentioned, by what stands for them in the content: `@_user_1`. */
    mentions: z.array(z.object({ key: z.string(), id: Id, name: z.string().default('') })).default([]),
  }),
})
export type FeishuMessage = z.output<typeof MessageEvent>['message']

/** A command that somebody has written, with whom its words mention. */
export type WrittenCommand = TypedCommand & { mentions: Map<string, Person | 'bot'> }

/**
 * The command in a message, if it is one for this bot; `unreadable` where it isn't text and was written to the bot.
 * @param own the bot's id
 * @param personOf whoever was mentioned, by id and name
 */
export function commandInMessage(
  message: FeishuMessage,
  own: string,
  personOf: (id: string, name: string) => Person,
): WrittenCommand | 'unreadable' | undefined {
  const isPrivate = message.chat_type === 'p2p'
  const isNamed = message.mentions.some(({ id }) => id?.open_id === own)
  const text = textIn(message)
  if (text === undefined) return isPrivate || isNamed ? 'unreadable' : undefined

  const byKey = new Map(message.mentions.map((mention) => [mention.key, mention]))
  const mentions = new Map<string, Person | 'bot'>()
  const placed = text.replace(/@_user_\d+/g, (key) => {
    const { id, name } = byKey.get(key) ?? {}
    // Somebody who has no id here is nobody whom the words could mean: so the bot asks.
    if (!id?.open_id) return key
    const placeholder = `@#${id.open_id};`
    mentions.set(placeholder, id.open_id === own ? 'bot' : personOf(id.open_id, name ?? ''))
    return ` ${placeholder} `
  })
  const words = withoutCall(placed, `@#${own};`)
  const command = commandIn(words, { isPrivate, isAddressed: isPrivate || isNamed })
  return command && { ...command, mentions }
}

const Text = z.object({ text: z.string() })
/** Text with marks: https://open.feishu.cn/document/server-docs/im-v1/message-content-description/message_content */
const Post = z.object({
  content: z.array(
    z.array(
      z.object({
        tag: z.string(),
        text: z.string().optional(),
        href: z.string().optional(),
        user_id: z.string().optional(),
      }),
    ),
  ),
})

/** What a message says; undefined where it is a picture or the like. */
function textIn({ message_type, content }: FeishuMessage): string | undefined {
  const said = parsed(content)
  if (message_type === 'text') return Text.safeParse(said).data?.text
  if (message_type !== 'post') return undefined
  return Post.safeParse(said)
    .data?.content.map((line) =>
      line.map(({ tag, text, href, user_id }) => (tag === 'at' ? user_id : (href ?? text)) ?? '').join(''),
    )
    .join('\n')
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}

/** The id of the message that is answered. The first message of a thread is answered by all that follow. */
export const answeredIn = ({ parent_id, root_id, thread_id }: FeishuMessage): string | undefined =>
  thread_id !== undefined && parent_id === root_id ? undefined : parent_id
