import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import { BotsMessenger, ExternalId, label, shown } from '../http/shapes.ts'

const Title = label(60).pipe(z.string()).openapi({ minLength: 1, maxLength: 60, example: 'Example' })
const OneMessenger = { params: z.object({ messenger: BotsMessenger }) }

/** A button on claim pages leads there, so scripts and relative links are refused. `xmpp:` is of XEP-0147. */
const Link = z
  .string()
  .max(500)
  .regex(/^(https?:\/\/[^\s/]|xmpp:[^\s/]|\/(?![/\\]))\S*$/, {
    error: 'must be a web address, or a path on our own pages',
  })
  .openapi({
    description: 'Opens the messenger; `{code}` stands for the code, where its links can carry one',
    example: 'https://chat.example.org/?start={code}',
  })

const OneWorkspace = {
  params: OneMessenger.params.extend({ workspace: ExternalId.openapi({ example: 'T0123456789' }) }),
}
const Sealed = z
  .string()
  .regex(/^[\w-]{1,4000}$/)
  .openapi({
    description: 'Base64url, encrypted by the bot: the core can’t read it',
    example: 'dGhlIGJvdCBhbG9uZSByZWFkcyBpdA',
  })

/** The routes by which messengers report that they run. Claim pages lead to them. */
export const messengersApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'put',
        path: '/messengers/{messenger}',
        scope: 'all',
        summary: 'A messenger runs; said again each minute, as it is forgotten after three',
        description: 'For bots: claim pages offer its link from then on.',
        request: {
          ...OneMessenger,
          ...jsonBody(z.strictObject({ title: Title, link: Link })),
        },
        responses: { 204: { description: 'Noted' } },
      }),
      async (c) => {
        await core.messengers.heartbeat({ name: c.req.valid('param').messenger, ...c.req.valid('json') })
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'delete',
        path: '/messengers/{messenger}',
        scope: 'all',
        summary: 'A messenger has ended; where no other process runs it, it is forgotten in about a minute',
        description: 'For bots: claim pages offer its link no longer.',
        request: OneMessenger,
        responses: { 204: { description: 'Noted' } },
      }),
      async (c) => {
        await core.messengers.ended(c.req.valid('param').messenger)
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'put',
        path: '/messengers/{messenger}/bots/{bot}',
        scope: 'all',
        summary: 'A bot acts in a messenger; answers which one was the first to do so',
        description: 'For bots whose messenger numbers messages for each bot anew.',
        request: { params: OneMessenger.params.extend({ bot: ExternalId }) },
        responses: {
          200: json(
            z.object({ first: shown('7000000001') }),
            'The id of the first bot. What another one names by numbers of its own it has to tell apart',
          ),
        },
      }),
      async (c) => {
        const { messenger, bot } = c.req.valid('param')
        return c.json({ first: await core.messengers.firstBot(messenger, bot) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/messengers/{messenger}/installations/{workspace}',
        scope: 'all',
        summary: 'What a bot has kept of a workspace that has installed it',
        description: 'For bots that are installed in many workspaces: what they have sealed, as it was put.',
        request: OneWorkspace,
        responses: {
          200: json(
            z.object({ sealed: shown('dGhlIGJvdCBhbG9uZSByZWFkcyBpdA').nullable() }),
            'null: that workspace has not installed it',
          ),
        },
      }),
      async (c) => {
        const { messenger, workspace } = c.req.valid('param')
        return c.json({ sealed: (await core.messengers.installation(messenger, workspace)) ?? null }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'put',
        path: '/messengers/{messenger}/installations/{workspace}',
        scope: 'all',
        summary: 'A workspace has installed a bot; what was kept of it before is replaced',
        description: 'For bots: it is kept as it is, encrypted by the bot.',
        request: { ...OneWorkspace, ...jsonBody(z.strictObject({ sealed: Sealed })) },
        responses: { 204: { description: 'Kept' } },
      }),
      async (c) => {
        const { messenger, workspace } = c.req.valid('param')
        await core.messengers.install(messenger, workspace, c.req.valid('json').sealed)
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'delete',
        path: '/messengers/{messenger}/installations/{workspace}',
        scope: 'all',
        summary: 'A workspace has a bot no longer',
        description: 'For bots: what was kept of it is deleted. Doing it again changes nothing.',
        request: OneWorkspace,
        responses: { 204: { description: 'Forgotten' } },
      }),
      async (c) => {
        const { messenger, workspace } = c.req.valid('param')
        await core.messengers.uninstall(messenger, workspace)
        return c.body(null, 204)
      },
    )
