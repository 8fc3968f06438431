import { codeIn } from './code.ts'

/** A command that somebody has typed. */
export interface Typed {
  /** In small letters. */
  name: string
  /** What follows it. */
  words: string
  /** Where that begins in the text. */
  end: number
  /** Whether it can only be for this bot: said in private, or with the bot's handle. */
  isForUs: boolean
}

interface Circumstances {
  /** Whether nobody but the bot reads it: then all that is said there is for the bot. */
  isPrivate: boolean
  /** Where people write `/send@bot` to choose among bots. */
  botHandle?: string
  /** Whether they pass on what somebody else has written: they may not even have read it, so they command nothing. */
  isPassedOn?: boolean
  /** Characters of the command at the beginning of the text, where the messenger marks commands; 0: there is none. */
  marked?: number | undefined
}

/** Chinese keyboards have a wide slash. */
const COMMAND = /^\s*[/／][a-z]+(?!\S)/i
const COMMAND_FOR_BOT = /^\s*[/／][a-z]+(?:@\w+)?(?!\S)/i

/** The command in a text, if it is one for this bot. */
export function commandIn(
  text: string,
  { isPrivate, botHandle, isPassedOn = false, marked }: Circumstances,
): Typed | undefined {
  const end = marked ?? (botHandle ? COMMAND_FOR_BOT : COMMAND).exec(text)?.[0].length ?? 0
  const [typed = '', bot] = text.slice(0, end).trim().slice(1).split('@')
  if (bot !== undefined && bot.toLowerCase() !== botHandle?.toLowerCase()) return undefined
  const name = typed.toLowerCase()
  const isForUs = isPrivate || bot !== undefined
  if (name && (!isPassedOn || name === 'start'))
    return { name, words: text.slice(end).trimStart(), end, isForUs }
  if (!isPrivate) return undefined
  // In private people talk to the bot anyway: what holds a code is opened, to all else it says what it can do.
  const code = codeIn(text)
  if (code) return { name: 'start', words: code, end: text.length, isForUs }
  return isPassedOn ? undefined : { name: 'help', words: '', end: text.length, isForUs }
}
