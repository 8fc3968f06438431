import { z } from '@hono/zod-openapi'
import { sealedPhrase } from '../access/phrases.ts'
import type { Core } from '../core.ts'
import { answerEach, batchAnswersOf, batchOf } from '../http/batch.ts'
import { CODES, requestIdOf } from '../http/problem.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  AmountTyped,
  AssetCode,
  CardShape,
  Code,
  DrawKind,
  EXAMPLE,
  Group,
  HandleOnly,
  Key,
  Messenger,
  Note,
  Person,
  Phrase,
  plainText,
  SettlementKind,
  Shares,
  TakersKind,
  TargetShape,
  TransferId,
  TransferShape,
} from '../http/shapes.ts'
import { LANGUAGES } from '../shared/language.ts'
import { Refusal } from '../shared/refusal.ts'
import { cancel } from '../transfers/cancel.ts'
import { create } from '../transfers/create.ts'
import { decline } from '../transfers/decline.ts'
import { extend } from '../transfers/extend.ts'
import type { ReadTransfer } from '../transfers/find.ts'
import { keyed } from '../transfers/idempotency.ts'
import { refund } from '../transfers/refund.ts'
import { reissue } from '../transfers/reissue.ts'
import { remind } from '../transfers/remind.ts'
import { showPhrase } from '../transfers/show-phrase.ts'
import type { ViewWithCode } from '../transfers/view.ts'

/** What somebody wants to pass along. */
export const Terms = z.strictObject({
  amount: AmountTyped,
  asset: AssetCode.optional(),
  from: Person,
  to: z.union([Person, HandleOnly]).nullish(),
  note: Note.nullish(),
  group: Group.nullish(),
  key: Key.optional(),
})

/** The body that makes a transfer. */
const Create = Terms.extend({
  card: TargetShape.strict().optional().openapi({
    description: 'Where its card is to hang: a bot posts it there where nobody else has done so in a while',
  }),
  shares: Shares.optional().openapi({
    description: 'A red packet: so many people may collect, each once. It is for whoever has the code',
  }),
  draw: DrawKind.optional().openapi({
    description: 'With shares: equal ones, as by default, or lucky ones, drawn by lot',
  }),
  settlement: z
    .strictObject({
      by: SettlementKind,
      seconds: z
        .int()
        .min(10)
        .max(7 * 86_400)
        .openapi({ example: 600 }),
    })
    .optional()
    .openapi({
      description:
        'For so many seconds people take part, and nobody is paid before: then the lot falls on as many as there are shares (draw), or all of it is split among all of them, or of more than there are shares, among so many (split; without shares: 1,000)',
    }),
  membersOnly: z.boolean().optional().openapi({ description: 'The same as takers of members' }),
  takers: z
    .union([
      z.strictObject({ of: TakersKind }),
      z.strictObject({
        of: z.literal('list'),
        list: plainText.min(1).max(80).openapi({
          description: 'The name of a list of the group, or its id; only an admin may name it',
          example: 'Crew',
        }),
      }),
    ])
    .optional()
    .openapi({
      description:
        'With shares and a group: who in it may collect, as its messengers tell when they do; or who is on a list of it now',
    }),
  phrase: z
    .strictObject({
      words: Phrase.optional().openapi({
        description: 'Left out: four words are made, and told in the answer',
      }),
      language: z
        .enum(LANGUAGES)
        .optional()
        .openapi({ description: 'Of made words; by default en', example: 'en' }),
      here: z.boolean().optional().openapi({
        description: 'Whether they open it in the chats of its group alone',
        example: false,
      }),
    })
    .optional()
    .openapi({ description: 'Words open it, and its code does not' }),
})
  .refine(({ to, shares = 1, settlement }) => !to || (shares === 1 && !settlement), {
    path: ['to'],
    error: 'must be left out where there are shares for several people',
  })
  .refine(({ shares, settlement }) => settlement?.by !== 'draw' || shares, {
    path: ['shares'],
    error: 'must say on how many the lot falls',
  })
  .refine(
    ({ membersOnly, group, shares = 1, settlement }) => !membersOnly || (group && (shares > 1 || settlement)),
    {
      path: ['membersOnly'],
      error: 'needs shares, and the group whose members are meant',
    },
  )
  .refine(({ takers, group, shares = 1, settlement }) => !takers || (group && (shares > 1 || settlement)), {
    path: ['takers'],
    error: 'needs shares, and the group that is meant',
  })
  .refine(({ takers, membersOnly }) => !takers || !membersOnly, {
    path: ['takers'],
    error: 'must be left out beside membersOnly',
  })
  .refine(({ to, phrase }) => !to || !phrase, {
    path: ['to'],
    error: 'must be left out where words open it',
  })
  .openapi('CreateTransfer', { example: { amount: '20.00', from: EXAMPLE.somebody, note: 'lunch' } })

/** What was made, with the words that were. */
const Made = TransferShape.extend({
  words: Phrase.optional().openapi({ description: 'Those that were made to open it: a bearer secret' }),
})

const By = z.strictObject({ by: Person, key: Key.optional() }).openapi({ example: { by: EXAMPLE.somebody } })
const OneTransfer = { params: z.object({ id: TransferId }) }

/** The codes with which a transfer is refused that could be made otherwise. */
export const REFUSED = [
  'not_open_yet',
  'winding_down',
  'wrong_asset',
  'amount_too_large',
  'name_or_phrase',
  'settlement_too_large',
  'settles_too_late',
  'own_transfer',
  'insufficient_funds',
  'on_hold',
  'group_off',
  'group_admins_only',
  'group_listed_only',
  'group_transfer_limit',
  'group_day_limit',
  'admins_unknown',
] as const

/** What a treasury has paid, an admin of its group may change. */
const NOT_SENDER = ['not_sender', 'not_admin', 'admins_unknown'] as const

/** The routes by which transfers are made, read, cancelled, declined, given more time and given back, people reminded of them, and their cards noted. */
export const transfersApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers',
        scope: { may: 'send', about: 'actor' },
        summary: 'Make a transfer: the money leaves the sender and waits in it',
        description:
          'The amount leaves the account of `from` and waits in the transfer until it is collected, cancelled or declined; what is left when its time is over goes back by itself. Without `to` whoever has the code or the link may collect: both are bearer secrets. With `shares` it is a red packet. Send a `key` along: a retry then makes no second one.',
        request: jsonBody(Create),
        responses: { 201: json(Made, 'The open transfer with its code and link') },
        refuses: [
          ...CODES.amount,
          ...REFUSED,
          'not_admin',
          'list_unknown',
          'list_empty',
          'phrase_weak',
          'phrase_taken',
          'phrase_paused',
          ...CODES.moves,
        ],
      }),
      async (c) => c.json(await made(core, c.get('client'), c.req.valid('json')), 201),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers:batch',
        scope: { may: 'send', about: 'actor' },
        summary:
          'Make many transfers at once, each for itself and in no promised order: one that is refused hinders no other',
        description:
          'Up to 500, each as by `POST /v1/transfers`. The answer is 200 even where all of them were refused: look at each item, which has either the transfer or its problem document.',
        request: jsonBody(batchOf(Create)),
        responses: {
          200: json(
            batchAnswersOf(z.object({ transfer: Made })),
            'An answer for each, in their order: the transfer, or its problem',
          ),
        },
      }),
      async (c) => {
        const answers = c.req.valid('json').items.map(async (one) => ({
          transfer: await made(core, c.get('client'), one),
        }))
        return c.json({ items: await answerEach(core.log, requestIdOf(c), answers) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/find',
        scope: { may: 'read', about: 'code' },
        summary: 'Look at the transfer that a code opens; moves nothing',
        description:
          'What a code is good for, before somebody collects: amount, sender, note, state. A code that was replaced by another one opens nothing.',
        request: jsonBody(z.strictObject({ code: Code })),
        responses: { 200: json(TransferShape, 'The transfer') },
        refuses: ['transfer_not_found'],
      }),
      async (c) => {
        const transfer = found(await core.transfers.byCode(c.req.valid('json').code))
        return c.json(await shown(core, transfer), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/transfers/{id}',
        scope: { may: 'read', about: 'transfer' },
        summary: 'A transfer as it stands',
        description:
          'Its state, who has collected, what has gone back. The answer has its code and link, which are money, so of apps only its two ends may read it.',
        request: {
          ...OneTransfer,
          query: z.object({
            messenger: Messenger.optional().openapi({
              description: 'People are named as they are known there',
            }),
          }),
        },
        responses: { 200: json(TransferShape, 'The transfer') },
        refuses: ['transfer_not_found'],
      }),
      async (c) => {
        const transfer = found(await core.transfers.byId(c.req.valid('param').id))
        return c.json(await shown(core, transfer, c.req.valid('query').messenger), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/cancel',
        scope: { may: 'send', about: 'actor' },
        summary: 'The sender takes it back',
        description:
          'What nobody has collected is in the account that it came from again, at once; what was collected stays collected. Of what a treasury has paid, an admin of its group takes back.',
        request: { ...OneTransfer, ...jsonBody(By) },
        responses: { 200: json(TransferShape, 'The cancelled transfer') },
        refuses: [...NOT_SENDER, ...CODES.closed, ...CODES.moves],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const request = keyed(c.get('client'), `cancel ${id}`, body)
        return c.json(
          await shown(core, await cancel(core, { id, by: body.by, request }), body.by.messenger),
          200,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/decline',
        scope: { may: 'collect', about: 'actor' },
        summary: 'The one it is for sends it back',
        description:
          'Its money is with the sender again, at once, who is told. Only whoever it names can do that.',
        request: { ...OneTransfer, ...jsonBody(By) },
        responses: { 200: json(TransferShape, 'The declined transfer') },
        refuses: ['not_recipient', 'handle_not_told', ...CODES.closed, ...CODES.moves],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const request = keyed(c.get('client'), `decline ${id}`, body)
        return c.json(
          await shown(core, await decline(core, { id, by: body.by, request }), body.by.messenger),
          200,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/extend',
        scope: { may: 'send', about: 'actor' },
        summary: 'The sender gives it more time, once: as long again as a new one has',
        description:
          "Its end moves: by the lifetime of its asset, or by the hours of its group's rules. Its code and its cards stay as they are.",
        request: { ...OneTransfer, ...jsonBody(By) },
        responses: { 200: json(TransferShape, 'The transfer with its new end') },
        refuses: [...NOT_SENDER, 'extended_already', 'awaiting_goal', ...CODES.closed, ...CODES.moves],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const request = keyed(c.get('client'), `extend ${id}`, body)
        return c.json(
          await shown(core, await extend(core, { id, by: body.by, request }), body.by.messenger),
          200,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/reissue',
        scope: { may: 'send', about: 'actor' },
        summary:
          'The sender gives it another code: the one before, its link and its picture open nothing any more',
        description:
          'For a code that others have seen. Whoever had the one before is told that there is no such transfer; its cards are redrawn with the new one.',
        request: { ...OneTransfer, ...jsonBody(By) },
        responses: { 200: json(TransferShape, 'The transfer with its new code and link') },
        refuses: [...NOT_SENDER, 'reissued_meanwhile', 'awaiting_goal', ...CODES.closed, ...CODES.moves],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const request = keyed(c.get('client'), `reissue ${id}`, body)
        return c.json(
          await shown(core, await reissue(core, { id, by: body.by, request }), body.by.messenger),
          200,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/words',
        scope: { may: 'send', about: 'actor' },
        summary: 'Tell the sender again which words were made to open it',
        description:
          'For words that were made by the service: those that a sender has chosen are kept nowhere. Moves nothing.',
        request: { ...OneTransfer, ...jsonBody(By.omit({ key: true }).strict()) },
        responses: { 200: json(z.object({ words: Phrase }), 'The words: a bearer secret') },
        refuses: ['not_sender', 'no_phrase', 'phrase_chosen', ...CODES.closed],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        return c.json({ words: await showPhrase(core, { id, by: c.req.valid('json').by }) }, 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/remind',
        scope: { may: 'send', about: 'actor' },
        summary: 'The sender reminds the one whom it is for in private: twice at most, an hour apart',
        description:
          'Whoever it names gets a private message in the messenger where they were seen last. Moves nothing.',
        request: { ...OneTransfer, ...jsonBody(By.omit({ key: true }).strict()) },
        responses: { 200: json(TransferShape, 'The transfer; the message is on its way') },
        refuses: [
          ...NOT_SENDER,
          'awaiting_approval',
          'not_named',
          'unknown_person',
          'notices_off',
          'reminded_twice',
          'awaiting_goal',
          'reminded_lately',
          ...CODES.closed,
        ],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const { by } = c.req.valid('json')
        return c.json(await shown(core, await remind(core, { id, by }), by.messenger), 200)
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/refund',
        scope: { may: 'send', about: 'actor' },
        summary: 'Who has collected it gives that back: a new transfer to its sender, collected at once',
        description:
          'All that they have collected of it goes back to the account that it came from, by a transfer whose `refundOf` names this one. Once for each who has collected, and all of it: for a part, make a transfer. What an ask was paid by stands in its `parts`. `key` may be left out, as a second refund is refused; with one, a refusal is remembered, too.',
        request: { ...OneTransfer, ...jsonBody(By) },
        responses: { 201: json(TransferShape, 'The transfer that gives it back') },
        refuses: [
          'transfer_not_found',
          'not_collector',
          'not_refundable',
          'refunded_already',
          'insufficient_funds',
          'on_hold',
          ...CODES.moves,
        ],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const body = c.req.valid('json')
        const request = keyed(c.get('client'), `refund ${id}`, body)
        return c.json(
          await shown(core, await refund(core, { id, by: body.by, request }), body.by.messenger),
          201,
        )
      },
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/transfers/{id}/cards',
        scope: 'all',
        summary: 'Say where the transfer is shown, so that the card is redrawn when it changes',
        description:
          'For bots: names the message in which the card hangs. From then on each change of the transfer queues a redraw of it, which the bot takes as a delivery.',
        request: {
          ...OneTransfer,
          ...jsonBody(
            CardShape.omit({ id: true })
              .extend({
                posted: z.boolean().default(false).openapi({
                  description: 'Whether it is the card that was to be posted: then nobody else posts it',
                }),
              })
              .strict(),
          ),
        },
        responses: { 204: { description: 'Noted' } },
        refuses: ['transfer_not_found', 'card_elsewhere'],
      }),
      async (c) => {
        const { id } = c.req.valid('param')
        const { posted, ...card } = c.req.valid('json')
        found(await core.transfers.byId(id))
        await core.deliveries.addCard(id, card, posted)
        return c.body(null, 204)
      },
    )
    .openapi(
      v1Route({
        method: 'get',
        path: '/transfers/{id}/cards',
        scope: 'all',
        summary: 'Where the transfer is shown',
        description: 'For bots: the messages in which its card hangs, in all messengers.',
        request: OneTransfer,
        responses: { 200: json(z.object({ items: z.array(CardShape) }), 'Its cards') },
      }),
      async (c) => c.json({ items: await core.deliveries.cardsOf(c.req.valid('param').id) }, 200),
    )

async function made(
  core: Core,
  client: string,
  { card, ...content }: z.output<typeof Create>,
): Promise<ViewWithCode & { words?: string }> {
  const { transfers, secretKey } = core
  const { phrase, membersOnly, takers = membersOnly ? { of: 'members' as const } : undefined } = content
  const sealed =
    phrase?.words === undefined
      ? content
      : { ...content, phrase: { ...phrase, words: sealedPhrase(secretKey, phrase.words) } }
  const { transfer, code, words } = await create(core, {
    ...content,
    takers,
    card,
    request: keyed(client, 'create', sealed),
  })
  const { messenger } = content.from
  const view = await (card ? transfers.viewForCard(transfer, messenger) : transfers.view(transfer, messenger))
  return { ...transfers.withCode(view, code), ...(words !== undefined && { words }) }
}

function found(transfer: ReadTransfer | undefined): ReadTransfer {
  if (!transfer) throw new Refusal('transfer_not_found')
  return transfer
}

const shown = async (
  { transfers }: Core,
  transfer: ReadTransfer,
  messenger?: string,
): Promise<ViewWithCode> => transfers.withCode(await transfers.view(transfer, messenger))
