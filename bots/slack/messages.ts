import { z } from 'zod'
import { commandIn, type TypedCommand, withoutCall } from '../typed-command.ts'
import { placeholderOf, readMarkup } from './markup.ts'

/** https://docs.slack.dev/reference/events/message.im and https://docs.slack.dev/reference/events/app_mention */
export const MessageEvent = z.object({
  channel: z.string().min(1),
  channel_type: z.string().optional(),
  user: z.string().optional(),
  /** Set where an app has written it. */
  bot_id: z.string().optional(),
  /** Set where it tells of something else: that a message was changed, or deleted. */
  subtype: z.string().optional(),
  text: z.string().default(''),
  /** Its id in the channel, and when it was written: in seconds since the epoch. */
  ts: z.string().regex(/^\d+\.\d+$/),
  thread_ts: z.string().optional(),
  /** The workspace of who has written it; in a shared channel it may be another one. */
  team: z.string().optional(),
  user_team: z.string().optional(),
})

/** What is posted where somebody types a command: https://docs.slack.dev/interactivity/implementing-slash-commands */
export const SlashCommand = z.object({
  command: z.string().regex(/^\/\S+$/),
  text: z.string().default(''),
  team_id: z.string().min(1),
  channel_id: z.string().min(1),
  channel_name: z.string().default(''),
  user_id: z.string().min(1),
  user_name: z.string().default(''),
  response_url: z.url(),
  trigger_id: z.string().min(1),
})

/** The command that takes all others by their words: `/pass send 20`. Some of their names are Slack's own commands. */
export const ANY_COMMAND = 'pass'

/** A command that somebody has written, with the ids of those whom its words mention, by what stands for them. */
export type WrittenCommand = TypedCommand & { mentioned: Map<string, string> }

/**
 * The command in a message to the bot.
 * @param own the bot's id
 */
export function commandInMessage(typed: string, own: string, isPrivate: boolean): WrittenCommand | undefined {
  const { text, mentioned } = readMarkup(typed)
  const command = commandIn(withoutCall(text, placeholderOf(own)), { isPrivate, isAddressed: true })
  return command && { ...command, mentioned }
}

/** What a slash command means: its own name, or with `/pass` what follows, as it would in private. */
export function commandOfSlash({
  command,
  text,
}: {
  command: string
  text: string
}): WrittenCommand | undefined {
  const name = command.slice(1).toLowerCase()
  if (name === ANY_COMMAND) return commandInMessage(text, '', true)
  const read = readMarkup(text)
  return { name, words: read.text.trim(), end: 0, isForUs: true, mentioned: read.mentioned }
}
