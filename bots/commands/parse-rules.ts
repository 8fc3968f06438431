import { nearestLanguage } from '../../src/shared/language.ts'
import type { Rules, RulesOfGroup } from '../client.ts'

/** A change of a group's rules. */
export interface RuleChange {
  /** As a button holds it, 58 bytes at most: `max 50 CREDIT`. Read again, it is the same change. */
  set: string
  /** The rules after it. */
  rules: Rules
}

type Group = Pick<RulesOfGroup, 'rules' | 'assets' | 'lists'>
type Read = (words: string[], group: Group) => RuleChange | undefined

/** Reads what follows `/rules`, in English or Chinese: `max 50`. @returns undefined where it can't be understood */
export function readChange(typed: string, group: Group): RuleChange | undefined {
  const words = typed
    .normalize('NFKC')
    // Chinese is written without blanks.
    .replace(/(?<=\p{Script=Han})(?=\d)|(?<=\d)(?=\p{Script=Han})/gu, ' ')
    .trim()
    .split(/\s+/)
  const what = NAMES.get(words[0]?.toLowerCase() ?? '')
  return what ? READ[what](words.slice(1), group) : undefined
}

/** What can be changed, by the words for it. */
const NAMES = new Map(
  Object.entries({
    on: ['开', '开启', '打开'],
    off: ['关', '关闭'],
    max: ['transfer', '单笔', '单笔上限'],
    day: ['daily', '每日', '每天', '每日上限'],
    senders: ['who', '谁能发', '谁可以发', '发送人', '转账人'],
    asset: ['资产', '默认资产'],
    language: ['语言'],
    zone: ['timezone', '时区'],
    hours: ['小时', '有效期'],
    approvals: ['approval', '审批', '批准'],
  } satisfies Record<string, string[]>).flatMap(([name, others]) =>
    [name, ...others].map((word) => [word, name as keyof typeof READ] as const),
  ),
)

/** Words for no limit, or for what is usual. */
const NONE = new Set(['none', 'no', 'default', '-', '无', '不限', '默认', '取消'])
const EVERYBODY = new Set(['everybody', 'everyone', 'all', '所有人', '大家'])
const ADMINS = new Set(['admins', 'admin', '管理员'])
const ABOVE = new Set(['above', 'over', '超过', '高于', '人超过', '个超过'])
const LANGUAGES = new Map([
  ['english', 'en'],
  ['英文', 'en'],
  ['英语', 'en'],
  ['chinese', 'zh'],
  ['中文', 'zh'],
  ['简体中文', 'zh'],
])

const READ = {
  on: (words, { rules }) => only(words) && { set: 'on', rules: { ...rules, on: true } },
  off: (words, { rules }) => only(words) && { set: 'off', rules: { ...rules, on: false } },
  max: limitOf('max', 'transfer'),
  day: limitOf('day', 'day'),
  senders(words, { rules, lists }) {
    const typed = words.join(' ')
    const small = typed.toLowerCase()
    if (EVERYBODY.has(small)) return { set: 'senders everybody', rules: { ...rules, senders: 'everybody' } }
    if (ADMINS.has(small)) return { set: 'senders admins', rules: { ...rules, senders: 'admins' } }
    const list = lists.find(({ id, name }) => id === small || name.toLowerCase() === small)
    return list && { set: `senders ${list.id}`, rules: { ...rules, senders: { list: list.id } } }
  },
  asset([typed = '', ...more], { rules, assets }) {
    if (!only(more)) return undefined
    const { asset: _, ...others } = rules
    if (isNone(typed)) return { set: 'asset none', rules: others }
    const asset = assetOf(typed, assets)
    return asset ? { set: `asset ${asset}`, rules: { ...rules, asset } } : undefined
  },
  language([typed = '', ...more], { rules }) {
    if (!only(more)) return undefined
    const { language: _, ...others } = rules
    if (isNone(typed)) return { set: 'language none', rules: others }
    const language = nearestLanguage(LANGUAGES.get(typed.toLowerCase()) ?? typed)
    return language && { set: `language ${language}`, rules: { ...rules, language } }
  },
  zone: ([timeZone = '', ...more], { rules }) =>
    only(more) && /^[\w+/-]{1,40}$/.test(timeZone)
      ? { set: `zone ${timeZone}`, rules: { ...rules, timeZone } }
      : undefined,
  hours([typed = '', unit = 'hours', ...more], { rules }) {
    if (!only(more) || !/^(h|hours?|小时)$/i.test(unit)) return undefined
    const { hours: _, ...others } = rules
    if (isNone(typed)) return { set: 'hours none', rules: others }
    const hours = Number(typed)
    return /^\d{1,4}$/.test(typed) && hours >= 1 && hours <= MOST_HOURS
      ? { set: `hours ${hours}`, rules: { ...rules, hours } }
      : undefined
  },
  approvals([typed = '', ...rest], { rules, assets }) {
    const { approvals } = rules
    if (isNone(typed)) {
      const asset = only(rest.slice(1)) && assetOf(rest[0], assets, rules)
      if (!asset) return undefined
      const { [asset]: _, ...others } = approvals
      return { set: `approvals none ${asset}`, rules: { ...rules, approvals: others } }
    }
    const [word = '', above = '', code, ...more] = rest
    const asset = only(more) && assetOf(code, assets, rules)
    if (!asset || !/^[1-5]$/.test(typed) || !ABOVE.has(word.toLowerCase()) || !AMOUNT.test(above))
      return undefined
    return {
      set: `approvals ${typed} above ${above} ${asset}`,
      rules: { ...rules, approvals: { ...approvals, [asset]: { above, needs: Number(typed) } } },
    }
  },
} satisfies Record<string, Read>

const MOST_HOURS = 365 * 24

/** An amount that a button can hold. The core reads it. */
const AMOUNT = /^[\d.,]{1,20}[km]?$/i

function limitOf(name: string, field: 'transfer' | 'day'): Read {
  return ([typed = '', code, ...more], { rules, assets }) => {
    const asset = only(more) && assetOf(code, assets, rules)
    if (!asset) return undefined
    const { [field]: _, ...others } = rules.limits[asset] ?? {}
    const withLimit = (limit: Rules['limits'][string]) => ({
      ...rules,
      limits: { ...rules.limits, [asset]: limit },
    })
    if (isNone(typed)) return { set: `${name} none ${asset}`, rules: withLimit(others) }
    return AMOUNT.test(typed)
      ? { set: `${name} ${typed} ${asset}`, rules: withLimit({ ...others, [field]: typed }) }
      : undefined
  }
}

const only = (more: string[]): true | undefined => (more.length === 0 ? true : undefined)
const isNone = (word: string) => NONE.has(word.toLowerCase())

/** An asset of the group's; where none is named, the usual one. */
const assetOf = (typed: string | undefined, assets: string[], rules?: Rules): string | undefined =>
  typed === undefined
    ? (rules?.asset ?? assets[0])
    : assets.find((code) => code.toLowerCase() === typed.toLowerCase())
