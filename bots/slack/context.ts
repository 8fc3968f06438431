import type { Bot } from '../bot.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { Log } from '../log.ts'
import type { Buttons } from '../signed-buttons.ts'
import { supported } from '../texts/index.ts'
import type { SlackClient } from './client.ts'
import type { Installations } from './installations.ts'
import type { SlackMessenger } from './messenger.ts'
import type { Directory, Who } from './people.ts'

/** What is needed to take what Slack tells. */
export interface Context {
  client: SlackClient
  slack: SlackMessenger
  bot: Bot
  directory: Directory
  installations: Installations
  buttons: Buttons
  lifecycle: Lifecycle
  log: Log
}

/** The language in which somebody reads Slack, or ours that is nearest to it. */
export const languageOf = (person: Who) => supported(typeof person === 'object' ? person.language : undefined)
