import { z } from 'zod'
import { encodeAction } from '../actions.ts'
import type { ButtonPress } from '../messenger.ts'
import type { Buttons } from './card.ts'
import type { Directory } from './people.ts'
import { whoseChat } from './people.ts'

/** The topic of taps on cards. */
export const TAPS = '/v1.0/card/instances/callback'

const json = z.string().transform((text, issues) => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    issues.addIssue({ code: 'custom', message: 'is no JSON' })
    return z.NEVER
  }
})
const Params = z.record(z.string(), z.unknown())

/** https://open.dingtalk.com/document/orgapp/event-callback-card */
export const Tap = z.object({
  outTrackId: z.string().min(1),
  corpId: z.string().optional(),
  /** The user id in the company; missing, or empty, for people of other companies. */
  userId: z.string().optional(),
  /** 1, as it was asked for: `userId` is a user id. */
  userIdType: z.number().default(1),
  /** What the button holds. */
  content: json.pipe(
    z.object({
      cardPrivateData: z.object({ params: Params.default({}) }).optional(),
      params: Params.optional(),
    }),
  ),
})
export type Tap = z.output<typeof Tap>

/** The button press in a tap; undefined where the card has never had that button. */
export async function pressIn(
  { outTrackId: id, userId = '', content }: Tap,
  frame: { key: string; language: string },
  buttons: Buttons,
  directory: Directory,
): Promise<ButtonPress | undefined> {
  const pressed = buttons.decode(content.cardPrivateData?.params ?? content.params, id)
  if (!pressed) return undefined
  const { action, chat } = pressed
  return {
    person: await directory.person(userId),
    chat: { id: chat, kind: whoseChat(chat) ? 'private' : 'group' },
    language: frame.language,
    key: frame.key,
    action,
    place: { chat, message: id },
    buttons: [encodeAction(action)],
    target: { chat, details: frame.key },
  }
}
