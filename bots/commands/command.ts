import type { english } from '../../src/texts/index.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import type { Invocation, Reply } from '../messenger.ts'

/** An option of a command, as a messenger offers a field for it. */
export interface Option {
  name: keyof typeof english.bots.options
  required?: boolean
  /** Its possible values, where there are only a few. */
  choices?: readonly string[]
}

/** A command, the same in every messenger. Texts have the words for it (`commandWords`), and describe it (`commands.<name>`) and its options (`options.<name>`). */
export interface Command {
  name: keyof typeof english.commandWords
  options: Option[]
  /** Whether it is for admins in groups: there others are not offered it, as far as the messenger can do that. */
  forAdmins?: true
  /** Whether it is about others, in a group or by their names: where the bot talks with each person alone it isn't offered. */
  isAboutOthers?: true
  /** @throws Refused, which the bot explains in the person's language */
  run(invocation: Invocation, context: Context): Promise<Reply>
}

export interface Context {
  api: ApiClient
  /** The table of all commands. */
  commands: readonly Command[]
  /** What the messenger can do. */
  capabilities: Capabilities
  /** Whether the person is an admin of the chat, asked of the messenger at this moment. */
  isAdmin(): Promise<boolean>
}
