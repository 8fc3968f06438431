import { closest, distance } from 'fastest-levenshtein'
import { balance } from './balance.ts'
import { cancel } from './cancel.ts'
import { collect } from './collect.ts'
import type { Command } from './command.ts'
import { help } from './help.ts'
import { history } from './history.ts'
import { notices } from './notices.ts'
import { send } from './send.ts'
import { start } from './start.ts'

/** The one table of commands, in the order in which help tells them. */
export const commands: readonly Command[] = [send, collect, cancel, balance, history, notices, help, start]

export const commandOf = (typed: string): Command | undefined =>
  commands.find((command) => namesOf(command).includes(typed.toLowerCase()))

/** The command that somebody has probably mistyped. */
export function nearestCommand(typed: string): Command | undefined {
  const names = commands.flatMap(namesOf)
  const nearest = closest(typed.toLowerCase(), names)
  // Of a short name hardly anything would be left: `/stop` is no `/tip`.
  const mostMistakes = nearest.length < 4 ? 1 : 2
  return distance(typed.toLowerCase(), nearest) <= mostMistakes ? commandOf(nearest) : undefined
}

/** Whatever language somebody types in, they mean the same. */
const namesOf = ({ name, aliases = {} }: Command): string[] => [name, ...Object.values(aliases).flat()]
