import { type Message, type Person, type Target, Undeliverable } from '../messenger.ts'
import type { Buttons } from '../signed-buttons.ts'
import { messageContent } from './card.ts'
import type { SlackClient } from './client.ts'
import type { SlackMessenger } from './messenger.ts'

/** Answers to something that somebody has done, for their eyes alone. */
export interface Answers {
  say(message: Message): Promise<void>
  /** Puts a message in the place of the one whose button was pressed. */
  replace(message: Message): Promise<void>
}

/** For how long the address takes answers, and how many: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const OPEN_MS = 29 * 60_000
const MOST = 5

/**
 * Answers go to the address that came with what was done, which takes them also where the bot can't write; when that takes no more, to the
 * conversation itself.
 * @param url that address, if there is one
 */
export function openAnswers(
  url: string | undefined,
  where: { target: Target; person: Person },
  { client, slack, buttons }: { client: SlackClient; slack: SlackMessenger; buttons: Buttons },
): Answers {
  const until = Date.now() + OPEN_MS
  let left = MOST

  async function respond(message: Message, replace_original: boolean): Promise<void> {
    if (url === undefined || left === 0 || Date.now() > until)
      throw new Undeliverable('its address takes no more answers')
    left -= 1
    const content = messageContent(message, where.target.chat, buttons)
    await client.respond(url, { ...content, replace_original })
  }

  return {
    say: (message) =>
      respond(message, false).catch((error: unknown) => {
        if (!(error instanceof Undeliverable)) throw error
        return slack.whisper(message, where.target, where.person)
      }),
    replace: (message) => respond(message, true),
  }
}
