/** The languages that bots and pages speak. */
export const LANGUAGES = ['en', 'zh-Hans'] as const
export type Language = (typeof LANGUAGES)[number]

/**
 * The language of ours that is nearest to one as BCP 47 or a messenger names it: `zh-CN`, `zh_cn`, `zh-hans` and `zh-TW`
 * are all Chinese, and ours has simplified characters. Undefined where there is none.
 */
export function nearestLanguage(tag: string): Language | undefined {
  try {
    const { language } = new Intl.Locale(tag.replaceAll('_', '-')).maximize()
    return LANGUAGES.find((ours) => new Intl.Locale(ours).language === language)
  } catch {
    return undefined
  }
}
