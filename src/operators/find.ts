import { and, between, gt, sql } from 'drizzle-orm'
import { validate } from 'uuid'
import type { Database } from '../../db/postgres.ts'
import { transfers } from '../../db/schema.ts'
import { codeOf } from '../access/codes.ts'
import { slowHashOf } from '../access/phrases.ts'
import { type AskView, askViews } from '../asks/view.ts'
import { type Life, wholeLifeOf } from '../books/life.ts'
import { isUndispatched, type Owed, owedAbout } from '../delivery/owed.ts'
import type { Groups } from '../groups/groups.ts'
import type { Assets } from '../money/assets.ts'
import { type PayoutView, payoutViews } from '../payouts/view.ts'
import type { People } from '../people/people.ts'
import { codeIn } from '../shared/pasted-code.ts'
import { mayBePhrase } from '../shared/phrase.ts'
import { openLookUps, type ReadTransfer } from '../transfers/find.ts'
import { openedBy } from '../transfers/phrase.ts'
import { openPlainViews, type TransferView } from '../transfers/view.ts'

interface Needs {
  db: Database
  people: People
  groups: Groups
  assets: Assets
  publicUrl(): string
  /** Needed only for words, and for codes that were replaced. */
  secretKey(): Promise<string>
}

/** What was found, with what messengers are still to do about it. It holds no code. */
export type Found = { deliveries: Owed[] } & (
  | {
      kind: 'transfer'
      transfer: TransferView
      life: Life
      /** It was found by a code of before, which is dead. */
      isByDeadCode: boolean
      isUndispatched: boolean
    }
  | { kind: 'ask'; ask: AskView }
  | { kind: 'payout'; payout: PayoutView }
)

/**
 * Finds a transfer, an ask or a payout, in whatever state, by what somebody has of it: its id, or of a transfer its code, its link, or the words
 * that open it. Of several that the same words have opened it is the open one, or else the newest.
 */
export async function findMoney(needs: Needs, typed: string): Promise<Found | undefined> {
  const wanted = typed.trim()
  if (validate(wanted)) return findById(needs, wanted.toLowerCase())
  const code = codeIn(wanted)
  const byCode = code ? await openLookUps(needs.db).byCode(code) : undefined
  if (byCode) return describe(needs, byCode)
  const byDeadCode = code ? await findByDeadCode(needs, code) : undefined
  if (byDeadCode) return describe(needs, byDeadCode, true)
  const byWords = mayBePhrase(wanted) ? await findByWords(needs, wanted) : undefined
  return byWords && describe(needs, byWords)
}

async function findById(needs: Needs, id: string): Promise<Found | undefined> {
  const transfer = await openLookUps(needs.db).byId(id)
  if (transfer) return describe(needs, transfer)
  const [[ask], [payout], deliveries] = await Promise.all([
    askViews(needs, [id]),
    payoutViews(needs, [id]),
    owedAbout(needs.db, id),
  ])
  if (ask) return { kind: 'ask', ask, deliveries }
  return payout && { kind: 'payout', payout, deliveries }
}

async function describe(needs: Needs, transfer: ReadTransfer, isByDeadCode = false): Promise<Found> {
  const [view, life, deliveries, undispatched] = await Promise.all([
    openPlainViews(needs).view(transfer),
    wholeLifeOf(needs, transfer, undefined),
    owedAbout(needs.db, transfer.id),
    isUndispatched(needs.db, transfer.id),
  ])
  return {
    kind: 'transfer',
    transfer: view,
    life,
    isByDeadCode,
    isUndispatched: undispatched,
    deliveries,
  }
}

/** The database has no hash of a code that was replaced; but a code begins with the time in its transfer's id, and follows from the rest. */
async function findByDeadCode({ db, secretKey }: Needs, code: string): Promise<ReadTransfer | undefined> {
  const time = Buffer.from(code.slice(0, 8), 'base64url').toString('hex')
  const idFrom = (rest: string) => `${time.slice(0, 8)}-${time.slice(8)}-${rest}`
  const rows = await db
    .select({ id: transfers.id, reissues: transfers.reissues })
    .from(transfers)
    .where(
      and(
        between(transfers.id, idFrom('0000-0000-000000000000'), idFrom('ffff-ffff-ffffffffffff')),
        gt(transfers.reissues, 0),
      ),
    )
  if (rows.length === 0) return undefined
  const key = await secretKey()
  const found = rows.find(({ id, reissues }) =>
    Array.from({ length: reissues }, (_, turn) => codeOf(key, id, turn)).includes(code),
  )
  return found && openLookUps(db).byId(found.id)
}

async function findByWords({ db, secretKey }: Needs, words: string): Promise<ReadTransfer | undefined> {
  const slow = await slowHashOf(await secretKey(), words)
  const groups = await db
    .selectDistinct({ id: transfers.groupId })
    .from(transfers)
    .where(sql`${transfers.phraseHash} is not null and ${transfers.phraseHere}`)
  const scopes = ['anywhere', ...groups.flatMap(({ id }) => id ?? [])]
  const found = await openedBy(db, slow, scopes)
  return found && openLookUps(db).byId(found.id)
}
