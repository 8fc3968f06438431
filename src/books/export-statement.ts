import type { Assets } from '../money/assets.ts'
import type { Views } from '../transfers/view.ts'
import type { Change } from './changes.ts'
import { toCsv, toJsonLines } from './csv.ts'
import { nameOf, timeIn } from './export.ts'
import type { PartyNeeds } from './parties.ts'
import { type Holder, type Line, type LineCursor, type StatementFilter, statementOf } from './statement.ts'

interface Needs extends PartyNeeds {
  assets: Pick<Assets, 'formatted'>
  transfers: Pick<Views, 'views'>
}

/** Lines that are read at once. Each page adds up all that came after it, so there are few. */
const AT_ONCE = 2000

const COLUMNS = [
  'time',
  'what',
  'in',
  'out',
  'balance',
  'asset',
  'from',
  'to',
  'state',
  'chat',
  'note',
  'transfer',
  'refund of',
  'ask',
  'extended',
  'new codes',
  'reminders',
] as const

/** A person's statement as CSV, the newest line first. What went out has a column of its own: so nothing is below zero. */
export const exportStatementCsv = (
  needs: Needs,
  holder: Holder,
  filter: StatementFilter,
): AsyncGenerator<string> => toCsv(COLUMNS, rowsOf(needs, holder, filter))

/** A person's statement as JSON Lines, the newest line first: each with its transfer as the API shows it. */
export const exportStatementJsonLines = (
  needs: Needs,
  holder: Holder,
  filter: StatementFilter,
): AsyncGenerator<string> => toJsonLines(linesOf(needs, holder, filter))

async function* rowsOf(needs: Needs, holder: Holder, filter: StatementFilter) {
  for await (const lines of linesOf(needs, holder, filter))
    yield lines.map(({ at, what, amount, balance, asset, transfer, changes }) => ({
      time: at,
      what,
      in: what === 'sent' ? null : amount,
      out: what === 'sent' ? amount.slice(1) : null,
      balance,
      asset,
      from: transfer.from && nameOf(transfer.from),
      to: transfer.to && nameOf(transfer.to),
      state: transfer.state,
      chat: transfer.group && (transfer.group.title ?? transfer.group.id),
      note: transfer.note,
      transfer: transfer.id,
      'refund of': transfer.refundOf,
      ask: transfer.ask,
      extended: changes.find((change) => change.what === 'extended')?.at ?? null,
      'new codes': countOf(changes, 'reissued'),
      reminders: countOf(changes, 'reminded'),
    }))
}

async function* linesOf(needs: Needs, holder: Holder, filter: StatementFilter) {
  let cursor: LineCursor | undefined
  do {
    const { lines, older } = await statementOf(needs, holder, filter, cursor, AT_ONCE)
    yield await viewLines(needs, holder, lines)
    cursor = older
  } while (cursor)
}

/** Lines of a statement as programs get them: amounts are decimal strings, negative where money went out. */
export async function viewLines(
  { assets, transfers }: Pick<Needs, 'assets' | 'transfers'>,
  holder: Holder,
  lines: Line[],
) {
  const views = await transfers.views(
    lines.map(({ row }) => row.transfer),
    holder.messenger,
  )
  return lines.flatMap(({ at, kind, asset, amount, balance, changes }, index) => {
    const transfer = views[index]
    if (!transfer) return []
    return {
      at: timeIn(at, holder.timeZone),
      what: WHAT[kind],
      asset,
      amount: assets.formatted(amount, asset),
      balance: assets.formatted(balance, asset),
      transfer,
      changes: changes.map((change) => ({ ...change, at: timeIn(change.at, holder.timeZone) })),
    }
  })
}

/** Empty where there is none. */
function countOf(changes: { what: Change['what'] }[], which: Change['what']): string | null {
  const count = changes.filter(({ what }) => what === which).length
  return count > 0 ? String(count) : null
}

const WHAT = { fund: 'sent', collect: 'received', return: 'returned' } as const
