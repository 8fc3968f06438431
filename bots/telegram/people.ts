import type { Message, User } from 'telegraf/types'
import { type Chat, cleanLabel, type Handles, type Person } from '../messenger.ts'

/** https://core.telegram.org/method/account.checkUsername; old handles may be shorter, those of bots end with `bot`. */
export const HANDLES: Handles = {
  pattern: /^[a-z]\w{2,31}$/i,
  isBot: (handle) => /bot$/i.test(handle),
}

/** A user of Telegram in the form that the API takes. */
export const personOf = (user: User): Person => ({
  messenger: 'telegram',
  id: String(user.id),
  // Telegram includes every handle that exists, so a missing one has been given up.
  handle: user.username ?? null,
  name: cleanLabel([user.first_name, user.last_name].filter(Boolean).join(' ')),
  language: user.language_code,
})

/** A chat of Telegram in the form that the API takes. */
export function chatOf(chat: Message['chat']): Chat {
  if (chat.type === 'private') return { id: String(chat.id), kind: 'private' }
  return { id: String(chat.id), kind: 'group', title: cleanLabel(chat.title) }
}
