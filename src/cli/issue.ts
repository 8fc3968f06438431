import type { Assets } from '../money/assets.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Issue, Issued } from '../transfers/issue.ts'
import { carryOutOrders } from '../transfers/issue-orders.ts'
import { type Rehearsed, rehearseIssues } from '../transfers/issue-rehearsal.ts'
import { type Services, withBooks, withServices } from './books.ts'
import type { Call, Command } from './command.ts'
import { describeFailure, reasonOf } from './failure.ts'
import { linesOf, type Order, readOrders } from './orders.ts'

const commandOf = (direction: Issue['direction'], name: string, about: string): Command => ({
  words: ['AMOUNT', '[ASSET]', 'MESSENGER:ID'],
  about,
  details: [
    "ID is the messenger's own, as in telegram:123456789 or discord:80351110224678912. Without ASSET the first one is meant.",
    'With - in place of the words they come by the standard input, a line each, and KEY is needed. Where a line is not of',
    'the right form, none is carried out.',
  ],
  flags: {
    key: {
      value: 'KEY',
      about: 'a name for this call, as order-4711: called again with it, it moves no money twice',
    },
    note: { value: 'TEXT', about: 'what it is for; the person reads it, too' },
    'dry-run': { about: 'say what would happen, and move nothing' },
  },
  json: `{"do":"${name}","person":"telegram:123456789","amount":"20.00","asset":"CREDIT","transfer":"019ab193-…","before":false};
of many with "line"; with --dry-run "dryRun":true, "balance":"40.00" and no "transfer"`,
  async run(call) {
    const lines = await linesOf(call)
    return withBooks((books) =>
      withServices(books, async (services) => {
        const orders = await readOrders(lines, direction, call, services)
        const outcomes = call.isOn('dry-run')
          ? await rehearseIssues(
              services,
              orders.map(({ order }) => order),
            )
          : await carryOutOrders(services, orders)
        return tell(name, orders, outcomes, call, services)
      }),
    )
  },
})

/** `passalong issue` */
export const issue = commandOf('in', 'issue', 'put money into circulation: somebody has that much more')
/** `passalong withdraw` */
export const withdraw = commandOf(
  'out',
  'withdraw',
  'take money out of circulation: somebody has that much less',
)

type Outcome = Issued | Rehearsed | Error

/** Prints the outcome of each order. @returns the exit code */
function tell(name: string, orders: Order[], outcomes: Outcome[], call: Call, { assets }: Services): number {
  let failed = 0
  for (const [index, one] of orders.entries()) {
    const outcome = outcomes[index] as Outcome
    const { line, who } = one
    if (!(outcome instanceof Error)) tellOne(name, one, outcome, call, assets)
    else if (line === undefined) throw withKey(outcome, one)
    else {
      failed += 1
      const error = describeFailure(outcome)
      call.print(`Line ${line}: not done: ${error.message}`, { do: name, line, person: who, error })
    }
  }
  if (failed === 0) return 0
  process.stderr.write(`Not carried out: ${failed} of ${orders.length} lines.\n`)
  return 2
}

/**
 * After a failure that isn't a refusal the money may have moved. The key makes a retry safe; a call without one got one,
 * too.
 */
const withKey = (error: Error, { key }: Order): Error =>
  error instanceof Refusal
    ? error
    : new Error(`${reasonOf(error)}; call it again with --key ${key}, and it moves no money twice`)

function tellOne(
  name: string,
  { who, order, line }: Order,
  outcome: Exclude<Outcome, Error>,
  { print }: Call,
  assets: Assets,
) {
  const { direction } = order
  const { transfer, before } = outcome
  const { asset } = transfer
  const amount = assets.formatted(transfer.amount, asset)
  const balance = 'balance' in outcome ? assets.formatted(outcome.balance, asset) : undefined
  const foreseen = balance !== undefined && !before
  const done = direction === 'in' ? 'Issued' : 'Taken back'
  const deed = foreseen ? `Would be ${done.toLowerCase()}` : before ? `${done} before` : done
  const left = balance === undefined ? '' : `; balance ${balance} ${asset}`
  print(
    `${line === undefined ? '' : `Line ${line}: `}${deed} ${direction === 'in' ? 'to' : 'from'} ${who}: ${amount} ${asset}${left}`,
    {
      do: name,
      ...(line !== undefined && { line }),
      person: who,
      amount,
      asset,
      ...(!foreseen && { transfer: transfer.id }),
      before,
      ...(balance !== undefined && { dryRun: true, balance }),
    },
  )
}
