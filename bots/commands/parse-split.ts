import { asTyped } from '../../src/shared/text.ts'
import type { HandleOnly, Invocation, Person } from '../messenger.ts'
import { isNumber, type ParsedSend, takeAmount, takeAsset, takePeople, WITH } from './parse-send.ts'

/** A `/split` as it was understood, before the core checks it. */
export interface ParsedSplit extends Pick<ParsedSend, 'asset' | 'note' | 'unclear'> {
  /** Shared out in equal parts. Unset: each part has its own. */
  amount?: string | undefined
  parts: { from: Person | HandleOnly; amount?: string }[]
  /** Whether one of the equal parts is that of who asks. */
  own: boolean
}

/**
 * Parses `30 @ada @ben lunch`, a sum that is shared out among those named, with `me` the author, too; or `@ada 12 @ben 8 lunch`, where
 * an amount follows each name.
 * @param assets codes of the assets that may follow the amount
 */
export function parseSplit(invocation: Invocation, assets: string[]): ParsedSplit {
  const { people, treasury, unclear, rest, order } = takePeople(invocation, WITH)
  const isPerson = (one: (typeof order)[number] | undefined) => typeof one === 'object'
  const owed = order.flatMap((from, index): { from: Person | HandleOnly; amount: string; at: number }[] => {
    const next = order[index + 1]
    return typeof from === 'object' && typeof next === 'string' && isNumber(next)
      ? [{ from, amount: next, at: index + 1 }]
      : []
  })
  const named = order.filter(isPerson).length
  const lastName = order.findLastIndex(isPerson)
  const isEach = isPerson(order[0]) && named > 1 && owed.length === named
  if (isEach) {
    for (const { amount } of owed) rest.splice(rest.indexOf(amount), 1)
    const asset = takeAsset(rest, assets)
    const parts = owed.map(({ from, amount }) => ({ from, amount: amount.replace(/[,.]$/, '') }))
    return { asset, parts, own: false, note: rest.join(' ') || undefined, unclear }
  }
  const amount = takeAmount(rest)
  const asset = takeAsset(rest, assets)
  const own = takeMe(rest)
  return {
    amount,
    asset,
    parts: people.map((from) => ({ from })),
    own,
    note: rest.join(' ') || undefined,
    unclear:
      unclear ??
      (treasury
        ? { what: 'askTreasury' }
        : people.length === 0
          ? { what: 'splitWhom' }
          : isPerson(order[0]) && owed.some(({ at }) => at < lastName)
            ? { what: 'splitMixed' }
            : amount === undefined
              ? { what: 'noAmount' }
              : /\p{N}/u.test(amount)
                ? undefined
                : { what: 'amountFirst', details: { typed: asTyped(amount) } }),
  }
}

/** Takes `me`, or `and me`: the author takes part. */
function takeMe(words: string[]): boolean {
  const at = WITH.word.test(words[0] ?? '') ? 1 : 0
  if (!ME.test(words[at] ?? '')) return false
  words.splice(0, at + 1)
  return true
}

const ME = /^(me|myself|[和跟加]?(我|自己))$/iu
