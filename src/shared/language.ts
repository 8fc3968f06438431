/** The languages that bots and pages speak. */
export const LANGUAGES = ['en', 'zh-Hans', 'ja', 'es', 'ru', 'pt', 'id', 'ar'] as const
/** One of them, as BCP 47. */
export type Language = (typeof LANGUAGES)[number]

/** The direction in which a language is written, as its script is. */
export const directionOf = (language: Language): 'ltr' | 'rtl' =>
  RIGHT_TO_LEFT.has(new Intl.Locale(language).maximize().script ?? '') ? 'rtl' : 'ltr'

const RIGHT_TO_LEFT = new Set(['Arab', 'Hebr', 'Syrc', 'Thaa'])

/**
 * The language of ours that is nearest to a language tag, as BCP 47 or a messenger writes it: `zh-CN`, `zh_cn`, `zh-hans` and
 * `zh-TW` are all Chinese, for which ours is `zh-Hans`.
 * @returns undefined where we have none
 */
export function nearestLanguage(tag: string): Language | undefined {
  try {
    const { language } = new Intl.Locale(tag.replaceAll('_', '-')).maximize()
    return OURS.get(language)
  } catch {
    return undefined
  }
}

const OURS = new Map(LANGUAGES.map((ours) => [new Intl.Locale(ours).language, ours]))
