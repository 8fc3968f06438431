import { z } from '@hono/zod-openapi'
import type { Core } from '../core.ts'
import { listsOf } from '../groups/lists.ts'
import { DEFAULT_RULES, GroupRules } from '../groups/rules.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  Amount,
  AssetName,
  EXAMPLE,
  GroupAddress,
  IdentityShape,
  Person,
  TransferId,
} from '../http/shapes.ts'
import { saveLabels } from '../people/labels.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { identityOf } from '../transfers/view.ts'

const OneGroup = { params: GroupAddress }

const Rules = z.strictObject(GroupRules.shape).openapi('GroupRules', {
  description:
    'What is left out is the default. Amounts are decimal strings, by asset; `hours` is how long a transfer stays open; approvals are those of payouts.',
  example: {
    on: true,
    senders: 'everybody',
    limits: { PLAY: { transfer: '50.00', day: '200.00' } },
    timeZone: 'Asia/Shanghai',
    approvals: {},
  },
})
const RulesShape = z.object({
  rules: Rules,
  assets: z.array(AssetName).openapi({ description: "That the people of the group's chats deal in" }),
  lists: z
    .array(z.object({ id: z.uuid(), name: z.string().openapi({ example: 'Treasurers' }) }))
    .openapi({ description: 'That the group keeps' }),
})
const RulesAsked = z.strictObject({ by: Person, rules: Rules })

const Count = z.int().openapi({ example: 14 })
const Code = z.string().openapi({ description: 'Of the refusal', example: 'group_transfer_limit' })
const RehearsalShape = z
  .object({
    rules: Rules.openapi({ description: 'As they would be saved' }),
    days: z.int().openapi({ example: 30 }),
    transfers: Count.openapi({ description: 'That people made in the group in these days' }),
    refused: Count.openapi({ description: 'That these rules would have refused' }),
    people: z.int().openapi({ description: 'Who sent those', example: 6 }),
    byRule: z.array(
      z.object({
        code: Code,
        asset: AssetName.nullable().openapi({ description: 'Of a limit' }),
        refused: Count,
      }),
    ),
    examples: z
      .array(
        z.object({
          transfer: TransferId,
          at: z.string().openapi({ format: 'date-time' }),
          from: z.union([IdentityShape, z.null()]),
          asset: AssetName,
          amount: Amount,
          code: Code,
        }),
      )
      .openapi({ description: 'The newest' }),
  })
  .openapi('Rehearsal')

const REFUSED = [
  'not_admin',
  'admins_unknown',
  'unknown_asset',
  'limit_too_large',
  'unknown_time_zone',
  'list_not_found',
] as const

/** The routes for a group's rules. */
export const rulesApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'get',
        path: '/groups/{messenger}/{id}/rules',
        scope: { may: 'read', about: 'group' },
        summary: "A group's rules; a chat that was joined to another group has that one's",
        description: 'Of a chat that nobody has met, the rules that hold by default.',
        request: OneGroup,
        responses: {
          200: json(RulesShape, 'Its rules, also those that are the default, and what they can be of'),
        },
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const group = await core.groups.find(messenger, id)
        if (group) return c.json(await rulesOf(core, await core.groups.rootOf(group)), 200)
        return c.json({ rules: DEFAULT_RULES, assets: [...core.assets.codesOf(messenger)], lists: [] }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'put',
        path: '/groups/{messenger}/{id}/rules',
        scope: 'all',
        summary: 'An admin sets the rules of a group; what has changed is appended to its trail',
        description: 'They replace all that were there, and hold at once; in other processes within seconds.',
        request: {
          ...OneGroup,
          // Those that hold by default: who tries it out limits nobody.
          ...jsonBody(RulesAsked.openapi({ example: { by: EXAMPLE.somebody, rules: {} as never } })),
        },
        responses: { 200: json(RulesShape, 'Its rules now') },
        refuses: REFUSED,
      }),
      async (c) => {
        const { by, rules } = c.req.valid('json')
        const group = await groupOfAdmin(core, c.req.valid('param'), by)
        await core.rules.save(group, rules, by)
        await saveLabels(core, [by])
        return c.json(await rulesOf(core, group), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/groups/{messenger}/{id}/rules/rehearse',
        scope: 'all',
        summary: 'What rules would have refused in the last 30 days; changes nothing',
        description: "Decides the group's transfers of these days again, by the rules that are asked about.",
        request: { ...OneGroup, ...jsonBody(RulesAsked) },
        responses: { 200: json(RehearsalShape, 'How many, of how many people, and by which rule') },
        refuses: REFUSED,
      }),
      async (c) => {
        const { messenger, id } = c.req.valid('param')
        const { by, rules } = c.req.valid('json')
        const group = await groupOfAdmin(core, { messenger, id }, by)
        const { examples, ...rehearsal } = await core.rules.rehearse(group, rules)
        const senders = await core.people.ofAccounts(
          examples.map(({ fromAccount }) => fromAccount),
          messenger,
        )
        return c.json(
          {
            ...rehearsal,
            examples: examples.map(({ fromAccount, at, amount, asset, ...example }) => ({
              ...example,
              asset,
              at: at.toISOString(),
              amount: core.assets.formatted(amount, asset),
              from: identityOf(senders.get(fromAccount)),
            })),
          },
          200,
        )
      },
    )

async function rulesOf({ db, rules }: Core, group: string): Promise<z.output<typeof RulesShape>> {
  const [all, assets, lists] = await Promise.all([rules.of(group), rules.assetsOf(group), listsOf(db, group)])
  return {
    rules: all,
    assets: assets.map(({ code }) => code),
    lists: lists.map(({ id, name }) => ({ id, name })),
  }
}

/** The root of a chat's group. @throws Refusal `not_admin`, `admins_unknown` */
async function groupOfAdmin(core: Core, chat: ExternalKey, by: ExternalKey): Promise<string> {
  const group = await core.groups.rootOf(await core.groups.recognise(chat))
  const { person } = await core.people.recognise(by)
  if (!(await core.memberships.isAdmin(group, person))) throw new Refusal('not_admin')
  return group
}
