import { type Language } from '../../src/shared/language.ts'
import type { ApiClient } from '../client.ts'
import type { Capabilities } from '../description.ts'
import type { Invocation, Reply } from '../messenger.ts'

/** An option of a command, as a messenger offers a field for it. */
export interface Option {
  name:
    | 'amount'
    | 'count'
    | 'draw'
    | 'takers'
    | 'list'
    | 'time'
    | 'asset'
    | 'who'
    | 'people'
    | 'note'
    | 'code'
    | 'switch'
    | 'words'
    | 'rule'
    | 'invitation'
    | 'linking'
    | 'picture'
    | 'phrase'
  required?: boolean
  /** Its possible values, where there are only a few. */
  choices?: readonly string[]
}

/** A command, the same in every messenger. Texts describe it (`commands.<name>`) and its options (`options.<name>`). */
export interface Command {
  name:
    | 'send'
    | 'red'
    | 'request'
    | 'split'
    | 'pool'
    | 'collect'
    | 'cancel'
    | 'waiting'
    | 'refund'
    | 'balance'
    | 'history'
    | 'pay'
    | 'join'
    | 'part'
    | 'link'
    | 'unlink'
    | 'notices'
    | 'rules'
    | 'admins'
    | 'feedback'
    | 'forget'
    | 'help'
    | 'start'
  /** Other names that people type, by language: in English those that other bots use. */
  aliases?: Partial<Record<Language, readonly string[]>>
  options: Option[]
  /** Whether it is for admins in groups: there others are not offered it, as far as the messenger can do that. */
  forAdmins?: true
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
