import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import { BotsMessenger, ExternalId, shown } from '../http/shapes.ts'

const OneChat = z.object({ messenger: BotsMessenger, chat: ExternalId })
const Action = z
  .string()
  .min(1)
  .max(64)
  .refine((action) => !/\p{C}/u.test(action), { error: 'must be plain text' })
  .openapi({ example: 'collect:019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21' })

/** The routes by which bots offer something to type where their messenger has no buttons. */
export const choicesApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/chats/{messenger}/{chat}/choices',
        scope: 'all',
        summary: 'Numbers what a message offers, for people to type where there are no buttons',
        description:
          "For bots of messengers without buttons: each action gets a number that is this chat's own.",
        request: {
          params: OneChat,
          ...jsonBody(
            z.strictObject({
              actions: z
                .array(Action)
                .min(1)
                .max(100)
                .openapi({
                  description:
                    'In a form of the bot’s own. What this chat was offered before keeps its number',
                  example: ['collect:019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21'],
                }),
            }),
          ),
        },
        responses: {
          200: json(
            z.object({ numbers: z.array(z.int().openapi({ example: 41 })) }),
            'In the order of the actions',
          ),
        },
      }),
      async (c) => {
        const numbers = await core.deliveries.choices.show(c.req.valid('param'), c.req.valid('json').actions)
        return c.json({ numbers }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/chats/{messenger}/{chat}/choices/{number}',
        scope: 'all',
        summary: 'What somebody has chosen who types that number in that chat',
        description: 'For bots: the action that has this number there.',
        request: {
          params: OneChat.extend({
            number: z.coerce.number().int().min(1).max(2_147_483_647).openapi({ example: 41 }),
          }),
        },
        responses: {
          200: json(
            z.object({ action: shown('collect:019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21').nullable() }),
            'null: that chat was not offered it, or not for a long time',
          ),
        },
      }),
      async (c) => {
        const { number, ...chat } = c.req.valid('param')
        return c.json({ action: (await core.deliveries.choices.find(chat, number)) ?? null }, 200)
      },
    )
