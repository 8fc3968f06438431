import { LANGUAGES, type Language } from '../shared/language.ts'
import english from './en.ts'
import type { Translation } from './translation.ts'

export { english }

/** The texts of every language, each out of the file that is called like it. */
export const translations = Object.fromEntries(
  await Promise.all(
    LANGUAGES.map(async (language): Promise<[Language, Translation]> => {
      const file: { default: Translation } = await import(/* @vite-ignore */ `./${language}.ts`)
      return [language, file.default]
    }),
  ),
) as Record<Language, Translation>
