import type { Rehearsal, Rules, RulesOfGroup } from './client.ts'
import type { TextKey, Texts } from './texts/index.ts'

/** A group's rules, a line for each; always as many, and in the same order. */
export function rulesInWords(
  rules: Rules,
  { assets, lists }: Pick<RulesOfGroup, 'assets' | 'lists'>,
  t: Texts,
): string[] {
  const { on, senders, limits, asset, language, timeZone, hours, approvals } = rules
  const orNone = (key: 'transfer' | 'day', amount: string | undefined, code: string) =>
    amount ? t(`rules.${key}`, { amount: `${amount} ${code}` }) : t(`rules.${key}None`, { asset: code })
  return [
    t(on ? 'rules.on' : 'rules.off'),
    typeof senders === 'object'
      ? t('rules.listed', { list: lists.find(({ id }) => id === senders.list)?.name ?? '?' })
      : t(`rules.${senders}`),
    ...assets.flatMap((code) => [
      orNone('transfer', limits[code]?.transfer, code),
      orNone('day', limits[code]?.day, code),
    ]),
    t('rules.asset', { asset: asset ?? assets[0] ?? '' }),
    hours === undefined ? t('rules.hoursNone') : t('rules.hours', { hours }),
    language ? t('rules.language', { language: nameOfLanguage(language) }) : t('rules.languageNone'),
    t('rules.zone', { zone: timeZone }),
    ...assets.map((code) => {
      const { above, needs } = approvals[code] ?? {}
      return above === undefined
        ? t('rules.approvalsNone', { asset: code })
        : t('rules.approvals', { amount: `${above} ${code}`, needs })
    }),
  ].map((line) => `• ${line}`)
}

/** `中文`: a language is best known by its own name. */
const nameOfLanguage = (language: string): string =>
  new Intl.DisplayNames(language, { type: 'language' }).of(language) ?? language

/**
 * What new rules would have refused, and how many by which rule. Whose transfers those were is not told, as everybody in the chat
 * reads it.
 */
export function rehearsalInWords(rehearsal: Rehearsal, t: Texts): string[] {
  const { days, transfers, refused, people, byRule } = rehearsal
  if (refused === 0) return [t('rules.refusedNone', { days, transfers })]
  return [
    t(people === 1 ? 'rules.refusedOne' : 'rules.refused', { days, transfers, refused, people }),
    ...byRule.map(
      ({ code, asset, refused: count }) => `• ${t(`rules.by.${code}` as TextKey, { count, asset })}`,
    ),
  ]
}
