import type { Messenger } from '../messenger.ts'
import type { TelegramClient } from './client.ts'

/** In whose name Telegram shows what anonymous admins write. */
const GROUP_ANONYMOUS_BOT = '1087968824'

/** How long it may take, in milliseconds: what others have said waits meanwhile. */
const PATIENCE_MS = 5000

/**
 * Whether Telegram, asked at this moment, calls a person an admin of a group: its creator, an admin, or an anonymous one.
 * It is asked for all of them: about a single member it tells for certain only bots that are admins themselves.
 */
export const askForAdmins =
  (client: TelegramClient): Messenger['isAdmin'] =>
  async ({ id: group }, { id: person }) => {
    // Only who is an admin can write in the name of the group.
    if (person === GROUP_ANONYMOUS_BOT) return true
    const admins = await client.call<{ user: { id: number } }[]>(
      'getChatAdministrators',
      { chat_id: Number(group) },
      AbortSignal.timeout(PATIENCE_MS),
    )
    return admins.some(({ user }) => String(user.id) === person)
  }
