import { createInstance } from 'i18next'
import { type Language, nearestLanguage } from '../../src/shared/language.ts'
import { isolated } from '../../src/shared/text.ts'
import { en } from './en.ts'
import { zhHans } from './zh-Hans.ts'

/** What a text is called: `card.collect`. */
export type TextKey = Leaves<typeof en>

/**
 * The texts of one language. What is put into them can't turn the sentence around it; it is not escaped: each messenger does
 * that for its own markup.
 */
export type Texts = (key: TextKey, details?: Record<string, unknown>) => string

const i18n = createInstance({
  fallbackLng: 'en',
  resources: { en: { translation: en }, 'zh-Hans': { translation: zhHans } },
  interpolation: { escape: isolated },
  initAsync: false,
})
void i18n.init()

export const texts = (language: string): Texts => {
  const t = i18n.getFixedT(supported(language))
  return (key, details): string => t(key, { ...details })
}

/** The language of ours to speak to somebody whose messenger names this one, or none. */
export const supported = (language: string | undefined): Language => nearestLanguage(language ?? 'en') ?? 'en'

type Leaves<T> = {
  [K in keyof T & string]: T[K] extends string ? K : `${K}.${Leaves<T[K]>}`
}[keyof T & string]
