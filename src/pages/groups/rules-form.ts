import type { Context } from 'hono'
import type { Core } from '../../core.ts'
import { GroupRules } from '../../groups/rules.ts'
import type { Asset } from '../../money/amount.ts'
import type { Words } from '../language.ts'
import { sentenceOf } from '../refusals.ts'
import { formOf } from '../sign-in.ts'
import type { Admin } from './access.ts'

/** What is wrong, by the field's name. */
export type Errors = Record<string, string>

/** What somebody has filled in, by the field's name. `seen` are the rules that they have seen. */
export type Typed = Record<string, string>

/** Rules as the page has seen them, so that nobody undoes what another admin has changed meanwhile. */
export const seenAs = (rules: GroupRules): string => JSON.stringify(rules)

/** The fields of an asset. */
const limitFields = ({ code }: Asset) => [
  `limits.${code}.transfer`,
  `limits.${code}.day`,
  `approvals.${code}.above`,
  `approvals.${code}.needs`,
]

const FIELDS = ['seen', 'on', 'senders', 'asset', 'hours', 'language', 'timeZone']

/** What somebody has filled in. */
export async function typedIn(core: Core, c: Context, { group }: Admin): Promise<Typed> {
  const form = await formOf(c)
  const assets = await core.rules.assetsOf(group.id)
  const names = [...FIELDS, ...assets.flatMap(limitFields)]
  return Object.fromEntries(names.map((name) => [name, form(name)?.trim() ?? '']))
}

/** The form's fields for rules. */
export function typedOf(rules: GroupRules, assets: Asset[]): Typed {
  const { on, senders, limits, asset, hours, language, timeZone, approvals } = rules
  return {
    seen: seenAs(rules),
    on: on ? 'on' : '',
    senders: typeof senders === 'string' ? senders : senders.list,
    asset: asset ?? '',
    hours: String(hours ?? ''),
    language: language ?? '',
    timeZone,
    ...Object.fromEntries(
      assets.flatMap(({ code }) => [
        [`limits.${code}.transfer`, limits[code]?.transfer ?? ''],
        [`limits.${code}.day`, limits[code]?.day ?? ''],
        [`approvals.${code}.above`, approvals[code]?.above ?? ''],
        [`approvals.${code}.needs`, String(approvals[code]?.needs ?? '')],
      ]),
    ),
  }
}

/** The rules that somebody has filled in, or what is wrong with them. */
export async function readRules(
  core: Core,
  words: Words,
  { group }: Admin,
  typed: Typed,
): Promise<{ rules: GroupRules; errors?: never } | { rules?: never; errors: Errors }> {
  const parsed = GroupRules.safeParse(rulesOf(typed, await core.rules.assetsOf(group.id)))
  if (!parsed.success)
    return {
      errors: Object.fromEntries(
        parsed.error.issues.map(({ path }) => {
          const field = path.join('.')
          return [field, words.text(field === 'hours' ? 'rules.hoursWrong' : 'rules.notUnderstood')]
        }),
      ),
    }
  const { rules, faults } = await core.rules.check(group.id, parsed.data)
  if (faults.length === 0) return { rules }
  return {
    errors: Object.fromEntries(faults.map(({ field, refusal }) => [field, sentenceOf(words, refusal)])),
  }
}

/** Rules as they were filled in; an empty field is the default. */
function rulesOf(typed: Typed, assets: Asset[]): unknown {
  const value = (name: string) => typed[name] || undefined
  const { senders = '' } = typed
  const perAsset = <T>(read: (code: string) => T | undefined) =>
    Object.fromEntries(
      assets.flatMap(({ code }) => {
        const rule = read(code)
        return rule === undefined ? [] : [[code, rule] as const]
      }),
    )
  return {
    on: typed.on === 'on',
    senders: senders === 'everybody' || senders === 'admins' ? senders : { list: senders },
    limits: perAsset((code) => ({
      transfer: value(`limits.${code}.transfer`),
      day: value(`limits.${code}.day`),
    })),
    approvals: perAsset((code) => {
      const needs = value(`approvals.${code}.needs`)
      return needs && { above: value(`approvals.${code}.above`) ?? '0', needs: Number(needs) }
    }),
    asset: value('asset'),
    hours: value('hours') && Number(value('hours')),
    language: value('language'),
    timeZone: value('timeZone'),
  }
}
