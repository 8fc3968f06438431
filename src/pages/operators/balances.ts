import { Hono } from 'hono'
import { toCsv } from '../../books/csv.ts'
import type { Core } from '../../core.ts'
import { balancesHeld, type HeldBalance } from '../../operators/balances.ts'
import { keyOf } from '../../shared/keys.ts'
import { answerFile } from '../file.ts'
import { operatorOf } from './access.ts'

/** Every balance as a file, for whoever hands the money out in another way. */
export const balancesFile = (core: Core) =>
  new Hono().get('/balances.csv', async (c) => {
    await operatorOf(core, c)
    return answerFile(c, core.log, 'balances.csv', toCsv(COLUMNS, rowsOf(core)))
  })

/** Headings are for programs, so they are the same in every language. */
const COLUMNS = ['kind', 'owner', 'known_as', 'asset', 'amount'] as const

async function* rowsOf({ db, assets }: Core) {
  for await (const some of balancesHeld(db))
    yield some.map((one) => ({
      kind: one.kind,
      owner: one.owner,
      known_as: knownAs(one),
      asset: one.asset,
      amount: assets.formatted(one.balance, one.asset),
    }))
}

/** `telegram:123456789 @ada Ada Lovelace; discord:80351110224678912` */
const knownAs = ({ identities, chats }: HeldBalance): string =>
  [
    ...identities.map((one) => [keyOf(one), one.handle && `@${one.handle}`, one.name]),
    ...chats.map((one) => [keyOf(one), one.title]),
  ]
    .map((parts) => parts.filter(Boolean).join(' '))
    .join('; ')
