import type { z } from 'zod'
import type { ApiClient } from './client.ts'
import type { RunningMessenger } from './messenger.ts'
import type { Log } from './sentences.ts'
import type { LANGUAGES } from './texts/index.ts'

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
  /** Whether people have handles that others can type. */
  handles: boolean
  /** How long a card can be drawn anew after it was posted: `while`, for as long as the messenger lets. */
  redraw: 'always' | 'while' | 'on tap' | 'never'
  /** Whether messages have buttons. */
  buttons: boolean
  /** Spoken to those whose language nobody tells. */
  language: (typeof LANGUAGES)[number]
}

export interface Given<Settings> {
  settings: Settings
  api: ApiClient
  /** Where people reach the service from outside; known as soon as it listens. */
  publicUrl(): string
  log: Log
}
