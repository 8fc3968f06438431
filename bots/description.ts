import type { z } from 'zod'
import { type Language } from '../src/shared/language.ts'
import type { ApiClient } from './client.ts'
import type { Log } from './log.ts'
import type { RunningMessenger } from './messenger.ts'

/** What the service knows of a messenger before it runs. Only `create` loads its libraries. */
export interface Description<Settings = unknown> {
  /** As in its people's `messenger`, and in `ROLES`: `telegram`. */
  name: string
  /**
   * Reads its own environment variables. Its output is undefined where it isn't set up, so that it can't run.
   */
  settings: z.ZodType<Settings | undefined>
  /** The variable that sets it up. Unset: it needs none, and runs by default where no other messenger is set up. */
  needs?: string
  capabilities: Capabilities
  create(options: CreateOptions<Settings>): Promise<RunningMessenger>
}

/** What a messenger can do. `withinCapabilities` sees to it that nothing else is asked of it. */
export interface Capabilities {
  /** Whether people have handles that others can type. Without them the bot asks who `@ben` is. */
  handles: boolean
  /**
   * How others name people where they have no handles: by an address like `ben@example.org`, by an account like `账号:ben`, picked as a mention
   * or by a menu on their message, or not at all, as the bot talks with each person alone. Unset: picked as a mention.
   */
  named?: 'address' | 'account' | 'menu' | 'nobody'
  /** When a card can be redrawn. `while`: for some time after it was posted; `on tap`: in the answer to a button press. */
  redraw: 'always' | 'while' | 'on tap' | 'never'
  /** Whether messages can have buttons. Without them cards and messages say what to type. */
  buttons: boolean
  /** Whether a button may lead to this machine alone. Without it such a link is written out. */
  localLinks?: true
  /** Set where the messenger tells no admins of its groups: then those whom it calls admins can name others by `/admins`. */
  namesAdmins?: true
  /** The language for people whose own isn't known. */
  language: Language
}

/** What a messenger is created with. */
export interface CreateOptions<Settings> {
  settings: Settings
  api: ApiClient
  /** The address at which people reach the service from outside. To be called when the service listens. */
  publicUrl(): string
  log: Log
}
