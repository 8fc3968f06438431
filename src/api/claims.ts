import { z } from '@hono/zod-openapi'
import { isShort } from '../access/codes.ts'
import { sealedPhrase } from '../access/phrases.ts'
import type { Core } from '../core.ts'
import { answerEach, batchAnswersOf, batchOf } from '../http/batch.ts'
import { CODES, requestIdOf } from '../http/problem.ts'
import { json, jsonBody, router, v1Route } from '../http/router.ts'
import {
  Amount,
  Code,
  EXAMPLE,
  Group,
  Key,
  Person,
  Phrase,
  TransferId,
  TransferShape,
} from '../http/shapes.ts'
import { collect } from '../transfers/collect.ts'
import { keyed } from '../transfers/idempotency.ts'

const Claim = z
  .strictObject({
    code: Code.optional(),
    transfer: TransferId.optional().openapi({
      description: 'Instead of the code, for a client that shows a button and knows who presses it',
    }),
    phrase: Phrase.optional().openapi({ description: 'Instead of the code, the words that open it' }),
    group: Group.optional().openapi({ description: 'The chat where they were typed, if it was one' }),
    by: Person,
    key: Key.optional(),
  })
  .refine(
    ({ code, transfer, phrase }) => phrase !== undefined || (code === undefined) !== (transfer === undefined),
    { error: 'give either code or transfer' },
  )
  .refine(({ code, transfer, phrase }) => phrase === undefined || (code ?? transfer) === undefined, {
    path: ['phrase'],
    error: 'goes without code and transfer',
  })
  .refine(({ group, phrase }) => !group || phrase !== undefined, {
    path: ['group'],
    error: 'goes with a phrase',
  })
  .openapi('Claim', { example: { code: EXAMPLE.code, by: EXAMPLE.somebody } })

const Claimed = z.object({
  transfer: TransferShape,
  amount: Amount.nullable().openapi({
    description: 'null: they take part in what pays at its end',
    example: '20.00',
  }),
  turn: z.int().nullable().openapi({ description: 'Their number among those who take part', example: null }),
})

/** The routes by which somebody collects a transfer. */
export const claimsApi = (core: Core) =>
  router(core)
    .openapi(
      v1Route({
        method: 'post',
        path: '/claims',
        scope: { may: 'collect', about: 'actor' },
        summary:
          'Collect: the money in the transfer becomes theirs; or, where its sender confirms that, once they say yes',
        description:
          'Give the `code`; or `transfer`, its id, where you know who has pressed a button; or `phrase`, the words that open it. With the answer the money is in the account of `by`. Of a red packet each gets one share, once. Send a `key` along: a retry then collects nothing twice.',
        request: jsonBody(Claim),
        responses: {
          201: json(Claimed, 'The money is theirs; or they take part in what pays at its end'),
        },
        refuses: [
          'phrase_unknown',
          'phrase_paused',
          'phrase_needed',
          'not_for_you',
          'members_only',
          'not_here_before',
          'listed_only',
          'members_unknown',
          'handle_not_told',
          'wrong_asset',
          'own_transfer',
          'already_yours',
          'entered_already',
          'awaiting_sender',
          'sender_said_no',
          'too_many_askers',
          'awaiting_approval',
          'awaiting_goal',
          'on_hold',
          ...CODES.closed,
          ...CODES.moves,
        ],
      }),
      async (c) => c.json(await claim(core, c.get('client'), c.req.valid('json')), 201),
    )
    .openapi(
      v1Route({
        method: 'post',
        path: '/claims:batch',
        scope: { may: 'collect', about: 'actor' },
        summary:
          'Collect many at once, each for itself and in no promised order: one that is refused hinders no other',
        description:
          'Up to 500, each as by `POST /v1/claims`. The answer is 200 even where all of them were refused: look at each item.',
        request: jsonBody(batchOf(Claim)),
        responses: {
          200: json(
            batchAnswersOf(Claimed),
            'An answer for each claim, in their order: what was collected, or its problem',
          ),
        },
      }),
      async (c) => {
        const claims = c.req.valid('json').items
        const answers = claims.map((one) => claim(core, c.get('client'), one))
        return c.json({ items: await answerEach(core.log, requestIdOf(c), answers) }, 200)
      },
    )

async function claim(core: Core, client: string, body: z.output<typeof Claim>) {
  const { code, transfer: id, phrase, group, by } = body
  const what = code !== undefined ? { code } : phrase !== undefined ? { phrase, group } : { id: id as string }
  const sealed = phrase === undefined ? body : { ...body, phrase: sealedPhrase(core.secretKey, phrase) }
  const { transfer, claim, turn } = await collect(core, {
    what,
    by,
    request: keyed(client, 'collect', sealed),
  })
  const view = await core.transfers.view(transfer, by.messenger)
  // Where a short code was shown, the answer has the present one.
  const shown = code !== undefined && !isShort(code) ? code : undefined
  return {
    transfer: core.transfers.withCode(view, shown),
    amount: claim ? core.assets.formatted(claim.amount, transfer.asset) : null,
    turn: turn ?? null,
  }
}
