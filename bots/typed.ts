import { codeIn } from './code.ts'

/** A command as people type it; Chinese keyboards have a wide slash. */
export function commandIn(text: string): { name: string; words: string } | undefined {
  const [, name, words = ''] = /^\s*[/／]([a-z]+)(?:\s+(.*))?$/is.exec(text) ?? []
  return name === undefined ? undefined : { name: name.toLowerCase(), words }
}

/** In private people talk to the bot anyway: what holds a code is opened, to all else it says what it can do. */
export const plainWordsMean = (text: string) => ({ name: codeIn(text) ? 'start' : 'help', words: text })
