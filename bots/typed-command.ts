import { mayBePhrase } from '../src/shared/phrase.ts'
import { codeIn } from './pasted-code.ts'

/** A command that somebody has typed. */
export interface TypedCommand {
  /** In small letters, without slash. */
  name: string
  /** What follows the name. */
  words: string
  /** The offset in the text at which `words` begins. */
  end: number
  /** Whether it can only be for this bot: sent in private, or with the bot's handle. */
  isForUs: boolean
}

interface MessageContext {
  /** Whether the bot is the only one to read it: then every message is for the bot. */
  isPrivate: boolean
  /** The bot's handle, where people write `/send@bot` to choose among bots. */
  botHandle?: string
  /** Whether the message was written by somebody else: who forwards it may not even have read it, so it commands nothing. */
  isForwarded?: boolean
  /**
   * Where the messenger marks commands: the length of the command at the beginning of the text, 0 where it is none.
   * Undefined: it is found in the text.
   */
  marked?: number | undefined
  /**
   * Whether people type the number of a choice, as there are no buttons. In such messengers clients often take a `/` for a command of
   * their own, so `!` counts as well.
   */
  hasChoices?: boolean
}

// In the letters of any language, as commands may have local names; behind the wide slash of Chinese keyboards, too.
const COMMAND = /^\s*[/／]\p{L}[\p{L}\p{M}]*(?!\S)/u
const COMMAND_FOR_BOT = /^\s*[/／]\p{L}[\p{L}\p{M}]*(?:@\w+)?(?!\S)/u

/** The number of a choice: `/41`, in private also by itself. */
const CHOICE = /^\s*(\/?)(\d{1,9})[\s.]*$/u

/**
 * The command in a text, if it is one for this bot. In private a text with a transfer's code means `/start` with that code, words that
 * may open one `/collect` with them, and any other text `/help`.
 */
export function commandIn(
  typed: string,
  { isPrivate, botHandle, isForwarded = false, marked, hasChoices = false }: MessageContext,
): TypedCommand | undefined {
  const text = hasChoices ? typed.replace(/^(\s*)[!！／](?=[\p{L}\d])/u, '$1/') : typed
  const [, slash, number] = (hasChoices && !isForwarded && CHOICE.exec(text)) || []
  if (number && (slash || isPrivate)) return { name: number, words: '', end: text.length, isForUs: true }
  const end = marked ?? (botHandle ? COMMAND_FOR_BOT : COMMAND).exec(text)?.[0].length ?? 0
  const [command = '', bot] = text.slice(0, end).trim().slice(1).split('@')
  if (bot !== undefined && bot.toLowerCase() !== botHandle?.toLowerCase()) return undefined
  const name = command.toLowerCase()
  const isForUs = isPrivate || bot !== undefined
  // A forwarded `/start` is harmless: it shows what its code opens, and moves nothing.
  if (name && (!isForwarded || name === 'start'))
    return { name, words: text.slice(end).trimStart(), end, isForUs }
  if (!isPrivate) return undefined
  const code = codeIn(text)
  if (code) return { name: 'start', words: code, end: text.length, isForUs }
  if (!isForwarded && mayBePhrase(text)) return { name: 'collect', words: text, end: 0, isForUs }
  return isForwarded ? undefined : { name: 'help', words: '', end: text.length, isForUs }
}
