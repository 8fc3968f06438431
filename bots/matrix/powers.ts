import type { RoomEvent } from './events.ts'

/** Who may remove others from a room, where it doesn't say so. */
const MODERATOR = 50
/** From this version of rooms on who has made one may do everything there, and is not listed. */
const CREATORS_RULE = 12

/**
 * Whether somebody may remove others from a room.
 * @param levels the content of `m.room.power_levels`: https://spec.matrix.org/latest/client-server-api/#mroompower_levels
 * @param created the event `m.room.create`, or its content alone, as homeservers before version 1.16 of the specification answer it
 */
export function mayRemoveOthers(
  id: string,
  levels: Record<string, unknown> | undefined,
  created: Partial<RoomEvent> & Record<string, unknown>,
): boolean {
  const about = created.content ?? created
  const creator = created.sender ?? about.creator
  if (Number(about.room_version ?? 1) >= CREATORS_RULE) {
    const more = Array.isArray(about.additional_creators) ? about.additional_creators : []
    if (id === creator || more.includes(id)) return true
  }
  if (!levels) return id === creator
  const { users = {}, users_default = 0, kick = MODERATOR, ban = MODERATOR } = levels
  const own = (users as Record<string, unknown>)[id] ?? users_default
  // A room in which everybody may remove everybody has no admins by that.
  return Number(own) >= Math.max(MODERATOR, Number(kick), Number(ban))
}
