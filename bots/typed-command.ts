import { codeIn } from '../src/shared/pasted-code.ts'
import { mayBePhrase } from '../src/shared/phrase.ts'
import { commandOf } from './commands/index.ts'

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
  /** Set where the text was not understood, and the help may be of use. */
  isGuess?: true
}

interface MessageContext {
  /** Whether the bot is the only one to read it: then every message is for the bot. */
  isPrivate: boolean
  /**
   * Whether it is said to this bot, in private or by naming it, in a messenger where a command then needs no slash. What is none gets
   * the help.
   */
  isAddressed?: boolean
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
// Chinese is written without blanks: `转账20`.
const BARE_WORD = /^\s*(?:\p{L}[\p{L}\p{M}]*(?!\S)|\p{Script=Han}+(?=[\p{N}\p{Sc}]))/u
const COMMAND_FOR_BOT = /^\s*[/／]\p{L}[\p{L}\p{M}]*(?:@\w+)?(?!\S)/u

/** The number of a choice: `/41`, in private also by itself. */
const CHOICE = /^\s*(\/?)(\d{1,9})[\s.]*$/u

/**
 * The command in a text, if it is one for this bot. In private a text with a transfer's code means `/start` with that code, words that
 * may open one `/collect` with them, and any other text, as whatever else is said to the bot, `/help`.
 */
export function commandIn(
  typed: string,
  {
    isPrivate,
    isAddressed = false,
    botHandle,
    isForwarded = false,
    marked,
    hasChoices = false,
  }: MessageContext,
): TypedCommand | undefined {
  const text = hasChoices ? typed.replace(/^(\s*)[!！／](?=[\p{L}\d])/u, '$1/') : typed
  const [, slash, number] = (hasChoices && !isForwarded && CHOICE.exec(text)) || []
  if (number && (slash || isPrivate)) return { name: number, words: '', end: text.length, isForUs: true }
  const withSlash = marked ?? (botHandle ? COMMAND_FOR_BOT : COMMAND).exec(text)?.[0].length ?? 0
  const end = withSlash || (isAddressed ? bareCommand(text) : 0)
  const [command = '', bot] = text
    .slice(0, end)
    .trim()
    .replace(/^[/／]/, '')
    .split('@')
  if (bot !== undefined && bot.toLowerCase() !== botHandle?.toLowerCase()) return undefined
  const name = command.toLowerCase()
  const isForUs = isPrivate || isAddressed || bot !== undefined
  // A forwarded `/start` is harmless: it shows what its code opens, and moves nothing.
  if (name && (!isForwarded || name === 'start'))
    return { name, words: text.slice(end).trimStart(), end, isForUs }
  if (!isForUs) return undefined
  const code = isPrivate && codeIn(text)
  if (code) return { name: 'start', words: code, end: text.length, isForUs }
  if (isPrivate && !isForwarded && mayBePhrase(text)) return { name: 'collect', words: text, end: 0, isForUs }
  return isForwarded ? undefined : { name: 'help', words: '', end: text.length, isForUs, isGuess: true }
}

/** A text without the mention of the bot by which it is called, in front or at the end. */
export function withoutCall(text: string, call: string): string {
  const trimmed = text.trim()
  if (trimmed.startsWith(call)) return trimmed.slice(call.length).trim()
  return trimmed.endsWith(call) ? trimmed.slice(0, -call.length).trim() : trimmed
}

/** The length of a command's name, or of an alias, with which a text begins without a slash; 0 where it doesn't. */
function bareCommand(text: string): number {
  const word = BARE_WORD.exec(text)?.[0]
  return word && commandOf(word.trim()) && !FOUR_WORDS.test(text) ? word.length : 0
}

/** So are words made that open a transfer, and a few of those are names of commands. */
const FOUR_WORDS = /^\s*(?:\p{L}+\s+){3}\p{L}+\s*$/u
