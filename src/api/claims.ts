import { z } from '@hono/zod-openapi'
import { codeHashOf } from '../codes.ts'
import type { Core } from '../core.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import { actor, keyed } from '../requests.ts'
import { Code, json, jsonBody, Key, Person, router, TransferId, TransferShape, v1Route } from './shapes.ts'

const Claim = z
  .strictObject({
    code: Code.optional(),
    transfer: TransferId.optional().openapi({
      description: 'Instead of the code, for a client that shows a button and knows who presses it',
    }),
    by: Person,
    key: Key.optional(),
  })
  .refine((claim) => (claim.code === undefined) !== (claim.transfer === undefined), {
    error: 'give either code or transfer',
  })
  .openapi('Claim')

/** Claims: somebody collects what is in a transfer. */
export const claimsApi = (core: Core) =>
  router().openapi(
    v1Route({
      method: 'post',
      path: '/claims',
      summary: 'Collect: the money in the transfer becomes theirs',
      request: jsonBody(Claim),
      responses: {
        201: json(z.object({ transfer: TransferShape, amount: z.string() }), 'The money is theirs'),
      },
    }),
    async (c) => {
      const body = c.req.valid('json')
      const by = await actor(core, body.by)
      const which =
        body.code !== undefined ? { codeHash: codeHashOf(body.code) } : { id: body.transfer as string }
      const transfer = await core.ledger.submit(
        { do: 'collect', which, by },
        keyed(c.get('client'), 'collect', body),
      )
      core.people.owns(accountOf(personOwner(by.person), transfer.asset).id, await core.people.meet(body.by))
      const view = await core.transfers.view(transfer)
      return c.json({ transfer: view, amount: view.amount }, 201)
    },
  )
