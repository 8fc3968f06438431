import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { join, makeJoinCode, part } from '../groups/joins.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import { EXAMPLE, Group, GroupAddress, Moment, Person, plainText, shown } from '../http/shapes.ts'
import { saveLabels } from '../people/labels.ts'

const By = z
  .strictObject({ by: Person, title: Group.shape.title })
  .openapi({ example: { by: EXAMPLE.somebody } })
const JOIN_CODE = '4K7Q-9ZTA-0M3X-HWVB'
const Code = plainText.min(1).max(80).openapi({ example: JOIN_CODE })
const JoinBy = By.extend({ code: Code }).openapi({ example: { by: EXAMPLE.somebody, code: JOIN_CODE } })
const Shown = z.object({
  group: z
    .object({
      messenger: shown('telegram'),
      id: shown('-1001234567890'),
      title: shown('Lunch club').nullable(),
    })
    .openapi({ description: 'The chat that the group is shown by' }),
})

/** The routes by which admins join chats to one group, and part them. */
export const joinsApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/groups/{messenger}/{id}/join-codes',
        scope: 'all',
        summary:
          'A code by which an admin of another chat joins that one to this group, once, within ten minutes',
        description:
          'Changes nothing yet: the other admin uses it in their chat, by `POST /v1/groups/{messenger}/{id}/join`.',
        request: { params: GroupAddress, ...jsonBody(By) },
        responses: {
          201: json(
            z.object({ code: shown('4K7Q-9ZTA-0M3X-HWVB'), expiresAt: Moment }),
            'To be told to the admin alone',
          ),
        },
        refuses: ['not_admin', 'admins_unknown'],
      }),
      async (c) => {
        const { by, title } = c.req.valid('json')
        const chat = { ...c.req.valid('param'), title }
        const { code, expiresAt } = await makeJoinCode(core, { chat, by })
        await saveLabels(core, [by], chat)
        return c.json({ code, expiresAt: expiresAt.toISOString() }, 201)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/groups/{messenger}/{id}/join',
        scope: 'all',
        summary: 'Join a chat to the group of a code: one book from then on, with its rules and its treasury',
        description:
          "What the chat's own treasury has moves to that of the group. The code is used up. It stands in the trails of both.",
        request: { params: GroupAddress, ...jsonBody(JoinBy) },
        responses: { 200: json(Shown, 'Joined to this group') },
        refuses: [
          'join_code_unknown',
          'join_other_money',
          'already_joined',
          'joined_elsewhere',
          'payout_unfinished',
          'not_admin',
          'admins_unknown',
        ],
      }),
      async (c) => {
        const { by, title, code } = c.req.valid('json')
        const chat = { ...c.req.valid('param'), title }
        const group = await join(core, { chat, by, code })
        await saveLabels(core, [by], chat)
        return c.json({ group }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/groups/{messenger}/{id}/part',
        scope: 'all',
        summary:
          'Part a chat from the group that it was joined to: its books are its own again; money stays there',
        description: 'Its rules are those that it had before it was joined.',
        request: { params: GroupAddress, ...jsonBody(By) },
        responses: { 200: json(Shown, 'Parted from this group') },
        refuses: ['not_joined', 'not_admin', 'admins_unknown'],
      }),
      async (c) => {
        const { by, title } = c.req.valid('json')
        const chat = { ...c.req.valid('param'), title }
        const group = await part(core, { chat, by })
        await saveLabels(core, [by], chat)
        return c.json({ group }, 200)
      },
    )
