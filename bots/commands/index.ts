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
