import { z } from 'zod'
import type { Person } from '../messenger.ts'
import { commandIn, type TypedCommand } from '../typed-command.ts'

/** https://developers.line.biz/en/reference/messaging-api/#wh-text */
export const LineText = z.object({
  type: z.string(),
  id: z.string().min(1),
  text: z.string().optional(),
  /** The message that is answered. */
  quotedMessageId: z.string().optional(),
  mention: z
    .object({
      mentionees: z.array(
        z.object({
          /** `all`: everybody in the group. */
          type: z.string(),
          /** Where its words begin in the text, in UTF-16 code units, as `length`. */
          index: z.number(),
          length: z.number(),
          /** Told of those alone who have agreed to that. */
          userId: z.string().optional(),
          isSelf: z.boolean().optional(),
        }),
      ),
    })
    .optional(),
})
export type LineText = z.output<typeof LineText>

/** A command that somebody has written, with whom its words mention. */
export type WrittenCommand = TypedCommand & {
  mentions: Map<string, Person | 'bot'>
  /** Set where LINE doesn't tell who one of them is. */
  isUntold: boolean
}

/**
 * The command in a message, if it is one for this bot; `unreadable` where it isn't text and was written to the bot.
 * @param personOf whoever was mentioned, by id
 */
export function commandInMessage(
  { text, mention }: LineText,
  isPrivate: boolean,
  personOf: (id: string) => Person,
): WrittenCommand | 'unreadable' | undefined {
  if (text === undefined) return isPrivate ? 'unreadable' : undefined
  const mentions = new Map<string, Person | 'bot'>()
  let isUntold = false
  let placed = text
  const mentionees = (mention?.mentionees ?? []).toSorted((one, other) => other.index - one.index)
  for (const { type, index, length, userId, isSelf } of mentionees) {
    if (type !== 'user') continue
    const placeholder = isSelf ? CALL : `@#${userId};`
    isUntold ||= !isSelf && userId === undefined
    if (isSelf) mentions.set(placeholder, 'bot')
    else if (userId !== undefined) mentions.set(placeholder, personOf(userId))
    placed = `${placed.slice(0, index)} ${placeholder} ${placed.slice(index + length)}`
  }
  const isAddressed = isPrivate || mentions.has(CALL)
  const command = commandIn(withoutCall(placed), { isPrivate, isAddressed })
  return command && { ...command, mentions, isUntold }
}

/** What stands for the bot in the words. */
const CALL = '@#bot;'

/** A text without the mention of the bot by which it is called, in front or at the end. */
function withoutCall(text: string): string {
  const trimmed = text.trim()
  if (trimmed.startsWith(CALL)) return trimmed.slice(CALL.length).trim()
  return trimmed.endsWith(CALL) ? trimmed.slice(0, -CALL.length).trim() : trimmed
}
