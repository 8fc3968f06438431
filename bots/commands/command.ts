import { type Language } from '../../src/shared/language.ts'
import type { ApiClient } from '../client.ts'
import type { Invocation, Reply } from '../messenger.ts'

/** What an option holds, so that a messenger can offer the right field for it. */
export interface Option {
  name: 'amount' | 'asset' | 'who' | 'note' | 'code' | 'switch'
  required?: boolean
  /** All that it can be, where that is not much. */
  choices?: readonly string[]
}

/** A command, the same in every messenger. Its description is the text `commands.<name>`, that of an option `options.<name>`. */
export interface Command {
  name: 'send' | 'collect' | 'cancel' | 'balance' | 'history' | 'notices' | 'help' | 'start'
  /** What else people type for it, by its language: in English what other bots have taught them. */
  aliases?: Partial<Record<Language, readonly string[]>>
  options: Option[]
  /** @throws Refused: the bot says it in the person's language */
  run(asked: Invocation, context: Context): Promise<Reply>
}

export interface Context {
  api: ApiClient
  /** The table of all commands. */
  commands: readonly Command[]
  /** Whether the messenger, asked now, calls the person an admin of the chat. */
  isAdmin(): Promise<boolean>
}
