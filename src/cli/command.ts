import { parseArgs } from 'node:util'

/** A command of the command line. */
export interface Command {
  /** The words after its name, as help shows them; those in brackets may be left out. */
  words: readonly string[]
  /** What it does, in a line. */
  about: string
  /** Further lines of its help. */
  details: readonly string[]
  flags: Readonly<Record<string, Flag>>
  /** An example of what `--json` prints. */
  json: string
  /** @returns the exit code, where it isn't 0 */
  run(call: Call): Promise<number | void>
}

interface Flag {
  /** What help calls its value; a flag without one is on or off. */
  value?: string
  about: string
}

/** A command as it was called. */
export interface Call {
  words: string[]
  /** The value of a flag that takes one. */
  valueOf(flag: string): string | undefined
  isOn(flag: string): boolean
  /** Prints the text; with `--json`, the data as a line of JSON instead. */
  print(text: string, data: object): void
}

/** A call of the wrong form: one line that says what is wrong. */
export class UsageError extends Error {}

/** The flags that every command has. */
export const COMMON_FLAGS: Command['flags'] = {
  json: { about: 'print JSON, a document a line' },
  help: { about: 'print this' },
}

/**
 * Reads what follows a command's name. Nothing is ignored, and nothing is guessed.
 * @throws UsageError
 */
export function readCall(command: Command, args: string[]): Omit<Call, 'print'> {
  const flags = { ...command.flags, ...COMMON_FLAGS }
  const { values, positionals, tokens } = parse(flags, args)
  const named = tokens.flatMap((token) => (token.kind === 'option' ? token.name : []))
  const twice = named.find((name, index) => named.indexOf(name) < index)
  if (twice !== undefined) throw new UsageError(`--${twice} is there twice.`)
  const empty = Object.keys(values).find((name) => values[name] === '')
  if (empty !== undefined) throw new UsageError(`--${empty} has no value.`)
  if (!values.help) checkWords(command, positionals)
  return {
    words: positionals,
    valueOf: (flag) => values[flag] as string | undefined,
    isOn: (flag) => values[flag] === true,
  }
}

function parse(flags: Command['flags'], args: string[]) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  try {
    return parseArgs({ args, options, allowPositionals: true, tokens: true })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (!code?.startsWith('ERR_PARSE_ARGS')) throw error
    // Only the first sentence: Node's message goes on with advice for programmers.
    throw new UsageError(`${message.split(/\n|\. /)[0]?.replace(/\.$/, '')}.`)
  }
}

function checkWords({ words }: Command, given: string[]) {
  const blank = given.findIndex((word) => word.trim() === '')
  if (blank >= 0) throw new UsageError('A word is empty.')
  const tooMany = given[words.length]
  if (tooMany !== undefined) throw new UsageError(`"${tooMany}" is one word too many.`)
  const missing = words.filter((word) => !word.startsWith('['))[given.length]
  if (missing !== undefined && given[0] !== FROM_INPUT) throw new UsageError(`${missing} is missing.`)
}

/** Stands in place of the words where they come by the standard input. */
export const FROM_INPUT = '-'
