import type { Context } from 'hono'
import { validate } from 'uuid'
import type { Core } from '../../core.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { keyOf } from '../../shared/keys.ts'
import { Refusal } from '../../shared/refusal.ts'
import { viewerOf } from '../sign-in.ts'

/** Somebody who is signed in, and may see a group's books. */
export interface Admin {
  viewer: KnownIdentity
  /** The root of the group that the address names. */
  group: { id: string; title: string | null; timeZone: string }
  /** Operators pass everywhere. */
  isOperator: boolean
}

/**
 * Who looks at a page under `/groups/:group`, where they may: whether they are an admin is asked of the group's messengers, for each look.
 * @throws Refusal `signed_out`, `not_admin`, `admins_unknown`; for operators `route_not_found`, where there is no such group
 */
export async function adminOf(core: Core, c: Context): Promise<Admin> {
  const viewer = await viewerOf(core, c)
  if (!viewer) throw new Refusal('signed_out')
  const isOperator = core.config.operators.has(keyOf(viewer))
  const asked = c.req.param('group') ?? ''
  const id = validate(asked) ? await core.groups.rootOf(asked) : undefined
  const isAllowed = isOperator || (id && (await core.memberships.isAdmin(id, viewer.person)))
  if (!isAllowed) throw new Refusal('not_admin')
  const chat = id && (await core.groups.chatsOf([id])).get(id)
  if (!id || !chat) throw new Refusal('route_not_found')
  const { timeZone } = await core.rules.of(id)
  return { viewer, group: { id, title: chat.title, timeZone }, isOperator }
}
