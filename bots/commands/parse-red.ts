import { MOST_SHARES } from '../../src/shared/shares.ts'
import { asTyped } from '../../src/shared/text.ts'
import type { Invocation } from '../messenger.ts'
import { type AskedPhrase, phraseField, takePhrase } from './parse-phrase.ts'
import { TO, takeAmount, takeAsset, takePeople } from './parse-send.ts'

/** A `/red` as it was understood, before the core checks it. */
export interface ParsedRed {
  amount?: string | undefined
  asset?: string | undefined
  /** Left out: all who take part. */
  count?: number | undefined
  draw: 'equal' | 'lucky'
  /** Who in the group where it is written may take it, where that is not whoever taps. */
  takers?: { of: 'members' | 'before' } | { of: 'list'; list: string }
  /** People take part for so long; then the lot falls on as many as are counted, or it is split among all of them. */
  settlement?: { by: 'draw' | 'split'; seconds: number } | undefined
  note?: string | undefined
  /** Words shall open it. */
  phrase?: AskedPhrase | undefined
  /** What wasn't understood, so that the bot asks: the text `red.<what>` and its details. */
  unclear?: {
    what:
      | 'noAmount'
      | 'noCount'
      | 'wrongCount'
      | 'noTime'
      | 'wrongTime'
      | 'somebody'
      | 'membersWhere'
      | 'noList'
    details?: Record<string, string | number>
  }
}

/**
 * Parses `100 10 happy new year`, `100 CREDIT 10 equal members`, `100 10人 平分 老成员`, `100 10 10m`, `100 all 1h`, or the fields for that. Whom it names can't be meant as the
 * only one to take it, so the bot asks.
 * @param assets codes of the assets that may follow the amount
 */
export function parseRed(invocation: Invocation, assets: string[]): ParsedRed {
  const parsed = parse(invocation, assets)
  const isNowhere = parsed.takers && invocation.chat.kind !== 'group'
  if (parsed.unclear) return parsed
  if (parsed.takers?.of === 'list' && !parsed.takers.list) return { ...parsed, unclear: { what: 'noList' } }
  return isNowhere ? { ...parsed, unclear: { what: 'membersWhere' } } : parsed
}

function parse(invocation: Invocation, assets: string[]): ParsedRed {
  const { fields } = invocation
  if (fields) {
    const text = (name: string) => {
      const value = fields[name]
      return typeof value === 'string' ? value.trim() || undefined : undefined
    }
    const draw = drawIn(text('draw')) ?? 'lucky'
    const of = takersIn(text('takers'))
    const list = text('list')
    const takers = list
      ? ({ of: 'list', list } as const)
      : of === 'members' || of === 'before'
        ? { of }
        : undefined
    const terms = { draw, ...(takers && { takers }) }
    const phrase = phraseField(fields.phrase)
    return checked(
      { amount: text('amount'), asset: text('asset'), ...terms, note: text('note'), phrase },
      text('count'),
      text('time'),
    )
  }
  const { people, treasury, unclear, rest } = takePeople(invocation, TO)
  const amount = takeAmount(rest)
  const asset = takeAsset(rest, assets)
  const count = rest.shift()
  const terms: Pick<ParsedRed, 'draw' | 'takers'> = { draw: 'lucky' }
  let time: string | undefined
  // In any order; what comes after them is the greeting.
  for (let turn = 0; turn < 3; turn++) {
    const draw = drawIn(rest[0])
    const of = takersIn(rest[0])
    const isTime = time === undefined && secondsIn(rest[0]) !== undefined
    if (draw) terms.draw = draw
    if (of === 'members' || of === 'before') terms.takers = { of }
    if (of === 'list') terms.takers = { of, list: takeName(rest) }
    if (isTime) time = rest[0]
    if (draw || of || isTime) rest.shift()
  }
  const phrase = takePhrase(rest)
  const parsed = checked({ amount, asset, ...terms, note: rest.join(' ') || undefined, phrase }, count, time)
  return people.length > 0 || treasury || unclear ? { ...parsed, unclear: { what: 'somebody' } } : parsed
}

function checked(
  parsed: Omit<ParsedRed, 'count' | 'settlement' | 'unclear'>,
  typed: string | undefined,
  time: string | undefined,
): ParsedRed {
  const seconds = secondsIn(time)
  const isForAll = /^(all|everyone|全部|所有人|大家)$/iu.test(typed ?? '')
  if (parsed.amount === undefined) return { ...parsed, unclear: { what: 'noAmount' } }
  if (isForAll && time === undefined) return { ...parsed, unclear: { what: 'noTime' } }
  if (time !== undefined && (seconds === undefined || seconds < LEAST_SECONDS || seconds > MOST_SECONDS))
    return { ...parsed, unclear: { what: 'wrongTime', details: { typed: asTyped(time) } } }
  if (isForAll && seconds !== undefined) return { ...parsed, settlement: { by: 'split', seconds } }
  const [, digits] = /^(\d{1,9})[个個人份]?$/u.exec(typed?.normalize('NFKC') ?? '') ?? []
  const count = Number(digits)
  if (!digits)
    return { ...parsed, count, unclear: { what: 'noCount', details: { typed: asTyped(typed ?? '') } } }
  if (count < 1 || count > MOST_SHARES)
    return { ...parsed, count, unclear: { what: 'wrongCount', details: { most: MOST_SHARES } } }
  return { ...parsed, count, ...(seconds !== undefined && { settlement: { by: 'draw', seconds } }) }
}

const LEAST_SECONDS = 10
const MOST_SECONDS = 7 * 86_400

/** `90s`, `10m`, `10分钟`, `1h`, `2天` in seconds. */
function secondsIn(word: string | undefined): number | undefined {
  const [, number, unit] =
    /^(\d{1,5})(s|sec|秒|m|min|分|分钟|h|小时|d|天)$/iu.exec(word?.normalize('NFKC') ?? '') ?? []
  if (number === undefined || unit === undefined) return undefined
  const each = /^(s|sec|秒)$/iu.test(unit)
    ? 1
    : /^(m|min|分|分钟)$/iu.test(unit)
      ? 60
      : /^(h|小时)$/iu.test(unit)
        ? 3600
        : 86_400
  return Number(number) * each
}

/** The name that follows, one word or in quotation marks, which takes the place of its words. */
function takeName(rest: string[]): string {
  const words = rest.slice(1).join(' ')
  const [all = '', quoted, word] = /^(?:["“「]([^"”」]*)["”」]|(\S+))/u.exec(words) ?? []
  const left = words.slice(all.length).trim()
  rest.splice(1, rest.length, ...(left ? left.split(' ') : []))
  return (quoted ?? word ?? '').trim()
}

function takersIn(word: string | undefined): 'anyone' | 'members' | 'before' | 'list' | undefined {
  if (/^(list|名单)$/iu.test(word ?? '')) return 'list'
  if (/^(before|老成员|老群友)$/iu.test(word ?? '')) return 'before'
  if (/^(members|群成员|本群)$/iu.test(word ?? '')) return 'members'
  return /^(anyone|不限)$/iu.test(word ?? '') ? 'anyone' : undefined
}

function drawIn(word: string | undefined): ParsedRed['draw'] | undefined {
  if (/^(equal|平分|均分)$/iu.test(word ?? '')) return 'equal'
  return /^(lucky|拼手气)$/iu.test(word ?? '') ? 'lucky' : undefined
}
