import type { Messenger } from '../messenger.ts'
import type { TelegramClient } from './client.ts'

/** The user in whose name Telegram shows what anonymous admins write. */
const GROUP_ANONYMOUS_BOT = '1087968824'

/** How long the question may take, in milliseconds: later messages of the chat wait for it. */
const TIMEOUT_MS = 5000

/**
 * Whether a person is an admin of a group (its creator, an admin, or an anonymous one), asked of Telegram at this moment.
 * It asks for the list of all admins: about a single member Telegram gives reliable answers only to bots that are admins.
 */
export const askForAdmins =
  (client: TelegramClient): Messenger['isAdmin'] =>
  async ({ id: group }, { id: person }) => {
    // Only admins can write in the name of the group.
    if (person === GROUP_ANONYMOUS_BOT) return true
    const admins = await client.call<{ user: { id: number } }[]>(
      'getChatAdministrators',
      { chat_id: Number(group) },
      AbortSignal.timeout(TIMEOUT_MS),
    )
    return admins.some(({ user }) => String(user.id) === person)
  }
