import { once } from 'node:events'
import { codeHashOf, codeOf } from '../../src/access/codes.ts'
import { personOwner } from '../../src/ledger/accounts.ts'
import { openLedger } from '../../src/ledger/ledger.ts'
import { Refusal } from '../../src/shared/refusal.ts'
import { timed } from './stage.ts'

/** A process with a ledger of its own: it is told where, and then what to collect. */
interface Setting {
  url: string
  secretKey: string
  asset: string
  people: string[]
}

export interface Order {
  /** Ids of transfers. */
  collect: string[]
}

const [{ url, secretKey, asset, people }] = (await once(process, 'message')) as [Setting]
const ledger = openLedger(url)
const assets = new Set([asset])

process.on('message', async ({ collect }: Order) => {
  let won = 0
  await timed(collect.length, async (index) => {
    const codeHash = codeHashOf(codeOf(secretKey, collect[index] as string))
    const person = people[(index + 7) % people.length] as string
    try {
      await ledger.submit({ do: 'collect', which: { codeHash }, by: { owner: personOwner(person), assets } })
      won += 1
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  })
  process.send?.(won)
})
process.on('SIGTERM', () => void ledger.close().then(() => process.exit(0)))
process.send?.('ready')
