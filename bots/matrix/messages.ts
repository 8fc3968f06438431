import { z } from 'zod'
import { commandIn, type TypedCommand } from '../typed-command.ts'
import { textOfHtml } from './html.ts'
import { localOf } from './people.ts'

const Relation = z.object({
  rel_type: z.string().optional(),
  'm.in_reply_to': z.object({ event_id: z.string() }).optional(),
})

/** https://spec.matrix.org/latest/client-server-api/#mroommessage */
export const Content = z.object({
  /** Missing where the message was taken back. */
  msgtype: z.string().optional(),
  body: z.string().default(''),
  format: z.string().optional().catch(undefined),
  formatted_body: z.string().optional().catch(undefined),
  'm.relates_to': Relation.optional().catch(undefined),
})
export type Content = z.output<typeof Content>

/** The bot, by its id and by the name that it has chosen. */
export interface Self {
  id: string
  name: string | undefined
}

/** A command that somebody has written, with the ids of those whom its words mention. */
export type WrittenCommand = TypedCommand & { mentioned: string[] }

/**
 * The command in a message, if it is one for this bot; `unreadable` where it isn't text and was written to the bot. A correction of what was
 * said commands nothing: the first wording has done so.
 */
export function commandInMessage(
  content: Content,
  isPrivate: boolean,
  self: Self,
): WrittenCommand | 'unreadable' | undefined {
  const { msgtype } = content
  if (isCorrection(content) || msgtype === undefined) return undefined
  // Bots say `m.notice`, so that no other one answers.
  if (msgtype !== 'm.text') return isPrivate && msgtype !== 'm.notice' ? 'unreadable' : undefined
  const text = textIn(content)
  const said = saidToBot(text, self)
  const command = commandIn(said ?? text, {
    isPrivate,
    isAddressed: isPrivate || said !== undefined,
    hasChoices: true,
  })
  return command && { ...command, mentioned: idsIn(command.words) }
}

/** The message that is answered. Threads name their latest one for clients that know none. */
export const answeredBy = ({ 'm.relates_to': relation }: Content): string | undefined =>
  relation?.rel_type === undefined ? relation?.['m.in_reply_to']?.event_id : undefined

const isCorrection = (content: Content): boolean => content['m.relates_to']?.rel_type === 'm.replace'

function textIn({ body, format, formatted_body: html, ...content }: Content): string {
  const isHtml = format === 'org.matrix.custom.html' && html !== undefined
  const isAnswer = content['m.relates_to']?.['m.in_reply_to'] !== undefined
  // Only markup tells whom a name mentions.
  const text = isHtml ? textOfHtml(html) : isAnswer ? withoutRepeated(body) : body
  return text.replace(/[^\S\n]+/g, ' ').trim()
}

/** Clients of before 2024 repeat what they answer: https://spec.matrix.org/v1.12/client-server-api/#fallbacks-for-rich-replies */
function withoutRepeated(body: string): string {
  const lines = body.split('\n')
  const start = lines.findIndex((line) => !line.startsWith('> '))
  return start < 0 ? '' : lines.slice(start).join('\n').trim()
}

/** The words that somebody turns to the bot with: `passalong: send 20`; undefined where they turn to nobody, or to others. */
function saidToBot(text: string, { id, name }: Self): string | undefined {
  const names = [id.slice(1), name, localOf(id)].flatMap((one) => (one ? RegExp.escape(one) : []))
  const called = names.map((one) => `@${one} ?[:,]?|${one} ?[:,]`).join('|')
  return new RegExp(`^(?:${called}) (.*)`, 'isu').exec(text)?.[1]
}

const ID = /(?<!\S)@[!-9;=?-~]{1,200}:(?:\[[\da-f:.]{2,45}\]|\w(?:[\w.-]{0,230}\w)?)(?::\d{1,5})?/gi

/** The ids of people among words, the longest first, as one may begin like another. */
const idsIn = (words: string): string[] =>
  [...new Set([...words.matchAll(ID)].map(([id]) => id))].toSorted((one, other) => other.length - one.length)
