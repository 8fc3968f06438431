import { closest, distance } from 'fastest-levenshtein'
import { LANGUAGES, type Language } from '../../src/shared/language.ts'
import { translations } from '../../src/texts/index.ts'
import type { Capabilities } from '../description.ts'
import { supported } from '../texts/index.ts'
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
import { proof } from './proof.ts'
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
  proof,
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

/** The command whose name in English, or in the language of whoever typed it, is most like that, where it is like enough. */
export function nearestCommand(typed: string, language: string): Command | undefined {
  const theirs = new Set<Language>(['en', supported(language)])
  const names = commands.flatMap((command) => [...theirs].flatMap((one) => namesIn(one, command)))
  const nearest = closest(typed.toLowerCase(), names)
  // Two letters are most of a short name: `/stop` doesn't mean `/tip`.
  const mostMistakes = nearest.length < 4 ? 1 : 2
  return distance(typed.toLowerCase(), nearest) <= mostMistakes ? commandOf(nearest) : undefined
}

/** The words of every language count for everybody: which one somebody types in is not known. */
const namesOf = (command: Command): string[] => LANGUAGES.flatMap((language) => namesIn(language, command))

const namesIn = (language: Language, { name }: Command): string[] =>
  translations[language].commandWords?.[name] ?? []
