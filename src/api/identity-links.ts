import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  ExternalId,
  IdentityShape,
  Messenger,
  Moment,
  orNull,
  Person,
  plainText,
  shown,
} from '../http/shapes.ts'
import { saveLabels } from '../people/labels.ts'
import { confirmLink, makeLinkCode, refuseLink, requestLink, spoilLinkCode, unlink } from '../people/link.ts'
import { linksOf } from '../people/links.ts'

const LINK_CODE = '4K7Q-9ZTA-0M3X-HWVB'
const Code = plainText.min(1).max(80).openapi({ example: LINK_CODE })
const OneLink = z.object({ id: z.uuid() })
const OnePerson = z.object({ messenger: Messenger, id: ExternalId })
const By = z.strictObject({ by: Person })
const Other = IdentityShape.openapi({ description: 'Who the other one is' })
const UNLINKABLE = [
  'already_linked',
  'link_other_money',
  'link_messenger_taken',
  'not_a_person',
  'on_hold',
] as const

/** The routes by which somebody is one person in several messengers, and parts again. */
export const identityLinksApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/identity-links/codes',
        scope: 'all',
        summary:
          'A code by which somebody links their identity in another messenger, once, within ten minutes',
        description: 'They type it there, which `POST /v1/identity-links` passes on. Show it to nobody else.',
        request: jsonBody(By),
        responses: {
          201: json(z.object({ code: shown(LINK_CODE), expiresAt: Moment }), 'To be told to them alone'),
        },
      }),
      async (c) => {
        const { by } = c.req.valid('json')
        const { code, expiresAt } = await makeLinkCode(core, by)
        await saveLabels(core, [by])
        return c.json({ code, expiresAt: expiresAt.toISOString() }, 201)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/identity-links/codes/spoil',
        scope: 'all',
        summary: 'Make a code useless that others have seen',
        description: 'It does not tell whether there was such a code.',
        request: jsonBody(z.strictObject({ code: Code })),
        responses: { 204: { description: 'It is of no use from now on, if it ever was' } },
      }),
      async (c) => {
        await spoilLinkCode(core, c.req.valid('json').code)
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/identity-links',
        scope: 'all',
        summary:
          'Use a code up: whoever had it made is asked, by a delivery, whether this is them, too. Both have to confirm it',
        description: 'Nothing is linked yet: both sides see the other one, and say yes or no.',
        request: jsonBody(By.extend({ code: Code })),
        responses: {
          201: json(z.object({ id: z.uuid(), other: Other, expiresAt: Moment }), 'To be confirmed by both'),
        },
        refuses: ['link_code_unknown', ...UNLINKABLE],
      }),
      async (c) => {
        const { by, code } = c.req.valid('json')
        const { id, other, expiresAt } = await requestLink(core, { by, code })
        await saveLabels(core, [by])
        return c.json({ id, other: IdentityShape.parse(other), expiresAt: expiresAt.toISOString() }, 201)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/identity-links/{id}/confirm',
        scope: 'all',
        summary:
          'One side says yes. With the second yes the two are one person: what they have comes together. The other side is told by a delivery',
        description:
          'Balances of the two come together in envelopes that are collected at once, and either messenger reaches all of it from then on.',
        request: { params: OneLink, ...jsonBody(By) },
        responses: {
          200: json(
            z.object({
              linked: z.boolean().openapi({ description: 'false: the other side has not confirmed it yet' }),
              other: Other,
            }),
            'Noted',
          ),
        },
        refuses: ['link_not_found', ...UNLINKABLE],
      }),
      async (c) => {
        const { by } = c.req.valid('json')
        const { isLinked, other } = await confirmLink(core, { id: c.req.valid('param').id, by })
        await saveLabels(core, [by])
        return c.json({ linked: isLinked, other: IdentityShape.parse(other) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/identity-links/{id}/refuse',
        scope: 'all',
        summary: 'One side says no: nothing happens, and nobody can confirm it any more',
        description: 'The other side is not told; its yes, if it was given, is of no use any more.',
        request: { params: OneLink, ...jsonBody(By) },
        responses: { 204: { description: 'Noted' } },
        refuses: ['link_not_found'],
      }),
      async (c) => {
        await refuseLink(core, { id: c.req.valid('param').id, by: c.req.valid('json').by })
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/people/{messenger}/{id}/links',
        scope: 'all',
        summary:
          'Which identities are one person with this one, and what has linked and unlinked them: for their own eyes',
        description: 'Moves and changes nothing. Nobody else may be shown who they are elsewhere.',
        request: { params: OnePerson },
        responses: {
          200: json(
            z.object({
              identities: z.array(IdentityShape).openapi({ description: 'This one among them' }),
              events: z.array(
                z.object({
                  kind: z.enum(['link', 'unlink']),
                  at: Moment,
                  identity: IdentityShape.openapi({ description: 'Which came along, or has left' }),
                  with: orNull(IdentityShape, 'Of a link'),
                }),
              ),
            }),
            'The newest event first, 20 at most',
          ),
        },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const met = await core.people.find(messenger, id)
        if (!met) return c.json({ identities: [], events: [] }, 200)
        const { identities, events } = await linksOf(core.db, met.person)
        return c.json(
          {
            identities: identities.map((one) => IdentityShape.parse(one)),
            events: events.map(({ kind, at, identity, with: other }) => ({
              kind,
              at: at.toISOString(),
              identity: IdentityShape.parse(identity),
              with: other && IdentityShape.parse(other),
            })),
          },
          200,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/people/{messenger}/{id}/unlink',
        scope: 'all',
        summary:
          'Part an identity from the others: it is a person of its own then, who has nothing. Money, history and what is open stay with the others',
        description: 'The other identities are told by a delivery.',
        request: { params: OnePerson },
        responses: { 200: json(z.object({ other: Other }), 'One of those with whom it all stays') },
        refuses: ['not_linked', 'on_hold'],
      }),
      async (c) => {
        const other = await unlink(core, c.req.valid('param'))
        return c.json({ other: IdentityShape.parse(other) }, 200)
      },
    )
