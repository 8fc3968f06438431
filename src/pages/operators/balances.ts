import { Hono } from 'hono'
import type { Core } from '../../core.ts'
import { balancesHeld, type HeldBalance } from '../../operators/balances.ts'
import { BOM, csvRow } from '../../shared/csv.ts'
import { answerFile } from '../file.ts'
import { operatorOf } from './access.ts'

/** Every balance as a file, for whoever hands the money out in another way. */
export const balancesFile = (core: Core) =>
  new Hono().get('/balances.csv', async (c) => {
    await operatorOf(core, c)
    return answerFile(c, core.log, 'balances.csv', linesOf(core))
  })

/** Its headings are for programs, so they are the same in every language. */
const COLUMNS = ['kind', 'owner', 'known_as', 'asset', 'amount']

async function* linesOf(core: Core): AsyncGenerator<string> {
  yield BOM + csvRow(COLUMNS)
  for await (const some of balancesHeld(core.db)) yield some.map((one) => lineOf(core, one)).join('')
}

const lineOf = (
  { assets }: Core,
  { kind, owner, identities, chats, asset, balance }: HeldBalance,
): string => {
  const names = [
    ...identities.map(({ messenger, id, handle, name }) => [
      `${messenger}:${id}`,
      handle && `@${handle}`,
      name,
    ]),
    ...chats.map(({ messenger, id, title }) => [`${messenger}:${id}`, title]),
  ]
  const knownAs = names.map((parts) => parts.filter(Boolean).join(' ')).join('; ')
  return csvRow([kind, owner, knownAs, asset, assets.formatted(balance, asset)])
}
