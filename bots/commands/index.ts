import { closest, distance } from 'fastest-levenshtein'
import { translations } from '../../texts/index.ts'
import type { Capabilities } from '../description.ts'
import { admins } from './admins.ts'
import { balance } from './balance.ts'
import { cancel } from './cancel.ts'
import { collect } from './collect.ts'
import type { Command } from './command.ts'
import { feedback } from './feedback.ts'
import { forget } from './forget.ts'
import { help } from './help.ts'
import { history } from './history.ts'
import { join } from './join.ts'
import { link } from './link.ts'
import { notices } from './notices.ts'
import { part } from './part.ts'
import { pay } from './pay.ts'
import { pool } from './pool.ts'
import { red } from './red.ts'
import { refund } from './refund.ts'
import { request } from './request.ts'
import { rules } from './rules.ts'
import { send } from './send.ts'
import { split } from './split.ts'
import { start } from './start.ts'
import { unlink } from './unlink.ts'
import { waiting } from './waiting.ts'

/** All commands that every messenger offers, in the order in which `/help` lists them. */
export const commands: readonly Command[] = [
  send,
  red,
  request,
  split,
  pool,
  collect,
  cancel,
  waiting,
  refund,
  balance,
  history,
  pay,
  join,
  part,
  link,
  unlink,
  notices,
  rules,
  feedback,
  forget,
  help,
  start,
]

/** All commands that a messenger offers. */
export const commandsIn = ({ namesAdmins, named }: Capabilities): readonly Command[] =>
  [...commands, ...(namesAdmins ? [admins] : [])].filter(
    ({ isAboutOthers }) => !isAboutOthers || named !== 'nobody',
  )

/** The command of a name or an alias, in letters of any case. */
export const commandOf = (typed: string): Command | undefined =>
  [...commands, admins].find((command) => namesOf(command).includes(typed.toLowerCase()))

/** The command whose name or alias is most like what was typed, where that is like enough. */
export function nearestCommand(typed: string): Command | undefined {
  const names = commands.flatMap(namesOf)
  const nearest = closest(typed.toLowerCase(), names)
  // Two letters are most of a short name: `/stop` doesn't mean `/tip`.
  const mostMistakes = nearest.length < 4 ? 1 : 2
  return distance(typed.toLowerCase(), nearest) <= mostMistakes ? commandOf(nearest) : undefined
}

/** The words of every language count for everybody: which one somebody types in is not known. */
const namesOf = ({ name }: Command): string[] =>
  Object.values(translations).flatMap(({ commandWords }) => commandWords?.[name] ?? [])
