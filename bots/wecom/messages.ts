import { z } from 'zod'
import { type Chat, type Person } from '../messenger.ts'
import { commandIn } from '../typed-command.ts'
import { accountsIn, privateChatOf } from './people.ts'

const Said = {
  msgid: z.string().min(1),
  /** A group's. */
  chatid: z.string().optional(),
  chattype: z.enum(['single', 'group']),
  from: z.object({
    userid: z.string().min(1),
    /** Set for people of other companies. */
    corpid: z.string().optional(),
  }),
  /** In seconds since the epoch. */
  create_time: z.number().optional(),
}

/** https://developer.work.weixin.qq.com/document/path/100719 */
export const WecomMessage = z
  .object({
    ...Said,
    msgtype: z.string(),
    text: z.object({ content: z.string() }).optional(),
    /** What it answers, without its author. */
    quote: z.unknown().optional(),
  })
  .refine(({ chattype, chatid }) => chattype === 'single' || chatid, 'a group without an id')
export type WecomMessage = z.output<typeof WecomMessage>

const Tapped = z.object({ event_key: z.string(), task_id: z.string().min(1) })

/** https://developer.work.weixin.qq.com/document/path/101027 */
export const WecomEvent = z.object({
  ...Said,
  chattype: Said.chattype.default('single'),
  event: z.discriminatedUnion('eventtype', [
    z.object({ eventtype: z.literal('template_card_event'), template_card_event: Tapped }),
    z.object({ eventtype: z.literal('enter_chat') }),
    // The likes and dislikes of answers, which are no answers to a question here.
    z.object({ eventtype: z.literal('feedback_event') }),
  ]),
})
export type WecomEvent = z.output<typeof WecomEvent>
export type Tap = WecomEvent & { event: { eventtype: 'template_card_event' } }

export const chatOf = ({ chatid, from }: Pick<WecomMessage, 'chatid' | 'from'>): Chat =>
  chatid ? { id: chatid, kind: 'group' } : privateChatOf(from.userid)

/** A command out of a message. */
interface ReceivedCommand {
  name: string
  words: string
  mentions: Map<string, Person>
  replyTo?: 'nobody'
}

/** The command in a message; `plainText` where it is none of plain text; undefined where there is nothing to say. */
export function commandInMessage(message: WecomMessage): ReceivedCommand | 'plainText' | undefined {
  const { msgtype, text, chattype, quote } = message
  if (msgtype !== 'text' || !text) return 'plainText'
  const isPrivate = chattype === 'single'
  const said = isPrivate ? text.content : text.content.replace(OWN_NAME, '')
  const command = commandIn(said, { isPrivate, isAddressed: true })
  if (!command) return undefined
  const { name, words } = command
  return { name, words, mentions: accountsIn(words), ...(quote !== undefined && { replyTo: 'nobody' }) }
}

/** The bot hears in groups what begins by mentioning it; its own name it isn't told. */
const OWN_NAME = /^\s*@\S+\s*/u
