import { z } from 'zod'
import type { Action } from '../actions.ts'
import type { Buttons } from '../signed-buttons.ts'
import { parsed } from '../webhook.ts'
import { isPerson, messageIn, partsOf } from './ids.ts'

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export const Tap = z.object({
  type: z.literal('block_actions'),
  trigger_id: z.string().min(1),
  response_url: z.url().optional(),
  user: z.object({
    id: z.string().min(1),
    username: z.string().optional(),
    name: z.string().optional(),
    team_id: z.string().optional(),
  }),
  team: z.object({ id: z.string() }).nullish(),
  container: z.object({
    channel_id: z.string().optional(),
    message_ts: z.string().optional(),
    thread_ts: z.string().optional(),
  }),
  actions: z.array(z.object({ value: z.string().optional() })).min(1),
})
export type Tap = z.output<typeof Tap>

/** A button of ours that was pressed, and where. */
interface Pressed {
  action: Action
  chat: string
  message: string
}

/**
 * What was pressed; `link` where it only opens something. Undefined where no message of ours in that conversation has had such a button: a
 * button holds in which one it stands, in private whom it was for.
 */
export function pressedIn({ actions, container, user }: Tap, buttons: Buttons): Pressed | 'link' | undefined {
  const { value } = actions[0] ?? {}
  if (value === undefined) return 'link'
  const { channel_id: channel, message_ts: ts } = container
  const decoded = buttons.decode(parsed(value))
  if (!decoded || channel === undefined || ts === undefined) return undefined
  const { own } = partsOf(decoded.chat)
  const isThere = isPerson(own) ? own === user.id : own === channel
  return isThere ? { ...decoded, message: messageIn(channel, ts) } : undefined
}
