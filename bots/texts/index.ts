import { createInstance } from 'i18next'
import { type Language, nearestLanguage } from '../../src/shared/language.ts'
import { isolated } from '../../src/shared/text.ts'
import { type english, translations } from '../../src/texts/index.ts'

/** The key of a text: `card.collect`. */
export type TextKey = Leaves<typeof english.bots>

/**
 * The texts of one language. Details are set into them with marks that keep right-to-left text from changing the order of the
 * sentence. Nothing is escaped: each messenger does that for its own markup.
 */
export type Texts = (key: TextKey, details?: Record<string, unknown>) => string

const i18n = createInstance({
  fallbackLng: 'en',
  resources: Object.fromEntries(
    Object.entries(translations).map(([language, { bots = {} }]) => [language, { translation: bots }]),
  ),
  interpolation: { escape: isolated },
  initAsync: false,
})
void i18n.init()

/** The texts of a language, or of the nearest one that there is. */
export const texts = (language: string): Texts => {
  const t = i18n.getFixedT(supported(language))
  return (key, details): string => t(key, { ...details })
}

/** The nearest language that there are texts for; English where there is none, or it isn't known. */
export const supported = (language: string | undefined): Language => nearestLanguage(language ?? 'en') ?? 'en'

type Leaves<T> = {
  [K in keyof T & string]: T[K] extends string ? K : `${K}.${Leaves<T[K]>}`
}[keyof T & string]
