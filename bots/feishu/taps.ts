import { z } from 'zod'
import { encodeAction } from '../actions.ts'
import type { ButtonPress } from '../messenger.ts'
import type { Buttons } from '../signed-buttons.ts'
import { isPerson } from './client.ts'
import { chatOf, type Directory } from './people.ts'

/** https://open.feishu.cn/document/feishu-cards/card-callback-communication */
export const Tap = z.object({
  operator: z.object({ open_id: z.string().min(1) }),
  action: z.object({ value: z.unknown() }),
  context: z.object({ open_message_id: z.string().min(1), open_chat_id: z.string().min(1) }),
})
export type Tap = z.output<typeof Tap>

/**
 * The button press in a tap; undefined where no message of ours in that chat has had such a button. Feishu doesn't tell whether a chat is
 * private: there the button holds whom the message was for.
 */
export function pressIn(
  { operator, action: { value }, context }: Tap,
  { key, language }: Pick<ButtonPress, 'key' | 'language'>,
  buttons: Buttons,
  directory: Directory,
): ButtonPress | undefined {
  const decoded = buttons.decode(value)
  if (!decoded) return undefined
  const { action, chat } = decoded
  const isThere = isPerson(chat) ? chat === operator.open_id : chat === context.open_chat_id
  if (!isThere) return undefined
  return {
    person: directory.knownPerson(operator.open_id),
    chat: chatOf(chat),
    language,
    key,
    action,
    place: { chat, message: context.open_message_id },
    buttons: [encodeAction(action)],
    target: { chat, details: JSON.stringify({ key }) },
  }
}
