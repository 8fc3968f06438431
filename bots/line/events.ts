import { z } from 'zod'
import type { Chat } from '../messenger.ts'

const Source = z.object({
  type: z.string(),
  /** Missing in groups, where LINE doesn't tell who it is. */
  userId: z.string().optional(),
  groupId: z.string().optional(),
  roomId: z.string().optional(),
})

/** What every event has: https://developers.line.biz/en/reference/messaging-api/#common-properties */
export const Event = z.looseObject({
  type: z.string(),
  /** `standby`: another service answers in this chat. */
  mode: z.string(),
  /** In milliseconds since the epoch. */
  timestamp: z.number(),
  /** The same, however often it comes. */
  webhookEventId: z.string().min(1),
  deliveryContext: z.object({ isRedelivery: z.boolean() }),
  source: Source.optional(),
  replyToken: z.string().optional(),
})
export type Event = z.output<typeof Event>

/** The body of a request to the webhook. */
export const Told = z.object({
  /** Which bot it is told. */
  destination: z.string(),
  events: z.array(z.unknown()),
})

/** What a button holds, as JSON. */
export const Postback = z.object({
  data: z.string().transform((text) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return undefined
    }
  }),
})
export const Members = z.object({ members: z.array(Source) })

/** Where something happened: in private the chat's id is that of the person. Undefined where LINE doesn't tell. */
export function chatOf({ source }: Event): Chat | undefined {
  const id = source?.groupId ?? source?.roomId
  if (id) return { id, kind: 'group' }
  return source?.userId ? { id: source.userId, kind: 'private' } : undefined
}

/** Whether a chat is one of several people without a name, of the kind that LINE calls a room. */
export const isRoom = (chat: string): boolean => chat.startsWith('R')

/** Whether an id is that of a person: so is that of their private chat. */
export const isPerson = (id: string): boolean => id.startsWith('U')
