import type { PeopleList } from '../../groups/lists.ts'
import type { GroupRules } from '../../groups/rules.ts'
import type { Language } from '../../shared/language.ts'
import type { Words } from '../language.ts'

/** A rule in words, as it was and as it is. */
export interface Difference {
  rule: string
  before: string
  after: string
}

/** What differs between rules, in words. @param lists that the group keeps */
export function differencesOf(
  words: Words,
  before: GroupRules,
  after: GroupRules,
  lists: Pick<PeopleList, 'id' | 'name'>[],
): Difference[] {
  const codes = [before, after].flatMap(({ limits, approvals }) => [
    ...Object.keys(limits),
    ...Object.keys(approvals),
  ])
  const [old, now] = [before, after].map((rules) => inWords(words, rules, [...new Set(codes)], lists))
  return (old ?? []).flatMap(([rule, value], index) => {
    const next = now?.[index]?.[1] ?? ''
    return value === next ? [] : { rule, before: value, after: next }
  })
}

/** Each rule with its value: always the same rules in the same order. */
function inWords(
  words: Words,
  rules: GroupRules,
  codes: string[],
  lists: Pick<PeopleList, 'id' | 'name'>[],
): [rule: string, value: string][] {
  const { text } = words
  const { on, senders, limits, asset, language, timeZone, hours, approvals } = rules
  const limit = (amount: string | undefined, code: string) =>
    amount ? `${words.number(amount)} ${code}` : text('rules.noLimit')
  return [
    [text('rules.on'), text(on ? 'rules.isOn' : 'rules.isOff')],
    [text('rules.senders'), sendersInWords(words, senders, lists)],
    ...codes.flatMap((code): [string, string][] => [
      [text('rules.transfer', { asset: code }), limit(limits[code]?.transfer, code)],
      [text('rules.day', { asset: code }), limit(limits[code]?.day, code)],
    ]),
    [text('rules.asset'), asset ?? text('rules.assetUsual')],
    [text('rules.hours'), hours === undefined ? text('rules.hoursUsual') : inHours(words, hours)],
    [text('rules.language'), language ? languageName(language) : text('rules.languageOwn')],
    [text('rules.timeZone'), timeZone],
    ...codes.map((code): [string, string] => [
      text('rules.approvals', { asset: code }),
      approvalsInWords(words, approvals[code], code),
    ]),
  ]
}

/** `48 hours` */
const inHours = ({ language }: Words, hours: number): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit: 'hour', unitDisplay: 'long' }).format(hours)

/** Who may send. */
export const sendersInWords = (
  { text }: Words,
  senders: GroupRules['senders'],
  lists: Pick<PeopleList, 'id' | 'name'>[],
): string =>
  typeof senders === 'string'
    ? text(`rules.${senders}`)
    : text('rules.listed', { list: lists.find(({ id }) => id === senders.list)?.name ?? '?' })

const approvalsInWords = (
  words: Words,
  rule: GroupRules['approvals'][string] | undefined,
  code: string,
): string =>
  rule
    ? words.text('rules.needsAbove', {
        needs: String(rule.needs),
        amount: `${words.number(rule.above)} ${code}`,
      })
    : words.text('rules.needsNone')

/** A language by its own name: `简体中文`. */
export const languageName = (language: Language): string =>
  new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language
