import type { z } from 'zod'
import { type Language } from '../src/shared/language.ts'
import type { ApiClient } from './client.ts'
import type { RunningMessenger } from './messenger.ts'
import type { Log } from './sentences.ts'

/** What a messenger is to the service. The libraries that it runs with are loaded by `create` alone. */
export interface Description<Settings = unknown> {
  /** As in every name of a person: `telegram`. `ROLES` calls it so, too. */
  name: string
  /**
   * Reads the environment variables that are its own.
   * @returns undefined where it isn't set up, so that it can't run
   */
  settings: z.ZodType<Settings | undefined>
  /** The variable that sets it up; none: it runs by default where no messenger is set up. */
  needs?: string
  capabilities: Capabilities
  create(given: Given<Settings>): Promise<RunningMessenger>
}

/** What a messenger can do: what it can't, nobody asks of it. */
export interface Capabilities {
  /** Whether people have handles that others can type. Where they have none, `@ben` is asked back. */
  handles: boolean
  /** When a card can be drawn anew: `while`, for some time after it was posted; `on tap`, in the answer to one. */
  redraw: 'always' | 'while' | 'on tap' | 'never'
  /** Whether messages have buttons. Where they have none, a card says what to type. */
  buttons: boolean
  /** Spoken to those whose language nobody tells. */
  language: Language
}

export interface Given<Settings> {
  settings: Settings
  api: ApiClient
  /** Where people reach the service from outside; known as soon as it listens. */
  publicUrl(): string
  log: Log
}
