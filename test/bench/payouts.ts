import { sql } from 'drizzle-orm'
import { codeHashOf, codeOf } from '../../src/access/codes.ts'
import { accountOf, ISSUER } from '../../src/ledger/accounts.ts'
import { carryOut } from '../../src/payouts/carry-out.ts'
import { makePayout } from '../../src/payouts/make.ts'
import { planPayout } from '../../src/payouts/plan.ts'
import { treasuryAccount } from '../../src/payouts/treasury.ts'
import { newId } from '../../src/shared/ids.ts'
import type { Stage } from './stage.ts'

const PEOPLE = 10_000

/** The seconds of each step of a payout to ten thousand people, as a program asks for it. */
export async function measurePayout({ core, asset, secretKey }: Stage) {
  const chat = { messenger: 'bench', id: newId() }
  const groupId = await core.groups.meet(chat)
  const by = await core.people.meet({ messenger: 'bench', id: 'admin' })
  await plantPeople(core, chat.id)
  const id = newId()
  const to = treasuryAccount(groupId, asset.code)
  const draft = {
    id,
    codeHash: codeHashOf(codeOf(secretKey, id)),
    asset,
    amount: 10n ** 12n,
    from: accountOf(ISSUER, asset.code),
    recipient: { kind: 'account', account: to } as const,
  }
  await core.ledger.submit({ do: 'issue', draft, to })

  const items = Array.from({ length: PEOPLE }, (_, index) => ({
    to: { messenger: 'bench', id: `${chat.id}-${index + 1}` },
    amount: '1.00',
  }))
  let begun = performance.now()
  const lap = () => {
    const seconds = (performance.now() - begun) / 1000
    begun = performance.now()
    return seconds
  }
  const plan = await planPayout(core, { groupId, by, items })
  if ('faults' in plan) throw new Error(JSON.stringify(plan.faults[0]))
  const checked = lap()
  const payout = await makePayout(core, plan)
  const noted = lap()
  await carryOut(core, payout)
  return { checked, noted, paid: lap() }
}

/** People whom the books know, written in bulk. */
const plantPeople = ({ db }: Stage['core'], prefix: string) =>
  db.execute(sql`
    with planted as (
      insert into people (id) select gen_random_uuid() from generate_series(1, ${PEOPLE}) returning id
    )
    insert into identities (messenger, id, person_id)
    select 'bench', ${prefix} || '-' || row_number() over (), id from planted`)
