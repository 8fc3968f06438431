import { z } from 'zod'

const Content = z.record(z.string(), z.unknown())

/** Something that has happened in a room: https://spec.matrix.org/latest/client-server-api/#room-event-format */
export const RoomEvent = z.object({
  type: z.string(),
  event_id: z.string().min(1),
  sender: z.string(),
  /** In milliseconds since the epoch, as the sender's homeserver tells it. */
  origin_server_ts: z.number(),
  /** Set where it changes the room's state. */
  state_key: z.string().optional(),
  content: Content,
  unsigned: z.object({ prev_content: Content.optional() }).optional(),
})
export type RoomEvent = z.output<typeof RoomEvent>

/** A piece of a room's state, as those who are invited see it. */
const Stripped = z.object({ type: z.string(), sender: z.string(), state_key: z.string(), content: Content })

/** Read one by one: what can't be read of one event must not hold up the others. */
const Events = z.array(z.unknown()).default([])

/** An answer of `/sync`: https://spec.matrix.org/latest/client-server-api/#get_matrixclientv3sync */
export const Told = z.object({
  /** Where the next one begins. */
  next_batch: z.string(),
  rooms: z
    .object({
      join: z
        .record(
          z.string(),
          z.object({
            state: z.object({ events: Events }).optional(),
            timeline: z
              .object({
                events: Events,
                /** Set where more has happened than is told. That lies before `prev_batch`. */
                limited: z.boolean().default(false),
                prev_batch: z.string().optional(),
              })
              .optional(),
          }),
        )
        .default({}),
      invite: z.record(z.string(), z.object({ invite_state: z.object({ events: Events }) })).default({}),
      leave: z.record(z.string(), z.unknown()).default({}),
    })
    .default({ join: {}, invite: {}, leave: {} }),
})
export type Told = z.output<typeof Told>

/** A page of what has happened in a room. */
export const Page = z.object({ chunk: Events, end: z.string().optional() })

/** Who invites the bot, and whether to talk with it alone. */
export function invitationIn(state: unknown[], own: string): { by: string; isDirect: boolean } | undefined {
  const invitation = state
    .flatMap((one) => Stripped.safeParse(one).data ?? [])
    .find(({ type, state_key }) => type === 'm.room.member' && state_key === own)
  return invitation && { by: invitation.sender, isDirect: invitation.content.is_direct === true }
}

/** What somebody is in a room. */
export const membershipIn = ({ content }: Pick<RoomEvent, 'content'>): string => String(content.membership)

/** Whether an event tells of somebody who has come into a room, or left it; undefined where it is about something else. */
export function changeIn({ type, content, unsigned }: RoomEvent): 'joined' | 'left' | undefined {
  if (type !== 'm.room.member') return undefined
  const before = unsigned?.prev_content?.membership === 'join'
  const now = content.membership === 'join'
  if (now === before) return undefined
  return now ? 'joined' : 'left'
}
