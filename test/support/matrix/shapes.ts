// What the specification says of what clients send and homeservers answer: https://spec.matrix.org/v1.16/client-server-api/
import { z } from 'zod'

const Mentions = z.strictObject({
  user_ids: z.array(z.string().startsWith('@')).optional(),
  room: z.boolean().optional(),
})
const text = { body: z.string().min(1), 'm.mentions': Mentions.optional() }
const image = {
  msgtype: z.literal('m.image'),
  url: z.string().regex(/^mxc:\/\/[^/]+\/[\w-]+$/),
  filename: z.string().min(1).optional(),
  info: z.strictObject({ mimetype: z.string(), size: z.int(), w: z.int(), h: z.int() }).partial().optional(),
}
const words = {
  msgtype: z.enum(['m.text', 'm.notice', 'm.emote']),
  format: z.literal('org.matrix.custom.html').optional(),
  formatted_body: z.string().optional(),
}
const Id = z.string().startsWith('$')
const InReplyTo = z.object({ event_id: Id })
const relates = {
  'm.relates_to': z
    .union([
      z.strictObject({ rel_type: z.literal('m.replace'), event_id: Id }),
      z.strictObject({
        rel_type: z.literal('m.thread'),
        event_id: Id,
        is_falling_back: z.boolean().optional(),
        'm.in_reply_to': InReplyTo.optional(),
      }),
      z.strictObject({ 'm.in_reply_to': InReplyTo }),
    ])
    .optional(),
}
const NewContent = z.union([z.strictObject({ ...text, ...words }), z.strictObject({ ...text, ...image })])

/** The content of `m.room.message`. */
export const MessageContent = z.union([
  z.strictObject({ ...text, ...words, ...relates, 'm.new_content': NewContent.optional() }),
  z.strictObject({ ...text, ...image, ...relates, 'm.new_content': NewContent.optional() }),
])

export const CreateRoom = z.strictObject({
  preset: z.enum(['private_chat', 'public_chat', 'trusted_private_chat']).optional(),
  is_direct: z.boolean().optional(),
  invite: z.array(z.string().startsWith('@')).optional(),
  name: z.string().optional(),
  room_version: z.string().optional(),
})

const EventFilter = z.strictObject({
  types: z.array(z.string()).optional(),
  not_types: z.array(z.string()).optional(),
  senders: z.array(z.string()).optional(),
  not_senders: z.array(z.string()).optional(),
  limit: z.int().min(1).optional(),
})
const RoomEventFilter = z.strictObject({
  ...EventFilter.shape,
  lazy_load_members: z.boolean().optional(),
  include_redundant_members: z.boolean().optional(),
  unread_thread_notifications: z.boolean().optional(),
})
export const Filter = z.strictObject({
  presence: EventFilter.optional(),
  account_data: EventFilter.optional(),
  room: z
    .strictObject({
      account_data: RoomEventFilter.optional(),
      ephemeral: RoomEventFilter.optional(),
      state: RoomEventFilter.optional(),
      timeline: RoomEventFilter.optional(),
    })
    .optional(),
})
export type Filter = z.output<typeof Filter>
export const TimelineFilter = RoomEventFilter
export type TimelineFilter = z.output<typeof RoomEventFilter>

export const Typing = z.union([
  z.strictObject({ typing: z.literal(true), timeout: z.int().positive() }),
  z.strictObject({ typing: z.literal(false) }),
])
export const Direct = z.record(z.string().startsWith('@'), z.array(z.string().startsWith('!')))
