import type { ChatMember } from 'telegraf/types'
import type { Messenger } from '../messenger.ts'
import type { TelegramClient } from './client.ts'
import { isIn } from './updates.ts'

/** How long a question may take, in milliseconds: later messages of the chat wait for it. */
const TIMEOUT_MS = 5000

/**
 * Whether a person is an admin of a group, asked of Telegram at this moment. It asks for the list of all admins: about a single member
 * Telegram gives reliable answers only to bots that are admins.
 */
export const askForAdmins =
  (client: TelegramClient): Messenger['isAdmin'] =>
  async ({ id: group }, { id: person }) => {
    const admins = await client.call<{ user: { id: number } }[]>(
      'getChatAdministrators',
      { chat_id: Number(group) },
      AbortSignal.timeout(TIMEOUT_MS),
    )
    return admins.some(({ user }) => String(user.id) === person)
  }

/** Whether a person is in a group, asked of Telegram at this moment. It may refuse that to a bot that is no admin. */
export const askForMember =
  (client: TelegramClient): Messenger['isMember'] =>
  async ({ id: group }, { id: person }) => {
    const member = await client.call<ChatMember>(
      'getChatMember',
      { chat_id: Number(group), user_id: Number(person) },
      AbortSignal.timeout(TIMEOUT_MS),
    )
    return isIn(member)
  }
