import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { nameAdmin, namedAdmins } from '../groups/name-admin.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import { EXAMPLE, Group, GroupAddress, IdentityShape, Person } from '../http/shapes.ts'
import { saveLabels } from '../people/labels.ts'

const Named = z
  .strictObject({ by: Person, who: Person, isNamed: z.boolean(), title: Group.shape.title })
  .openapi({ example: { by: EXAMPLE.somebody, who: EXAMPLE.another, isNamed: false } })
const Admins = z.object({ items: z.array(IdentityShape) })

/** The routes by which admins name others, where the messenger tells no admins of its groups. */
export const namedAdminsApi = (core: Core) => {
  const shown = async (chat: { messenger: string; id: string }) => ({
    items: (await namedAdmins(core, chat)).map((one) => IdentityShape.parse(one)),
  })
  return router(core)
    .openapi(
      v1Route({
        method: 'get',
        path: '/groups/{messenger}/{id}/named-admins',
        scope: 'all',
        summary: 'Whom admins of a chat have named to be one, too',
        description: 'For messengers that do not tell who the admins of a group are.',
        request: { params: GroupAddress },
        responses: { 200: json(Admins, 'Besides those whom the messenger calls admins') },
      }),
      async (c) => c.json(await shown(c.req.valid('param')), 200),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/groups/{messenger}/{id}/named-admins',
        scope: 'all',
        summary:
          'Name somebody an admin of a chat, or take that back: for messengers that tell no admins of their groups',
        description: 'It stands in the trail of the group. Doing it again changes nothing.',
        request: { params: GroupAddress, ...jsonBody(Named) },
        responses: { 200: json(Admins, 'Who is named now') },
        refuses: ['not_admin', 'admins_unknown'],
      }),
      async (c) => {
        const { by, who, isNamed, title } = c.req.valid('json')
        const chat = { ...c.req.valid('param'), title }
        await nameAdmin(core, { chat, by, who, isNamed })
        await saveLabels(core, [by, who], chat)
        return c.json(await shown(chat), 200)
      },
    )
}
